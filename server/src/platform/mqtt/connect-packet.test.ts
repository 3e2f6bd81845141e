import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readConnect } from './connect-packet.ts';

const RUNS = Number(process.env.RONGHE_FUZZ_RUNS ?? 3_000);
// A million runs take minutes.
vi.setConfig({ testTimeout: 30_000 + RUNS });

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};
type Wanted = { level?: number; clean?: boolean; will?: boolean; username?: string; password?: string };
/** A CONNECT packet as MQTT 3.1.1, 3.1 lays it out. */
function connect({ level = 4, clean = true, will = false, username, password }: Wanted): Buffer {
  const flags =
    (clean ? 2 : 0) |
    (will ? 4 : 0) |
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  const body = Buffer.concat([
    text(level === 3 ? 'MQIsdp' : 'MQTT'),
    Buffer.from([level, flags, 0, 60]),
    text('client'),
    ...(will ? [text('will/topic'), text('gone')] : []),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ]);
  const length: number[] = [];
  for (let rest = body.length; ; rest >>= 7) {
    length.push((rest & 0x7f) | (rest >= 128 ? 0x80 : 0));
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([0x10, ...length]), body]);
}

describe('the reader of the first packet', () => {
  it('finds user and password behind a will, in every version it knows', () => {
    for (const level of [3, 4])
      expect(readConnect(connect({ level, will: true, username: 'any', password: 'rk_1' }), 8_192)).toEqual({
        level,
        clean: true,
        clientId: 'client',
        username: 'any',
        password: 'rk_1',
      });
    expect(readConnect(connect({ level: 5, clean: false }), 8_192)).toMatchObject({ level: 5, clean: false });
    expect(readConnect(connect({ level: 9 }), 8_192)).toMatchObject({ level: 0 });
  });

  it('waits for the rest of a packet wherever it was cut', () => {
    const bytes = connect({ username: 'u'.repeat(100), password: 'p'.repeat(100) });
    for (let cut = 0; cut < bytes.length; cut += 1)
      expect(readConnect(bytes.subarray(0, cut), 8_192), `cut at ${cut}`).toBe('partial');
    expect(readConnect(bytes, 8_192)).toMatchObject({ username: 'u'.repeat(100) });
  });

  it('refuses what is no CONNECT, or announces too much before it is read', () => {
    expect(readConnect(Buffer.from([0x30, 2, 0, 0]), 8_192)).toBe('malformed');
    expect(readConnect(Buffer.from([0x10, 0xff, 0xff, 0x03]), 8_192)).toBe('malformed');
    expect(readConnect(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]), 8_192)).toBe('malformed');
  });

  it('never fails on any bytes', () => {
    const good = connect({ will: true, username: 'user', password: 'password' });
    const broken = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => Buffer.from(good.map((each, index) => (index === at ? byte : each))));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), broken), (bytes) => {
        const read = readConnect(bytes, 8_192);
        if (typeof read === 'string') expect(['partial', 'malformed']).toContain(read);
        else expect(read.level).toBeTypeOf('number');
      }),
      { numRuns: RUNS },
    );
  });
});
