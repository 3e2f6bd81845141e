import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';

const OpcuaPoint = PointBase.extend({
  address: z
    .string()
    .max(4_096)
    .regex(
      /^(ns=\d{1,5};|nsu=[^;]+;)?[isgb]=.+$/,
      'a node id like ns=1;s=Furnace1.Temperature, i=2258 or nsu=http://example.org/plant;s=Furnace1',
    )
    .describe('node id; with `nsu=` the namespace is found by its URI, which survives changes of its index'),
  type: PointType.default('number').describe('what the values are'),
});

const Security = z
  .strictObject({
    mode: z.enum(['None', 'Sign', 'SignAndEncrypt']).default('None').describe('protection of messages'),
    policy: z
      .enum(['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'])
      .default('None')
      .describe('algorithms'),
    username: z.string().min(1).max(200).optional().describe('sign in as this user; otherwise anonymous'),
    password: z.string().max(500).optional(),
    acceptUnknownServer: z
      .boolean()
      .default(false)
      .describe('trust any server certificate; otherwise it must be moved to trusted/certs by hand'),
  })
  .superRefine((security, context) => {
    if ((security.mode === 'None') !== (security.policy === 'None'))
      context.addIssue({
        code: 'custom',
        path: ['policy'],
        message: 'mode None goes with policy None, Sign and SignAndEncrypt with one of the other policies',
      });
    if (security.password !== undefined && security.username === undefined)
      context.addIssue({ code: 'custom', path: ['password'], message: 'a password needs a username' });
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
    .max(10_000)
    .default(10)
    .describe('changes a server keeps for each point'),
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
  points: z.array(OpcuaPoint).min(1).max(POINTS_MAX).superRefine(uniqueKeys),
});
export type OpcuaConfig = z.infer<typeof OpcuaConfig>;
