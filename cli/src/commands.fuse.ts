import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type {
  FieldMapping,
  MappingContent,
  Me,
  Run,
  RunStarted,
  Source,
  SourceLook,
  Upload,
} from '@ronghe/contracts';
import { type Client, waitForJob } from './client.ts';
import type { Call } from './commands.ts';

const KEY = /^[a-z0-9][a-z0-9-]{0,59}$/;

/**
 * Hands a table file over, lands and maps it, and prints the ledger line of the run. A source of that name is renewed with
 * the file; otherwise one is made, with the mapping that the platform proposes (`--mapping auto`) or one from a JSON file.
 * Throws when the run did not succeed or is held, so that scripts see it in the exit code.
 */
export async function fuseImport({ client, words, options }: Call): Promise<string> {
  const [file, name] = [words[2], options.source];
  if (!file || !name)
    throw new Error('usage: ronghe fuse import FILE --source NAME [--mapping auto|FILE.json]');
  const api = client();
  const upload = await api.upload<Upload>('/api/fuse/uploads', file, basename(file));
  const { items } = await api.get<{ items: Source[] }>('/api/fuse/sources');
  const known = items.find((source) => source.key === name || source.name === name);
  const started = known
    ? await api.post<RunStarted>(`/api/fuse/sources/${known.id}/upload`, { upload: upload.id })
    : await register(api, { name, upload, mapping: options.mapping, organisation: options.organisation });
  await waitForJob(api, started.job);
  const run = await api.get<Run>(`/api/fuse/runs/${started.run}`);
  const line = ledgerLine(run);
  if (run.state === 'succeeded') return line;
  const why = [run.error, ...run.heldFor.map(({ zh, en }) => `${zh} / ${en}`)].filter(Boolean);
  throw new Error([line, ...why].join('\n'));
}

type New = {
  name: string;
  upload: Upload;
  mapping: string | undefined;
  organisation: string | undefined;
};

async function register(api: Client, { name, upload, mapping, organisation }: New): Promise<RunStarted> {
  const connection = { kind: 'upload', upload: upload.id, options: {} };
  const me = await api.get<Me>('/api/auth/me');
  const look = await api.post<SourceLook>('/api/fuse/sources/look', { connection });
  const content =
    mapping === undefined || mapping === 'auto'
      ? proposed(look)
      : (JSON.parse(await readFile(mapping, 'utf8')) as MappingContent);
  const source = await api.post<Source>('/api/fuse/sources', {
    ...content,
    key: KEY.test(name) ? name : `import-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`,
    name,
    owner: me.title,
    organisation: organisation ?? me.organisation,
    connection,
    target: content.mappings.some(({ to }) => to === 'name' || to === 'code')
      ? look.suggestion.target
      : 'dataset',
  });
  return api.post<RunStarted>(`/api/fuse/sources/${source.id}/runs`);
}

/** The mapping that the platform proposes for the columns of the file. */
function proposed({ suggestion }: SourceLook): MappingContent {
  const { columns, rowKey, periodField } = suggestion;
  const mappings = columns.flatMap(({ column, to, transform, unit }): FieldMapping[] =>
    to === null ? [] : [{ from: column, to, transform, unit, values: {} }],
  );
  return { rowKey, periodField, mappings, tests: [] };
}

const ledgerLine = (run: Run): string =>
  `run ${run.id} of ${run.sourceName} ${run.state}: read ${run.rowsIn} = landed ${run.rowsLanded} + rejected ${run.rowsRejected}; ` +
  `new ${run.rowsNew}, changed ${run.rowsChanged}, unchanged ${run.rowsUnchanged}, gone ${run.rowsGone}; ` +
  `enterprises created ${run.enterprisesCreated}, changed ${run.enterprisesChanged}; problems ${run.problems}`;
