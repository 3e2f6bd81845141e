import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';

/** Longest queue that is asked for, for each point. */
const QUEUE_MAX = 10_000;
const QUEUE_DEFAULT = 10;
/** What a sampling interval of 0 (as fast as the server can) is reckoned as. */
const FASTEST_SAMPLING_MS = 10;

const OpcuaPoint = PointBase.extend({
  address: z
    .string()
    .max(4_096)
    .regex(
      /^(ns=\d{1,5};|nsu=[^;]+;)?[isgb]=.+$/,
      'a node id like ns=1;s=Furnace1.Temperature, i=2258 or nsu=http://example.org/plant;s=Furnace1',
    )
    .optional()
    .describe('node id; with `nsu=` the namespace is found by its URI, which survives changes of its index'),
  path: z
    .string()
    .max(4_096)
    .regex(
      /^\/([^/&]|&.)+(\/([^/&]|&.)+)*$/,
      'a path of browse names from the root, like /Objects/2:Plant/2:Temperature',
    )
    .optional()
    .describe(
      'instead of `address`: browse names from the root, looked up at every new session; `/` and `&` in a name are written `&/` and `&&`',
    ),
  type: PointType.default('number').describe('what the values are'),
  history: z
    .boolean()
    .default(true)
    .describe('read what was missed from the server’s history; needs `history.enabled` of the connection'),
  serverDeadband: z
    .union([
      z.number().positive(),
      z.string().regex(/^\d+(\.\d+)?%$/, 'a number, or a percentage of the range like 2%'),
    ])
    .optional()
    .describe(
      'the server keeps smaller changes to itself: a number in the unit, or `2%` of its range (EURange)',
    ),
}).superRefine((point, context) => {
  if ((point.address === undefined) === (point.path === undefined))
    context.addIssue({ code: 'custom', path: ['address'], message: 'give either address or path' });
});

const Security = z
  .strictObject({
    mode: z.enum(['None', 'Sign', 'SignAndEncrypt']).default('None').describe('protection of messages'),
    policy: z
      .enum(['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'])
      .default('None')
      .describe('algorithms'),
    username: z.string().min(1).max(200).optional().describe('sign in as this user; otherwise anonymous'),
    password: z.string().max(500).optional().meta({ secret: true }),
    certificateFile: z
      .string()
      .max(1_000)
      .optional()
      .describe('sign in with this user certificate (PEM or DER); relative to the folder of the connection')
      .meta({ localPath: true }),
    privateKeyFile: z
      .string()
      .max(1_000)
      .optional()
      .describe('its private key (PEM)')
      .meta({ localPath: true }),
    privateKeyPassphrase: z.string().max(500).optional().meta({ secret: true }),
    acceptUnknownServer: z
      .boolean()
      .default(false)
      .describe('trust any server certificate; otherwise it must be moved to trusted/certs by hand'),
  })
  .superRefine((security, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if ((security.mode === 'None') !== (security.policy === 'None'))
      refuse(
        'policy',
        'mode None goes with policy None, Sign and SignAndEncrypt with one of the other policies',
      );
    if (security.password !== undefined && security.username === undefined)
      refuse('password', 'a password needs a username');
    if ((security.certificateFile === undefined) !== (security.privateKeyFile === undefined))
      refuse('privateKeyFile', 'certificateFile and privateKeyFile go together');
    if (security.certificateFile !== undefined && security.username !== undefined)
      refuse('certificateFile', 'sign in by name or by certificate, not both');
    if (security.privateKeyPassphrase !== undefined && security.privateKeyFile === undefined)
      refuse('privateKeyPassphrase', 'a passphrase needs a privateKeyFile');
  });

const History = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('after a gap, read what was missed with HistoryRead where the server keeps history'),
  maxHours: z
    .number()
    .positive()
    .max(24 * 366)
    .default(24)
    .describe('how far back at most'),
  samplesPerSecondMax: z
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .default(20_000)
    .describe('so that reading what was missed does not stand in the way of what comes in'),
});

/** One OPC UA server. */
export const OpcuaConfig = ConnectionBase.extend({
  protocol: z.literal('opcua'),
  endpoint: z
    .string()
    .max(300)
    .regex(/^opc\.tcp:\/\/[^/@\s]+(\/\S*)?$/, 'like opc.tcp://192.168.1.10:4840')
    .describe('address of the server'),
  security: Security.prefault({}),
  mode: z
    .enum(['subscribe', 'poll'])
    .default('subscribe')
    .describe('be told of changes, or read all points in turn'),
  publishingIntervalMs: z
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(250)
    .describe('how often the server sends changes'),
  samplingIntervalMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .optional()
    .describe('how often it looks for changes; as publishing when left out'),
  queueSize: z
    .number()
    .int()
    .min(2)
    .max(QUEUE_MAX)
    .optional()
    .describe('changes a server keeps for each point; 10, or more when it looks oftener than it sends'),
  pollIntervalMs: z
    .number()
    .int()
    .min(20)
    .max(86_400_000)
    .default(1_000)
    .describe('mode poll: from the start of one round of reading to the next'),
  timeoutMs: z
    .number()
    .int()
    .min(1_000)
    .max(60_000)
    .default(5_000)
    .describe('longest silence of the network'),
  retryMs: z
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(60_000)
    .describe('pause before a refused point is tried again'),
  history: History.prefault({}),
  points: z.array(OpcuaPoint).max(POINTS_MAX).superRefine(uniqueKeys),
}).superRefine((config, context) => {
  const least = leastQueue(config);
  if (config.queueSize !== undefined && config.queueSize < least)
    context.addIssue({
      code: 'custom',
      path: ['queueSize'],
      message: `at least ${least} (twice what is sampled between two publications), or changes get lost`,
    });
});
export type OpcuaConfig = z.infer<typeof OpcuaConfig>;
export type OpcuaPoint = OpcuaConfig['points'][number];

type Intervals = { publishingIntervalMs: number; samplingIntervalMs?: number | undefined };

/** Twice the samples between two publications: one late publication then loses nothing. */
function leastQueue({ publishingIntervalMs, samplingIntervalMs }: Intervals): number {
  const samplingMs = Math.max(samplingIntervalMs ?? publishingIntervalMs, FASTEST_SAMPLING_MS);
  return Math.min(QUEUE_MAX, Math.max(2, Math.ceil((2 * publishingIntervalMs) / samplingMs)));
}

/** The queue that is asked for: as configured, else 10 or what the intervals need. */
export const queueSizeOf = (config: OpcuaConfig): number =>
  config.queueSize ?? Math.max(QUEUE_DEFAULT, leastQueue(config));
