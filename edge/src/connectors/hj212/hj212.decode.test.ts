import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framed } from '../../testing/hj212-peer.ts';
import { typeOfField } from './hj212.codes.ts';
import {
  crc16,
  createFrameReader,
  encodeFrame,
  encodeReply,
  FRAME_BYTES_MAX,
  Hj212Error,
  type Message,
  parseContent,
  parseMessage,
  parseTime,
  readField,
} from './hj212.decode.ts';
import { createJoiner, JOINED_LENGTH_MAX, PARTS_MAX } from './hj212.split.ts';

/** What becomes of a data segment, as JSON: its head, its readings once it is whole, and the answer when one is asked for. */
function told(data: Buffer, joiner: ReturnType<typeof createJoiner>): unknown {
  try {
    const message = parseMessage(data);
    const { content, ...head } = message;
    const whole = joiner.join(message);
    const records =
      whole === null
        ? 'more is to come'
        : parseContent(whole).map(({ atMs, fields }) => ({
            at: atMs === null ? null : new Date(atMs).toISOString(),
            ...Object.fromEntries(
              [...fields.keys()].map((name) => [
                name,
                readField(fields, name, { type: typeOfField(name), version: message.version }),
              ]),
            ),
          }));
    const answer = message.wantsReply ? { answer: encodeReply(message, '9014').toString('latin1') } : {};
    return { ...head, records, ...answer };
  } catch (error) {
    if (!(error instanceof Hj212Error)) throw error;
    return { fault: error.message };
  }
}

// Each folder: input.txt (a line a frame, `hex:` for bytes, # for remarks), expected.jsonl (what each becomes).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const input = await readFile(new URL('input.txt', folder), 'utf8');
    const reader = createFrameReader();
    const joiner = createJoiner();
    const lines = input
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('# '))
      .flatMap((line) => {
        const bytes = line.startsWith('hex:') ? Buffer.from(line.slice(4), 'hex') : Buffer.from(line);
        return reader.push(Buffer.concat([bytes, Buffer.from('\r\n')]));
      })
      .map((step) => JSON.stringify('fault' in step ? step : told(step.data, joiner)));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

test('the sum of the standard’s own example is 1C80', () => {
  const data =
    'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&';
  expect(crc16(Buffer.from(data))).toBe(0x1c80);
  expect(encodeFrame(data).toString()).toBe(`##0101${data}1C80\r\n`);
});

const segment = fc.string({ unit: fc.constantFrom(...'#&;,=0159aNRtd\r\n- '), maxLength: 300 });
const isStep = (step: object) => expect(Object.keys(step)).toHaveLength(1);

test('whatever the bytes and however they are cut, a frame arrives whole and what is held stays within a frame', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab;,=&0159-'), maxLength: 400 });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 60 })),
      (texts, cuts) => {
        const stream = Buffer.concat(texts.map((each) => framed(each)));
        const reader = createFrameReader();
        const steps = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = cuts[turn % Math.max(1, cuts.length)] ?? 7;
          steps.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(steps.map((step) => ('data' in step ? step.data.toString() : step))).toEqual(texts);
        expect(reader.held()).toBe(0);
      },
    ),
  );
});

test('a whole frame behind any garbage that does not swallow it is found', () => {
  const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.filter((byte) => byte !== 0x23));
  fc.assert(
    fc.property(garbage, (noise) => {
      const steps = createFrameReader().push(Buffer.concat([noise, framed('MN=1;CN=2011;CP=&&&&')]));
      expect(steps.at(-1)).toEqual({ data: Buffer.from('MN=1;CN=2011;CP=&&&&') });
    }),
  );
});

test('arbitrary bytes and mutated frames give nothing but faults, segments and Hj212Error', () => {
  const anything = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));
  const mutated = fc
    .tuple(segment, fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 6 }))
    .map(([text, changes]) => {
      const frame = Buffer.from(
        framed(`QN=1;ST=31;CN=2011;PW=1;MN=3;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20261129140000;${text}&&`),
      );
      for (const [at, byte] of changes) frame[at % frame.length] = byte;
      return frame;
    });
  fc.assert(
    fc.property(fc.array(fc.oneof(anything, mutated), { maxLength: 6 }), (pieces) => {
      const reader = createFrameReader();
      const joiner = createJoiner();
      for (const piece of pieces) {
        for (const step of reader.push(piece)) {
          isStep(step);
          if ('data' in step) told(step.data, joiner);
        }
        expect(reader.held()).toBeLessThanOrEqual(FRAME_BYTES_MAX);
      }
    }),
    { numRuns: 300 },
  );
});

test('any text in a whole message gives readings or an Hj212Error, and every reading has a quality', () => {
  fc.assert(
    fc.property(segment, segment, (head, content) => {
      const message = told(Buffer.from(`MN=1;CN=2011;${head};CP=&&${content}&&`), createJoiner());
      expect(message).toBeTypeOf('object');
    }),
    { numRuns: 500 },
  );
});

const piece = (content: string, number: number, count: number): Message => ({
  ...parseMessage(Buffer.from(`MN=1;CN=2051;Flag=6;PNUM=${count};PNO=${number};CP=&&&&`)),
  content,
});

test('a message cut anywhere between its fields, or inside them, is the same message again', () => {
  const area = 'DataTime=20261129140000;w01018-Avg=12.5,w01018-Flag=N;w21003-Avg=7,w21003-Flag=T';
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: area.length - 1 }), { minLength: 1, maxLength: 6 }),
      (cuts) => {
        const places = [...new Set([0, ...cuts.sort((a, b) => a - b), area.length])];
        const pieces = places.slice(1).map((end, index) => area.slice(places[index], end));
        const joiner = createJoiner();
        const whole = pieces.map((each, index) => joiner.join(piece(each, index + 1, pieces.length))).at(-1);
        expect(parseContent(whole ?? '')).toEqual(parseContent(area));
      },
    ),
  );
});

test('a piece that is sent again after its message was whole does not become part of the next one', () => {
  const joiner = createJoiner();
  const of = (qn: string, number: number, content: string) =>
    joiner.join({ ...piece(content, number, 2), qn });
  expect(of('1', 1, 'a=1;')).toBeNull();
  expect(of('2', 2, 'b=1')).toBe('a=1;b=1');
  expect(of('2', 2, 'b=1')).toBeNull();
  expect(of('3', 1, 'a=2;')).toBeNull();
  expect(of('4', 2, 'b=2')).toBe('a=2;b=2');
});

test('what is never finished is bounded: by parts, by length, and by messages at once', () => {
  const joiner = createJoiner();
  expect(() => joiner.join(piece('a', 1, PARTS_MAX + 1))).toThrow(Hj212Error);
  const long = 'x'.repeat(9_000);
  expect(() => {
    for (let number = 1; number <= 20; number += 1) joiner.join(piece(long, number, 50));
  }).toThrow(`${JOINED_LENGTH_MAX}`);
  for (let cn = 2000; cn < 2020; cn += 1) joiner.join({ ...piece('a', 1, 2), cn: String(cn) });
  expect(joiner.incomplete()).toBe(16);
});

test('a moment is of China, and an impossible one is none', () => {
  expect(parseTime('20260228235959')).toBe(Date.parse('2026-02-28T15:59:59Z'));
  expect(parseTime('20260228235959123')).toBe(Date.parse('2026-02-28T15:59:59.123Z'));
  for (const wrong of ['20260229000000', '20261301000000', '20260101240000', '20260101006000', '2026', ''])
    expect(parseTime(wrong)).toBeNull();
});
