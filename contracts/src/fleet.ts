import { z } from 'zod';
import { CONFIGURATION_ISSUES_MAX, Collector, CollectorName, ConfigurationIssue } from './collect.ts';
import { Instant, PageQuery, pageOf } from './common.ts';
import { PointType, Quality } from './quality.ts';

/** Collectors that are enrolled with a one-time code and configured from the portal. Decision 027 tells how. */

/** Minutes in which a one-time code can be used. */
export const ENROLMENT_MINUTES = 60;
/** Groups of four letters and digits without those that look alike (Crockford's base 32): 100 random bits. */
export const ENROLMENT_CODE = /^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/;

/** A one-time code of a collector; shown this once and stored hashed. */
export const EnrolmentCode = z.object({ code: z.string(), expiresAt: Instant }).meta({ id: 'EnrolmentCode' });
export type EnrolmentCode = z.infer<typeof EnrolmentCode>;

/** Answer of registering a collector that enrols itself (`POST /api/collect/enrolments`). */
export const CollectorWithCode = z
  .object({ collector: Collector, enrolment: EnrolmentCode })
  .meta({ id: 'CollectorWithCode' });
export type CollectorWithCode = z.infer<typeof CollectorWithCode>;

/** What a new collector sends, without any other credential (`POST /api/collect/enrol`). Case and dashes do not matter. */
export const Enrolment = z.object({ code: z.string().min(1).max(40) }).meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof Enrolment>;
/** Its name and its key; the key it had before is revoked. */
export const EnrolmentAnswer = z
  .object({ collector: CollectorName, key: z.string() })
  .meta({ id: 'EnrolmentAnswer' });
export type EnrolmentAnswer = z.infer<typeof EnrolmentAnswer>;

/** Most connections of one collector. */
export const CONFIGURED_CONNECTIONS_MAX = 200;
/** A text that stands for a secret that the platform keeps: sent back unchanged, the secret stays. */
export const SEALED_PREFIX = 'sealed:';

/** One connection, as a collector's own file would hold it; what may be in it is told by the schema of its protocol. */
export const ConnectionDocument = z
  .looseObject({ name: z.string().min(1).max(100), protocol: z.string().min(1).max(40) })
  .meta({ id: 'ConnectionDocument' });
export type ConnectionDocument = z.infer<typeof ConnectionDocument>;

const Connections = z.array(ConnectionDocument).max(CONFIGURED_CONNECTIONS_MAX);

/** A version in the list of versions. */
export const ConfigurationVersion = z
  .object({
    version: z.number().int(),
    note: z.string(),
    madeBy: z.string(),
    madeAt: Instant,
    restores: z.number().int().nullable().describe('the version whose content this one brought back'),
    connections: z.number().int(),
    points: z.number().int(),
  })
  .meta({ id: 'ConfigurationVersion' });
export type ConfigurationVersion = z.infer<typeof ConfigurationVersion>;
export const ConfigurationVersionQuery = PageQuery;
export const ConfigurationVersionPage = pageOf(ConfigurationVersion).meta({ id: 'ConfigurationVersionPage' });

/** A version with its content; secrets are sealed texts (`SEALED_PREFIX`). */
export const Configuration = ConfigurationVersion.extend({ document: Connections }).meta({
  id: 'Configuration',
});
export type Configuration = z.infer<typeof Configuration>;

/** JSON Schema (2020-12) of one protocol's connection; `secret: true` marks what is sealed. */
export const ProtocolSchema = z.record(z.string(), z.unknown());
export type ProtocolSchema = z.infer<typeof ProtocolSchema>;

/** What the portal needs to edit: the newest version, and what the collector can do, in its own words. */
export const ConfigurationState = z
  .object({
    managed: z.boolean().nullable().describe('null: it has never been here'),
    newest: Configuration.nullable(),
    protocols: z
      .record(z.string(), ProtocolSchema)
      .describe('by protocol; empty until the collector has been here'),
    browsable: z.array(z.string()).describe('protocols that can tell what their device offers'),
  })
  .meta({ id: 'ConfigurationState' });
export type ConfigurationState = z.infer<typeof ConfigurationState>;

/** A new version. `base` is the newest version its author saw (null: none); CONFIGURATION_CHANGED when there is a newer one. */
export const NewConfiguration = z
  .object({
    base: z.number().int().nullable(),
    note: z.string().max(500).default(''),
    connections: Connections,
  })
  .meta({ id: 'NewConfiguration' });
export type NewConfiguration = z.infer<typeof NewConfiguration>;
export const ConfigurationRestore = z
  .object({ base: z.number().int(), note: z.string().max(500).default('') })
  .meta({ id: 'ConfigurationRestore' });
export type ConfigurationRestore = z.infer<typeof ConfigurationRestore>;

/** What a device offers, one level at a time. */
export const BrowseItem = z
  .object({
    id: z
      .string()
      .max(4_096)
      .describe('as it is written in the configuration: node id, address, topic, column'),
    name: z.string().max(1_000),
    kind: z.enum(['folder', 'point']).describe('`folder` can be browsed further, `point` can be read'),
    type: PointType.nullable(),
    unit: z.string().max(100).nullable(),
    description: z.string().max(2_000).nullable(),
    value: z
      .union([z.string().max(500), z.number(), z.boolean()])
      .nullable()
      .optional()
      .describe('what it reads now, where that costs nothing'),
    config: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('fields of the point to be made of it, beside key and name'),
  })
  .meta({ id: 'BrowseItem' });
export type BrowseItem = z.infer<typeof BrowseItem>;
export const BROWSE_ITEMS_MAX = 2_000;

/** A server certificate that a collector met and nobody has trusted yet. */
export const UnknownCertificate = z
  .object({
    thumbprint: z.string().max(200).describe('SHA-1 in hex, as OPC UA names certificates'),
    fingerprint: z.string().max(200).describe('SHA-256 in hex, to be compared by people'),
    subject: z.string().max(2_000),
    issuer: z.string().max(2_000),
    applicationUri: z.string().max(2_000).nullable(),
    validFrom: z.string().max(100),
    validTo: z.string().max(100),
  })
  .meta({ id: 'UnknownCertificate' });
export type UnknownCertificate = z.infer<typeof UnknownCertificate>;
export const CERTIFICATES_MAX = 100;

/** A reading of a trial, for a person who looks whether address and scaling are right. */
export const TrialReading = z.object({
  key: z.string().max(256),
  time: Instant,
  value: z.union([z.number(), z.boolean(), z.string().max(500), z.null()]),
  quality: Quality,
  reason: z.string().max(200).nullable(),
});
export type TrialReading = z.infer<typeof TrialReading>;
export const TRIAL_READINGS_MAX = 200;
/** How long a trial waits for the device and its first values. */
export const TRIAL_SECONDS = 10;

/** The connection to ask: the name of one that runs, or one that is not saved yet. */
const Asked = z.union([z.string().min(1).max(100), ConnectionDocument]);

/**
 * Something that a collector is asked to do now (`POST /api/collect/collectors/{name}/ask`). It reads; `trust` is the
 * only one that changes something. Nothing here runs code or opens files.
 */
export const CollectorQuestion = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('check'), connections: Connections }).describe('is this configuration right?'),
    z
      .object({ kind: z.literal('try'), connection: ConnectionDocument })
      .describe('connect for a moment and tell the first values; nothing of it is stored'),
    z
      .object({
        kind: z.literal('browse'),
        connection: Asked,
        node: z.string().max(4_096).nullable().describe('null: at the top'),
        limit: z.number().int().min(1).max(BROWSE_ITEMS_MAX).default(500),
      })
      .describe('what lies below a node of the device'),
    z
      .object({ kind: z.literal('certificates'), connection: z.string().min(1).max(100) })
      .describe('server certificates that wait for a person’s word'),
    z
      .object({
        kind: z.literal('trust'),
        connection: z.string().min(1).max(100),
        thumbprint: z.string().min(1).max(200),
      })
      .describe('trust one of them from now on'),
  ])
  .meta({ id: 'CollectorQuestion' });
export type CollectorQuestion = z.infer<typeof CollectorQuestion>;

/** Answers, by kind of question. */
export const CollectorAnswer = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('check'),
      issues: z.array(ConfigurationIssue).max(CONFIGURATION_ISSUES_MAX).describe('empty: it is right'),
    }),
    z.object({
      kind: z.literal('try'),
      connected: z.boolean(),
      error: z.string().max(500).nullable(),
      latencyMs: z.number().nullable().describe('until it was connected'),
      readings: z.array(TrialReading).max(TRIAL_READINGS_MAX),
      certificate: UnknownCertificate.nullable().describe('the server’s, when it is not trusted yet'),
    }),
    z.object({
      kind: z.literal('browse'),
      items: z.array(BrowseItem).max(BROWSE_ITEMS_MAX),
    }),
    z.object({
      kind: z.literal('certificates'),
      certificates: z.array(UnknownCertificate).max(CERTIFICATES_MAX),
    }),
    z.object({ kind: z.literal('trust'), certificate: UnknownCertificate }),
  ])
  .meta({ id: 'CollectorAnswer' });
export type CollectorAnswer = z.infer<typeof CollectorAnswer>;

/** Longest time a question may take, from asking to the answer. */
export const QUESTION_SECONDS_MAX = 30;

/** What a collector tells once after each start (`POST /api/collect/agent/hello`), with its own key. */
export const AgentHello = z
  .object({
    collector: CollectorName,
    version: z.string().max(40),
    managed: z.boolean(),
    protocols: z.record(z.string().max(40), ProtocolSchema),
    browsable: z.array(z.string().max(40)).max(100),
    connections: Connections.optional().describe(
      'of its own file, when it is managed from now on; they become version 1 if there is none',
    ),
  })
  .meta({ id: 'AgentHello' });
export type AgentHello = z.infer<typeof AgentHello>;

/** Seconds that a collector’s request for work may stay open when there is none. */
export const AGENT_WAIT_SECONDS_MAX = 25;

/** `GET /api/collect/agent/work`: what is there to do? Answered at once when there is something, else after `wait`. */
export const AgentWorkQuery = z.object({
  collector: CollectorName,
  configuration: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('newest version it has seen, taken or refused; 0: none'),
  wait: z.coerce.number().min(0).max(AGENT_WAIT_SECONDS_MAX).default(AGENT_WAIT_SECONDS_MAX),
});
export type AgentWorkQuery = z.infer<typeof AgentWorkQuery>;

/** Secrets are open in here: only the collector’s own key gets it. */
export const AgentWork = z
  .object({
    configuration: z.object({ version: z.number().int(), connections: Connections }).nullable(),
    questions: z.array(z.object({ id: z.string().max(64), question: CollectorQuestion })).max(100),
  })
  .meta({ id: 'AgentWork' });
export type AgentWork = z.infer<typeof AgentWork>;

/** `POST /api/collect/agent/answers`. `message` is for people, without secrets. */
export const AgentAnswer = z
  .object({
    collector: CollectorName,
    id: z.string().max(64),
    outcome: z.union([
      z.object({ ok: z.literal(true), answer: CollectorAnswer }),
      z.object({ ok: z.literal(false), message: z.string().max(1_000) }),
    ]),
  })
  .meta({ id: 'AgentAnswer' });
export type AgentAnswer = z.infer<typeof AgentAnswer>;
