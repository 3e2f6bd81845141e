import type { Clock } from '../../clock.ts';
import type { Emit, Reading } from '../../connector.ts';
import type { SqlQuery } from './sql.config.ts';
import type { Column, Row } from './sql.decode.ts';
import { type Link, type Request, SqlRefused } from './sql.link.ts';
import type { RowReader } from './sql.rows.ts';
import type { BoundText } from './sql.text.ts';
import { TooManyRows, type Tracker } from './sql.watermark.ts';

/** A time without connection, whose rows are being read afterwards. */
export type OpenGap = { fromMs: number; toMs: number };

/** What a poll has seen. */
export type Poll = {
  rows: number;
  fresh: number;
  /** samples in the time of the gap */
  filled: number;
  /** the server has more */
  cut: boolean;
  /** rows whose watermark could not be read */
  unreadable: number;
  /** hashes that had to be given up before their time */
  forgotten: number;
};

/** Asks a query once and hands over what is new. Throws SqlRefused, TooManyRows, or why the connection is gone. */
export type Poller = {
  ask(link: Link, gap: OpenGap | null): Promise<Poll>;
  /** The next poll begins with nothing known of the last one. */
  lost(): void;
};

/** `tracker` is null for a query that is read whole at every poll. */
export function createPoller(options: {
  query: SqlQuery;
  bound: BoundText;
  reader: RowReader;
  tracker: Tracker | null;
  emit: Emit;
  clock: Clock;
}): Poller {
  const { query, bound, reader, tracker, emit, clock } = options;
  const latest = tracker === null && query.time !== undefined ? rememberLatest() : null;
  let describedBy: Link | null = null;

  const requestOf = (link: Link): Request => ({
    text: bound.text,
    values:
      tracker === null
        ? []
        : Array.from({ length: bound.parameters }, () => tracker.bound(link.writeInstant)),
    // One more than can be new, so that the end is told from a cut.
    rowsMax: query.rowsMax + (tracker?.remembered() ?? 0) + 1,
    timeoutMs: query.timeoutMs,
  });

  /** Once for each connection: what the watermark's column holds decides how the bound is written. */
  const describe = async (link: Link): Promise<void> => {
    if (describedBy === link || tracker === null || query.watermark?.type !== 'time') return;
    const kind = reader.watermarkKind(await link.describe(requestOf(link)));
    tracker.becomes(kind === 'instant' ? 'instant' : 'wall-time');
    describedBy = link;
  };

  const isFresh = (row: Row, poll: Poll): boolean => {
    if (tracker === null) return latest === null || latest.take(reader.hash(row));
    const { fresh, unreadable } = tracker.take(reader.watermark(row), reader.hash(row));
    if (unreadable) poll.unreadable += 1;
    return fresh;
  };

  /** False when there are more new rows than one poll takes. */
  const takeRows = (poll: Poll, gap: OpenGap | null, rows: readonly Row[]): boolean => {
    const readings: Reading[] = [];
    const nowMs = clock.now().getTime();
    for (const row of rows) {
      if (poll.fresh >= query.rowsMax) {
        poll.cut = true;
        break;
      }
      poll.rows += 1;
      if (!isFresh(row, poll)) continue;
      poll.fresh += 1;
      for (const reading of reader.read(row, nowMs)) {
        readings.push(reading);
        const timeMs = reading.sample[0];
        if (gap !== null && timeMs >= gap.fromMs && timeMs <= gap.toMs) poll.filled += 1;
      }
    }
    if (readings.length > 0) emit(readings);
    return !poll.cut;
  };

  return {
    async ask(link, gap) {
      const poll: Poll = { rows: 0, fresh: 0, filled: 0, cut: false, unreadable: 0, forgotten: 0 };
      // Asking again would only add to what cannot be remembered.
      if (tracker !== null && tracker.remembered() > (query.watermark?.rememberedRowsMax ?? 0))
        throw new TooManyRows(tracker.remembered());
      await describe(link);
      const request = requestOf(link);
      let columnsSeen: readonly Column[] | null = null;
      tracker?.begin();
      latest?.begin();
      await link.read(request, (columns, rows) => {
        if (columnsSeen === null) {
          columnsSeen = columns;
          const missing = reader.begin(columns, clock.now().getTime());
          if (missing.length > 0) emit(missing);
        }
        return takeRows(poll, gap, rows);
      });
      if (poll.rows >= request.rowsMax) poll.cut = true;
      if (poll.cut && poll.fresh === 0)
        throw new SqlRefused(
          'no-progress',
          `${poll.rows} rows came and none is new: compare ${query.watermark?.column} with >= :watermark`,
        );
      poll.forgotten = tracker?.finish(poll.cut).forgotten ?? 0;
      latest?.finish();
      return poll;
    },
    lost() {
      latest?.forget();
    },
  };
}

/** For a table that is read whole: a row that was there unchanged at the poll before is not delivered again. */
function rememberLatest() {
  let before = new Set<string>();
  let current = new Set<string>();
  return {
    begin() {
      current = new Set();
    },
    take(hash: string): boolean {
      const fresh = !before.has(hash) && !current.has(hash);
      current.add(hash);
      return fresh;
    },
    finish() {
      before = current;
    },
    forget() {
      before = new Set();
    },
  };
}
