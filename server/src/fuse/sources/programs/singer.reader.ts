import type { z } from 'zod';
import type { DeliveryRequest, Spool } from '../delivery.ts';
import { failed, ProgramError } from './program.process.ts';
import { isObject, type ProgramDelivered, type ProgramOffer } from './programs.ts';
import { createRowBatch } from './row-batch.ts';
import {
  findStream,
  isDeleted,
  replicationOf,
  SingerBookmark,
  SingerCatalog,
  SingerMessage,
  type SingerStream,
  selectStream,
} from './singer.ts';
import type { Workspace } from './workspace.service.ts';

export type ProgramRead = {
  workspace: Workspace;
  /** path of the file with its settings */
  config: string;
  stream: string;
  /** field chosen by the person, for streams that do not know one themselves */
  watermark: string | null;
  spool: Spool;
  request: DeliveryRequest;
};

export async function discoverSinger(workspace: Workspace, config: string): Promise<ProgramOffer> {
  const { streams } = await catalogOf(workspace, config);
  return {
    specification: null,
    streams: streams.map((stream) => ({
      name: stream.tap_stream_id ?? stream.stream,
      fields: isObject(stream.schema.properties) ? Object.keys(stream.schema.properties) : [],
      keys: keysOf(stream),
      incremental: replicationOf(stream).incremental,
    })),
  };
}

export async function readSinger({
  workspace,
  config,
  stream: wanted,
  watermark,
  spool,
  request,
}: ProgramRead): Promise<ProgramDelivered> {
  const catalog = await catalogOf(workspace, config);
  const stream = findStream(catalog, wanted);
  if (stream === undefined)
    throw noStream(
      wanted,
      catalog.streams.map(({ stream: name, tap_stream_id }) => tap_stream_id ?? name),
    );
  const catalogFile = await workspace.file('catalog.json', selectStream(catalog, stream, watermark));
  const kept = SingerBookmark.safeParse(request.bookmark);
  const { incremental } = replicationOf(stream, watermark);
  const before = kept.success && incremental ? kept.data : null;
  const state = before === null ? [] : ['--state', await workspace.file('state.json', before.state)];
  const batch = createRowBatch(spool, request);
  const seen: Seen = { keys: null, state: before?.state ?? null, version: before?.version ?? null };
  for await (const message of workspace.messages(['--config', config, '--catalog', catalogFile, ...state]))
    await take(parse(message), { stream, batch, seen });
  await batch.flush();
  if (batch.count() === 0 && workspace.stderr.some((line) => CRASH.test(line)))
    throw failed(workspace, 'ended without a record, but not well');
  const anew = before !== null && before.version !== seen.version;
  return {
    mode: before === null || anew ? 'full' : 'incremental',
    bookmark: incremental && seen.state !== null ? { state: seen.state, version: seen.version } : null,
    keyProperties: seen.keys ?? keysOf(stream),
  };
}

type Seen = { keys: readonly string[] | null; state: unknown; version: number | null };
type Message = z.infer<typeof SingerMessage>;
/** Words of a program that fell over although it said nothing with its exit code. */
export const CRASH = /\b(CRITICAL|FATAL|Traceback|panic)\b/;

async function take(
  message: Message | null,
  { stream, batch, seen }: { stream: SingerStream; batch: ReturnType<typeof createRowBatch>; seen: Seen },
): Promise<void> {
  if (message === null) return;
  // the newest state stands for all streams; ours is the only one that is selected
  if (message.type === 'STATE') seen.state = message.value;
  else if (message.stream !== stream.stream && message.stream !== stream.tap_stream_id) return;
  else if (message.type === 'SCHEMA') seen.keys = message.key_properties ?? [];
  else if (message.type === 'ACTIVATE_VERSION') seen.version = message.version;
  else if (seen.keys === null)
    throw new ProgramError('failed', `a record of ${message.stream} came before its schema`);
  else await batch.add(message.record, isDeleted(message.record));
}

/** Null for a kind of message that says nothing about rows. */
function parse(message: Record<string, unknown>): Message | null {
  if (message.type === 'BATCH')
    throw new ProgramError('failed', 'it hands over files (BATCH), which are not read');
  const known = SingerMessage.options.some((option) => option.shape.type.value === message.type);
  if (!known) return null;
  const parsed = SingerMessage.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new ProgramError('failed', `a ${String(message.type)} message is wrong at ${where(parsed.error)}`);
}

export const where = (error: z.ZodError): string => error.issues[0]?.path.join('.') || 'its top';

async function catalogOf(workspace: Workspace, config: string): Promise<SingerCatalog> {
  const text = await workspace.text(['--config', config, '--discover']);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failed(workspace, 'gave no catalog (--discover)');
  }
  const parsed = SingerCatalog.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProgramError('failed', `its catalog is wrong at ${where(parsed.error)}`);
}

function keysOf({ key_properties, metadata }: SingerStream): readonly string[] {
  const told = metadata?.find(({ breadcrumb }) => breadcrumb.length === 0)?.metadata['table-key-properties'];
  return key_properties ?? (Array.isArray(told) ? told.map(String) : []);
}

const STREAMS_SHOWN = 10;
export const noStream = (wanted: string, names: readonly string[]): ProgramError => {
  const more = names.length > STREAMS_SHOWN ? ', …' : '';
  return new ProgramError(
    'failed',
    `there is no stream ${wanted}, but ${names.slice(0, STREAMS_SHOWN).join(', ')}${more}`,
  );
};
