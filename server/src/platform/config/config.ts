import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { AllowedAddress } from '@ronghe/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const bytes = z.coerce.number().int().min(1024);
const days = z.coerce.number().int().min(0).max(36_500).default(0);
const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `a URL such as ${example}` });
const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : value,
  z.array(z.string()),
);

/** Every setting of the server, with its default. The environment name is `RONGHE_` and the key in capitals: `postgresUrl` is `RONGHE_POSTGRES_URL`. */
export const ConfigSchema = z.strictObject({
  data: z.string().min(1).default('data').describe('Folder of everything this installation keeps'),
  port: port.default(8080).describe('TCP port of portal and API; 0 takes a free one'),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all'),
  publicUrl: url(/^https?$/, 'https://ronghe.example')
    .optional()
    .describe('Address people use; https here turns on secure cookies and HSTS'),
  trustProxy: z
    .stringbool()
    .or(z.boolean())
    .or(list.pipe(z.array(AllowedAddress).min(1).max(50)))
    .default(false)
    .describe(
      'Reverse proxies whose X-Forwarded-For tells the caller’s address: a list of addresses and networks, or true for exactly one proxy, whatever its address, that nothing gets past',
    ),
  adminPassword: z
    .string()
    .min(12)
    .max(200)
    .optional()
    .describe('Password of the first administrator `admin`; a random one is printed once when left out'),
  oidcIssuer: url(/^https?$/, 'https://id.example')
    .optional()
    .describe(
      'OpenID provider people may sign in through, as its metadata name it; https, or http on this machine',
    ),
  oidcClientId: z.string().min(1).max(200).optional().describe('Id of this platform at the OpenID provider'),
  oidcClientSecret: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Secret of this platform at the OpenID provider; none when left out'),
  oidcScopes: list
    .pipe(z.array(z.string().regex(/^[!#-[\]-~]{1,100}$/)).max(20))
    .default(['openid', 'profile'])
    .describe('Scopes asked of the OpenID provider'),
  oidcUserClaim: z
    .string()
    .min(1)
    .max(100)
    .default('preferred_username')
    .describe('Claim that holds the user name at the first sign-in; later the subject counts'),
  oidcName: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .describe('What the button on the sign-in page calls the OpenID provider'),
  oidcNewPeople: z
    .enum(['refuse', 'add'])
    .default('refuse')
    .describe('refuse lets in only people who have a user here; add makes one for everybody else'),
  oidcOrganisation: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
    .optional()
    .describe('Organisation of people that oidcNewPeople adds'),
  oidcRole: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe('Built-in role of people that oidcNewPeople adds; not administrator'),
  organisationPath: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('jx')
    .describe('Label of the root organisation'),
  organisationName: z.string().min(1).max(100).default('江西省').describe('Name of the root organisation'),
  postgresUrl: url(/^postgres(ql)?$/, 'postgres://user:password@host:5432/ronghe')
    .optional()
    .describe('PostgreSQL server to use instead of the embedded one'),
  clickhouseUrl: url(/^https?$/, 'http://user:password@host:8123')
    .optional()
    .describe('ClickHouse server to use instead of the embedded engine'),
  clickhouseCluster: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('Name of the ClickHouse cluster; tables become Replicated and Distributed'),
  clickhouseMemoryBytesMax: bytes
    .default(2_000_000_000)
    .describe('Memory cap of the embedded analytical engine'),
  mqttPort: port.default(1883).describe('TCP port of the embedded MQTT broker; 0 takes a free one'),
  sqlPort: z
    .union([z.enum(['off', '']), port])
    .default(8123)
    .describe(
      'TCP port of SQL over ClickHouse’s HTTP interface, on the address of `host`; 0 takes a free one, off is none',
    ),
  mqttHost: z.string().min(1).default('127.0.0.1').describe('Address the MQTT broker listens on'),
  mqttTlsPort: port.default(0).describe('TCP port of the embedded MQTT broker with TLS; 0 is off'),
  mqttTlsCert: z.string().min(1).optional().describe('File with the certificate chain of the broker, PEM'),
  mqttTlsKey: z.string().min(1).optional().describe('File with the private key of that certificate, PEM'),
  mqttUrl: url(/^mqtts?$/, 'mqtts://broker.example:8883')
    .optional()
    .describe('Broker of others (MQTT 5) to read from, beside the embedded one'),
  mqttUser: z.string().min(1).max(200).optional().describe('User at the broker of mqttUrl'),
  mqttPassword: z.string().min(1).max(1000).optional().describe('Password at the broker of mqttUrl'),
  mqttGroup: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('ronghe')
    .describe('Name under which the servers of this installation share the messages of mqttUrl'),
  mqttTopics: list
    .pipe(z.array(z.string().min(1).max(500)).max(100))
    .default(['v1/devices/me/telemetry', 'v1/gateway/telemetry', 'spBv1.0/#', 'umh/v1/#', '/neuron/#'])
    .describe('Topic filters read from mqttUrl; at most 100'),
  mqttOrganisation: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
    .optional()
    .describe('Organisation that owns what comes from mqttUrl; the root organisation when left out'),
  sparkplugRole: z
    .enum(['passive', 'primary'])
    .default('passive')
    .describe('passive only listens; primary publishes STATE and asks edge nodes for births it has missed'),
  sparkplugHostId: z
    .string()
    .regex(/^[^+/#]{1,100}$/)
    .default('ronghe')
    .describe('Sparkplug id of this host application'),
  sparkplugReorderMs: z.coerce
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(3000)
    .describe('How long a Sparkplug message that seems to be missing is waited for'),
  kafkaBrokers: list
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/)).max(50))
    .default([])
    .describe('host:port of Kafka brokers to read from; empty is off'),
  kafkaTopics: list
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9._-]{1,249}$/)).max(100))
    .default([])
    .describe('Kafka topics to read; at most 100'),
  kafkaGroup: z.string().min(1).max(200).default('ronghe').describe('Kafka consumer group'),
  kafkaOrganisation: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
    .optional()
    .describe('Organisation that owns what comes from Kafka; the root organisation when left out'),
  kafkaUser: z.string().min(1).max(200).optional().describe('User at the Kafka brokers (SASL)'),
  kafkaPassword: z.string().min(1).max(1000).optional().describe('Password at the Kafka brokers'),
  kafkaMechanism: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
    .default('SCRAM-SHA-512')
    .describe('How the Kafka user signs in'),
  kafkaTls: z.stringbool().or(z.boolean()).default(false).describe('Speak TLS to the Kafka brokers'),
  fuseSecondPerson: z
    .enum(['none', 'large', 'medium', 'small', 'micro', 'all'])
    .default('none')
    .describe(
      'Size class from which a second person confirms merges and splits of enterprises: none never, all always',
    ),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
  bodyBytesMax: bytes.default(16_000_000).describe('Largest request body, after decompression'),
  ingestBodyBytesMax: bytes
    .default(67_108_864)
    .describe(
      'Largest body at the doors of InfluxDB, Prometheus and OTLP, after decompression; four of them at once, two of one organisation',
    ),
  requestsPerMinuteMax: z.coerce
    .number()
    .int()
    .min(10)
    .default(6000)
    .describe('Requests a minute and caller before 429'),
  sessionHours: z.coerce.number().min(0.1).max(720).default(12).describe('Hours until a session ends'),
  loginAttemptsMax: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('Failed sign-ins before an account is locked'),
  loginLockMinutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(1440)
    .default(15)
    .describe('Minutes an account stays locked'),
  ingestQueueSamplesMax: z.coerce
    .number()
    .int()
    .min(1000)
    .default(5_000_000)
    .describe(
      'Samples waiting to be stored before callers are told to back off; a text counts by its length, one for 8 characters',
    ),
  ingestPointsMax: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('Points one organisation tree may have'),
  ingestFutureHoursMax: z.coerce
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe('Hours a source time may lie ahead of the server'),
  ingestRollupSeconds: z.coerce
    .number()
    .min(1)
    .max(3600)
    .default(30)
    .describe('Seconds between two looks for observations that minutes, hours and days do not have yet'),
  ingestRawDays: days.describe('Days observations are kept, in whole months; 0 keeps them'),
  ingestMinuteDays: days.describe('Days statistics by minute are kept, in whole months; 0 keeps them'),
  ingestHourDays: days.describe('Days statistics by hour are kept, in whole months; 0 keeps them'),
  ingestDayDays: days.describe('Days statistics by day are kept, in whole months; 0 keeps them'),
  applyAlertSeconds: z.coerce
    .number()
    .min(1)
    .max(600)
    .default(5)
    .describe('Seconds between two looks of the alert rules at what was stored'),
  applyNotifyHosts: list
    .default([])
    .describe(
      'host:port that notices of alerts may be sent to (webhooks, robots of groups); empty allows none',
    ),
  applySmtpUrl: z
    .string()
    .optional()
    .describe(
      'Server that mail is sent through: smtp://user:password@host:587, or smtps:// for TLS from the first byte',
    ),
  applyMailFrom: z.string().optional().describe('Sender of mail; needed with applySmtpUrl'),
  fuseSourceHosts: list
    .default([])
    .describe('host:port of systems that sources may be read from; empty allows none'),
  fusePrograms: list
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9_.-]{1,100}=\/\S+( \S+)*$/)).max(100))
    .default([])
    .describe(
      'Singer taps and Airbyte connectors that sources may run, each name=/absolute/path, then fixed arguments if any; empty allows none',
    ),
  fuseRowsMax: z.coerce
    .number()
    .int()
    .min(1)
    .default(20_000_000)
    .describe('Rows one run of a source may bring'),
  fuseDeliveryBytesMax: z.coerce
    .number()
    .int()
    .min(1_000_000)
    .default(20_000_000_000)
    .describe('Bytes one run of a source may bring'),
  fuseRunDays: days.default(400).describe('Days that everything a run of a source left is kept; 0 keeps it'),
  fuseRunsKept: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(30)
    .describe('Newest published runs of a source of which everything is kept, however old'),
  fuseFileSecondsMax: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(60)
    .describe('Seconds that reading a file may take for a first look, or to land one of up to 2 MB'),
});
export type Config = Readonly<z.infer<typeof ConfigSchema>>;

const KEYS = Object.keys(ConfigSchema.shape) as (keyof Config)[];
const SECRET_KEYS: readonly string[] = [
  'adminPassword',
  'postgresUrl',
  'clickhouseUrl',
  'mqttUrl',
  'mqttPassword',
  'kafkaPassword',
  'oidcClientSecret',
];
/** Variables of the other processes of the house; the server leaves them alone. */
const OTHER_PROCESSES = /^RONGHE_(CONFIG$|BENCH_|CLI_|DEMO_|DEV_|EDGE_|FUZZ_|KILL_|TEST_)/;
/** `postgresUrl` → `RONGHE_POSTGRES_URL`. */
export const environmentName = (key: string): string =>
  `RONGHE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

type Input = {
  environment: Readonly<Record<string, string | undefined>>;
  file?: string;
  overrides?: Record<string, unknown>;
};

/**
 * Defaults < `ronghe.yaml` < environment < command line. An unknown key or a bad value is refused: the error names the
 * key, where it stands, the value (never a secret's) and what is allowed.
 * @throws AppError CONFIG_INVALID with every fault in details
 */
export function loadConfig({
  environment,
  file = environment.RONGHE_CONFIG ?? 'ronghe.yaml',
  overrides = {},
}: Input): Config {
  const faults: { path: string; message: string }[] = [];
  const origin = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const take = (key: string, value: unknown, from: string) => {
    values[key] = value;
    origin.set(key, from);
  };
  for (const [key, value] of Object.entries(readFile(file, faults))) take(key, value, file);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('RONGHE_') || OTHER_PROCESSES.test(name) || value === undefined) continue;
    const key = KEYS.find((candidate) => environmentName(candidate) === name);
    if (key) take(key, value, name);
    else
      faults.push({
        path: name,
        message: `unknown environment variable ${name}; allowed: ${KEYS.map(environmentName).join(', ')}`,
      });
  }
  for (const [key, value] of Object.entries(overrides)) if (value !== undefined) take(key, value, `--${key}`);
  const parsed = ConfigSchema.safeParse(values);
  if (!parsed.success)
    faults.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, values, origin)));
  if (faults.length > 0 || !parsed.success) throw configError(faults);
  const { data } = parsed.data;
  return Object.freeze({ ...parsed.data, data: isAbsolute(data) ? data : resolve(data) });
}

function readFile(file: string, faults: { path: string; message: string }[]): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, 'utf8')) ?? {};
    if (typeof content === 'object' && content !== null && !Array.isArray(content))
      return content as Record<string, unknown>;
    faults.push({ path: file, message: `${file} must hold keys and values` });
  } catch (error) {
    faults.push({
      path: file,
      message: `${file} is not valid YAML: ${(error as Error).message.split('\n')[0]}`,
    });
  }
  return {};
}

function describeIssue(
  issue: z.core.$ZodIssue,
  values: Record<string, unknown>,
  origin: Map<string, string>,
) {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: key,
      message: `${origin.get(key) ?? '?'}: unknown key "${key}"; allowed: ${KEYS.join(', ')}`,
    }));
  }
  const key = String(issue.path[0]);
  const value = SECRET_KEYS.includes(key) ? '(hidden)' : JSON.stringify(values[key]);
  return [
    { path: key, message: `${origin.get(key) ?? 'default'}: ${key} is ${value}, but ${issue.message}` },
  ];
}

function configError(faults: { path: string; message: string }[]): AppError {
  return new AppError('CONFIG_INVALID', {}, { details: faults });
}
