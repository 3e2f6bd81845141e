import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameGuard } from './frame-guard.ts';

/** A packet with this many bytes of body, its length as MQTT writes it. */
function packet(bodyBytes: number): Buffer {
  const length: number[] = [];
  let rest = bodyBytes;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bodyBytes, 0xff)]);
}

describe('the guard of packet sizes', () => {
  it('lets packets up to the limit pass however they are cut, and finds a larger one', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 50 }), fc.boolean(), (bodies, step, withLarge) => {
        const bytes = Buffer.concat([...bodies.map(packet), ...(withLarge ? [packet(401)] : [])]);
        const fits = createFrameGuard(() => 400);
        let good = true;
        for (let at = 0; at < bytes.length && good; at += step) good = fits(bytes.subarray(at, at + step));
        expect(good).toBe(!withLarge);
      }),
    );
  });

  it('finds a length of five bytes, which MQTT forbids', () => {
    expect(createFrameGuard(() => Number.MAX_SAFE_INTEGER)(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]))).toBe(
      false,
    );
  });

  it('finds the announcement before the body comes', () => {
    expect(createFrameGuard(() => 100)(packet(1_000_000).subarray(0, 4))).toBe(false);
  });
});
