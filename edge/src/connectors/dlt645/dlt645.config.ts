import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, TCP_ENDPOINT, uniqueKeys } from '../../config.ts';
import { parseFormat, typeOfFormat } from './dlt645.decode.ts';
import { itemOf } from './dlt645.items.ts';

const Meter = z
  .string()
  .regex(/^\d{12}$/, "twelve digits in quotation marks, as on the meter: '000012345678'")
  .refine((meter) => meter !== '999999999999', 'is the broadcast address, which no meter answers');

const Dlt645Point = PointBase.extend({
  address: z
    .string()
    .regex(/^[0-9A-Fa-f]{8}$/, 'DI3 DI2 DI1 DI0 as eight digits, like 00010000')
    .transform((id) => id.toUpperCase())
    .describe('data identifier DI3 DI2 DI1 DI0: `02010100` is the voltage of phase A'),
  meter: Meter.optional().describe('its meter; left out, the one of the connection'),
  format: z
    .string()
    .max(70)
    .optional()
    .describe(
      'how the standard writes it: `XXXXXX.XX`, `NN`, `YYMMDDWW`, `hhmmss`; known for the common identifiers',
    ),
  signed: z.boolean().optional().describe('the top bit is a minus; known for the common identifiers'),
  type: PointType.exclude(['boolean'])
    .optional()
    .describe('`text` keeps the digits of a number as they are, zeros in front too'),
}).check((context) => {
  const { address, format, type } = context.value;
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value });
  const written = format ?? itemOf(address.toUpperCase())?.format;
  if (written === undefined) {
    wrong('address', 'is not among the identifiers that are known here: give its format, like XXXXXX.XX');
    return;
  }
  const parsed = parseFormat(written, isText({ address, format, type }));
  if (parsed === null)
    wrong(
      'format',
      'like XXXXXX.XX or NN with an even number of digits, at most 15 (type text: 64, without a point), or YYMMDDWW, hhmmss, YYMMDDhhmm',
    );
  else if (type === 'number' && typeOfFormat(parsed) !== 'number') wrong('type', 'this format gives text');
});

/** Whether a point's digits stay text. Numbers of meters do by themselves. */
export function isText(point: {
  address: string;
  format?: string | undefined;
  type?: 'number' | 'text' | undefined;
}): boolean {
  if (point.type !== undefined) return point.type === 'text';
  return point.format === undefined && /^0400040[12]$/.test(point.address);
}

/** The meters of one line behind a serial server or transparent gateway. */
export const Dlt645Config = ConnectionBase.extend({
  protocol: z.literal('dlt645'),
  endpoint: z
    .string()
    .regex(TCP_ENDPOINT, 'like tcp://192.168.1.10:4196')
    .describe('address of the serial server or gateway'),
  meter: Meter.optional().describe('number of the meter, for points that name none'),
  intervalMs: z.number().int().min(50).max(86_400_000).default(10_000).describe('time from poll to poll'),
  timeoutMs: z.number().int().min(50).max(60_000).default(2_000).describe('longest wait for one answer'),
  pauseMs: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(20)
    .describe('rest of the line between an answer and the next request'),
  preamble: z.number().int().min(0).max(16).default(4).describe('bytes FE in front of a request'),
  onChange: z
    .boolean()
    .default(false)
    .describe('only changed values, and each point at least every 10 s; otherwise every poll'),
  points: z.array(Dlt645Point).min(1).max(POINTS_MAX).superRefine(uniqueKeys),
}).check((context) => {
  const { meter, points } = context.value;
  points.forEach((point, index) => {
    if (point.meter === undefined && meter === undefined)
      context.issues.push({
        code: 'custom',
        path: ['points', index, 'meter'],
        message: 'is missing, here and for the whole connection',
        input: context.value,
      });
  });
});
export type Dlt645Config = z.infer<typeof Dlt645Config>;
export type Dlt645Point = Dlt645Config['points'][number];
