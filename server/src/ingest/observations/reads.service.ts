import {
  type Aggregate,
  DOWNSAMPLE_POINTS_MAX,
  type Point,
  type PointReading,
  READ_POINTS_MAX,
  READ_ROWS_MAX,
  type ReadAnswer,
  type ReadQuery,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { BucketStore } from './buckets.store.ts';
import {
  fillBuckets,
  parseAggregates,
  parseBucket,
  refuse,
  type TimedBucket,
  toBucketRow,
} from './buckets.ts';
import type { ObservationStore, Stored } from './observations.store.ts';
import { instantOf, rangeOf } from './observations.ts';

/** Observations as they are, in time buckets, or thinned out for a chart. */
export type Reads = {
  /** @throws PERMISSION_MISSING, POINT_UNKNOWN, REQUEST_INVALID, QUERY_TIMEOUT, QUERY_TOO_HEAVY */
  read(scope: Scope, query: ReadQuery): Promise<ReadAnswer>;
};

type Parts = { store: ObservationStore; buckets: BucketStore; points: Points; clock: Clock };
type Range = { fromUs: number; toUs: number };
type Asked = { range: Range; limit: number; order: ReadQuery['order'] };

export function createReads({ store, buckets, points, clock }: Parts): Reads {
  return {
    async read(scope, query) {
      demand(scope, 'ingest:observation:read');
      const wanted = await findPoints(points, scope, query.point);
      if (wanted.length * query.limit > READ_ROWS_MAX)
        throw refuse(
          'limit',
          `at most ${READ_ROWS_MAX} rows over all points: ${wanted.length} × ${query.limit}`,
        );
      if (query.cursor !== undefined && wanted.length > 1) throw refuse('cursor', 'is for a single point');
      const { fromUs, toUs } = rangeOf(query, clock.now().getTime());
      const asked = {
        range: { fromUs: Math.max(0, fromUs), toUs: Math.max(0, toUs) },
        limit: query.limit,
        order: query.order,
      };
      const readings = await answer({ store, buckets }, scope, { wanted, query, asked });
      const [only] = readings;
      return readings.length === 1 && only ? only : { points: readings };
    },
  };
}

type Stores = Pick<Parts, 'store' | 'buckets'>;
type Question = { wanted: Point[]; query: ReadQuery; asked: Asked };

async function answer(stores: Stores, scope: Scope, question: Question): Promise<PointReading[]> {
  const { query } = question;
  const isBucketed = query.bucket !== undefined || query.aggregate !== undefined;
  if (query.downsample !== undefined) {
    if (isBucketed || query.cursor !== undefined)
      throw refuse('downsample', 'does not go together with bucket, aggregate and cursor');
    return downsampled(stores, scope, question);
  }
  if (isBucketed) return bucketed(stores, scope, question);
  if (query.fill !== 'none') throw refuse('fill', 'needs bucket');
  return raw(stores, scope, question);
}

/**
 * The points of a question in its order, each once.
 * @throws POINT_UNKNOWN when one of them is not in sight, REQUEST_INVALID for more than 1,000
 */
async function findPoints(points: Points, scope: Scope, told: ReadQuery['point']): Promise<Point[]> {
  const references = await referencesOf(points, scope, told);
  const wanted = [...new Set(references.filter((reference) => reference !== ''))];
  if (wanted.length === 0) throw refuse('point', 'number or key of a point');
  if (wanted.length > READ_POINTS_MAX) throw refuse('point', `at most ${READ_POINTS_MAX} points`);
  return points.findAll(scope, wanted);
}

/** A comma parts references, but a line-protocol key holds commas itself: what is a key as a whole is one. */
async function referencesOf(
  points: Points,
  scope: Scope,
  told: ReadQuery['point'],
): Promise<readonly string[]> {
  if (typeof told !== 'string') return told;
  const parts = told.split(',').map((part) => part.trim());
  if (parts.length === 1 || /^[\d, ]+$/.test(told)) return parts;
  try {
    await points.find(scope, told);
    return [told];
  } catch (error) {
    if (error instanceof AppError && error.code === 'POINT_UNKNOWN') return parts;
    throw error;
  }
}

const head = ({ id, key, unit }: Point) => ({ point: id, key, unit });

/** Where the page begins: behind the last row of the page before. */
function pageRange({ range, order }: Asked, cursor: string | undefined): Range {
  if (cursor === undefined) return range;
  const [text = ''] = decodeCursor(cursor, 1);
  const atUs = Number(text);
  if (!Number.isSafeInteger(atUs) || atUs < range.fromUs || atUs > range.toUs) throw invalidCursor();
  return order === 'ascending' ? { ...range, fromUs: atUs } : { ...range, toUs: atUs };
}

async function raw(
  { store }: Stores,
  scope: Scope,
  { wanted, query, asked }: Question,
): Promise<PointReading[]> {
  const range = pageRange(asked, query.cursor);
  const found = await store.ranges(scope, wanted, { ...range, limit: query.limit, order: query.order });
  return wanted.map((point) => {
    const rows = found.get(point.id) ?? [];
    const page = rows.slice(0, query.limit);
    const truncated = rows.length > query.limit;
    const last = page.at(-1);
    const nextUs = last && (query.order === 'ascending' ? last.timeUs + 1 : last.timeUs);
    return {
      ...head(point),
      bucketMs: null,
      items: page.map(toObservation),
      truncated,
      next: truncated && nextUs !== undefined ? encodeCursor([nextUs]) : null,
    };
  });
}

export const toObservation = ({ timeUs, value, quality, reason, serverMs, receivedMs }: Stored) => ({
  time: instantOf(timeUs),
  value,
  quality,
  reason,
  ...(serverMs === undefined ? {} : { serverTime: instantOf(serverMs * 1000) }),
  receivedAt: instantOf(receivedMs * 1000),
});

async function downsampled(
  { buckets }: Stores,
  scope: Scope,
  { wanted, asked }: Question,
): Promise<PointReading[]> {
  if (wanted.length > DOWNSAMPLE_POINTS_MAX)
    throw refuse('downsample', `at most ${DOWNSAMPLE_POINTS_MAX} points`);
  const readings: PointReading[] = [];
  for (const point of wanted) {
    if (point.type !== 'number') throw refuse('downsample', `is for numbers; ${point.key} is ${point.type}`);
    const line = await buckets.line(scope, point, { ...asked.range, limit: asked.limit });
    const items = line.map(({ timeUs, value }) => ({ time: instantOf(timeUs), value }));
    readings.push({ ...head(point), bucketMs: null, items, truncated: false, next: null });
  }
  return readings;
}

async function bucketed({ buckets }: Stores, scope: Scope, question: Question): Promise<PointReading[]> {
  const { wanted, query, asked } = question;
  const { fromUs, toUs } = asked.range;
  const aggregates = parseAggregates(query.aggregate);
  const isOne = query.bucket === undefined;
  const widthUs = query.bucket === undefined ? toUs - fromUs : parseBucket(query.bucket);
  const originUs = isOne ? fromUs : Math.floor(fromUs / widthUs) * widthUs;
  if (widthUs <= 0) return wanted.map((point) => emptyReading(point, widthUs));
  const frame = { asked, widthUs, originUs, aggregates, fill: query.fill };
  const page = pageRange(asked, query.cursor);
  const range = query.fill === 'none' ? page : firstBuckets(page, frame);
  const found = await buckets.buckets(scope, wanted, {
    ...range,
    widthUs,
    originUs,
    limit: query.limit + 1,
    order: query.order,
    aggregates,
  });
  const { fill } = query;
  if (fill === 'none')
    return wanted.map((point) => bucketPage(point, found.get(point.id) ?? [], { ...frame, query }));
  const around = await neighbours(buckets, scope, { wanted, range, frame, fill });
  return wanted.map((point) => {
    const { items, next } = filledPage(found.get(point.id) ?? [], {
      page,
      range,
      frame,
      fill,
      ...around(point),
    });
    return { ...head(point), bucketMs: widthUs / 1000, items, truncated: next !== null, next };
  });
}

const emptyReading = (point: Point, widthUs: number): PointReading => ({
  ...head(point),
  bucketMs: widthUs / 1000,
  items: [],
  truncated: false,
  next: null,
});

type Frame = {
  asked: Asked;
  widthUs: number;
  originUs: number;
  aggregates: readonly Aggregate[];
  fill: ReadQuery['fill'];
};

function bucketPage(
  point: Point,
  rows: readonly TimedBucket[],
  { widthUs, aggregates, query }: Frame & { query: ReadQuery },
): PointReading {
  const page = rows.slice(0, query.limit);
  const truncated = rows.length > query.limit;
  const last = page.at(-1);
  const nextUs = last && (query.order === 'ascending' ? last.timeUs + widthUs : last.timeUs);
  return {
    ...head(point),
    bucketMs: widthUs / 1000,
    items: page.map((bucket) => toBucketRow(bucket, aggregates)),
    truncated,
    next: truncated && nextUs !== undefined ? encodeCursor([nextUs]) : null,
  };
}

/** With every bucket told, a page is a range of time: its first `limit` buckets in the order asked. */
function firstBuckets({ fromUs, toUs }: Range, { asked, widthUs, originUs }: Frame): Range {
  const startOf = (timeUs: number) => originUs + Math.floor((timeUs - originUs) / widthUs) * widthUs;
  const spanUs = asked.limit * widthUs;
  if (asked.order === 'ascending') return { fromUs, toUs: Math.min(toUs, startOf(fromUs) + spanUs) };
  const lastEndUs = startOf(toUs - 1) + widthUs;
  return { fromUs: Math.max(fromUs, lastEndUs - spanUs), toUs };
}

type Around = { before: TimedBucket | null; after: TimedBucket | null };

/** The nearest buckets with good samples outside the page but inside the question, so that pages fit together. */
async function neighbours(
  buckets: BucketStore,
  scope: Scope,
  request: { wanted: Point[]; range: Range; frame: Frame; fill: ReadQuery['fill'] },
): Promise<(point: Point) => Around> {
  const { wanted, range, frame, fill } = request;
  const { asked, widthUs, originUs, aggregates } = frame;
  const shape = { widthUs, originUs, aggregates, limit: 1, goodOnly: true };
  const nearest = async (side: Range, order: ReadQuery['order'], needed: boolean) =>
    needed && side.fromUs < side.toUs
      ? buckets.buckets(scope, wanted, { ...side, ...shape, order })
      : new Map<number, TimedBucket[]>();
  const beforeRange = { fromUs: asked.range.fromUs, toUs: range.fromUs };
  const afterRange = { fromUs: range.toUs, toUs: asked.range.toUs };
  const before = await nearest(beforeRange, 'descending', fill !== 'null');
  const after = await nearest(afterRange, 'ascending', fill === 'linear');
  return ({ id }) => ({ before: before.get(id)?.[0] ?? null, after: after.get(id)?.[0] ?? null });
}

function filledPage(
  rows: readonly TimedBucket[],
  request: { page: Range; range: Range; frame: Frame; fill: Exclude<ReadQuery['fill'], 'none'> } & Around,
): Pick<PointReading, 'next'> & { items: ReturnType<typeof toBucketRow>[] } {
  const { page, range, frame, fill, before, after } = request;
  const { asked, widthUs, originUs, aggregates } = frame;
  const firstUs = originUs + Math.floor((range.fromUs - originUs) / widthUs) * widthUs;
  const ascending = asked.order === 'ascending';
  const filled = fillBuckets(rows, { fill, fromUs: firstUs, toUs: range.toUs, widthUs, before, after });
  const ordered = ascending ? filled : filled.reverse();
  const more = ascending ? range.toUs < page.toUs : range.fromUs > page.fromUs;
  const nextUs = ascending ? range.toUs : range.fromUs;
  return {
    items: ordered.map((bucket) => toBucketRow(bucket, aggregates)),
    next: more ? encodeCursor([nextUs]) : null,
  };
}
