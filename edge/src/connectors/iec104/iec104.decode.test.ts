import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { asduOf, chinaTime, objectOctets } from '../../testing/iec104-peer.ts';
import { parseAddress } from './iec104.address.ts';
import { controlFrame, Iec104Error, informationFrame, supervisoryFrame, takeFrames } from './iec104.apci.ts';
import { encodeClockSynchronisation } from './iec104.commands.ts';
import { Iec104Config } from './iec104.config.ts';
import { decodeAsdu, FLAGS } from './iec104.decode.ts';
import { createPoints } from './iec104.points.ts';
import { createStationClock, decodeTime } from './iec104.time.ts';
import { createTransfer } from './iec104.transfer.ts';

/** When everything in the golden cases is received: 2026-11-29T06:00:00Z. */
const NOW_MS = Date.UTC(2026, 10, 29, 6);

const configOf = (options: object) =>
  Iec104Config.parse({ name: 'a', protocol: 'iec104', endpoint: 'tcp://h:2404', discover: true, ...options });

// Each folder: config.yaml (options), input.json (APDUs in hex, each with what it is), expected.jsonl (samples).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const config = configOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const input: { apdu: string }[] = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    const points = createPoints(config, createStationClock(config.timeZone));
    const bytes = Buffer.concat(input.map(({ apdu }) => Buffer.from(apdu.replaceAll(' ', ''), 'hex')));
    const { frames, rest } = takeFrames(bytes);
    expect(rest.length).toBe(0);
    const lines = frames.flatMap((frame) => {
      if (frame.kind !== 'information') return [JSON.stringify(frame)];
      const { readings } = points.take(decodeAsdu(frame.asdu), NOW_MS);
      return readings.map(({ point, sample: [timeMs, ...rest] }) =>
        JSON.stringify({ key: point.key, time: new Date(timeMs).toISOString(), sample: rest }),
      );
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

/** Octets of one element and its time tag by type, from IEC 60870-5-101, 7.3.1. */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  3: 1,
  5: 2,
  7: 5,
  9: 3,
  11: 3,
  13: 5,
  15: 5,
  21: 2,
  30: 8,
  31: 8,
  32: 9,
  33: 12,
  34: 10,
  35: 10,
  36: 12,
  37: 12,
};

/** An honest ASDU of any type, number of objects and structure. */
const honest = fc
  .record({
    type: fc.constantFrom(...Object.keys(SIZES).map(Number)),
    count: fc.integer({ min: 1, max: 16 }),
    sequence: fc.boolean(),
    commonAddress: fc.integer({ min: 1, max: 65_534 }),
    first: fc.integer({ min: 1, max: 16_777_000 }),
    seed: fc.uint8Array({ minLength: 16 * 12, maxLength: 16 * 12 }),
  })
  .map((parts) => {
    const size = SIZES[parts.type] ?? 0;
    const elements = Array.from({ length: parts.count }, (_, index) =>
      Buffer.from(parts.seed.subarray(index * size, (index + 1) * size)),
    );
    const octets = parts.sequence
      ? [objectOctets(parts.first), ...elements]
      : elements.flatMap((element, index) => [objectOctets(parts.first + index), element]);
    const qualifier = parts.count + (parts.sequence ? 128 : 0);
    const { type, commonAddress } = parts;
    return {
      ...parts,
      bytes: asduOf({ type, qualifier, cause: 3, commonAddress, octets: Buffer.concat(octets) }),
    };
  });

test('every honest ASDU gives its addresses in order and as many values, whatever its structure', () => {
  fc.assert(
    fc.property(honest, ({ bytes, type, count, commonAddress, first }) => {
      const asdu = decodeAsdu(bytes);
      expect(asdu).toMatchObject({ type, cause: 3, negative: false, originator: 0, commonAddress });
      expect(asdu.objects?.map(({ address }) => address)).toEqual(
        Array.from({ length: count }, (_, index) => first + index),
      );
      for (const object of asdu.objects ?? []) {
        expect(object.time === null).toBe(type < 30);
        for (const flag of object.flags) expect(FLAGS).toContain(flag);
      }
    }),
  );
});

test('both structures give the same values', () => {
  fc.assert(
    fc.property(honest, ({ type, count, seed, first }) => {
      const size = SIZES[type] ?? 0;
      const element = (index: number) => Buffer.from(seed.subarray(index * size, (index + 1) * size));
      const all = Array.from({ length: count }, (_, index) => index);
      const sequence = Buffer.concat([objectOctets(first), ...all.map(element)]);
      const single = Buffer.concat(all.flatMap((index) => [objectOctets(first + index), element(index)]));
      expect(
        decodeAsdu(asduOf({ type, qualifier: count + 128, cause: 20, octets: sequence })).objects,
      ).toEqual(decodeAsdu(asduOf({ type, qualifier: count, cause: 20, octets: single })).objects);
    }),
  );
});

/** Anything but the decoder's own error is a fault of ours. */
function onlyOwnError<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(Iec104Error);
    return null;
  }
}

test('arbitrary octets, and honest ones that were changed or cut, throw nothing but Iec104Error', () => {
  const changed = fc
    .tuple(honest, fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 5 }), fc.nat(255))
    .map(([{ bytes }, changes, cut]) => {
      const broken = Buffer.from(bytes.subarray(0, cut % 3 === 0 ? cut : bytes.length));
      for (const [at, octet] of changes) if (broken.length > 0) broken[at % broken.length] = octet;
      return broken;
    });
  const arbitrary = fc.uint8Array({ maxLength: 260 }).map((octets) => Buffer.from(octets));
  const clock = createStationClock('Asia/Shanghai');
  fc.assert(
    fc.property(fc.oneof(changed, arbitrary), (bytes) => {
      const asdu = onlyOwnError(() => decodeAsdu(bytes));
      if (asdu === null) return;
      expect(asdu.objects?.length ?? 0).toBeLessThanOrEqual(127);
      const { readings } = createPoints(configOf({}), clock).take(asdu, NOW_MS);
      expect(readings.length).toBe(asdu.objects?.length ?? 0);
      for (const { sample } of readings) {
        expect(sample[0]).toBeLessThanOrEqual(NOW_MS + 86_400_000);
        if (sample[2] !== 'good') expect(sample[3]).toMatch(/^[a-z-]+$/);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a stream gives the same frames however it is cut, and what is left is shorter than a frame', () => {
  const piece = fc.oneof(
    fc.constantFrom('startdt-con' as const, 'testfr-act' as const, 'stopdt-con' as const).map(controlFrame),
    fc.nat(32_767).map(supervisoryFrame),
    fc
      .tuple(fc.nat(32_767), fc.nat(32_767), fc.uint8Array({ maxLength: 249 }))
      .map(([sent, received, asdu]) => informationFrame(sent, received, Buffer.from(asdu))),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(300), { maxLength: 12 }),
      (pieces, cuts) => {
        const whole = Buffer.concat(pieces);
        const expected = takeFrames(whole);
        expect(expected.frames.length).toBe(pieces.length);
        const frames: unknown[] = [];
        let rest: Buffer = Buffer.alloc(0);
        let at = 0;
        for (const cut of [...cuts, whole.length]) {
          const taken = takeFrames(Buffer.concat([rest, whole.subarray(at, at + cut)]));
          at += cut;
          frames.push(...taken.frames);
          rest = taken.rest;
          expect(rest.length).toBeLessThan(255);
        }
        expect(frames).toEqual(expected.frames);
      },
    ),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
      const taken = onlyOwnError(() => takeFrames(Buffer.from([0x68, ...octets])));
      if (taken !== null) expect(taken.rest.length).toBeLessThan(255);
    }),
    { numRuns: 1_000 },
  );
});

test('whatever a station sends, the link ends with Iec104Error or goes on, and answers no more than it was sent', () => {
  const piece = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.nat(3), fc.nat(3), honest)
        .map(([sent, received, { bytes }]) => informationFrame(sent, received, bytes)),
    },
    fc
      .constantFrom(
        'startdt-con' as const,
        'stopdt-con' as const,
        'testfr-act' as const,
        'stopdt-act' as const,
      )
      .map(controlFrame),
    fc.nat(3).map(supervisoryFrame),
    fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const faults: Error[] = [];
      let written = 0;
      let asdus = 0;
      const transfer = createTransfer(
        { k: 12, w: 8, t0Ms: 9_000, t1Ms: 9_000, t2Ms: 9_000, t3Ms: 9_000 },
        {
          write() {
            written += 1;
          },
          fail(error) {
            faults.push(error);
            transfer.close();
          },
          onAsdu() {
            asdus += 1;
          },
          started: () => transfer.send(Buffer.from([100, 1, 6, 0, 1, 0, 0, 0, 0, 20])),
          stopped: () => undefined,
          confirmed: () => undefined,
        },
      );
      transfer.start();
      for (const bytes of pieces) transfer.take(bytes);
      transfer.close();
      for (const fault of faults) expect(fault).toBeInstanceOf(Iec104Error);
      expect(faults.length).toBeLessThanOrEqual(1);
      expect(asdus).toBeLessThanOrEqual(pieces.length);
      expect(written).toBeLessThanOrEqual(pieces.length + 2);
    }),
    { numRuns: 1_000 },
  );
});

test('a time in China comes back as it was written, and our own clock command is the same octets', () => {
  const clock = createStationClock('Asia/Shanghai');
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1992, 0, 1), max: Date.UTC(2069, 11, 31) }), (timeMs) => {
      const octets = chinaTime(timeMs);
      const time = decodeTime(octets, 0);
      expect(time).toMatchObject({ valid: true, summer: false });
      expect(clock.toUtcMs(time)).toBe(timeMs);
      expect(clock.encode(timeMs)).toEqual(octets);
      const command = encodeClockSynchronisation({ commonAddress: 258, originator: 3 }, octets);
      expect(command).toEqual(Buffer.concat([Buffer.from([103, 1, 6, 3, 2, 1, 0, 0, 0]), octets]));
    }),
  );
});

test('in a zone with summer time every instant comes back, the hour that exists twice too', () => {
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'UTC']) {
    const clock = createStationClock(zone);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2008, 0, 1), max: Date.UTC(2030, 11, 31) }), (timeMs) => {
        expect(clock.toUtcMs(decodeTime(clock.encode(timeMs), 0))).toBe(timeMs);
      }),
    );
  }
  const berlin = createStationClock('Europe/Berlin');
  // 25 October 2026, 02:30 local: first in summer time, an hour later in standard time.
  for (const timeMs of [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)])
    expect(berlin.toUtcMs(decodeTime(berlin.encode(timeMs), 0))).toBe(timeMs);
});

const addresses: [string, { commonAddress: number; objectAddress: number } | null][] = [
  ['1/16385', { commonAddress: 1, objectAddress: 16_385 }],
  ['1/0x4001', { commonAddress: 1, objectAddress: 16_385 }],
  ['1/0.64.1', { commonAddress: 1, objectAddress: 16_385 }],
  ['0x102/1.2.3', { commonAddress: 258, objectAddress: 66_051 }],
  ['65534/16777215', { commonAddress: 65_534, objectAddress: 16_777_215 }],
  ['65535/1', null],
  ['0/1', null],
  ['1/0', null],
  ['1/16777216', null],
  ['1/1.2', null],
  ['1/1.2.256', null],
  ['1', null],
  ['1/2/3', null],
  ['1/-5', null],
];
for (const [text, address] of addresses)
  test(`address ${text} is ${address === null ? 'refused' : 'read'}`, () => {
    expect(parseAddress(text)).toEqual(address);
  });

const faults: [string, object, RegExp][] = [
  ['no points and no discovery', { discover: false }, /name points, or set discover/],
  ['t2 not shorter than t1', { t1Seconds: 10 }, /t2 must be shorter than t1/],
  [
    'more than a thousand stations',
    { points: Array.from({ length: 1_001 }, (_, at) => ({ key: `p${at}`, address: `${at + 1}/1` })) },
    /at most 1000 common addresses/,
  ],
  ['an unknown time zone', { timeZone: 'Asia/Nanchang' }, /IANA time zone/],
  ['a port beyond the last', { endpoint: 'tcp://h:70000' }, /at most 65535/],
  [
    'a boolean float',
    { points: [{ key: 'p', address: '1/1', encoding: 'float', type: 'boolean' }] },
    /gives number/,
  ],
  [
    'a scaled boolean',
    { points: [{ key: 'p', address: '1/1', encoding: 'single', scale: 2 }] },
    /not scaled/,
  ],
];
for (const [title, options, message] of faults)
  test(`${title} is refused`, () => {
    expect(() => configOf(options)).toThrow(message);
  });
