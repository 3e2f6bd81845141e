import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, TCP_ENDPOINT, uniqueKeys } from '../../config.ts';
import { isZone } from '../../zone.ts';
import { parseAddress, typeOf } from './iec104.address.ts';
import { ENCODINGS } from './iec104.decode.ts';

/** Most common addresses of one connection, which are interrogated one after the other. */
const COMMON_ADDRESSES_MAX = 1_000;

const Iec104Point = PointBase.extend({
  address: z
    .string()
    .max(40)
    .refine(
      (address) => parseAddress(address) !== null,
      'common address/object address, like 1/16385, 1/0x4001 or 1/0.64.1 (high octet first); 1 to 65534 and 1 to 16777215',
    )
    .describe('common address/object address: `1/16385`, `1/0x4001` or `1/0.64.1`'),
  encoding: z
    .enum(ENCODINGS)
    .optional()
    .describe('what the station must send under this address; anything when left out'),
  scale: z.number().default(1).describe('value = raw × scale + offset'),
  offset: z.number().default(0).describe('added after scaling'),
  type: PointType.exclude(['text'])
    .optional()
    .describe('boolean for encoding single, otherwise number; a double point may be boolean'),
}).check((context) => {
  const { encoding, type, scale, offset } = context.value;
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value });
  const states = encoding === undefined || encoding === 'single' || encoding === 'double';
  if (type === 'boolean' && !states) wrong('type', `encoding ${encoding} gives number`);
  if (typeOf(context.value) === 'boolean' && (scale !== 1 || offset !== 0))
    wrong(scale !== 1 ? 'scale' : 'offset', 'a boolean point is not scaled');
});

const DAY_SECONDS = 86_400;

/** One connection to a controlled station of IEC 60870-5-104, with one or more common addresses behind it. */
export const Iec104Config = ConnectionBase.extend({
  protocol: z.literal('iec104'),
  endpoint: z
    .string()
    .max(300)
    .regex(TCP_ENDPOINT, 'like tcp://192.168.1.10:2404')
    .refine((endpoint) => Number(/:(\d+)$/.exec(endpoint)?.[1]) <= 65_535, 'a port is at most 65535')
    .describe('address of the station'),
  originator: z.number().int().min(0).max(255).default(0).describe('originator address in our commands'),
  commonAddresses: z
    .array(z.number().int().min(1).max(65_535))
    .min(1)
    .max(COMMON_ADDRESSES_MAX)
    .optional()
    .describe(
      'stations to interrogate beside those of the points, for discovery; 65535 (all) when nothing names one',
    ),
  timeZone: z
    .string()
    .max(100)
    .refine(isZone, 'an IANA time zone like Asia/Shanghai or UTC')
    .default('Asia/Shanghai')
    .describe('zone of the station’s clock'),
  interrogationSeconds: z
    .number()
    .int()
    .min(0)
    .max(DAY_SECONDS)
    .default(600)
    .describe('time between general interrogations; 0: only at start, after a loss and after a restart'),
  interrogationTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(60)
    .describe('longest silence in an interrogation that the station has not ended'),
  counterInterrogationSeconds: z
    .number()
    .int()
    .min(1)
    .max(DAY_SECONDS)
    .optional()
    .describe('time between counter interrogations, which read and never freeze; none when left out'),
  clockSyncSeconds: z
    .number()
    .int()
    .min(1)
    .max(DAY_SECONDS)
    .optional()
    .describe('time between clock synchronisations; the station’s clock is left alone when left out'),
  discover: z
    .boolean()
    .default(false)
    .describe('everything else that the station sends becomes a point under the key `CA.IOA`'),
  keyPrefix: z
    .string()
    .max(100)
    .regex(/^([\p{L}\p{N}][\p{L}\p{N} ._\-/:%#()@,=]*)?$/u, 'starts with a letter or digit')
    .default('')
    .describe(
      'stands before the keys of discovered points, since common addresses of two stations may be the same',
    ),
  k: z.number().int().min(1).max(32_767).default(12).describe('most I frames sent without acknowledgement'),
  w: z.number().int().min(1).max(32_767).default(8).describe('acknowledge after so many received I frames'),
  t0Seconds: z.number().int().min(1).max(255).default(30).describe('longest wait for a connection'),
  t1Seconds: z.number().int().min(1).max(255).default(15).describe('longest wait for an acknowledgement'),
  t2Seconds: z.number().int().min(1).max(254).default(10).describe('longest delay of our acknowledgement'),
  t3Seconds: z.number().int().min(1).max(172_800).default(20).describe('a silent link is tested after this'),
  points: z.array(Iec104Point).max(POINTS_MAX).superRefine(uniqueKeys).default([]).describe('points to read'),
}).check((context) => {
  const { t1Seconds, t2Seconds, discover, points } = context.value;
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value });
  if (t2Seconds >= t1Seconds) wrong('t2Seconds', 't2 must be shorter than t1');
  const stations = new Set(points.map((point) => parseAddress(point.address)?.commonAddress));
  if (stations.size > COMMON_ADDRESSES_MAX)
    wrong('points', `at most ${COMMON_ADDRESSES_MAX} common addresses a connection`);
  if (points.length === 0 && !discover) wrong('points', 'name points, or set discover: true');
});
export type Iec104Config = z.infer<typeof Iec104Config>;
export type Iec104Point = Iec104Config['points'][number];
