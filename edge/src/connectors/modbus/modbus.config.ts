import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, TCP_ENDPOINT, uniqueKeys } from '../../config.ts';
import { fitsAddress, parseAddress, typeOf } from './modbus.decode.ts';

/** How a value lies in registers. */
export const Encoding = z.enum([
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64',
  'boolean',
  'bit',
]);

const ModbusPoint = PointBase.extend({
  address: z
    .string()
    .regex(
      /^(coil|discrete|input|holding):\d{1,5}(\.\d{1,2})?$/,
      'like holding:100, input:7, coil:3, discrete:0, holding:12.5 (bit 5); counted from 0 as on the wire',
    )
    .refine((address) => fitsAddress(address), 'the address runs from 0 to 65535, the bit from 0 to 15')
    .describe('table and address, counted from 0; `.n` picks a bit'),
  encoding: Encoding.optional().describe(
    'uint16 for registers, bit for `.n`, boolean for coils and discretes',
  ),
  wordOrder: z.enum(['big', 'little']).default('big').describe('which of several registers comes first'),
  byteOrder: z.enum(['big', 'little']).default('big').describe('order of the bytes inside a register'),
  scale: z.number().default(1).describe('value = raw × scale + offset'),
  offset: z.number().default(0).describe('added after scaling'),
  type: PointType.exclude(['text'])
    .optional()
    .describe('follows from the encoding; may be written for clarity'),
}).check((context) => {
  const { address, encoding, type } = context.value;
  const place = parseAddress(address);
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value });
  const bits = place.table === 'coil' || place.table === 'discrete';
  if (bits && place.bit !== null) wrong('address', 'a coil or discrete input has no bits to pick');
  if (bits && encoding !== undefined && encoding !== 'boolean')
    wrong('encoding', 'coils and discrete inputs are always boolean');
  if (!bits && place.bit !== null && encoding !== undefined && encoding !== 'bit')
    wrong('encoding', 'an address with `.n` is always encoding bit');
  if (!bits && place.bit === null && encoding === 'bit')
    wrong('address', 'encoding bit needs the bit in the address, like holding:12.5');
  const actual = typeOf(address, encoding);
  if (type !== undefined && type !== actual) wrong('type', `this address and encoding give ${actual}`);
});

/** One Modbus device, or one unit behind a gateway. */
export const ModbusConfig = ConnectionBase.extend({
  protocol: z.literal('modbus'),
  endpoint: z.string().regex(TCP_ENDPOINT, 'like tcp://192.168.1.10:502').describe('address of the device'),
  framing: z
    .enum(['tcp', 'rtu'])
    .default('tcp')
    .describe('tcp: Modbus TCP; rtu: serial frames with CRC through a transparent serial server'),
  unitId: z.number().int().min(0).max(255).default(1).describe('unit behind a gateway'),
  intervalMs: z.number().int().min(50).max(86_400_000).default(1_000).describe('time from poll to poll'),
  timeoutMs: z.number().int().min(50).max(60_000).default(2_000).describe('longest wait for one answer'),
  onChange: z
    .boolean()
    .default(false)
    .describe('only changed values, and each point at least every 10 s; otherwise every poll'),
  points: z.array(ModbusPoint).max(POINTS_MAX).superRefine(uniqueKeys),
});
export type ModbusConfig = z.infer<typeof ModbusConfig>;
export type ModbusPoint = ModbusConfig['points'][number];
