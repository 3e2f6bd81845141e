import type { EventMap, OrganisationPath } from '@ronghe/contracts';
import type { Events } from '#platform/events/events.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Counts } from '../journal/block.store.ts';
import type { Columns } from '../journal/columns.ts';
import { type Frame, rowsOf } from '../journal/frame.ts';
import type { Block } from '../journal/writer.service.ts';
import type { Latest } from '../latest/latest.service.ts';
import { type Newest, newer } from '../latest/latest.ts';
import { qualityAt, type Row, shownValue } from './observations.ts';
import type { NewestRow, SeriesClock } from './series-clock.ts';

/** What is told to memory, listeners and counters when rows are in the tables. */
export type Accounting = {
  /** Points that are not plain numbers, so that their newest value is shown right. */
  know(point: { id: number; type: 'number' | 'boolean' | 'text' }): void;
  /** Counts each frame of a block; the same block again gives the same counts. */
  count(block: Block): readonly Counts[];
  /** The block is readable: newest values, events, metrics. */
  tell(block: Block): void;
};

/** Frames of one organisation that came through one door, from one source. */
type Group = {
  organisation: OrganisationPath;
  door: string;
  source: string | null;
  stored: number;
  newest: Map<number, Newest>;
};
type Counted = { counts: Counts[]; groups: Group[] };
type Parts = { clock: SeriesClock; latest: Latest; events: Events; metrics: Metrics };

export function createAccounting({ clock, latest, events, metrics }: Parts): Accounting {
  const booleans = new Set<number>();
  const counted = new WeakMap<Block, Counted>();
  const read = (block: Block): Counted => {
    const known = counted.get(block);
    if (known) return known;
    const groups = new Map<string, Group>();
    const { counted: counts, newest } = clock.count(block.frames.map(({ columns }) => columns));
    const groupOf = block.frames.map((frame) => {
      const group = groupFor(groups, frame);
      group.stored += rowsOf(frame);
      return group;
    });
    const receivedAt = (frame: number) => block.receivedMs[frame] as number;
    for (const found of newest) {
      const { columns } = block.frames[found.frame] as Frame;
      put(
        (groupOf[found.frame] as Group).newest,
        ofColumns(columns, found, receivedAt(found.frame), booleans),
      );
    }
    for (const [index, frame] of block.frames.entries())
      for (const row of [...frame.reasoned, ...frame.texts]) {
        const outcome = clock.countRow(row);
        const sum = counts[index] as Counts;
        sum[outcome === 'duplicate' ? 'duplicate' : 'stored'] += 1;
        sum.late += Number(outcome === 'late');
        if (outcome !== 'late')
          put((groupOf[index] as Group).newest, ofRow(row, receivedAt(index), booleans));
      }
    const result = { counts, groups: [...groups.values()] };
    counted.set(block, result);
    return result;
  };

  return {
    know({ id, type }) {
      if (type === 'boolean') booleans.add(id);
    },
    count: (block) => read(block).counts,
    tell(block) {
      for (const { organisation, door, source, stored, newest: moved } of read(block).groups) {
        const newest = [...moved.values()];
        latest.apply(newest);
        const event: EventMap['ingest.observations.stored'] = {
          source: source ?? door,
          stored,
          // Made when a listener looks: a block of new series has as many as rows.
          get latest() {
            return newest.map((found) => changeOf(found, organisation));
          },
        };
        events.publish('ingest.observations.stored', event);
        metrics.count('ronghe_ingest_samples_total', stored, { door, outcome: 'stored' });
      }
    },
  };
}

const changeOf = (
  { point, timeUs, receivedMs, value, quality, reason }: Newest,
  organisation: OrganisationPath,
): EventMap['ingest.observations.stored']['latest'][number] => ({
  point,
  receivedMs,
  value,
  quality,
  reason,
  organisation,
  timeMs: timeUs / 1000,
});

function groupFor(groups: Map<string, Group>, { organisation, door, source }: Frame): Group {
  const key = JSON.stringify([door, organisation, source]);
  const group = groups.get(key) ?? { organisation, door, source, stored: 0, newest: new Map() };
  groups.set(key, group);
  return group;
}

function put(newest: Map<number, Newest>, found: Newest): void {
  const before = newest.get(found.point);
  newest.set(found.point, before ? (newer(found, before) ?? found) : found);
}

function ofColumns(
  { quality: qualities, value: values }: Columns,
  { row, series: point, timeUs }: NewestRow,
  receivedMs: number,
  booleans: ReadonlySet<number>,
): Newest {
  const quality = qualityAt(qualities?.[row] ?? 0);
  const type = booleans.has(point) ? 'boolean' : 'number';
  const value = shownValue(type, values[row] as number, quality);
  return { point, timeUs, receivedMs, value, quality, reason: null };
}

function ofRow(row: Row, receivedMs: number, booleans: ReadonlySet<number>): Newest {
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
