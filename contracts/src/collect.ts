import { z } from 'zod';
import { Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import { PointType, Quality } from './quality.ts';

/** Key of a point inside its organisation: `kiln-1.temperature`; letters of any script, digits, `. _ - / :`. */
export const PointKey = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._\-/:%#()@,=]*$/u,
    'starts with a letter or digit, no control characters',
  );

export const Point = z
  .object({
    id: z.number().int().describe('dense number, the series id in ClickHouse'),
    key: PointKey,
    name: z.string().describe('what people call it, Chinese first'),
    organisation: OrganisationPath,
    collector: z.string().nullable().describe('name of the collector that delivers it'),
    connection: z.string().nullable().describe('name of the connection inside the collector'),
    equipment: z.string().nullable().describe('name of the machine it belongs to'),
    unit: z.string().nullable().describe('UCUM code, as delivered'),
    type: PointType,
    createdAt: Instant,
  })
  .meta({ id: 'Point' });
export type Point = z.infer<typeof Point>;

export const PointQuery = PageQuery.extend({
  search: z.string().max(100).optional().describe('part of key, name or equipment'),
  collector: z.string().max(100).optional(),
  organisation: OrganisationPath.optional().describe('this organisation and all below it'),
});
export type PointQuery = z.infer<typeof PointQuery>;
export const PointPage = pageOf(Point).meta({ id: 'PointPage' });

/** One point with its newest value, as the portal shows it. */
export const LatestValue = z
  .object({
    point: z.number().int(),
    time: Instant.describe('source time'),
    receivedAt: Instant,
    value: z.union([z.number(), z.boolean(), z.string(), z.null()]),
    quality: Quality,
    reason: z.string().nullable(),
  })
  .meta({ id: 'LatestValue' });
export type LatestValue = z.infer<typeof LatestValue>;

export const CollectorName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -');

/** How a connection was brought back, from the least to the most: each is tried when the one before did not help. */
export const RECOVERY_STEPS = ['resubscribe', 'session', 'channel', 'restart'] as const;
export type RecoveryStep = (typeof RECOVERY_STEPS)[number];

/** How the other end of a link is reached. */
export const LinkState = z
  .object({
    family: z
      .enum(['IPv4', 'IPv6'])
      .nullable()
      .describe('address family of the socket; IPv4 also for ::ffff:10.0.0.1; null where it is not known'),
    latencyMs: z
      .number()
      .min(0)
      .nullable()
      .describe(
        'time from request to answer, smoothed as TCP does (one eighth of each new one); null where nobody is asked',
      ),
  })
  .meta({ id: 'LinkState' });
export type LinkState = z.infer<typeof LinkState>;

/** State of one connection as the collector last reported it. */
export const ConnectionState = z
  .object({
    name: z.string().max(100),
    protocol: z.string().max(40),
    endpoint: z.string().max(300).describe('address without credentials'),
    state: z.enum(['connected', 'connecting', 'disconnected', 'stopped']),
    since: Instant,
    points: z.number().int(),
    pointsFailed: z.number().int(),
    pointsSilent: z.number().int().optional().describe('points that should speak and do not'),
    recoveries: z.number().int().describe('times the connection was rebuilt'),
    steps: z
      .partialRecord(z.enum(RECOVERY_STEPS), z.number().int())
      .optional()
      .describe('what was tried to bring it back, and how often, since the start'),
    gaps: z
      .object({ count: z.number().int(), filled: z.number().int().describe('samples read from history') })
      .optional()
      .describe('times without data since the start'),
    link: LinkState.optional().describe('while there is a socket to the peer'),
    lastError: z.string().max(500).nullable(),
  })
  .meta({ id: 'ConnectionState' });
export type ConnectionState = z.infer<typeof ConnectionState>;

/** A time in which a connection could not read, told when it was over. */
export const Gap = z.object({
  connection: z.string().max(100),
  from: Instant,
  to: Instant,
  points: z.number().int().min(0).describe('points that it concerns'),
  filled: z
    .number()
    .int()
    .min(0)
    .nullable()
    .describe('samples read from the device’s history afterwards; null where it keeps none'),
  reason: z.string().max(200),
});
export type Gap = z.infer<typeof Gap>;
/** Newest gaps that a report carries; the platform keeps what it has seen. */
export const REPORT_GAPS_MAX = 100;

export const CollectorGap = Gap.extend({ collector: z.string() }).meta({ id: 'CollectorGap' });
export type CollectorGap = z.infer<typeof CollectorGap>;
export const GapQuery = PageQuery.extend({
  collector: z.string().max(100).optional(),
  connection: z.string().max(100).optional(),
  from: Instant.optional().describe('gaps that ended at this time or later'),
  to: Instant.optional().describe('gaps that began before this time'),
});
export type GapQuery = z.infer<typeof GapQuery>;
export const GapPage = pageOf(CollectorGap).meta({ id: 'GapPage' });

/** One fault of a configuration. `path` names the key: `connections[0].points[3].address`. */
export const ConfigurationIssue = z
  .object({ path: z.string().max(500), message: z.string().max(1000) })
  .meta({ id: 'ConfigurationIssue' });
export type ConfigurationIssue = z.infer<typeof ConfigurationIssue>;
export const CONFIGURATION_ISSUES_MAX = 200;

/** What a collector says of the configuration it works by; a part of its report. */
export const AppliedConfiguration = z.object({
  managed: z.boolean().describe('configured by the platform; otherwise by a file of its own'),
  version: z.number().int().nullable().describe('version it works by; null: none yet, or its own file'),
  refused: z
    .object({ version: z.number().int(), issues: z.array(ConfigurationIssue).max(CONFIGURATION_ISSUES_MAX) })
    .nullable()
    .describe('a newer version that it could not take; it goes on with the one before'),
});
export type AppliedConfiguration = z.infer<typeof AppliedConfiguration>;
/** How the platform is reached from a collector. */
export const DeliveryState = LinkState.extend({
  lagMs: z
    .number()
    .int()
    .min(0)
    .describe('age of the oldest batch that is not acknowledged, of what comes now; 0 when none waits'),
  lagReplayedMs: z.number().int().min(0).describe('the same of what waits since an outage'),
}).meta({ id: 'DeliveryState' });
export type DeliveryState = z.infer<typeof DeliveryState>;

/** What a collector says of itself every few seconds (`POST /api/collect/report`). */
export const CollectorReport = z
  .object({
    collector: CollectorName,
    version: z.string().max(40),
    startedAt: Instant,
    epoch: z.string().max(64),
    sequence: z.number().int().describe('last sequence written to the buffer'),
    acknowledged: z.number().int().describe('last sequence the server acknowledged'),
    bufferBytes: z.number().int(),
    bufferBytesMax: z.number().int(),
    bufferBytesReplayed: z
      .number()
      .int()
      .optional()
      .describe('of an outage; delivered behind what comes now'),
    samplesRead: z.number().int().describe('since start'),
    samplesSent: z.number().int().describe('acknowledged since start'),
    samplesDropped: z.number().int().describe('given up because the buffer was full, since start'),
    delivery: DeliveryState.optional(),
    connections: z.array(ConnectionState).max(1000),
    recentGaps: z.array(Gap).max(REPORT_GAPS_MAX).optional(),
    configuration: AppliedConfiguration.optional(),
  })
  .meta({ id: 'CollectorReport' });
export type CollectorReport = z.infer<typeof CollectorReport>;

/** Seconds without a report after which a collector counts as offline. */
export const COLLECTOR_SILENT_SECONDS_MAX = 30;

export const Collector = z
  .object({
    id: Id,
    name: CollectorName,
    title: z.string().describe('what people call it'),
    organisation: OrganisationPath,
    state: z.enum(['never-seen', 'online', 'offline']),
    lastSeenAt: Instant.nullable(),
    report: CollectorReport.nullable(),
    points: z.number().int(),
    createdAt: Instant,
  })
  .meta({ id: 'Collector' });
export type Collector = z.infer<typeof Collector>;

export const NewCollector = z
  .object({ name: CollectorName, title: z.string().min(1).max(200), organisation: OrganisationPath })
  .meta({ id: 'NewCollector' });
export type NewCollector = z.infer<typeof NewCollector>;
export const CollectorQuery = PageQuery.extend({
  search: z.string().max(100).optional().describe('part of name or title'),
  organisation: OrganisationPath.optional().describe('this organisation and all below it'),
});
export type CollectorQuery = z.infer<typeof CollectorQuery>;
export const CollectorPage = pageOf(Collector).meta({ id: 'CollectorPage' });

/** Answer of registering: the key is shown this once and stored hashed. */
export const CollectorWithKey = z
  .object({ collector: Collector, key: z.string() })
  .meta({ id: 'CollectorWithKey' });
export type CollectorWithKey = z.infer<typeof CollectorWithKey>;

export const PointPatch = z
  .object({
    name: z.string().min(1).max(200),
    equipment: z.string().max(200).nullable(),
    unit: z.string().max(40).nullable(),
  })
  .partial()
  .meta({ id: 'PointPatch' });
export type PointPatch = z.infer<typeof PointPatch>;
