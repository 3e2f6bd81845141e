import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';

const identifier = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^+/#]+$/, 'must not contain + / #');

const SparkplugPoint = PointBase.extend({
  address: z
    .string()
    .max(500)
    .regex(
      /^[^+/#]+\/[^+/#]*\/.+$/,
      'edge node/device/metric; a metric of the node itself has an empty device, like node//metric',
    )
    .describe('edge node, device and metric name'),
});

/** One group of Sparkplug B edge nodes at one MQTT broker. */
export const SparkplugConfig = ConnectionBase.extend({
  protocol: z.literal('sparkplug'),
  endpoint: z
    .string()
    .max(300)
    .regex(/^(mqtts?|wss?):\/\/[^/@\s]+(\/\S*)?$/, 'like mqtt://192.168.1.10:1883')
    .describe('address of the broker'),
  username: z.string().min(1).max(200).optional(),
  password: z.string().max(500).optional().meta({ secret: true }),
  group: identifier.describe('subscribes to spBv1.0/<group>/#'),
  hostId: identifier.default('ronghe').describe('id of this host, for role primary'),
  role: z
    .enum(['passive', 'active', 'primary'])
    .default('passive')
    .describe(
      'passive only listens; active asks for births it has missed; primary also publishes STATE, one per group only',
    ),
  equipment: z.string().max(200).optional().describe('machine of all metrics; the device’s id when left out'),
  keepAliveSeconds: z
    .number()
    .int()
    .min(1)
    .max(300)
    .default(10)
    .describe('notices a dead link after 1.5 times this'),
  rebirthEveryMs: z
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(5_000)
    .describe('a node is asked for a birth at most this often'),
  metricsMax: z.number().int().min(1).max(POINTS_MAX).default(20_000).describe('most metrics of all births'),
  points: z
    .array(SparkplugPoint)
    .max(POINTS_MAX)
    .superRefine(uniqueKeys)
    .default([])
    .describe('empty: every metric of every birth under its own name; otherwise these only'),
});
export type SparkplugConfig = z.infer<typeof SparkplugConfig>;
