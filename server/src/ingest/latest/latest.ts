import type { LatestValue, Quality, SampleValue } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import { instantOf } from '../observations/observations.ts';

/** The newest observation of one point, as memory keeps it. */
export type Newest = {
  point: number;
  timeUs: number;
  receivedMs: number;
  value: SampleValue;
  quality: Quality;
  reason: string | null;
};

/** Later source time wins; at the same time what was received later, which is also what the tables keep; else the first. */
export function newer(a: Newest | null, b: Newest | null): Newest | null {
  if (!a || !b) return a ?? b;
  if (a.timeUs !== b.timeUs) return a.timeUs > b.timeUs ? a : b;
  return a.receivedMs >= b.receivedMs ? a : b;
}

export const toLatestValue = (newest: Newest): LatestValue => ({
  point: newest.point,
  time: instantOf(newest.timeUs),
  receivedAt: new Date(newest.receivedMs).toISOString(),
  value: newest.value,
  quality: newest.quality,
  reason: newest.reason,
});

/**
 * Numbers of points from `1,2,3`, each once.
 * @throws REQUEST_INVALID when something is not a number or there are more than `pointsMax`
 */
export function parseIds(text: string, pointsMax: number): number[] {
  const parts = text.split(',').map((part) => part.trim());
  const fault = (message: string) =>
    new AppError('REQUEST_INVALID', {}, { details: [{ path: 'points', message }] });
  if (parts.some((part) => !/^\d{1,10}$/.test(part) || Number(part) > ID_MAX))
    throw fault('numbers of points, separated by commas');
  const ids = [...new Set(parts.map(Number))];
  if (ids.length > pointsMax) throw fault(`at most ${pointsMax} points`);
  return ids;
}
const ID_MAX = 2_147_483_647;
