import { type Sample, sampleCrc } from '@ronghe/contracts';
import { hourOf } from '../conditioning/tally.ts';
import type { Delivered } from './platform-double.ts';

export type Sums = { read: number; filtered: number; sent: number; lost: number; crc: number };

/** Samples of a point in the order they were delivered. */
export const samplesOf = (deliveries: readonly Delivered[], key: string): Sample[] =>
  deliveries.flatMap(({ batch }) =>
    batch.points.filter((point) => point.key === key).flatMap((point) => point.samples),
  );

/**
 * What deliveries told and held, each by `key hourMs`. What is held is as a table has it, one row for each point and time:
 * CRCs by microseconds. A batch that came twice counts once.
 */
export function ledgerOf(deliveries: readonly Delivered[]) {
  const told = new Map<string, Sums>();
  const held = new Map<string, Map<number, number>>();
  const once = new Map(deliveries.map((each) => [`${each.batch.epoch} ${each.batch.sequence}`, each]));
  for (const point of [...once.values()].flatMap(({ batch }) => batch.points)) {
    for (const [hourMs, read, filtered, sent, lost, crc] of point.counts ?? []) {
      const id = `${point.key} ${hourMs}`;
      const sums = told.get(id) ?? { read: 0, filtered: 0, sent: 0, lost: 0, crc: 0 };
      sums.read += read;
      sums.filtered += filtered;
      sums.sent += sent;
      sums.lost += lost;
      sums.crc += crc;
      told.set(id, sums);
    }
    for (const [timeMs, value, quality] of point.samples) {
      const id = `${point.key} ${hourOf(timeMs)}`;
      const rows = held.get(id) ?? new Map<number, number>();
      const timeUs = Math.round(timeMs * 1_000);
      rows.set(timeUs, sampleCrc(timeUs, value, quality));
      held.set(id, rows);
    }
  }
  return { told, held };
}

/** Where it does not agree: what was read is not what was filtered, sent and lost, or what came is not what was told. */
export function ledgerFaults(deliveries: readonly Delivered[]): string[] {
  const { told, held } = ledgerOf(deliveries);
  const faults = [...held.keys()].filter((id) => !told.has(id)).map((id) => `${id}: came and was not told`);
  for (const [id, { read, filtered, sent, lost, crc }] of told) {
    const rows = [...(held.get(id)?.values() ?? [])];
    if (read !== filtered + sent + lost)
      faults.push(`${id}: read ${read}, filtered ${filtered}, sent ${sent}, lost ${lost}`);
    if (rows.length !== sent) faults.push(`${id}: ${sent} told as sent, ${rows.length} came`);
    if (rows.reduce((sum, each) => sum + each, 0) !== crc)
      faults.push(`${id}: another CRC came than was told`);
  }
  return faults;
}
