import { rm } from 'node:fs/promises';
import {
  OFFERED_TABLES_MAX,
  type OfferedTable,
  type SourceOffer,
  type SourceOfferRequest,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import type { Platform } from '#platform/platform.ts';
import type { StoredConnection } from '../fuse.tables.ts';
import { textSecret } from './deliverers.service.ts';
import { describeDatabase } from './engines/database.deliverer.ts';
import { listDatabase } from './engines/database.reader.ts';
import { describeProgram } from './programs/program.deliverer.ts';
import { demandProgram, readPrograms } from './programs/programs.ts';
import { mergeSecrets, partConnection, type Secrets } from './secrets.ts';

/** Starting a program and letting it ask its own source takes longest, milliseconds. */
const OFFER_TIMEOUT_MS = 120_000;

type Asked = SourceOfferRequest['connection'];
type DatabaseAsked = Extract<Asked, { kind: 'database' }>;
type ProgramAsked = Extract<Asked, { kind: 'program' }>;
type Parts = {
  platform: Pick<Platform, 'analytics' | 'config' | 'files' | 'ids'>;
  guard: TargetGuard;
  /** a saved source inside the scope with its secrets opened. @throws NOT_FOUND */
  known: (scope: Scope, id: string) => Promise<{ connection: StoredConnection; secrets: Secrets }>;
};

/** Use case of asking a system, before or after it is a source, what there is to read. */
export function createOffers({ platform, guard, known }: Parts) {
  const { analytics, config, files, ids } = platform;

  async function ofDatabase(asked: DatabaseAsked, signal: AbortSignal): Promise<SourceOffer> {
    const { table, ...place } = asked;
    guard.demandListed({ host: place.host, port: place.port });
    if (place.engine === 'mongodb')
      throw new AppError(
        'REQUEST_INVALID',
        {},
        {
          details: [
            { path: 'connection.engine', message: 'collections cannot be listed; name one and its fields' },
          ],
        },
      );
    const { open, secrets } = partConnection({ ...place, table: table ?? '' });
    if (open.kind !== 'database') throw new Error('a database stays one');
    const parts = {
      analytics,
      demand: guard.demand,
      connection: open,
      password: textSecret(secrets.password),
    };
    const source = `${place.host}:${place.port}/${place.database}`;
    if (table === undefined) return listDatabase(parts, { source, signal });
    const columns = await describeDatabase(parts, { source, signal });
    const item: OfferedTable = {
      name: table,
      schema: place.engine === 'postgresql' ? (place.schema ?? 'public') : null,
      kind: 'table',
      rows: null,
      comment: '',
      incremental: false,
      columns: columns.map(({ name, type, comment, key }) => ({ name, type, comment, key })),
    };
    return { items: [item], more: false };
  }

  async function ofProgram(asked: ProgramAsked, signal: AbortSignal): Promise<SourceOffer> {
    const programs = readPrograms(config.fusePrograms);
    demandProgram(programs, asked.program);
    const { open, secrets } = partConnection({ ...asked, stream: '' });
    if (open.kind !== 'program') throw new Error('a program stays one');
    const parts = { programs, connection: open, secrets: (secrets.secrets ?? {}) as Record<string, string> };
    const parent = await files.folder('fuse', 'looks', ids.next());
    try {
      const { streams } = await describeProgram(parts, { source: open.program, signal, parent });
      const items = streams.slice(0, OFFERED_TABLES_MAX).map(
        ({ name, fields, keys, incremental }): OfferedTable => ({
          name,
          schema: null,
          kind: 'stream',
          rows: null,
          comment: '',
          incremental,
          columns: fields.map((field) => ({ name: field, type: '', comment: '', key: keys.includes(field) })),
        }),
      );
      return { items, more: streams.length > items.length };
    } finally {
      await rm(parent, { recursive: true, force: true });
    }
  }

  /** What was left empty is taken from the saved source, unless the connection leads elsewhere by now. */
  async function withSecrets(scope: Scope, id: string, asked: Asked): Promise<Asked> {
    const { open, secrets } = partConnection(
      asked.kind === 'database' ? { ...asked, table: '' } : { ...asked, stream: '' },
    );
    const merged = mergeSecrets(await known(scope, id), { connection: open, secrets });
    return { ...asked, ...merged } as Asked;
  }

  return {
    /**
     * Tables and views of a database, the columns of one of them, or the streams of a program. Nothing is kept.
     * @throws NOT_FOUND (source), REQUEST_INVALID, SOURCE_UNREACHABLE, SOURCE_TARGET_REFUSED, SOURCE_PROGRAM_REFUSED, SOURCE_TOO_LARGE
     */
    async offer(scope: Scope, { connection, source }: SourceOfferRequest): Promise<SourceOffer> {
      demand(scope, 'fuse:source:write');
      const asked = source === undefined ? connection : await withSecrets(scope, source, connection);
      const signal = AbortSignal.timeout(OFFER_TIMEOUT_MS);
      return asked.kind === 'database' ? ofDatabase(asked, signal) : ofProgram(asked, signal);
    },
  };
}
export type Offers = ReturnType<typeof createOffers>;
