import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PushedRows, PushReceipt } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables, StoredConnection } from '../../fuse.tables.ts';
import type { Delivered, Spool } from '../delivery.ts';
import { canonicalJson } from '../rows.ts';
import { keyOf, readChangeEvents } from './debezium.ts';
import { createPushStore } from './push.store.ts';
import { invalid, readEvents, rowsOfBatch } from './push.ts';
import { createPushQueue } from './push-queue.ts';

/** How long a delivery waits for its turn and for the run before to end. */
const RUN_WAIT_MS = 20_000;
const RUN_WAIT_STEP_MS = 200;
/** How long a key answers as it did. */
const KEYS_KEPT_MS = 7 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

type Row = Readonly<Record<string, unknown>>;
/** What pushing needs of a source. */
export type PushableSource = {
  id: string;
  name: string;
  key: string;
  organisation: string;
  connection: StoredConnection;
  rowKey: readonly string[];
};
/**
 * Opens a run, has `fill` write its delivery and starts it. Resolves when the delivery is durable.
 * @throws AppError RUN_ACTIVE before `fill` is called
 */
export type StartDelivered<Source> = (
  scope: Scope,
  source: Source,
  fill: (spool: Spool) => Promise<Delivered>,
) => Promise<{ run: string; job: string }>;

type Parts<Source> = {
  platform: Pick<Platform, 'relational' | 'audit' | 'clock' | 'ids'>;
  /** null when there is none or it lies outside the scope */
  findSource(scope: Scope, id: string): Promise<Source | null>;
  startDelivered: StartDelivered<Source>;
  runWaitMs?: number;
};
type Delivery = {
  key: string;
  hash: string;
  rows: number;
  characters: number;
  fill: (spool: Spool) => Promise<Delivered>;
};

/** Use cases of pushing: other systems hand over rows or change events, and each delivery becomes one run. */
export function createPush<Source extends PushableSource>(parts: Parts<Source>) {
  const { relational, audit, clock, ids } = parts.platform;
  const db = relational.as<FuseTables>();
  const queue = createPushQueue();
  const forgotten = new Map<string, number>();

  async function sourceFor(scope: Scope, id: string, format: 'rows' | 'debezium'): Promise<Source> {
    demand(scope, 'fuse:row:write');
    const source = await parts.findSource(scope, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    const { connection } = source;
    if (connection.kind !== 'push')
      throw new AppError('SOURCE_KIND_WRONG', { source: source.name, kind: 'push' });
    if (connection.format !== format)
      throw new AppError('SOURCE_KIND_WRONG', { source: source.name, kind: `push ${format}` });
    return source;
  }

  /** The answer a key got before; null when it is new. @throws PUSH_CONFLICT */
  async function repeated(
    scope: Scope,
    source: Source,
    { key, hash }: Delivery,
  ): Promise<PushReceipt | null> {
    const before = await createPushStore(db).find(scope, { source: source.id, key });
    if (!before) return null;
    if (before.bodyHash !== hash) throw new AppError('PUSH_CONFLICT', { key });
    return { run: before.run, job: before.job, rowsIn: before.rows, repeated: true };
  }

  /** Key, delivery and trace stand together or not at all; null when another request took the key meanwhile. */
  const write = (scope: Scope, source: Source, delivery: Delivery): Promise<PushReceipt | null> =>
    db.transaction().execute(async (transaction) => {
      const store = createPushStore(transaction);
      const place = { source: source.id, key: delivery.key };
      await store.hold(scope, place);
      if (await store.find(scope, place)) return null;
      const { run, job } = await parts.startDelivered(scope, source, delivery.fill);
      const { hash: bodyHash, rows } = delivery;
      await store.add(scope, place, { bodyHash, run, job, rows, at: clock.now() });
      const after = { source: source.key, key: delivery.key, rows: delivery.rows, bodySha256: delivery.hash };
      const change = {
        action: 'fuse:row:push',
        target: `run:${run}`,
        organisation: source.organisation,
        after,
      };
      await audit.record(scope, change, transaction);
      return { run, job, rowsIn: delivery.rows, repeated: false };
    });

  /** Waits a while for the run before to end, so that a sender of many small deliveries is not sent away each time. */
  async function writeUntil(
    scope: Scope,
    source: Source,
    { delivery, end }: { delivery: Delivery; end: number },
  ): Promise<PushReceipt> {
    for (;;) {
      const before = await repeated(scope, source, delivery);
      if (before) return before;
      try {
        const receipt = await queue.write(() => write(scope, source, delivery));
        if (receipt) return receipt;
      } catch (error) {
        const active = error instanceof AppError && error.code === 'RUN_ACTIVE';
        if (!active || performance.now() >= end) throw error;
        await delay(RUN_WAIT_STEP_MS);
      }
    }
  }

  async function accept(scope: Scope, source: Source, delivery: Delivery): Promise<PushReceipt> {
    const before = await repeated(scope, source, delivery);
    if (before) return before;
    const end = performance.now() + (parts.runWaitMs ?? RUN_WAIT_MS);
    const { id, name, organisation } = source;
    const receipt = await queue.take(
      { source: id, name, organisation, characters: delivery.characters },
      () => writeUntil(scope, source, { delivery, end }),
    );
    await forgetOldKeys(scope, source);
    return receipt;
  }

  async function forgetOldKeys(scope: Scope, { id }: Source): Promise<void> {
    const now = clock.now().getTime();
    if (now - (forgotten.get(id) ?? 0) < FORGET_EVERY_MS) return;
    forgotten.set(id, now);
    await createPushStore(db).forget(scope, { source: id, before: new Date(now - KEYS_KEPT_MS) });
  }

  return {
    /**
     * Takes rows into a source of kind `push`; what is accepted survives a crash when this resolves.
     * @throws NOT_FOUND, SOURCE_KIND_WRONG, REQUEST_INVALID, PUSH_CONFLICT, RUN_ACTIVE
     */
    async rows(scope: Scope, id: string, pushed: PushedRows): Promise<PushReceipt> {
      const source = await sourceFor(scope, id, 'rows');
      const { idempotencyKey, rows, deleted, complete } = pushed;
      if (rows.length + deleted.length === 0 && !complete)
        throw invalid([{ path: 'body.rows', message: 'neither rows nor deleted' }]);
      const content = canonicalJson({ rows, deleted, complete });
      return accept(scope, source, {
        key: idempotencyKey,
        hash: hashOf(content),
        characters: content.length,
        rows: rows.length + deleted.length,
        async fill(spool) {
          await addAll(spool, complete ? without(rows, deleted, source.rowKey) : rows);
          await addAll(spool, deleted, new Set(deleted.keys()));
          return { mode: complete ? 'full' : 'incremental', bookmark: null };
        },
      });
    },

    /**
     * Takes change events of Debezium, see `readChangeEvents`. Without a key each request is new: events applied twice
     * leave what they left. null when none of them changes a row.
     * @throws as `rows`
     */
    async events(
      scope: Scope,
      id: string,
      { body, key }: { body: string; key: string | null },
    ): Promise<PushReceipt | null> {
      const source = await sourceFor(scope, id, 'debezium');
      const batch = readChangeEvents(readEvents(body), source.rowKey);
      const { rows, deleted } = rowsOfBatch(batch);
      if (rows.length === 0 && !batch.emptied) return null;
      return accept(scope, source, {
        key: key ?? ids.next(),
        hash: hashOf(body),
        characters: body.length,
        rows: rows.length,
        async fill(spool) {
          await addAll(spool, rows, deleted);
          return { mode: batch.emptied ? 'full' : 'incremental', bookmark: null };
        },
      });
    },
  };
}
export type Push = ReturnType<typeof createPush>;

async function addAll(spool: Spool, rows: readonly Row[], deleted?: ReadonlySet<number>): Promise<void> {
  if (rows.length > 0) await spool.add(rows, deleted);
}

/** Of a complete delivery only what is in it counts, so a row that it calls gone must not be in it. */
function without(rows: readonly Row[], deleted: readonly Row[], rowKey: readonly string[]): readonly Row[] {
  const gone = new Set(deleted.map((row) => keyOf(row, rowKey)));
  gone.delete(null);
  return gone.size === 0 ? rows : rows.filter((row) => !gone.has(keyOf(row, rowKey)));
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
