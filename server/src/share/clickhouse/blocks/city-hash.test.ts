import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cityHash128 } from './city-hash.ts';

/** Made by ClickHouse's Go client (ch-go 0.75.0, city.CH128) from the first bytes of 0, 7, 14 … modulo 256. */
const MADE_BY_CLICKHOUSE: readonly (readonly [length: number, hash: string])[] = [
  [0, '2b9ac064fc9df03d291ee592c340b53c'],
  [1, '2264de61ab714ba07039e237496868f7'],
  [3, 'e07a891e44244c90a549af712c7dd3ea'],
  [4, '1c70f36be39d8a6df6841ea386650ec9'],
  [7, '3e03a3791ecbc12a880d3e33b91d511a'],
  [8, 'b5c979d1e19b8f4fe6407d93197ce37a'],
  [9, '23562f6e08dd65a23b7d8954ea5a33b1'],
  [15, '8d2dcf3705a810a785ee956f49a733e5'],
  [16, '7b836449ac0fec835248a3ab5f5775d2'],
  [17, '3c942c52e8b1346683c83eaa0f0a4584'],
  [24, 'f21ee7724a18b55dd4ed06c1460ff987'],
  [31, 'ad277a5163383190dbb031cc04831032'],
  [32, '42206938c0f663fcd710741202d35011'],
  [33, '9c663edf20930b46a4e25008869d8407'],
  [63, 'bf0075e935e77ba2bbdc91aa3083063b'],
  [64, '7ef19d25f6b40eac13cdb1bdc97f1d51'],
  [100, '50c580ec698da15064e3d1c5b848c0c8'],
  [127, 'a19f0ca5334b01920716d66e077cfe90'],
  [128, '446ecd5071774277d8936bd1d9afee35'],
  [143, '370611638d98fdbe2b83c52e6c5b4a79'],
  [144, '8ab234a62c4b2e69cd50d2ed4e3da74f'],
  [145, 'ebe1b59510ea00d98b6f0195e9b5d69c'],
  [200, 'e133af95e40663d84328786310f0f9db'],
  [271, '1bedd27045e197a0c88c41a31b7b9fe8'],
  [272, '7349e1394702ab89bb1dcf4df8247105'],
  [1000, '3e463966e0c65342d72983eba0aef12d'],
  [4096, 'a0d8c772e94a8f6cb20052f8dac171ad'],
  [65537, 'a8dc6dabe932f4685397bf4e4cca4528'],
];

it.each(MADE_BY_CLICKHOUSE)('gives the checksum that ClickHouse gives for %i bytes', (length, hash) => {
  const data = Uint8Array.from({ length }, (_value, at) => (at * 7) & 255);
  expect(Buffer.from(cityHash128(data)).toString('hex')).toBe(hash);
});

it('depends on the bytes alone, wherever they lie in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(9), (data, offset) => {
      const moved = new Uint8Array(offset + data.length);
      moved.set(data, offset);
      expect(cityHash128(moved.subarray(offset))).toEqual(cityHash128(data));
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('changes with any bit', () => {
  const data = Uint8Array.from({ length: 300 }, (_value, at) => at & 255);
  const seen = new Set([Buffer.from(cityHash128(data)).toString('hex')]);
  for (let bit = 0; bit < data.length * 8; bit++) {
    data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    seen.add(Buffer.from(cityHash128(data)).toString('hex'));
    data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }
  expect(seen.size).toBe(data.length * 8 + 1);
});
