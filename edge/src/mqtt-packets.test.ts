import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPacketWatch, MqttFault } from './mqtt-packets.ts';

/** A packet as the standard writes it (2.2): type and flags, length in 7 bits a byte, content. */
function packet(first: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = content.length;
  do {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), content]);
}
const CONNACK = packet(0x20, Buffer.from([0, 0]));
const honest = fc.oneof(
  fc.constant(packet(0xd0, Buffer.alloc(0))),
  fc.constant(packet(0x90, Buffer.from([0, 1, 1]))),
  fc.constant(packet(0x40, Buffer.from([0, 1]))),
  fc.uint8Array({ minLength: 5, maxLength: 400 }).map((content) => packet(0x32, content)),
  fc.integer({ min: 16_300, max: 16_500 }).map((length) => packet(0x31, Buffer.alloc(length))),
);
const watch = (level: 4 | 5 = 4) => createPacketWatch({ level, packetBytesMax: 20_000 });

test('every packet is counted once, however the stream is cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(honest, { maxLength: 8 }), fc.integer({ min: 1, max: 700 }), (packets, size) => {
      const stream = Buffer.concat([CONNACK, ...packets]);
      const packetWatch = watch();
      let whole = 0;
      for (let at = 0; at < stream.length; at += size)
        whole += packetWatch.take(stream.subarray(at, at + size));
      expect(whole).toBe(packets.length + 1);
    }),
  );
});

test('arbitrary bytes give a fault of the protocol or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom<4 | 5>(4, 5), (bytes, level) => {
      const packetWatch = watch(level);
      packetWatch.take(CONNACK);
      try {
        expect(packetWatch.take(bytes)).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MqttFault);
      }
    }),
    { numRuns: 2_000 },
  );
});

const faults: [string, number[], RegExp][] = [
  ['a packet that only clients send', [0x82, 5], /type 8/],
  ['type 0', [0x00, 0], /type 0/],
  ['DISCONNECT in 3.1.1', [0xe0, 0], /type 14/],
  ['flags where none may be', [0xd1, 0], /PINGRESP has the wrong flags 1/],
  ['QoS 3', [0x36, 9], /PUBLISH has the wrong flags 6/],
  ['DUP with QoS 0', [0x38, 9], /PUBLISH has the wrong flags 8/],
  ['PINGRESP with content', [0xd0, 1], /PINGRESP has the wrong length 1/],
  ['a PUBACK of three bytes', [0x40, 3], /PUBACK has the wrong length 3/],
  ['a length without an end', [0x30, 0xff, 0xff, 0xff, 0xff], /never ends/],
  ['a packet of 256 MB', [0x30, 0xff, 0xff, 0xff, 0x7f], /PUBLISH of 268435455 bytes is over the limit/],
];
for (const [title, bytes, message] of faults)
  test(`${title} is a fault`, () => {
    const packetWatch = watch();
    packetWatch.take(CONNACK);
    expect(() => packetWatch.take(Buffer.from(bytes))).toThrow(message);
  });

test('a stream begins with CONNACK, or in version 5 with AUTH', () => {
  const ping = Buffer.from([0xd0, 0]);
  expect(() => watch().take(ping)).toThrow(/began with PINGRESP instead of CONNACK/);
  expect(() => watch().take(Buffer.from([0xf0, 0]))).toThrow(MqttFault);
  expect(watch(5).take(Buffer.from([0xf0, 0]))).toBe(1);
});
