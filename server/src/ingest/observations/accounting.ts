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
import type { NewestRows, SeriesClock } from './series-clock.ts';

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
type Group = { organisation: OrganisationPath; door: string; source: string | null; stored: number };
type Counted = {
  counts: Counts[];
  groups: Group[];
  /** of each frame */
  groupOf: Group[];
  /** where the newest rows of the columns stand: a block of new series has as many as rows, and hardly any is asked for */
  moved: NewestRows;
  /** those that are no columns */
  rows: { group: Group; newest: Newest }[];
};
type Parts = { clock: SeriesClock; latest: Latest; events: Events; metrics: Metrics };

export function createAccounting({ clock, latest, events, metrics }: Parts): Accounting {
  const booleans = new Set<number>();
  const counted = new WeakMap<Block, Counted>();
  const read = (block: Block): Counted => {
    const known = counted.get(block);
    if (known) return known;
    const groups = new Map<string, Group>();
    const { counted: counts, newest: moved } = clock.count(block.frames.map(({ columns }) => columns));
    const groupOf = block.frames.map((frame) => {
      const group = groupFor(groups, frame);
      group.stored += rowsOf(frame);
      return group;
    });
    const rows: Counted['rows'] = [];
    for (const [index, frame] of block.frames.entries())
      for (const row of [...frame.reasoned, ...frame.texts]) {
        const outcome = clock.countRow(row);
        const sum = counts[index] as Counts;
        sum[outcome === 'duplicate' ? 'duplicate' : 'stored'] += 1;
        sum.late += Number(outcome === 'late');
        if (outcome === 'late') continue;
        const newest = ofRow(row, block.receivedMs[index] as number, booleans);
        rows.push({ group: groupOf[index] as Group, newest });
      }
    const result = { counts, groups: [...groups.values()], groupOf, moved, rows };
    counted.set(block, result);
    return result;
  };
  /** Newest values that moved and are wanted, those of columns first; a point may come twice. */
  const movedOf = (
    block: Block,
    { moved, groupOf, rows }: Counted,
    wants: (point: number, group: Group) => boolean,
  ): Newest[] => {
    const found: Newest[] = [];
    for (let at = 0; at < moved.series.length; at += 1) {
      const point = moved.series[at] as number;
      const frame = moved.frame[at] as number;
      if (!wants(point, groupOf[frame] as Group)) continue;
      const { columns } = block.frames[frame] as Frame;
      const place = { point, row: moved.row[at] as number, timeUs: moved.timeUs[at] as number };
      found.push(ofColumns(columns, place, block.receivedMs[frame] as number, booleans));
    }
    for (const { group, newest } of rows) if (wants(newest.point, group)) found.push(newest);
    return found;
  };

  return {
    know({ id, type }) {
      if (type === 'boolean') booleans.add(id);
    },
    count: (block) => read(block).counts,
    tell(block) {
      const told = read(block);
      latest.apply(movedOf(block, told, latest.follows));
      for (const group of told.groups) {
        const { organisation, door, source, stored } = group;
        const event: EventMap['ingest.observations.stored'] = {
          source: source ?? door,
          stored,
          // Made when a listener looks, which it has to do before it waits for anything: the columns are used again.
          get latest() {
            const found = movedOf(block, told, (_, other) => other === group);
            return [...newestOnly(found).values()].map((newest) => changeOf(newest, organisation));
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
  const group = groups.get(key) ?? { organisation, door, source, stored: 0 };
  groups.set(key, group);
  return group;
}

/** Each point once. */
function newestOnly(found: readonly Newest[]): Map<number, Newest> {
  const newest = new Map<number, Newest>();
  for (const row of found) newest.set(row.point, newer(row, newest.get(row.point) ?? null) ?? row);
  return newest;
}

function ofColumns(
  { quality: qualities, value: values }: Columns,
  { row, point, timeUs }: { row: number; point: number; timeUs: number },
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
