import { createHash } from 'node:crypto';
import type {
  BatchAnswer,
  ObservationList,
  ObservationQuery,
  Page,
  Point,
  PointQuery,
  ReadAnswer,
  ReadQuery,
  Series,
  SeriesQuery,
} from '@ronghe/contracts';
import type { Collectors, Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import { readBatch } from './batch.ts';
import type { BucketStore } from './buckets.store.ts';
import { EMPTY_BUCKET } from './buckets.ts';
import type { Intake } from './intake.service.ts';
import type { ObservationStore } from './observations.store.ts';
import { instantOf, rangeOf } from './observations.ts';
import { createReads, toObservation } from './reads.service.ts';

/** Observations: batches of collectors in, ranges and charts out. */
export type Observations = {
  /**
   * Stores a batch as JSON read it. What is wrong in it goes to the rejects list, the rest is stored.
   * @throws PERMISSION_MISSING, COLLECTOR_UNKNOWN, REQUEST_INVALID, and what `Intake.store` throws; a batch refused for its
   *   content (REQUEST_INVALID, BATCH_SEQUENCE_CONFLICT) is kept in the rejects list first
   */
  write(
    scope: Scope,
    body: unknown,
    context: { door: 'batch' | 'mqtt'; collector?: string },
  ): Promise<BatchAnswer>;
  /** @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID */
  list(scope: Scope, query: ObservationQuery): Promise<ObservationList>;
  /**
   * One or several points: as they are, in time buckets, or thinned out.
   * @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID, QUERY_TIMEOUT, QUERY_TOO_HEAVY
   */
  read(scope: Scope, query: ReadQuery): Promise<ReadAnswer>;
  /** What can be read. @throws PERMISSION_MISSING */
  points(scope: Scope, query: PointQuery): Promise<Page<Point>>;
  /** @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID */
  series(scope: Scope, query: SeriesQuery): Promise<Series>;
};

type Parts = {
  intake: Intake;
  store: ObservationStore;
  buckets: BucketStore;
  points: Points;
  collectors: Collectors;
  clock: Clock;
};
/** Faults of content: sending the same again cannot succeed, so what came in is kept for a person. */
const KEPT_CODES = new Set(['REQUEST_INVALID', 'REQUEST_TOO_LARGE', 'BATCH_SEQUENCE_CONFLICT']);

export function createObservations(parts: Parts): Observations {
  const { intake, store, buckets, points, collectors, clock } = parts;
  const reads = createReads({ store, buckets, points, clock });
  const deliver = async (
    scope: Scope,
    body: unknown,
    context: { door: 'batch' | 'mqtt'; collector?: string },
  ) => {
    const batch = readBatch(body);
    if (context.collector !== undefined && batch.source !== context.collector)
      throw new AppError(
        'REQUEST_INVALID',
        {},
        { details: [{ path: 'source', message: 'must be the collector of the topic' }] },
      );
    const { name, organisation } = await collectors.deliverer(scope, batch.source);
    const { epoch, sequence } = batch;
    const outcome = await intake.store(scope, {
      door: context.door,
      organisation,
      source: name,
      token: `${name}/${epoch}/${sequence}`,
      batch: { epoch, sequence, content: contentOf(body) },
      points: batch.points,
      refused: batch.refused,
    });
    return { ...outcome, sequence };
  };

  return {
    async write(scope, body, context) {
      demand(scope, 'ingest:observation:write');
      try {
        const { sequence, duplicate, stored, refused } = await deliver(scope, body, context);
        const rejected = refused.reduce((sum, { count }) => sum + count, 0);
        return { acknowledged: sequence, duplicate, stored, rejected };
      } catch (error) {
        if (error instanceof AppError && KEPT_CODES.has(error.code))
          await keep(intake, scope, { body, error, context });
        throw error;
      }
    },

    async list(scope, query) {
      demand(scope, 'ingest:observation:read');
      const range = rangeOf(query, clock.now().getTime());
      const point = await points.find(scope, query.point);
      const rows = await store.range(scope, point, { ...range, limit: query.limit, order: query.order });
      const items = rows.slice(0, query.limit).map(toObservation);
      return { point: point.id, items, truncated: rows.length > query.limit };
    },

    read: reads.read,
    points: (scope, query) => points.list(scope, query),

    async series(scope, query) {
      demand(scope, 'ingest:observation:read');
      const { fromUs, toUs } = rangeOf(query, clock.now().getTime());
      const point = await points.find(scope, query.point);
      const { originUs, widthUs, length } = chartBuckets(fromUs, toUs, query.buckets);
      const question = {
        fromUs,
        toUs,
        widthUs,
        originUs,
        limit: length,
        order: 'ascending',
        aggregates: ['count', 'bad', 'min', 'max', 'mean'],
      } as const;
      const found = (await buckets.buckets(scope, [point], question)).get(point.id) ?? [];
      const byTime = new Map(found.map(({ timeUs, values }) => [timeUs, values]));
      const items = Array.from({ length }, (_, index) => {
        const timeUs = originUs + index * widthUs;
        const { count, bad, min, max, mean } = byTime.get(timeUs) ?? EMPTY_BUCKET;
        return { time: instantOf(timeUs), count: count ?? 0, bad: bad ?? 0, min, max, mean };
      });
      return { point: point.id, bucketMs: widthUs / 1000, items };
    },
  };
}

const MS_US = 1_000;
const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

/**
 * At most `count` buckets of whole milliseconds from the beginning of the range, so that each starts at a time that can be
 * written without rounding; over more than a day of whole minutes from a whole minute, which are kept ready.
 */
function chartBuckets(fromUs: number, toUs: number, count: number) {
  const stepUs = toUs - fromUs > DAY_US ? MINUTE_US : MS_US;
  const originUs = stepUs === MINUTE_US ? Math.floor(fromUs / stepUs) * stepUs : fromUs;
  const widthUs = Math.max(1, Math.ceil((toUs - originUs) / count / stepUs)) * stepUs;
  return { originUs, widthUs, length: Math.ceil((toUs - originUs) / widthUs) };
}

/** Hash of what the batch delivers, whatever compression or spacing it was sent with. */
const contentOf = (body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify((body as { points: unknown }).points))
    .digest('hex');

async function keep(
  intake: Intake,
  scope: Scope,
  {
    body,
    error,
    context,
  }: { body: unknown; error: AppError; context: { door: 'batch' | 'mqtt'; collector?: string } },
): Promise<void> {
  const told = (body as { source?: unknown } | null)?.source;
  const source = context.collector ?? (typeof told === 'string' ? told.slice(0, 100) : null);
  const text = JSON.stringify(body) ?? '';
  const token = `refused ${scope.organisation} ${createHash('sha256').update(text).digest('hex')}`;
  const details = (error.details ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
  const values = { ...error.values, ...(details ? { details } : {}) };
  const fault = { code: error.code, values, point: null, sample: text, count: 1 };
  await intake.refuse(scope, { door: context.door, source, token }, fault);
}
