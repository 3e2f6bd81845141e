import { expect, test } from 'vitest';
import { watched } from './watched.ts';

const bytes = (number: number) => Uint8Array.of(number);

test('what was revoked between two parts ends the reading at the next check, and closes what is read', async () => {
  let [nowMs, open, asked] = [0, true, 0];
  let closed = false;
  async function* source() {
    try {
      for (let part = 0; part < 10; part++) {
        nowMs += 600;
        if (part === 4) open = false;
        yield bytes(part);
      }
    } finally {
      closed = true;
    }
  }
  const check = async () => {
    asked += 1;
    if (!open) throw new Error('revoked');
  };
  const got: number[] = [];
  const read = async () => {
    for await (const [part = -1] of watched(source(), { check, everyMs: 1_000, nowMs: () => nowMs }))
      got.push(part);
  };
  await expect(read()).rejects.toThrow('revoked');
  expect(got).toEqual([0, 1, 2, 3, 4]);
  expect(asked).toBe(3);
  expect(closed).toBe(true);
});

test('what was revoked after the last part is not handed over', async () => {
  let last = false;
  async function* source() {
    yield bytes(1);
    last = true;
  }
  const check = async () => {
    if (last) throw new Error('revoked');
  };
  const read = async () => {
    for await (const _part of watched(source(), { check, everyMs: 1_000, nowMs: () => 0 }));
  };
  await expect(read()).rejects.toThrow('revoked');
});
