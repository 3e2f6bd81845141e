import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, TCP_ENDPOINT, uniqueKeys } from '../../config.ts';

/** Most stations of one connection. */
export const STATIONS_MAX = 1_000;

const Station = z.strictObject({
  mn: z
    .string()
    .regex(/^[A-Za-z\d][\w-]{0,39}$/, 'letters, digits, _ and -, like 31011500000001')
    .describe('MN: id of the station'),
  password: z
    .string()
    .regex(/^[\w.-]{1,40}$/, 'letters and digits, mostly six of them')
    .optional()
    .describe('PW that its messages must carry; left out, any')
    .meta({ secret: true }),
  equipment: z.string().max(200).optional().describe('machine that its points belong to'),
});

const Hj212Point = PointBase.extend({
  address: z
    .string()
    .regex(
      /^[A-Za-z\d][\w-]{0,39}\/\d{4}\/\w{1,40}(-[A-Za-z]{1,20})?$/,
      'MN/CN/code-suffix, like 31011500000001/2011/w01018-Rtd',
    )
    .describe('station, command and field: `MN/CN/code-suffix`'),
  type: PointType.exclude(['boolean'])
    .optional()
    .describe('`number` for Rtd, Avg, Min, Max, Cou, Zs…, RS, RT; `text` for all others'),
});

/** Data loggers of HJ 212 that connect to us. */
export const Hj212Config = ConnectionBase.extend({
  protocol: z.literal('hj212'),
  endpoint: z
    .string()
    .regex(TCP_ENDPOINT, 'like tcp://0.0.0.0:9212')
    .default('tcp://127.0.0.1:9212')
    .describe('address to listen at; loggers of other machines need tcp://0.0.0.0:9212'),
  stations: z
    .array(Station)
    .min(1)
    .max(STATIONS_MAX)
    .describe('loggers that are let in; all others are refused and counted'),
  discover: z
    .boolean()
    .default(false)
    .describe('every code of real time, minute, hour and day data becomes a point'),
  pointsMax: z
    .number()
    .int()
    .min(1)
    .max(POINTS_MAX)
    .default(5_000)
    .describe('most points in all; with `discover` more are skipped and counted'),
  idleTimeoutMs: z
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(300_000)
    .describe('silence after which a station is lost: a few of its report periods'),
  goneAfterMs: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(0)
    .describe(
      'a station is lost so long after its connection ended; above 0 for loggers that connect anew for every report',
    ),
  connectionsMax: z.number().int().min(1).max(2_000).default(200).describe('most open connections'),
  points: z
    .array(Hj212Point)
    .max(POINTS_MAX)
    .superRefine(uniqueKeys)
    .default([])
    .describe('names, units and keys for fields; with `discover` the others come along'),
}).check((context) => {
  const { stations, points, discover } = context.value;
  const known = new Set<string>();
  const addresses = new Set<string>();
  const wrong = (path: (string | number)[], message: string) =>
    context.issues.push({ code: 'custom', path, message, input: context.value });
  stations.forEach(({ mn }, index) => {
    if (known.has(mn)) wrong(['stations', index, 'mn'], 'is the MN of another station already');
    known.add(mn);
  });
  points.forEach(({ address }, index) => {
    if (!known.has(address.split('/', 1)[0] ?? ''))
      wrong(['points', index, 'address'], 'begins with an MN that is not in stations');
    if (addresses.has(address))
      wrong(['points', index, 'address'], 'is the address of another point already');
    addresses.add(address);
  });
  if (points.length === 0 && !discover) wrong(['points'], 'is empty: name points, or set discover: true');
});
export type Hj212Config = z.infer<typeof Hj212Config>;
