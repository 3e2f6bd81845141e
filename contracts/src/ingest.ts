import { z } from 'zod';
import { CollectorName, LatestValue, PointKey } from './collect.ts';
import { Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import { ErrorCode } from './errors.ts';
import { PointType, Quality } from './quality.ts';

/** Most samples in one batch. */
export const BATCH_SAMPLES_MAX = 20_000;
/** Longest text value, UTF-8 bytes. */
export const TEXT_BYTES_MAX = 4_096;

export const SampleValue = z.union([z.number(), z.boolean(), z.string().max(TEXT_BYTES_MAX), z.null()]);
export type SampleValue = z.infer<typeof SampleValue>;

/** The time of a device's own server is told only where it differs by so much from the source time. */
export const SERVER_TIME_DIFFERENCE_MS = 1_000;

/**
 * One sample: source time in milliseconds since 1970 UTC (fractions reach microseconds), value (null only when not good),
 * quality, the reason when it is not good (`BadCommunicationError`, `stale` …; empty: none), and the time of the device's own
 * server in milliseconds, where there is one that differs by `SERVER_TIME_DIFFERENCE_MS` or more.
 */
export const Sample = z
  .tuple([z.number(), SampleValue, Quality])
  .rest(z.union([z.string().max(100), z.number()]));
export type Sample = [
  time: number,
  value: SampleValue,
  quality: Quality,
  reason?: string,
  serverTime?: number,
];

/**
 * What became of the samples of one hour of source time, for the ledger of completeness: start of the hour in milliseconds
 * since 1970 UTC; samples read, filtered out (deadband, swinging door), in this batch, and given up because the buffer was
 * full, each since it was told before; and the sum of `sampleCrc` over those in this batch. A sample whose time is that of an earlier
 * one of the point replaces it: the earlier one counts as filtered, and is taken off the samples and the sum of the batch that replaces it.
 */
export const HourCount = z.tuple([
  z.number().int().describe('hour'),
  z.number().int().min(0).describe('read'),
  z.number().int().min(0).describe('filtered'),
  z.number().int().min(0).describe('sent'),
  z.number().int().min(0).describe('lost'),
  z.number().int().describe('sum of CRC-32; negative when more is taken back than added'),
]);
export type HourCount = [
  hourMs: number,
  read: number,
  filtered: number,
  sent: number,
  lost: number,
  crc: number,
];
/** Most hours that one point of a batch may tell of. */
export const HOUR_COUNTS_MAX = 5_000;
export const HOUR_MS = 3_600_000;

export const BatchPoint = z.object({
  key: PointKey,
  type: PointType,
  name: z.string().max(200).optional(),
  unit: z.string().max(40).optional().describe('UCUM code'),
  equipment: z.string().max(200).optional(),
  connection: z.string().max(100).optional(),
  samples: z.array(Sample).min(1),
  counts: z.array(HourCount).max(HOUR_COUNTS_MAX).optional().describe('for the ledger of completeness'),
});
export type BatchPoint = Omit<z.infer<typeof BatchPoint>, 'samples' | 'counts'> & {
  samples: Sample[];
  counts?: HourCount[];
};

/**
 * What a collector delivers: samples grouped by point, under (source, epoch, sequence). The epoch is new whenever the
 * collector's buffer is; the sequence grows by one a batch. Sent again after a lost answer it is stored once.
 */
export const Batch = z
  .object({
    source: CollectorName,
    epoch: z.string().min(1).max(64),
    sequence: z.number().int().min(1),
    points: z.array(BatchPoint).min(1).max(5_000),
  })
  .meta({ id: 'Batch' });
export type Batch = Omit<z.infer<typeof Batch>, 'points'> & { points: BatchPoint[] };

/** The acknowledgement: everything in the batch is on disk, either stored or in the rejects list. */
export const BatchAnswer = z
  .object({
    acknowledged: z.number().int().describe('the sequence that is now durable'),
    duplicate: z.boolean().describe('true when this sequence had been stored before'),
    stored: z.number().int(),
    rejected: z.number().int(),
  })
  .meta({ id: 'BatchAnswer' });
export type BatchAnswer = z.infer<typeof BatchAnswer>;

export const Observation = z
  .object({
    time: Instant.describe('source time, microseconds'),
    value: z.union([z.number(), z.boolean(), z.string(), z.null()]),
    quality: Quality,
    reason: z.string().nullable(),
    serverTime: Instant.optional().describe(
      'time of the device’s own server, where it differs from the source time by a second or more',
    ),
    receivedAt: Instant,
  })
  .meta({ id: 'Observation' });
export type Observation = z.infer<typeof Observation>;

export const OBSERVATION_ROWS_MAX = 10_000;
export const ObservationQuery = z.object({
  point: z.string().min(1).max(300).describe('the point’s number or its key'),
  from: Instant.optional().describe('inclusive; one hour before `to` when left out'),
  to: Instant.optional().describe('exclusive; now when left out'),
  limit: z.coerce.number().int().min(1).max(OBSERVATION_ROWS_MAX).default(1000),
  order: z.enum(['ascending', 'descending']).default('ascending'),
});
export type ObservationQuery = z.infer<typeof ObservationQuery>;
/** `truncated` is true when the range holds more rows than the limit. */
export const ObservationList = z
  .object({ point: z.number().int(), items: z.array(Observation), truncated: z.boolean() })
  .meta({ id: 'ObservationList' });
export type ObservationList = z.infer<typeof ObservationList>;

/** Most points of one question, and most rows of its answer over all of them. */
export const READ_POINTS_MAX = 1_000;
/** A line is thinned out for one point after the other. */
export const DOWNSAMPLE_POINTS_MAX = 100;
export const READ_ROWS_MAX = 100_000;
/** What a time bucket can tell. `count` is of good samples, `bad` of all others; everything else is of good ones. */
export const AGGREGATES = [
  'count',
  'bad',
  'min',
  'max',
  'mean',
  'sum',
  'first',
  'last',
  'range',
  'stddev',
] as const;
export type Aggregate = (typeof AGGREGATES)[number];
export const FILLS = ['none', 'null', 'previous', 'linear'] as const;
export type Fill = (typeof FILLS)[number];

export const ReadQuery = z.object({
  point: z
    .union([z.string().min(1).max(11_000), z.array(z.string().min(1).max(300)).min(1).max(READ_POINTS_MAX)])
    .describe(
      'number or key of a point, or up to 1,000 of them (100 with `downsample`): separated by commas, or given again and again. A key that holds a comma itself stands alone',
    ),
  from: Instant.optional().describe('inclusive; one hour before `to` when left out'),
  to: Instant.optional().describe('exclusive; now when left out'),
  bucket: z
    .string()
    .max(30)
    .optional()
    .describe(
      'width of time buckets: `10s`, `1m`, `1h`, `1d` or an ISO 8601 duration as `PT15M`; they begin at whole multiples since 1970 in UTC',
    ),
  aggregate: z
    .string()
    .max(200)
    .optional()
    .describe(
      `list of ${AGGREGATES.join(', ')}; count, min, max, mean when left out. Without \`bucket\` the whole range is one`,
    ),
  fill: z
    .enum(FILLS)
    .default('none')
    .describe(
      'buckets without good samples: left out, null, as the one before, or on the line between neighbours',
    ),
  downsample: z
    .enum(['lttb'])
    .optional()
    .describe('at most `limit` good samples that draw the same line: largest triangle three buckets'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(OBSERVATION_ROWS_MAX)
    .default(1000)
    .describe('rows or buckets of each point; 100,000 over all points'),
  cursor: z.string().max(400).optional().describe('`next` of the page before; for a single point'),
  order: z.enum(['ascending', 'descending']).default('ascending'),
});
export type ReadQuery = z.infer<typeof ReadQuery>;

const statistic = z.number().nullable().optional();
/** One time bucket with what was asked for, by its start. */
export const BucketRow = z
  .strictObject({
    time: Instant.describe('start of the bucket'),
    count: statistic,
    bad: statistic,
    min: statistic,
    max: statistic,
    mean: statistic,
    sum: statistic,
    first: statistic,
    last: statistic,
    range: statistic,
    stddev: statistic,
  })
  .meta({ id: 'BucketRow' });
export type BucketRow = z.infer<typeof BucketRow>;
/** One good sample of a line that was thinned out. */
export const DrawnSample = z.strictObject({ time: Instant, value: z.number() }).meta({ id: 'DrawnSample' });

/** Observations of one point, or its time buckets when `bucketMs` tells their width. */
export const PointReading = z
  .object({
    point: z.number().int(),
    key: PointKey,
    unit: z.string().nullable(),
    bucketMs: z.number().nullable(),
    items: z.union([z.array(Observation), z.array(BucketRow), z.array(DrawnSample)]),
    truncated: z.boolean().describe('true when the range holds more than the limit'),
    next: z.string().nullable().describe('cursor of the next page'),
  })
  .meta({ id: 'PointReading' });
export type PointReading = z.infer<typeof PointReading>;
/** Of one point the reading itself; of several one reading each, in the order asked. */
export const ReadAnswer = z
  .union([PointReading, z.object({ points: z.array(PointReading) })])
  .meta({ id: 'ReadAnswer' });
export type ReadAnswer = z.infer<typeof ReadAnswer>;

export const BUCKETS_MAX = 2_000;
export const SeriesQuery = z.object({
  point: z.string().min(1).max(300),
  from: Instant.optional(),
  to: Instant.optional(),
  buckets: z.coerce.number().int().min(1).max(BUCKETS_MAX).default(300),
});
export type SeriesQuery = z.infer<typeof SeriesQuery>;
/** One time bucket of a chart; a bucket without good samples has count 0 and nulls, so that a gap is seen as a gap. */
export const SeriesBucket = z.object({
  time: Instant,
  count: z.number().int(),
  bad: z.number().int(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
});
export const Series = z
  .object({ point: z.number().int(), bucketMs: z.number(), items: z.array(SeriesBucket) })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof Series>;

export const LATEST_POINTS_MAX = 500;
export const LatestQuery = z.object({
  points: z.string().max(8000).optional().describe('numbers of points, comma separated; at most 500'),
  organisation: OrganisationPath.optional().describe(
    'all points of this organisation and below, at most 500',
  ),
});

export type LatestQuery = z.infer<typeof LatestQuery>;
export const LatestList = z.object({ items: z.array(LatestValue) }).meta({ id: 'LatestList' });
export type LatestList = z.infer<typeof LatestList>;
/** Query of the live stream (server-sent events, `event: latest`, data = array of LatestValue). */
export const LiveQuery = z.object({
  points: z.string().min(1).max(8000).describe('numbers of points, comma separated; at most 500'),
});

/** The ways in. `json` is plain JSON over HTTP; over MQTT everything but Sparkplug is `mqtt`. */
export const DOORS = [
  'batch',
  'line-protocol',
  'remote-write',
  'otlp',
  'json',
  'mqtt',
  'sparkplug-b',
  'kafka',
] as const;

/** Something that came in and could not be stored, kept where a person can look at it. */
export const Reject = z
  .object({
    id: Id,
    organisation: OrganisationPath,
    receivedAt: Instant,
    door: z.enum(DOORS),
    source: z.string().nullable(),
    point: z.string().nullable(),
    code: ErrorCode,
    reason: z.string(),
    sample: z.string().describe('what came in, shortened'),
    count: z.number().int().describe('how many samples of the same request had this fault'),
  })
  .meta({ id: 'Reject' });
export type Reject = z.infer<typeof Reject>;
export const RejectQuery = PageQuery.extend({
  search: z.string().max(100).optional(),
  code: ErrorCode.optional(),
});
export type RejectQuery = z.infer<typeof RejectQuery>;
export const RejectPage = pageOf(Reject).meta({ id: 'RejectPage' });

export const IngestStatistics = z
  .object({
    observations: z.number().describe('rows stored in all'),
    points: z.number().int(),
    perSecond: z.number().describe('samples stored a second over the last minute'),
    rejectedDay: z.number().int().describe('samples rejected in the last 24 hours'),
  })
  .meta({ id: 'IngestStatistics' });
export type IngestStatistics = z.infer<typeof IngestStatistics>;

/** Samples by what became of them: received = stored + duplicate + rejected. */
export const IngestCounters = z
  .object({
    received: z.number().int(),
    stored: z.number().int(),
    duplicate: z.number().int().describe('had been delivered before'),
    rejected: z.number().int(),
    late: z.number().int().describe('of the stored ones those that came after a newer one of the same point'),
  })
  .meta({ id: 'IngestCounters' });
export type IngestCounters = z.infer<typeof IngestCounters>;
/** Of the caller's organisation and below: in all, and since this server process started. */
export const IngestStats = IngestCounters.extend({
  startedAt: Instant,
  sinceStart: IngestCounters,
}).meta({ id: 'IngestStats' });
export type IngestStats = z.infer<typeof IngestStats>;

export const RETENTION_CLASSES = ['raw', 'minute', 'hour', 'day'] as const;
/** What each class of data keeps and how much there is of it. */
export const RetentionList = z
  .object({
    items: z.array(
      z.object({
        class: z.enum(RETENTION_CLASSES),
        days: z.number().int().describe('0 keeps everything'),
        rows: z.number().int(),
        bytes: z.number().int(),
        deletedRows: z.number().int().describe('rows deleted in all, before merging'),
        deletedBefore: Instant.nullable().describe('everything before is gone'),
      }),
    ),
  })
  .meta({ id: 'RetentionList' });
export type RetentionList = z.infer<typeof RetentionList>;

/** Hours for which volume is told, and most organisations that are told one by one. */
export const VOLUME_HOURS_MAX = 24;
export const VOLUME_ORGANISATIONS_MAX = 100;
export const VolumeQuery = z.object({
  hours: z.coerce.number().int().min(1).max(VOLUME_HOURS_MAX).default(6),
});
export type VolumeQuery = z.infer<typeof VolumeQuery>;
/**
 * Samples of the last hours by what became of them, of the caller's organisation and below. Every bucket is told, also one
 * without samples; the last one still fills.
 */
export const IngestVolume = z
  .object({
    bucketSeconds: z.number().int().describe('a minute up to 1 hour, 5 up to 6, otherwise 15'),
    items: z.array(IngestCounters.extend({ time: Instant.describe('start of the bucket') })),
    organisations: z
      .array(IngestCounters.extend({ organisation: OrganisationPath }))
      .describe('the same time by organisation, the one that received most first; at most 100'),
    truncated: z.boolean().describe('true when more organisations received anything'),
  })
  .meta({ id: 'IngestVolume' });
export type IngestVolume = z.infer<typeof IngestVolume>;

/** How far minutes, hours and days are: the same for the whole installation. */
export const RollupProgress = z
  .object({
    upTo: Instant.nullable().describe(
      'everything stored before is in the rollups; null before the first time',
    ),
    lagSeconds: z.number().nullable().describe('age of that moment by the clock of the engine'),
    everySeconds: z.number().describe('time between two looks'),
  })
  .meta({ id: 'RollupProgress' });
export type RollupProgress = z.infer<typeof RollupProgress>;

/**
 * Where this installation takes data from, as far as HTTP does not say it itself. What is read from brokers of others is
 * told to callers whose organisation, or one below, owns it.
 */
export const DoorList = z
  .object({
    httpUrl: z.string().nullable().describe('`publicUrl`; null when people use the address they are at'),
    mqtt: z
      .object({
        port: z.number().int(),
        tlsPort: z.number().int().nullable(),
        localOnly: z.boolean().describe('true when it listens on this machine only'),
      })
      .nullable()
      .describe('the embedded broker; null while it is not open'),
    sparkplug: z.object({
      hostId: z.string().describe('id of this host application, as STATE tells it'),
      isPrimary: z.boolean().describe('true when it publishes STATE and asks for births'),
    }),
    broker: z
      .object({ topics: z.array(z.string()), organisation: OrganisationPath })
      .nullable()
      .describe('the broker of others that is read'),
    kafka: z
      .object({ brokers: z.array(z.string()), topics: z.array(z.string()), organisation: OrganisationPath })
      .nullable()
      .describe('Kafka that is read'),
  })
  .meta({ id: 'DoorList' });
export type DoorList = z.infer<typeof DoorList>;
