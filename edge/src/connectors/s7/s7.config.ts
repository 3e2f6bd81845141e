import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, TCP_ENDPOINT, uniqueKeys } from '../../config.ts';
import { ENCODING_NAMES, faultOf, parseAddress, typeOf } from './s7.address.ts';

const ADDRESS_EXAMPLES =
  'like DB1.DBX0.3, DB1.DBB2, DB1.DBW4, DB1.DBD8, M0.1, MW10, I0.0 or E0.0, QB1 or AB1, T5, C3';

const S7Point = PointBase.extend({
  address: z
    .string()
    .refine((text) => parseAddress(text) !== null, ADDRESS_EXAMPLES)
    .describe(`as TIA Portal writes it, ${ADDRESS_EXAMPLES}`),
  encoding: z
    .enum(ENCODING_NAMES)
    .optional()
    .describe('data type of the tag; bool for bits, byte, uint and udint for B, W and D when left out'),
  length: z
    .number()
    .int()
    .min(1)
    .max(4_096)
    .optional()
    .describe('characters: STRING[20] is 20; 254 for string and wstring, 1 for char when left out'),
  scale: z.number().default(1).describe('value = raw × scale + offset'),
  offset: z.number().default(0).describe('added after scaling'),
  type: PointType.optional().describe('follows from the encoding; may be written for clarity'),
}).check((context) => {
  const point = context.value;
  // What is no address at all has been told by the address itself.
  if (parseAddress(point.address) === null) return;
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: point });
  const fault = faultOf(point);
  if (fault !== null) wrong(fault.key, fault.message);
  const actual = typeOf(point);
  if (point.type !== undefined && point.type !== actual)
    wrong('type', `this address and encoding give ${actual}`);
  if (actual !== 'number' && (point.scale !== 1 || point.offset !== 0))
    wrong('scale', `scale and offset are for numbers; this address and encoding give ${actual}`);
});

const Tsap = z
  .string()
  .regex(/^[0-9a-fA-F]{2}\.[0-9a-fA-F]{2}$/, 'two bytes as TIA Portal shows them, in quotes, like "03.01"');

/** One SIMATIC S7 controller. */
export const S7Config = ConnectionBase.extend({
  protocol: z.literal('s7'),
  endpoint: z
    .string()
    .regex(TCP_ENDPOINT, 'like tcp://192.168.0.1:102')
    .refine((text) => Number(text.split(':').at(-1)) <= 65_535, 'the port runs to 65535')
    .describe('address of the CPU or its communication processor; the port is 102'),
  rack: z.number().int().min(0).max(7).default(0).describe('rack of the CPU'),
  slot: z
    .number()
    .int()
    .min(0)
    .max(31)
    .default(1)
    .describe('slot of the CPU: 1 for S7-1200 and S7-1500, 2 for S7-300, as configured for S7-400'),
  connectionType: z
    .enum(['op', 'pg', 'basic'])
    .default('op')
    .describe('which kind of connection of the PLC is used up: of panels, programming devices, or others'),
  localTsap: Tsap.default('01.00').describe('own address in the PLC, only where it is configured'),
  remoteTsap: Tsap.optional().describe('address in the PLC, in place of rack, slot and connectionType'),
  textEncoding: z
    .enum(['latin1', 'gb18030', 'utf-8'])
    .default('latin1')
    .describe('characters in string and char; a Chinese Windows writes gb18030'),
  intervalMs: z.number().int().min(50).max(86_400_000).default(1_000).describe('time from poll to poll'),
  timeoutMs: z.number().int().min(50).max(60_000).default(2_000).describe('longest wait for one answer'),
  onChange: z
    .boolean()
    .default(false)
    .describe('only changed values, and each point at least every 10 s; otherwise every poll'),
  points: z.array(S7Point).min(1).max(POINTS_MAX).superRefine(uniqueKeys),
});
export type S7Config = z.infer<typeof S7Config>;
export type S7Point = S7Config['points'][number];
export type TextEncoding = S7Config['textEncoding'];

const CONNECTION_TYPES: Readonly<Record<S7Config['connectionType'], number>> = { pg: 1, op: 2, basic: 3 };

/** Both ends' transport addresses as numbers; the PLC's is made of connection type, rack and slot unless it is given. */
export function tsapsOf(config: S7Config): { localTsap: number; remoteTsap: number } {
  const number = (text: string) => Number.parseInt(text.replace('.', ''), 16);
  return {
    localTsap: number(config.localTsap),
    remoteTsap:
      config.remoteTsap === undefined
        ? (CONNECTION_TYPES[config.connectionType] << 8) | (config.rack << 5) | config.slot
        : number(config.remoteTsap),
  };
}
