import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BATCH_SAMPLES_MAX, CollectorName, PointKey } from '@ronghe/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import { CONDITIONING } from './conditioning/options.ts';
import { ConfigError, parseConfig } from './config-issues.ts';

/** Most connections of one collector, and most points of one connection. */
export const CONNECTIONS_MAX = 200;
export const POINTS_MAX = 50_000;
/** `tcp://host:port`; an IPv6 address in brackets. */
export const TCP_ENDPOINT = /^tcp:\/\/(\[[\da-fA-F:.]+\]|[^/:@\s[\]]+):\d{1,5}$/;
const CONFIG_BYTES_MAX = 16 * 1024 * 1024;

/** What every protocol's points have in common. */
export const PointBase = z.strictObject({
  key: PointKey.describe('key of the point at the platform, unique in the organisation'),
  name: z.string().max(200).optional().describe('what people call it'),
  unit: z.string().max(40).optional().describe('UCUM code'),
  equipment: z.string().max(200).optional().describe('name of the machine it belongs to'),
  ...CONDITIONING,
});

/** What every protocol's connections have in common. */
export const ConnectionBase = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -')
    .describe('name of the connection, unique in the file'),
  protocol: z.string().describe('which connector'),
});

const Server = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).describe('address of the platform'),
    key: z.string().min(1).optional().describe('key of the collector; or RONGHE_EDGE_KEY in the environment'),
    transport: z.enum(['http', 'mqtt']).default('http').describe('how batches travel'),
    mqttUrl: z
      .url({ protocol: /^(mqtts?|wss?)$/ })
      .optional()
      .describe('address of the platform’s MQTT broker'),
  })
  .refine((server) => server.transport !== 'mqtt' || server.mqttUrl !== undefined, {
    path: ['mqttUrl'],
    message: 'transport mqtt needs the address of the broker, like mqtt://127.0.0.1:1883',
  });

const Buffering = z.strictObject({
  folder: z.string().min(1).default('./buffer').describe('relative to the configuration file'),
  bytesMax: z.number().int().min(1_000_000).max(1e12).default(1_000_000_000).describe('then the oldest go'),
  flushMs: z
    .number()
    .int()
    .min(5)
    .max(10_000)
    .default(200)
    .describe('longest wait before samples are on disk'),
  batchSamplesMax: z.number().int().min(1).max(BATCH_SAMPLES_MAX).default(5_000),
  replaySamplesPerSecond: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(20_000)
    .describe('how fast what waited through an outage follows; what comes now goes first'),
});

/** What the platform may reach on this machine by the connections that it sends. */
const Allow = z.strictObject({
  folders: z
    .array(z.string().min(1).max(1_000))
    .max(100)
    .default([])
    .describe(
      'with managed: folders that connections of the platform may watch or take certificates from; relative to the configuration file',
    ),
});

/** The file without the parts that only a connector understands. */
export const EdgeConfig = z
  .strictObject({
    collector: CollectorName.describe('name registered at the platform'),
    server: Server,
    buffer: Buffering.prefault({}),
    managed: z
      .boolean()
      .default(false)
      .describe('connections come from the platform; those of the file are used until it has sent some'),
    allow: Allow.prefault({}),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    connections: z
      .array(z.looseObject({ name: ConnectionBase.shape.name, protocol: z.string() }))
      .max(CONNECTIONS_MAX)
      .default([])
      .describe('at least one, but for managed: true'),
  })
  .refine(({ managed, connections }) => managed || connections.length > 0, {
    path: ['connections'],
    message: 'at least 1, or managed: true for a collector that is configured at the platform',
  });
type Parsed = z.infer<typeof EdgeConfig>;
export type EdgeConfig = Omit<Parsed, 'server'> & { server: Parsed['server'] & { key: string } };

/**
 * Reads and checks the file; connections are checked by their connectors later. The key may come from
 * RONGHE_EDGE_KEY instead, so that the file holds no secret. Throws ConfigError.
 */
export async function loadConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<EdgeConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError([`${path} cannot be read: ${String(error)}`]);
  });
  if (text.length > CONFIG_BYTES_MAX)
    throw new ConfigError([`${path} is larger than ${CONFIG_BYTES_MAX} bytes`]);
  const config = parseEdgeConfig(parseYaml(text), environment);
  const absolute = (folder: string) => resolve(dirname(path), folder);
  return {
    ...config,
    buffer: { ...config.buffer, folder: absolute(config.buffer.folder) },
    allow: { folders: config.allow.folders.map(absolute) },
  };
}

/** Checks what a file held. Throws ConfigError. */
export function parseEdgeConfig(
  input: unknown,
  environment: Readonly<Record<string, string | undefined>> = {},
): EdgeConfig {
  const config = parseConfig(EdgeConfig, input);
  const key = config.server.key ?? environment.RONGHE_EDGE_KEY;
  if (key === undefined || key === '')
    throw new ConfigError([
      'server.key: is missing; write it here or, for a process with one collector, set RONGHE_EDGE_KEY in the environment',
    ]);
  const names = config.connections.map((connection) => connection.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0)
    throw new ConfigError([`connections: the name ${twice.join(', ')} is used twice; names must differ`]);
  return { ...config, server: { ...config.server, key } };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError([`not YAML: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** Refuses the same point twice in one connection, with both places named. */
export function uniqueKeys(points: readonly { key: string }[], context: z.RefinementCtx): void {
  const first = new Map<string, number>();
  points.forEach((point, index) => {
    const earlier = first.get(point.key);
    if (earlier === undefined) first.set(point.key, index);
    else
      context.addIssue({
        code: 'custom',
        path: [index, 'key'],
        message: `is used by points[${earlier}] already`,
      });
  });
}
