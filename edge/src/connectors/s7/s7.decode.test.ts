import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { bytesOf, ENCODING_NAMES, ENCODINGS, encodingOf, parseAddress } from './s7.address.ts';
import { S7Config } from './s7.config.ts';
import { decodeValue, kindOf } from './s7.decode.ts';
import { unitBytes } from './s7.frame.ts';
import { bytesIn, placeOf, planBlocks } from './s7.plan.ts';

const configOf = (rest: object) =>
  S7Config.parse({ name: 'a', protocol: 's7', endpoint: 'tcp://h:102', ...rest });
const pointOf = (point: object) => {
  const [first] = configOf({ points: [{ key: 'p', address: 'DB1.DBB0', ...point }] }).points;
  if (first === undefined) throw new Error('no point');
  return first;
};

// Each folder: config.yaml (points), input.json (what the areas hold), expected.jsonl (what becomes of it).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const config = configOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const input: Record<string, string> = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    const lines: string[] = [];
    for (const block of planBlocks(config.points.map(placeOf), 960)) {
      const memory = Buffer.from(input[block.area === 'db' ? `DB${block.db}` : block.area] ?? '', 'hex');
      const unit = unitBytes(block.area);
      const bytes = memory.subarray(block.start * unit, (block.start + block.length) * unit);
      for (const place of block.places) {
        const { value, reason } = decodeValue(bytesIn(block, place, bytes), place.kind, config.textEncoding);
        lines.push(
          JSON.stringify({
            key: config.points[place.index]?.key,
            value,
            ...(reason === null ? {} : { reason }),
          }),
        );
      }
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

const addresses: [string, object | null][] = [
  ['DB1.DBX0.3', { area: 'db', db: 1, start: 0, bit: 3, width: 'bit' }],
  ['db65535.dbb65535', { area: 'db', db: 65_535, start: 65_535, bit: 0, width: 'byte' }],
  ['%DB1.DBD8', { area: 'db', db: 1, start: 8, bit: 0, width: 'dword' }],
  ['M0.1', { area: 'memory', db: 0, start: 0, bit: 1, width: 'bit' }],
  ['%MW10', { area: 'memory', db: 0, start: 10, bit: 0, width: 'word' }],
  ['E0.0', { area: 'input', db: 0, start: 0, bit: 0, width: 'bit' }],
  ['AB1', { area: 'output', db: 0, start: 1, bit: 0, width: 'byte' }],
  ['ID4', { area: 'input', db: 0, start: 4, bit: 0, width: 'dword' }],
  ['Z7', { area: 'counter', db: 0, start: 7, bit: 0, width: 'element' }],
  ['T0', { area: 'timer', db: 0, start: 0, bit: 0, width: 'element' }],
  ['DB1.DBX0', null],
  ['DB1.DBX0.8', null],
  ['DB1.DBW4.1', null],
  ['DB65536.DBW0', null],
  ['DB1.DBW65536', null],
  ['M1', null],
  ['MX0.0', null],
  ['T1.0', null],
  ['TW1', null],
  ['DB1', null],
  ['DB1.DBD8 ', null],
  ['', null],
];
for (const [text, address] of addresses)
  test(`${JSON.stringify(text)} ${address === null ? 'is no address' : 'is an address'}`, () => {
    expect(parseAddress(text)).toEqual(address);
  });

const faults: [string, object, RegExp][] = [
  ['text that is no address', { address: 'DB1,REAL4' }, /address: .*like DB1\.DBX0\.3/],
  ['a bool without its bit', { address: 'DB1.DBW4', encoding: 'bool' }, /needs the bit/],
  ['a real at a bit', { address: 'DB1.DBX4.3', encoding: 'real' }, /begin at bit 0/],
  ['a real in a word', { address: 'DB1.DBW4', encoding: 'real' }, /takes 4 bytes, W is 2/],
  ['a double in a double word', { address: 'MD4', encoding: 'lreal' }, /takes 8 bytes, D is 4/],
  [
    'a length of a number',
    { address: 'MD4', encoding: 'real', length: 4 },
    /is for char, string and wstring/,
  ],
  ['a string of 255', { address: 'DB1.DBB0', encoding: 'string', length: 255 }, /at most 254/],
  ['an end beyond the last byte', { address: 'DB1.DBB65530', encoding: 'lreal' }, /ends beyond byte 65535/],
  ['a real in a timer', { address: 'T1', encoding: 'real' }, /counters and timers are/],
  ['a wrong type', { address: 'MW0', type: 'text' }, /give number/],
  [
    'a scale of text',
    { address: 'DB1.DBB0', encoding: 'string', scale: 2 },
    /scale and offset are for numbers/,
  ],
];
for (const [title, point, message] of faults)
  test(`${title} is refused`, () => {
    const result = S7Config.safeParse({
      name: 'a',
      protocol: 's7',
      endpoint: 'tcp://h:102',
      points: [{ key: 'p', ...point }],
    });
    const issues = result.error?.issues.map((issue) => `${issue.path.at(-1)?.toString()}: ${issue.message}`);
    expect(issues?.join('\n')).toMatch(message);
  });

const anyPoint = fc
  .record({ encoding: fc.constantFrom(...ENCODING_NAMES), length: fc.integer({ min: 1, max: 40 }) })
  .map(({ encoding, length }) =>
    pointOf({
      encoding,
      address: encoding === 'bool' ? 'DB1.DBX0.5' : encoding === 'counter' ? 'C0' : 'DB1.DBB0',
      ...('head' in ENCODINGS[encoding] ? { length } : {}),
    }),
  );

test('whatever bytes a PLC holds, a value is of its type or bad with a reason, and never throws', () => {
  fc.assert(
    fc.property(
      anyPoint,
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom('latin1' as const, 'gb18030' as const, 'utf-8' as const),
      (point, bytes, textEncoding) => {
        const { value, quality, reason } = decodeValue(Buffer.from(bytes), kindOf(point), textEncoding);
        const { type } = ENCODINGS[encodingOf(point)];
        if (value === null) expect([quality, typeof reason]).toEqual(['bad', 'string']);
        else expect(typeof value).toBe(type === 'text' ? 'string' : type);
        expect(quality === 'good').toBe(reason === null);
        if (bytes.length < bytesOf(point)) expect(reason).toBe('too-short');
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('every number comes back as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (whole, double, long) => {
        const bytes = Buffer.alloc(8);
        const read = (encoding: string) => decodeValue(bytes, kindOf(pointOf({ encoding })), 'latin1');
        bytes.writeInt32BE(whole);
        expect(read('dint').value).toBe(whole);
        expect(read('udint').value).toBe(whole >>> 0);
        expect(read('int').value).toBe(whole >> 16);
        expect(read('usint').value).toBe(whole >>> 24);
        bytes.writeDoubleBE(double);
        expect(read('lreal').value).toBe(double);
        if (Number.isFinite(Math.fround(double))) {
          bytes.writeFloatBE(double);
          expect(Math.fround(Number(read('real').value)) === Math.fround(double)).toBe(true);
        }
        bytes.writeBigInt64BE(long);
        expect(read('lint')).toEqual({
          value: Number(long),
          quality: Number.isSafeInteger(Number(long)) ? 'good' : 'uncertain',
          reason: Number.isSafeInteger(Number(long)) ? null : 'not-exact',
        });
      },
    ),
  );
});

test('every moment of DATE_AND_TIME and DTL comes back as text', () => {
  const moments = fc.date({
    min: new Date('1990-01-01T00:00:00Z'),
    max: new Date('2089-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (moment) => {
      const text = moment.toISOString().slice(0, -1);
      const [year, month, day, hour, minute, second, thousandth] = text.split(/\D/).map(Number);
      const digits = text.replace(/\D/g, '');
      const bcd = Buffer.from(`${digits.slice(2)}${moment.getUTCDay() + 1}`, 'hex');
      const read = (encoding: string, bytes: Buffer) =>
        decodeValue(bytes, kindOf(pointOf({ encoding })), 'latin1').value;
      expect(read('date_and_time', bcd)).toBe(text);
      const dtl = Buffer.from([
        0,
        0,
        month ?? 0,
        day ?? 0,
        1,
        hour ?? 0,
        minute ?? 0,
        second ?? 0,
        0,
        0,
        0,
        0,
      ]);
      dtl.writeUInt16BE(year ?? 0, 0);
      dtl.writeUInt32BE((thousandth ?? 0) * 1_000_000, 8);
      expect(read('dtl', dtl)).toBe(`${text}000000`);
    }),
  );
});
