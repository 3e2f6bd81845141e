import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { PointType } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { decodeDataValue, decodeValue, integer64, qualityOf } from './opcua.decode.ts';

type Input = {
  type: PointType;
  value?: unknown;
  date?: string;
  bytes?: string;
  status?: [number, string];
  source?: string | null;
  picoseconds?: number;
  server?: string;
  float32?: boolean;
};

// Each folder: input.json (data values as the server sends them), expected.jsonl (samples).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const inputs: Input[] = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    const samples = inputs.map((input) => {
      const [code, status] = input.status ?? [0, 'Good'];
      const value =
        input.date !== undefined
          ? new Date(input.date)
          : input.bytes !== undefined
            ? Buffer.from(input.bytes, 'hex')
            : input.value;
      const source = input.source === null ? null : new Date(input.source ?? '2026-01-02T03:04:05.678Z');
      return decodeDataValue(
        {
          value,
          float32: input.float32 ?? false,
          status: { code, name: status },
          sourceTimestamp: source,
          sourcePicoseconds: input.picoseconds ?? 0,
          serverTimestamp: input.server === undefined ? null : new Date(input.server),
        },
        input.type,
        77,
      );
    });
    const lines = samples.map((sample) => JSON.stringify(sample));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

test('the severity is in the two highest bits', () => {
  expect(
    [0x00000000, 0x002f0000, 0x40000000, 0x40930000, 0x80000000, 0x80ab0000, 0xffffffff].map(qualityOf),
  ).toEqual(['good', 'good', 'uncertain', 'uncertain', 'bad', 'bad', 'bad']);
});

test('64-bit integers keep their sign and, as text, all digits', () => {
  expect(integer64([0xffffffff, 0xfffffffb], true)).toBe(-5n);
  expect(integer64([0xffffffff, 0xffffffff], false)).toBe(2n ** 64n - 1n);
  expect(decodeValue(2n ** 63n, 'text')).toBe('9223372036854775808');
  expect(decodeValue(-5n, 'number')).toBe(-5);
});
