import type { EventMap } from '@ronghe/contracts';
import type { Events } from '#platform/events/events.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Counts } from '../journal/block.store.ts';
import type { Columns, Frame } from '../journal/frame.ts';
import type { Block } from '../journal/writer.service.ts';
import type { Latest } from '../latest/latest.service.ts';
import { type Newest, newer } from '../latest/latest.ts';
import { qualityAt, type Row, shownValue } from './observations.ts';
import type { SeriesClock } from './series-clock.ts';

/** What is told to memory, listeners and counters when rows are in the tables. */
export type Accounting = {
  /** Points that are not plain numbers, so that their newest value is shown right. */
  know(point: { id: number; type: 'number' | 'boolean' | 'text' }): void;
  /** Counts a block by organisation; the same block again gives the same counts. */
  count(block: Block): ReadonlyMap<string, Counts>;
  /** The block is readable: newest values, events, metrics. */
  tell(block: Block): void;
};

type Counted = { counts: Map<string, Counts>; changes: { frame: Frame; newest: Newest[] }[] };
type Parts = { clock: SeriesClock; latest: Latest; events: Events; metrics: Metrics };

export function createAccounting({ clock, latest, events, metrics }: Parts): Accounting {
  const booleans = new Set<number>();
  const counted = new WeakMap<Block, Counted>();
  const read = (block: Block): Counted => {
    const known = counted.get(block);
    if (known) return known;
    const counts = new Map<string, Counts>();
    const changes = block.frames.map((frame) => {
      const sum = counts.get(frame.organisation) ?? { stored: 0, duplicate: 0, late: 0 };
      counts.set(frame.organisation, sum);
      const newest = new Map<number, Newest>();
      const { newest: rows, ...columns } = clock.count(frame.columns);
      sum.stored += columns.stored;
      sum.duplicate += columns.duplicate;
      sum.late += columns.late;
      for (const row of rows) put(newest, ofColumns(frame, row, booleans));
      for (const row of [...frame.reasoned, ...frame.texts]) {
        const outcome = clock.countRow(row);
        sum[outcome === 'duplicate' ? 'duplicate' : 'stored'] += 1;
        if (outcome === 'late') sum.late += 1;
        else put(newest, ofRow(frame, row, booleans));
      }
      return { frame, newest: [...newest.values()] };
    });
    const result = { counts, changes };
    counted.set(block, result);
    return result;
  };

  return {
    know({ id, type }) {
      if (type === 'boolean') booleans.add(id);
    },
    count: (block) => read(block).counts,
    tell(block) {
      for (const { frame, newest } of read(block).changes) {
        latest.apply(newest);
        const { organisation, door } = frame;
        const changes = newest.map(({ timeUs, ...rest }) => ({
          ...rest,
          organisation,
          timeMs: timeUs / 1000,
        }));
        const stored = frame.columns.length + frame.reasoned.length + frame.texts.length;
        const event: EventMap['ingest.observations.stored'] = { source: door, stored, latest: changes };
        events.publish('ingest.observations.stored', event);
        metrics.count('ronghe_ingest_samples_total', stored, { door, outcome: 'stored' });
      }
    },
  };
}

function put(newest: Map<number, Newest>, found: Newest): void {
  const before = newest.get(found.point);
  newest.set(found.point, before ? (newer(found, before) ?? found) : found);
}

function ofColumns({ columns, receivedMs }: Frame, row: number, booleans: ReadonlySet<number>): Newest {
  const point = columns.series[row] as number;
  const quality = qualityAt(columns.quality[row] as number);
  const type = booleans.has(point) ? 'boolean' : 'number';
  const value = shownValue(type, valueAt(columns, row), quality);
  return { point, timeUs: Number(columns.time[row]), receivedMs, value, quality, reason: null };
}

const valueAt = ({ value }: Columns, row: number): number => value[row] as number;

function ofRow({ receivedMs }: Frame, row: Row, booleans: ReadonlySet<number>): Newest {
  const quality = qualityAt(row.quality);
  const type = typeof row.value === 'string' ? 'text' : booleans.has(row.series) ? 'boolean' : 'number';
  return {
    point: row.series,
    timeUs: row.timeUs,
    receivedMs,
    value: shownValue(type, row.value, quality),
    quality,
    reason: row.reason === '' ? null : row.reason,
  };
}
