import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dlt645Config } from './dlt645.config.ts';
import {
  createFrameReader,
  Dlt645Error,
  decodeItem,
  encodeRead,
  FRAME_BYTES_MAX,
  parseFormat,
  readAnswer,
} from './dlt645.decode.ts';
import { COMMON_IDS, itemOf } from './dlt645.items.ts';
import { createMeters } from './dlt645.meters.ts';

type Case = {
  remark: string;
  meter?: string;
  from?: string;
  id: string;
  sequence?: number;
  bytes?: string;
  control?: string;
  data?: string;
  tail?: string;
  payload?: string;
  format?: string;
  signed?: boolean;
  type?: 'number' | 'text';
};

/** How a point with this identifier is read. */
function pointOf({ id, format, signed, type }: Case) {
  const [meter] = createMeters(
    Dlt645Config.parse({
      name: 'a',
      protocol: 'dlt645',
      endpoint: 'tcp://h:1',
      meter: '000000000001',
      points: [{ key: 'p', address: id, format, signed, type }],
    }),
  );
  const item = meter?.items[0];
  if (item === undefined) throw new Error('no point');
  return item;
}

/** A frame by hand: 33H added, checksum, end. */
function frameBytes({ meter = '', from, control = '', data = '', tail = '' }: Case): Buffer {
  const body = Buffer.concat([
    Buffer.from([0x68]),
    Buffer.from(from ?? meter, 'hex').reverse(),
    Buffer.from([0x68, Number.parseInt(control, 16), (data.length + tail.length) / 2]),
    Buffer.from(data + tail, 'hex').map((byte) => byte + 0x33),
  ]);
  return Buffer.concat([body, Buffer.from([body.reduce((sum, byte) => sum + byte, 0) & 0xff, 0x16])]);
}

const shown = (answer: ReturnType<typeof readAnswer>) =>
  answer !== null && 'data' in answer ? { ...answer, data: answer.data.toString('hex') } : answer;

// Each folder: input.json (frames or payloads), expected.jsonl (what each becomes).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const input: Case[] = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    const lines = input.map((each) => {
      const point = pointOf(each);
      const value = (data: Buffer) => decodeItem(data, point.format, point.signed);
      const known = { remark: each.remark, unit: point.point.unit, type: point.point.type };
      if (each.payload !== undefined)
        return JSON.stringify({ ...known, ...value(Buffer.from(each.payload, 'hex')) });
      const bytes = each.bytes === undefined ? frameBytes(each) : Buffer.from(each.bytes, 'hex');
      const [frame] = createFrameReader().push(bytes);
      if (frame === undefined) return JSON.stringify({ remark: each.remark, frame: null });
      const request = { meter: each.meter ?? '', id: each.id };
      const answer = readAnswer(
        frame,
        each.sequence === undefined ? request : { ...request, sequence: each.sequence },
      );
      const isWhole = answer !== null && 'data' in answer && !answer.hasMore && each.sequence === undefined;
      return JSON.stringify({ ...known, answer: shown(answer), ...(isWhole ? value(answer.data) : {}) });
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

test('requests are those of a published log', () => {
  const ask = (id: string) => encodeRead({ meter: '000000000161', id, preamble: 4 }).toString('hex');
  expect(ask('00010000')).toBe('fefefefe686101000000006811043333343314' + '16');
  expect(ask('02010100')).toBe('fefefefe686101000000006811043334343517' + '16');
  expect(ask('02020100')).toBe('fefefefe686101000000006811043334353518' + '16');
});

test('what cannot be asked is an error', () => {
  expect(() => encodeRead({ meter: '12', id: '00010000', preamble: 0 })).toThrow(Dlt645Error);
  expect(() => encodeRead({ meter: '000000000001', id: '0001', preamble: 0 })).toThrow(Dlt645Error);
});

test('frames arrive whole however they are cut and whatever stands between them', () => {
  const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 0x68));
  const some = fc.record({
    noise,
    meter: fc.integer({ min: 0, max: 999_999 }),
    data: fc.uint8Array({ maxLength: 200 }),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (frames, size) => {
      const of = (each: (typeof frames)[number]): Case => ({
        remark: '',
        id: '',
        meter: String(each.meter).padStart(12, '0'),
        control: '91',
        data: Buffer.from(each.data).toString('hex'),
      });
      const stream = Buffer.concat(frames.flatMap((each) => [each.noise, frameBytes(of(each))]));
      const reader = createFrameReader();
      const found = [];
      for (let at = 0; at < stream.length; at += size)
        found.push(...reader.push(stream.subarray(at, at + size)));
      expect(found.map((frame) => frame.data.toString('hex'))).toEqual(frames.map((each) => of(each).data));
      expect(found.map((frame) => frame.meter)).toEqual(frames.map((each) => of(each).meter));
    }),
  );
});

test('arbitrary bytes and mutated frames never throw, and what is held stays within a frame', () => {
  const request = { meter: '000000000161', id: '02010100' };
  const honest = frameBytes({ remark: '', ...request, control: '91', data: '000101020110' });
  const mutated = fc
    .array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 })
    .map((changes) => {
      const bytes = Buffer.from(honest);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const anything = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  const starts = fc
    .array(fc.constantFrom(0x68, 0x16, 0xfe, 0x00, 0xff), { maxLength: 600 })
    .map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(anything, mutated, starts), { maxLength: 6 }), (pieces) => {
      const reader = createFrameReader();
      for (const piece of pieces) {
        for (const frame of reader.push(piece)) {
          readAnswer(frame, { ...request, sequence: 1 });
          const answer = readAnswer(frame, request);
          const format = parseFormat('XXX.X');
          if (answer !== null && 'data' in answer && format !== null) decodeItem(answer.data, format, true);
        }
        expect(reader.held()).toBeLessThan(FRAME_BYTES_MAX);
      }
    }),
    { numRuns: 300 },
  );
});

test('any bytes in any format give a value of its type or a reason', () => {
  const formats = ['XXXXXX.XX', 'X.XXX', 'NN', 'YYMMDDWW', 'hhmmss', 'YYMMDDhhmm', 'YYMMDDhhmmss'];
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.uint8Array({ maxLength: 8 }),
      fc.boolean(),
      (text, data, signed) => {
        const format = parseFormat(text);
        if (format === null) throw new Error(text);
        const decoded = decodeItem(data, format, signed);
        if ('bad' in decoded) return;
        expect(data.length).toBe(format.bytes);
        expect(typeof decoded.value).toBe(format.kind === 'number' ? 'number' : 'string');
      },
    ),
  );
});

test('a number comes back with all its decimals', () => {
  fc.assert(
    fc.property(fc.integer({ min: -79_999_999, max: 79_999_999 }), (hundredths) => {
      const digits = String(Math.abs(hundredths)).padStart(8, '0');
      const bytes = Buffer.from(digits, 'hex').reverse();
      if (hundredths < 0) bytes[3] = (bytes[3] ?? 0) | 0x80;
      const format = parseFormat('XXXXXX.XX');
      if (format === null) throw new Error('no format');
      expect(decodeItem(bytes, format, true)).toEqual({
        value: Number(`${hundredths < 0 ? '-' : ''}${digits.slice(0, 6)}.${digits.slice(6)}`),
      });
    }),
  );
});

test('every identifier that is offered has a format, and none is known that the tables do not have', () => {
  for (const id of COMMON_IDS) expect(parseFormat(itemOf(id)?.format ?? ''), id).not.toBeNull();
  for (const id of [
    '00014000',
    '0001000D',
    '000B0000',
    '02010000',
    '02010400',
    '02030400',
    '02010101',
    '0A000000',
  ])
    expect(itemOf(id), id).toBeNull();
});

const faults: [string, object, RegExp][] = [
  ['the broadcast address', { meter: '999999999999' }, /broadcast address/],
  ['a short number', { meter: '12345' }, /twelve digits/],
  ['no meter at all', { meter: undefined }, /is missing, here and for the whole connection/],
  ['an unknown identifier', { address: '0B000000' }, /give its format/],
  ['half a byte', { format: 'XXXXX' }, /even number of digits/],
  ['a number for a date', { address: '04000101', type: 'number' }, /gives text/],
];
for (const [title, point, message] of faults)
  test(`${title} is refused`, () => {
    const parsed = Dlt645Config.safeParse({
      name: 'a',
      protocol: 'dlt645',
      endpoint: 'tcp://h:1',
      points: [{ key: 'p', address: '00010000', meter: '000000000001', ...point }],
    });
    expect(JSON.stringify(parsed.error?.issues)).toMatch(message);
  });
