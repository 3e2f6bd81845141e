import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Answer,
  connectRequest,
  createFrameReader,
  dataFrames,
  type Item,
  parsePdu,
  parseReadAnswer,
  parseSetup,
  parseTpdu,
  readRequest,
  S7FormatError,
  setupRequest,
} from './s7.frame.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

// The bytes below are worked out by hand from RFC 1006, X.224 and the field meanings of S7comm.
test('the requests are the bytes that the protocols want', () => {
  expect(connectRequest({ localTsap: 0x0100, remoteTsap: 0x0201 })).toEqual(
    hex('03000016 11e00000000100 c0010a c1020100 c2020201'),
  );
  expect(setupRequest(1)).toEqual(hex('32010000 0001 0008 0000 f000 0008 0008 03c0'));
  const items: Item[] = [
    { area: 'db', db: 10, start: 8, length: 4 },
    { area: 'memory', db: 0, start: 65_535, length: 1 },
    { area: 'timer', db: 0, start: 5, length: 2 },
  ];
  expect(readRequest(2, items)).toEqual(
    hex(
      '32010000 0002 0026 0000 0403 120a1002 0004 000a 84 000040 120a1002 0001 0000 83 07fff8 120a101d 0002 0000 1d 000005',
    ),
  );
  expect(dataFrames(hex('01020304'), 1_024)).toEqual(hex('0300000b 02f080 01020304'));
  expect(dataFrames(hex('01020304'), 6)).toEqual(hex('0300000a 02f000 010203 03000008 02f080 04'));
});

const TWO_ITEMS: Item[] = [
  { area: 'db', db: 1, start: 0, length: 1 },
  { area: 'db', db: 9, start: 0, length: 2 },
];
const READ_ANSWER = hex('32030000 0002 0002 000a 0000 0402 ff040008 aa00 0a00 0000');

test('an answer gives each variable, with the byte that fills up, and each refusal by its name', () => {
  const answer = parsePdu(READ_ANSWER);
  if (answer === null) throw new Error('no answer');
  expect(answer).toMatchObject({ job: 2, error: 0 });
  expect(parseReadAnswer(answer, TWO_ITEMS)).toEqual([
    { bytes: hex('aa') },
    { refused: 'object-does-not-exist' },
  ]);
});

test('lengths count bits or bytes by their data type, and another length than asked for is told', () => {
  const answer = (data: string): Answer => ({ job: 1, error: 0, parameters: hex('0401'), data: hex(data) });
  const read = (data: string, item: Partial<Item>) =>
    parseReadAnswer(answer(data), [{ area: 'db', db: 1, start: 0, length: 2, ...item }]);
  expect(read('ff040010 0102', {})).toEqual([{ bytes: hex('0102') }]);
  expect(read('ff090002 0102', { area: 'counter', length: 1 })).toEqual([{ bytes: hex('0102') }]);
  expect(read('ff030001 01', { length: 1 })).toEqual([{ bytes: hex('01') }]);
  expect(read('ff040008 01', {})).toEqual([{ refused: 'wrong-length' }]);
  expect(read('05000000', {})).toEqual([{ refused: 'address-out-of-range' }]);
  // Some PLCs tell a length with a refusal, and send nothing.
  expect(read('05000004', {})).toEqual([{ refused: 'address-out-of-range' }]);
  expect(read('2a000000', {})).toEqual([{ refused: 'return-code-0x2a' }]);
  expect(() => read('ff040020 0102', {})).toThrow(S7FormatError);
});

test('an error of the whole job is told, and what we never asked for is left', () => {
  expect(parsePdu(hex('32020000 0007 0000 0000 8104'))).toMatchObject({ job: 7, error: 0x8104 });
  expect(parsePdu(hex('32070000 0000 0000 0000'))).toBeNull();
});

test('what is settled is never more than was asked for', () => {
  const settled = (text: string) => parseSetup({ job: 1, error: 0, parameters: hex(text), data: hex('') });
  expect(settled('f000 0001 0001 00f0')).toEqual({ pduBytes: 240, jobsMax: 1 });
  expect(settled('f000 0010 0003 0800')).toEqual({ pduBytes: 960, jobsMax: 3 });
  expect(settled('f000 0000 0000 00f0')).toEqual({ pduBytes: 240, jobsMax: 1 });
  expect(() => settled('f000 0001 0001 0010')).toThrow(S7FormatError);
  expect(() => settled('f000 0001')).toThrow(S7FormatError);
});

test('the transport tells its size, its data and its refusals', () => {
  expect(parseTpdu(hex('11d00001000700 c0010a c1020100 c2020201'))).toEqual({
    kind: 'connected',
    tpduBytes: 1_024,
  });
  expect(parseTpdu(hex('09d00001000700 c00109'))).toEqual({ kind: 'connected', tpduBytes: 512 });
  expect(parseTpdu(hex('06d00001000700'))).toEqual({ kind: 'connected', tpduBytes: 1_024 });
  expect(parseTpdu(hex('02f080 0102'))).toEqual({ kind: 'data', last: true, bytes: hex('0102') });
  expect(parseTpdu(hex('02f000 01'))).toEqual({ kind: 'data', last: false, bytes: hex('01') });
  expect(parseTpdu(hex('068000010000 03'))).toEqual({ kind: 'disconnect', reason: 3 });
  expect(() => parseTpdu(hex('0210'))).toThrow(S7FormatError);
});

const streams = fc.array(fc.uint8Array({ minLength: 3, maxLength: 200 }), { minLength: 1, maxLength: 8 });
const framed = (contents: readonly Uint8Array[]) =>
  Buffer.concat(
    contents.map((content) => {
      const head = Buffer.from([3, 0, 0, 0]);
      head.writeUInt16BE(content.length + 4, 2);
      return Buffer.concat([head, content]);
    }),
  );

test('frames come out whole however the stream is cut', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 30 }), (contents, cuts) => {
      const stream = framed(contents);
      const reader = createFrameReader();
      const frames: Buffer[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const length = 1 + (cuts[turn % cuts.length] ?? 0);
        frames.push(...reader.push(stream.subarray(at, at + length)));
        at += length;
      }
      expect(frames.map((frame) => frame.toString('hex'))).toEqual(
        contents.map((content) => Buffer.from(content).toString('hex')),
      );
    }),
  );
});

/** All that the link does with what it receives. */
function takeApart(bytes: Buffer): void {
  for (const frame of createFrameReader().push(bytes)) {
    const tpdu = parseTpdu(frame);
    if (tpdu.kind !== 'data') continue;
    const answer = parsePdu(tpdu.bytes);
    if (answer === null) continue;
    for (const item of parseReadAnswer(answer, TWO_ITEMS))
      if ('bytes' in item) expect(item.bytes.length).toBeLessThanOrEqual(bytes.length);
    parseSetup(answer);
  }
}
function onlyNamedErrors(bytes: Buffer): void {
  try {
    takeApart(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(S7FormatError);
  }
}

test('arbitrary bytes give frames or the named error, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, headed) =>
      onlyNamedErrors(
        headed ? framed([Buffer.concat([Buffer.from([2, 0xf0, 0x80]), bytes])]) : Buffer.from(bytes),
      ),
    ),
    { numRuns: 3_000 },
  );
});

const honest = [
  dataFrames(READ_ANSWER, 1_024),
  dataFrames(hex('32030000 0001 0008 0000 0000 f000 0001 0001 00f0'), 1_024),
  framed([hex('11d00001000700 c0010a c1020100 c2020201')]),
];

test('honest frames with changed, missing or added bytes give frames or the named error, and nothing else', () => {
  const changes = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...honest), changes, fc.nat({ max: 60 }), (frame, bytes, cut) => {
      const mutated = Buffer.from(frame);
      for (const [at, byte] of bytes) if (at < mutated.length) mutated[at] = byte;
      onlyNamedErrors(mutated);
      onlyNamedErrors(mutated.subarray(0, cut));
      onlyNamedErrors(Buffer.concat([mutated, frame, mutated]));
    }),
    { numRuns: 3_000 },
  );
});
