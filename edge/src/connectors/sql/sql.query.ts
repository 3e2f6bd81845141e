import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackoff } from '../../backoff.ts';
import { replaceFile } from '../../buffer/files.ts';
import { messageOf } from '../../connection.ts';
import type { ConnectorContext } from '../../connector.ts';
import { openZone } from '../../zone.ts';
import { dialectOf, type SqlConfig, type SqlQuery } from './sql.config.ts';
import { type Link, SqlRefused } from './sql.link.ts';
import type { Points } from './sql.points.ts';
import { createPoller, type OpenGap, type Poll } from './sql.poll.ts';
import { createRowReader } from './sql.rows.ts';
import { bindText } from './sql.text.ts';
import { TooManyRows, trackWatermark } from './sql.watermark.ts';

/** A query that the server refuses is asked again after 1 s at first, and after this at most. */
const RETRY_MS_MAX = 60_000;
/** The same complaint about rows is not told more often. */
const TELL_EVERY_MS = 600_000;

/** One query with its place in time. */
export type QueryRunner = {
  name: string;
  /** When it is to be asked next, ms on the monotonic clock. */
  dueMs(): number;
  failing(): boolean;
  /** Takes up where it was before the process ended. Never throws. */
  load(): Promise<void>;
  /**
   * Asks once and hands over what is new. A refusal is kept here; throws only when the connection is gone. Returns how
   * many samples lie in the time of the gap, and whether the query has caught up.
   */
  run(link: Link, gap: OpenGap | null): Promise<{ filled: number; caughtUp: boolean }>;
  /** The connection is gone. */
  lost(): void;
  /** Resolves when the watermark is kept. Never throws. */
  settle(): Promise<void>;
  /** A watermark is kept, so rows of a time without connection are read afterwards. */
  fills: boolean;
};

/** `onFailed` hears of every refusal. */
export function createQuery(options: {
  context: ConnectorContext<SqlConfig>;
  query: SqlQuery;
  points: Points;
  /** aborted when the connector stops */
  signal: AbortSignal;
  onFailed: (error: Error) => void;
}): QueryRunner {
  const { context, query, points, signal } = options;
  const { config, emit, clock, log } = context;
  const zone = openZone(query.time?.zone ?? config.timeZone);
  const reader = createRowReader({ query, zone, points });
  const { watermark } = query;
  const bound = bindText(query.sql, dialectOf(config.endpoint));
  const tracker =
    watermark === undefined
      ? null
      : trackWatermark({
          watermark,
          ordered: bound.isOrderedBy(watermark.column),
          zone,
          nowMs: () => clock.now().getTime(),
        });
  const poller = createPoller({
    query,
    bound,
    reader,
    tracker,
    emit,
    clock,
  });
  const path = join(context.folder, `watermark-${query.name}.json`);
  const retry = createBackoff({
    firstMs: Math.max(1_000, query.intervalMs),
    mostMs: Math.max(RETRY_MS_MAX, query.intervalMs),
  });
  const keeper =
    tracker === null
      ? null
      : createKeeper({
          path,
          content: tracker.save,
          settled: async () => context.settled?.(signal),
          onError: (error) =>
            log.error({ query: query.name, reason: messageOf(error) }, 'the watermark could not be kept'),
        });
  let due = performance.now();
  let failing = false;
  let toldMs = Number.NEGATIVE_INFINITY;

  /** Rows that are not used are no secret, and no reason to write a line for each. */
  const complain = (poll: Poll): void => {
    const { skipped } = reader;
    const tooMany = poll.cut && tracker === null;
    if (!tooMany && poll.forgotten + poll.unreadable + skipped.time + skipped.key === 0) return;
    const nowMs = performance.now();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    const fields = {
      query: query.name,
      forgotten: poll.forgotten,
      withoutWatermark: poll.unreadable,
      withoutTime: skipped.time,
      withoutKey: skipped.key,
    };
    skipped.time = 0;
    skipped.key = 0;
    if (tooMany)
      log.warn(
        { ...fields, rowsMax: query.rowsMax },
        'a query gives more rows than rowsMax; the rest is not read',
      );
    else log.warn(fields, 'some rows cannot be used, or the overlap is shorter than wanted');
  };

  const refused = (error: SqlRefused | TooManyRows): void => {
    const reason = error instanceof SqlRefused ? error.reason : 'too-many-rows';
    options.onFailed(new Error(`query ${query.name}: ${error.message}`));
    due = performance.now() + retry.nextMs();
    if (failing) return;
    failing = true;
    log.warn({ query: query.name, reason, message: error.message }, 'a query fails');
    const nowMs = clock.now().getTime();
    const own = [...points.all()].filter((point) => point.query === query.name);
    if (own.length > 0) emit(own.map((point) => points.note(point, [nowMs, null, 'bad', reason])));
  };

  return {
    name: query.name,
    fills: tracker !== null,
    dueMs: () => due,
    failing: () => failing,
    async load() {
      const content = tracker === null ? null : await readFile(path, 'utf8').catch(() => null);
      if (content === null) return;
      if (tracker?.restore(content) !== true)
        log.warn({ query: query.name, file: path }, 'the kept watermark does not fit and begins anew');
    },
    async run(link, gap) {
      const beginMs = performance.now();
      try {
        const poll = await poller.ask(link, gap);
        if (failing) log.info({ query: query.name }, 'a query succeeds again');
        failing = false;
        retry.reset();
        complain(poll);
        if (poll.fresh > 0 || keeper?.never() === true) keeper?.changed();
        const more = poll.cut && tracker !== null;
        due = more ? beginMs : Math.max(beginMs + query.intervalMs, performance.now());
        if (more) return { filled: poll.filled, caughtUp: false };
        const restated = points.restate(query.name, clock.now().getTime());
        if (restated.length > 0) emit(restated);
        return { filled: poll.filled, caughtUp: true };
      } catch (error) {
        if (!(error instanceof SqlRefused || error instanceof TooManyRows)) throw error;
        refused(error);
        return { filled: 0, caughtUp: true };
      }
    },
    async settle() {
      await keeper?.settle();
    },
    lost() {
      // Said once more after the loss, since the stale sample has covered it.
      failing = false;
      poller.lost();
      retry.reset();
      due = performance.now();
    },
  };
}

/**
 * Keeps what is to be remembered, but only after the rows are on disk: what a kill takes from memory is then read again,
 * instead of being lost. Beside the polls, since a buffer that other connections keep busy may take its time.
 */
function createKeeper(options: {
  path: string;
  content: () => string;
  /** what was handed over before is on disk */
  settled: () => Promise<void>;
  onError: (error: unknown) => void;
}) {
  let dirty = false;
  let never = true;
  let keeping: Promise<void> | null = null;
  const work = async (): Promise<void> => {
    try {
      while (dirty) {
        dirty = false;
        const content = options.content();
        await options.settled();
        await replaceFile(options.path, content);
        never = false;
      }
    } catch (error) {
      options.onError(error);
    }
  };
  return {
    /** Nothing has been kept by this process yet. */
    never: () => never,
    changed(): void {
      dirty = true;
      keeping ??= work().finally(() => {
        keeping = null;
      });
    },
    async settle(): Promise<void> {
      await keeping;
    },
  };
}
