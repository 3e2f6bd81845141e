import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { LandingRequest } from './land.reader.ts';
import { createReading } from './landing.process.ts';

const program = join(import.meta.dirname, 'reading.fixture.mjs');
const reading = createReading({ secondsMax: 1, program });
afterAll(() => reading.stop());

const never = new AbortController().signal;
const fileOf = (name: string) => ({ path: name, name, options: {} });
const look = (name: string, signal = never) =>
  reading.look(fileOf(name), { rowsMax: 1, rowsShown: 1 }, signal);
const land = (name: string) =>
  reading.land({ files: [fileOf(name)], sourceName: 'source' } as unknown as LandingRequest, {
    ...{ signal: never, small: true },
    chunk: async () => {},
    tell: async () => {},
  });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string; values?: Record<string, string>; message: string }) =>
      `${error.code ?? 'Error'} ${error.values?.file ?? ''}: ${error.values?.['reason.zh'] ?? error.message}`,
  );

describe('a reader in a process of its own', () => {
  test.each([
    ['spins', /^TABLE_UNREADABLE spins: 读取超过 1 秒仍未结束/],
    ['waits', /^TABLE_UNREADABLE waits: 读取超过 1 秒仍未结束/],
    ['ends', /^Error : .*ended early \(code 3/],
  ])('that %s ends in a clear error, for a look and for a landing', async (way, said) => {
    expect(await codeOf(look(way))).toMatch(said);
    expect(await codeOf(land(way))).toMatch(said);
  });

  test.each(['heap', 'buffers'])(
    'that asks for more %s than is allowed is stopped',
    async (way) => {
      const memory = { heapMegabytes: 64, bytes: 500_000_000 };
      const patient = createReading({ secondsMax: 60, program, memory });
      const file = fileOf(way);
      const work = patient.look(file, { rowsMax: 1, rowsShown: 1 }, never);
      expect(await codeOf(work)).toMatch(/^TABLE_UNREADABLE .*: 读取所需内存超过上限/);
    },
    60_000,
  );

  test('that did well is used again; one that did not is gone', async () => {
    const pidOf = async () => (await look('good')).columns[0];
    const first = await pidOf();
    expect(await pidOf()).toBe(first);
    expect(await codeOf(look('spins'))).toMatch(/TABLE_UNREADABLE/);
    expect(await pidOf()).not.toBe(first);
    // two at once are two processes
    expect(new Set(await Promise.all([pidOf(), pidOf()])).size).toBe(2);
  });

  test('is stopped by who asked', async () => {
    const abort = new AbortController();
    const work = codeOf(look('waits', abort.signal));
    abort.abort(new Error('enough'));
    expect(await work).toBe('Error : enough');
  });
});
