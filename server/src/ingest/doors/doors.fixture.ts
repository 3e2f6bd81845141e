// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import type { Permission, Reject, SampleValue } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import { call, PLANT, type TestIngest } from '../ingest.fixture.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';

/** Inputs of each property; the long run sets `RONGHE_FUZZ_RUNS`. */
export const FUZZ_RUNS = Number(process.env.RONGHE_FUZZ_RUNS ?? 3_000);

/** How long one property may take, with however many inputs. */
export const FUZZ_TIMEOUT_MS = 30_000 + FUZZ_RUNS * 10;

type Reading = { points: readonly IncomingPoint[]; refused: readonly Refused[] };

/** How many samples a reading holds, good and refused. */
export const received = ({ points, refused }: Reading): number =>
  points.reduce((sum, { samples }) => sum + samples.length, 0) +
  refused.reduce((sum, { count }) => sum + count, 0);

/** Values by key, as `[value, quality, reason, ms]`. */
export const samplesOf = ({ points }: Reading): Record<string, [SampleValue, string, string, number][]> =>
  Object.fromEntries(
    points.map(({ definition, samples }) => [
      definition.key,
      samples.map(({ value, quality, reason, timeUs }) => [value, quality, reason, timeUs / 1000]),
    ]),
  );

/** The reading, or the code of the error of the catalog; anything else that is thrown is a fault. */
export function readOrCode<Result>(read: () => Result): Result | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** An API key of an organisation that may write, or do what is told. */
export async function keyOf(
  { platform }: TestIngest,
  options: { organisation?: string; permissions?: Permission[] } = {},
): Promise<string> {
  const { key } = await platform.auth.addKey(platform.scope(), {
    name: 'door',
    organisation: options.organisation ?? PLANT,
    permissions: options.permissions ?? ['ingest:observation:write'],
    expiresAt: null,
  });
  return key;
}

/** Everything stored of a point, oldest first: `[value, quality, reason]`. */
export async function storedOf(
  { ingest, platform }: TestIngest,
  point: string,
  organisation = PLANT,
): Promise<[SampleValue, string, string | null][]> {
  const query = { point, from: new Date(0).toISOString(), limit: 10_000, order: 'ascending' as const };
  const { items } = await ingest.observations.list(platform.scope({ organisation }), query);
  return items.map(({ value, quality, reason }) => [value, quality, reason]);
}

/** Keys of all points of an organisation. */
export async function pointsOf({ collect, platform }: TestIngest, organisation: string): Promise<string[]> {
  const page = await collect.points.list(platform.scope({ organisation }), { limit: 200 });
  return page.items.map(({ key }) => key);
}

/** Rows of the list of rejects, newest first. */
export async function rejectsOf(server: TestIngest, search: string, organisation = PLANT): Promise<Reject[]> {
  const key = await keyOf(server, { organisation, permissions: ['ingest:reject:read'] });
  const answer = await call(server, `/api/ingest/rejects?search=${encodeURIComponent(search)}`, { key });
  return (answer.body as { items: Reject[] }).items;
}
