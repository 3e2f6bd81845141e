import type { PointType } from '@ronghe/contracts';
import type { Encoding } from './iec104.decode.ts';

/** Where a value comes from: a station behind the connection, and an object of it. */
export type ObjectAddress = { commonAddress: number; objectAddress: number };

const COMMON_ADDRESS_MAX = 0xff_fe;
const OBJECT_ADDRESS_MAX = 0xff_ff_ff;

/** `1/16385`, `1/0x4001` and `1/0.64.1` are the same; octets are written from the highest. Null when it is none. */
export function parseAddress(text: string): ObjectAddress | null {
  const [, common, object] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (common === undefined || object === undefined) return null;
  const commonAddress = wholeNumber(common);
  const objectAddress = octets(object) ?? wholeNumber(object);
  if (commonAddress === null || objectAddress === null) return null;
  if (commonAddress < 1 || commonAddress > COMMON_ADDRESS_MAX) return null;
  if (objectAddress < 1 || objectAddress > OBJECT_ADDRESS_MAX) return null;
  return { commonAddress, objectAddress };
}

function wholeNumber(text: string): number | null {
  return /^(\d{1,8}|0x[0-9a-f]{1,6})$/i.test(text) ? Number(text) : null;
}

function octets(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){2}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts.reduce((sum, part) => sum * 256 + part, 0) : null;
}

/** One number for both addresses, to look points up by. */
export const addressKey = ({ commonAddress, objectAddress }: ObjectAddress): number =>
  commonAddress * 2 ** 24 + objectAddress;

/** The type of values, which has to be known before the first arrives. */
export function typeOf(point: {
  type?: Exclude<PointType, 'text'> | undefined;
  encoding?: Encoding | undefined;
}): Exclude<PointType, 'text'> {
  return point.type ?? (point.encoding === 'single' ? 'boolean' : 'number');
}
