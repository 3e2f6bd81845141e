import { shortFloat } from '../../short-float.ts';
import { Iec104Error } from './iec104.apci.ts';
import { decodeTime, type StationTime, TIME_OCTETS } from './iec104.time.ts';

/** What an information object of the monitor direction holds, whatever its time tag. */
export const ENCODINGS = [
  'single',
  'double',
  'step',
  'bitstring',
  'normalised',
  'scaled',
  'float',
  'counter',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * What the descriptor octets say of a value, worst first (IEC 60870-5-101, 7.2.6.1 to 7.2.6.5 and 7.2.6.9): IV, the two
 * states of a double point that are neither off nor on (3 and 0), NT, BL, SB, OV, the transient bit of a step position,
 * a counter that was set, and the test bit of the whole ASDU.
 */
export const FLAGS = [
  'invalid',
  'indeterminate',
  'intermediate',
  'not-topical',
  'blocked',
  'substituted',
  'overflow',
  'transient',
  'counter-adjusted',
  'test',
] as const;
export type Flag = (typeof FLAGS)[number];

/** One information object. A single point is 0 or 1, a double point 0 to 3. */
export type InformationObject = {
  address: number;
  encoding: Encoding;
  value: number;
  flags: readonly Flag[];
  time: StationTime | null;
};

/** One application service data unit (IEC 60870-5-101, 7.1 and 7.2, with the sizes of IEC 60870-5-104, 7). */
export type Asdu = {
  type: number;
  cause: number;
  /** P/N bit: a negative confirmation */
  negative: boolean;
  originator: number;
  commonAddress: number;
  /** null when the type carries no values, or none that are known here */
  objects: InformationObject[] | null;
};

/** Types without values that the connection understands (IEC 60870-5-101, 7.3). */
export const TYPE = {
  endOfInitialisation: 70,
  interrogation: 100,
  counterInterrogation: 101,
  clockSynchronisation: 103,
} as const;

/** Causes of transmission that matter here (IEC 60870-5-101, 7.2.3). */
export const CAUSE = {
  spontaneous: 3,
  activation: 6,
  activationConfirmed: 7,
  activationTerminated: 10,
  interrogatedFirst: 20,
  countersLast: 41,
  unknownCommonAddress: 46,
} as const;

/** Causes with which a station sends back what it does not know (44 to 47), as reasons of samples. */
export const UNKNOWN_CAUSES: ReadonlyMap<number, string> = new Map([
  [44, 'unknown-type'],
  [45, 'unknown-cause'],
  [46, 'unknown-common-address'],
  [47, 'unknown-object-address'],
]);

const HEADER_OCTETS = 6;
const ADDRESS_OCTETS = 3;
const ADDRESS_MAX = 0xff_ff_ff;

type Element = { value: number; flags: readonly Flag[] };
type Layout = { encoding: Encoding; octets: number; read(bytes: Buffer, at: number): Element };

/** Information elements of one object without its time tag, by type identification (IEC 60870-5-101, 7.3.1). */
const single: Layout = {
  encoding: 'single',
  octets: 1,
  read: (bytes, at) => ({ value: bytes.readUInt8(at) & 0x01, flags: flagsOf(bytes.readUInt8(at)) }),
};
const double: Layout = {
  encoding: 'double',
  octets: 1,
  read(bytes, at) {
    const octet = bytes.readUInt8(at);
    const value = octet & 0x03;
    const flags = flagsOf(octet);
    if (value === 0) return { value, flags: [...flags, 'intermediate'] };
    return { value, flags: value === 3 ? [...flags, 'indeterminate'] : flags };
  },
};
const step: Layout = {
  encoding: 'step',
  octets: 2,
  read(bytes, at) {
    const octet = bytes.readUInt8(at);
    // Seven bits in two's complement: -64 to 63.
    const value = ((octet & 0x7f) ^ 0x40) - 0x40;
    const flags = measuredFlagsOf(bytes.readUInt8(at + 1));
    return { value, flags: (octet & 0x80) === 0 ? flags : [...flags, 'transient'] };
  },
};
const bitstring: Layout = {
  encoding: 'bitstring',
  octets: 5,
  read: (bytes, at) => ({
    value: bytes.readUInt32LE(at),
    flags: measuredFlagsOf(bytes.readUInt8(at + 4)),
  }),
};
const normalised: Layout = {
  encoding: 'normalised',
  octets: 3,
  read: (bytes, at) => ({ value: fraction(bytes, at), flags: measuredFlagsOf(bytes.readUInt8(at + 2)) }),
};
const scaled: Layout = {
  encoding: 'scaled',
  octets: 3,
  read: (bytes, at) => ({
    value: bytes.readInt16LE(at),
    flags: measuredFlagsOf(bytes.readUInt8(at + 2)),
  }),
};
const float: Layout = {
  encoding: 'float',
  octets: 5,
  read: (bytes, at) => ({
    value: shortFloat(bytes.readFloatLE(at)),
    flags: measuredFlagsOf(bytes.readUInt8(at + 4)),
  }),
};
const counter: Layout = {
  encoding: 'counter',
  octets: 5,
  read: (bytes, at) => ({ value: bytes.readInt32LE(at), flags: counterFlagsOf(bytes.readUInt8(at + 4)) }),
};
const normalisedBare: Layout = {
  encoding: 'normalised',
  octets: 2,
  read: (bytes, at) => ({ value: fraction(bytes, at), flags: [] }),
};

const UNTAGGED: ReadonlyMap<number, Layout> = new Map([
  [1, single],
  [3, double],
  [5, step],
  [7, bitstring],
  [9, normalised],
  [11, scaled],
  [13, float],
  [15, counter],
  [21, normalisedBare],
]);
const TAGGED: ReadonlyMap<number, Layout> = new Map([
  [30, single],
  [31, double],
  [32, step],
  [33, bitstring],
  [34, normalised],
  [35, scaled],
  [36, float],
  [37, counter],
]);

/**
 * The ASDU of one I frame. Throws Iec104Error when it is too short for its header, or, for a type that is known here,
 * not exactly as long as its number of objects says.
 */
export function decodeAsdu(bytes: Buffer): Asdu {
  if (bytes.length < HEADER_OCTETS) throw new Iec104Error(`an ASDU of ${bytes.length} octets has no header`);
  const type = bytes.readUInt8(0);
  const cause = bytes.readUInt8(2);
  const header = {
    type,
    cause: cause & 0x3f,
    negative: (cause & 0x40) !== 0,
    originator: bytes.readUInt8(3),
    commonAddress: bytes.readUInt16LE(4),
  };
  const layout = UNTAGGED.get(type) ?? TAGGED.get(type);
  if (layout === undefined) return { ...header, objects: null };
  const objects = objectsOf(bytes, { layout, tagged: TAGGED.has(type), test: (cause & 0x80) !== 0 });
  return { ...header, objects };
}

/** Variable structure qualifier (7.2.2): one address and values in sequence, or each value with its own address. */
function objectsOf(
  bytes: Buffer,
  shape: { layout: Layout; tagged: boolean; test: boolean },
): InformationObject[] {
  const { layout, tagged, test } = shape;
  const qualifier = bytes.readUInt8(1);
  const count = qualifier & 0x7f;
  const sequence = (qualifier & 0x80) !== 0;
  const octets = layout.octets + (tagged ? TIME_OCTETS : 0);
  const expected = sequence ? ADDRESS_OCTETS + count * octets : count * (ADDRESS_OCTETS + octets);
  if (count > 0 && bytes.length - HEADER_OCTETS !== expected)
    throw new Iec104Error(`${count} objects do not fill ${bytes.length} octets`);
  return Array.from({ length: count }, (_, index) => {
    const own = HEADER_OCTETS + index * (ADDRESS_OCTETS + octets);
    const at = sequence ? HEADER_OCTETS + ADDRESS_OCTETS + index * octets : own + ADDRESS_OCTETS;
    const address = sequence ? bytes.readUIntLE(HEADER_OCTETS, 3) + index : bytes.readUIntLE(own, 3);
    if (address > ADDRESS_MAX) throw new Iec104Error('a sequence runs past the last object address');
    const { value, flags } = layout.read(bytes, at);
    return {
      address,
      encoding: layout.encoding,
      value,
      flags: test ? [...flags, 'test'] : flags,
      time: tagged ? decodeTime(bytes, at + layout.octets) : null,
    };
  });
}

/** Normalised values are fractions of the full scale, from -1 to 1 - 2⁻¹⁵. */
const fraction = (bytes: Buffer, at: number): number => bytes.readInt16LE(at) / 32_768;

/** The four highest bits, which single and double points and measured values have in common. */
function flagsOf(octet: number): Flag[] {
  const flags: Flag[] = [];
  if ((octet & 0x80) !== 0) flags.push('invalid');
  if ((octet & 0x40) !== 0) flags.push('not-topical');
  if ((octet & 0x10) !== 0) flags.push('blocked');
  if ((octet & 0x20) !== 0) flags.push('substituted');
  return flags;
}

function measuredFlagsOf(octet: number): Flag[] {
  const flags = flagsOf(octet);
  if ((octet & 0x01) !== 0) flags.push('overflow');
  return flags;
}

/** CY, a counter that has run over, is no fault of its reading; CA, one that was set, breaks what came before. */
function counterFlagsOf(octet: number): Flag[] {
  const flags: Flag[] = [];
  if ((octet & 0x80) !== 0) flags.push('invalid');
  if ((octet & 0x40) !== 0) flags.push('counter-adjusted');
  return flags;
}
