import type { RETENTION_CLASSES } from '@ronghe/contracts';

export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** The tables of each class. */
export const CLASS_TABLES: Readonly<Record<RetentionClass, readonly string[]>> = {
  raw: ['observations', 'observations_text'],
  minute: ['rollup_1m'],
  hour: ['rollup_1h'],
  day: ['rollup_1d'],
};

/**
 * The beginning of the month in which the oldest moment lies that is still to be kept: everything before may go, in
 * whole months of UTC. Null when everything is kept.
 */
export function deletableBefore(nowMs: number, days: number): Date | null {
  if (days === 0) return null;
  const oldest = new Date(nowMs - days * 86_400_000);
  return new Date(Date.UTC(oldest.getUTCFullYear(), oldest.getUTCMonth(), 1));
}

/** `202401` as the first moment of that month. */
export const monthOf = (partition: string): Date =>
  new Date(Date.UTC(Number(partition.slice(0, 4)), Number(partition.slice(4)) - 1, 1));
