import type { Point } from '@ronghe/contracts';
import { covers, type Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { LedgerEntry, StoredHour } from './ledger.ts';

const QUERY_TIMEOUT_MS = 15_000;

/** Adds entries; the same token again adds nothing. They came with batches that were let in by scope. */
export async function insertLedger(
  analytics: Analytics,
  entries: readonly LedgerEntry[],
  token: string,
): Promise<void> {
  const parts = new Map<string, LedgerEntry[]>();
  // One insert meets few months, and the engine refuses more than a hundred.
  for (const entry of entries) {
    const year = new Date(entry.hourMs).toISOString().slice(0, 4);
    const part = parts.get(year);
    if (part) part.push(entry);
    else parts.set(year, [entry]);
  }
  for (const [year, part] of parts) {
    const sums = (name: 'read' | 'filtered' | 'sent' | 'lost' | 'rejected' | 'crc') =>
      ({ name, type: 'Int64', values: part.map((entry) => BigInt(entry[name])) }) as const;
    await analytics.insert(
      'ingest.ledger',
      [
        { name: 'series', type: 'UInt32', values: part.map(({ series }) => series) },
        { name: 'hour', type: 'DateTime64(3)', values: part.map(({ hourMs }) => BigInt(hourMs)) },
        sums('read'),
        sums('filtered'),
        sums('sent'),
        sums('lost'),
        sums('rejected'),
        sums('crc'),
      ],
      { token: `${token} ${year}` },
    );
  }
}

/** Both sides of the ledger for points that were read through the scope. */
export type LedgerStore = ReturnType<typeof createLedgerStore>;
type Range = { fromMs: number; toMs: number };
type Told = Omit<LedgerEntry, 'series'>;

export function createLedgerStore({ analytics }: { analytics: Analytics }) {
  const options = (scope: Scope, points: readonly Point[], range: Range) => {
    const foreign = points.find(({ organisation }) => !covers(scope, organisation));
    if (foreign) throw new Error(`point ${foreign.id} lies outside the scope`);
    const series = points.map(({ id }) => id);
    return { params: { series, from: range.fromMs, to: range.toMs }, timeoutMs: QUERY_TIMEOUT_MS };
  };
  return {
    /** What collectors told and what was rejected, by point and hour that begins in `[fromMs, toMs)`. */
    async told(scope: Scope, points: readonly Point[], range: Range): Promise<Map<number, Told[]>> {
      type Row = { s: number } & Record<
        'at' | 'read' | 'filtered' | 'sent' | 'lost' | 'rejected' | 'crc',
        string
      >;
      const rows = await analytics.query<Row>(
        `select series as s, toUnixTimestamp64Milli(hour) as at, sum(entry.read) as read,
           sum(entry.filtered) as filtered, sum(entry.sent) as sent, sum(entry.lost) as lost,
           sum(entry.rejected) as rejected, sum(entry.crc) as crc
         from ingest.ledger as entry
         where series in {series:Array(UInt32)} and hour >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
           and hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
         group by s, hour`,
        options(scope, points, range),
      );
      return byPoint(rows, (row) => ({
        hourMs: Number(row.at),
        read: Number(row.read),
        filtered: Number(row.filtered),
        sent: Number(row.sent),
        lost: Number(row.lost),
        rejected: Number(row.rejected),
        crc: Number(row.crc),
      }));
    },

    /** What is in the tables, by point and hour of source time that begins in `[fromMs, toMs)`; the CRC is that of `sampleCrc`. */
    async stored(scope: Scope, points: readonly Point[], range: Range): Promise<Map<number, StoredHour[]>> {
      const found = new Map<number, StoredHour[]>();
      for (const isText of [false, true]) {
        const ofKind = points.filter(({ type }) => (type === 'text') === isText);
        if (ofKind.length === 0) continue;
        type Row = { s: number } & Record<'at' | 'stored' | 'bad' | 'crc', string>;
        const rows = await analytics.query<Row>(
          // sql-identifier: one of our two tables and an expression of ours; values are bound
          `select series as s, toUnixTimestamp(toStartOfHour(time)) as at, count() as stored,
             countIf(quality != 0) as bad, sum(${isText ? TEXT_CRC : NUMBER_CRC}) as crc
           from ${isText ? 'ingest.observations_text' : 'ingest.observations'} final
           where series in {series:Array(UInt32)} and time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
             and time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
           group by s, at settings do_not_merge_across_partitions_select_final = 1`,
          options(scope, ofKind, range),
        );
        const hours = byPoint(rows, (row) => ({
          hourMs: Number(row.at) * 1000,
          stored: Number(row.stored),
          bad: Number(row.bad),
          crc: Number(row.crc),
        }));
        for (const [id, list] of hours) found.set(id, list);
      }
      return found;
    },
  };
}

function byPoint<Row extends { s: number }, Value>(
  rows: readonly Row[],
  read: (row: Row) => Value,
): Map<number, Value[]> {
  const found = new Map<number, Value[]>();
  for (const row of rows) {
    const list = found.get(row.s);
    if (list) list.push(read(row));
    else found.set(row.s, [read(row)]);
  }
  return found;
}

const TIME_BYTES = 'reinterpretAsFixedString(toUnixTimestamp64Micro(time))';
const QUALITY_BYTE = 'reinterpretAsFixedString(quality)';
const bytesOf = (value: string) =>
  `CRC32(concat(${TIME_BYTES}, reinterpretAsFixedString(${value}), ${QUALITY_BYTE}))`;
const NUMBER_CRC = bytesOf('if(isNaN(value), toFloat64(0), value)');
const TEXT_CRC = `if(value = '' and quality != 0, ${bytesOf('toFloat64(0)')}, CRC32(concat(${TIME_BYTES}, value, ${QUALITY_BYTE})))`;
