import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import { until } from '../ingest.fixture.ts';
import { packColumns } from './columns.ts';
import type { Frame } from './frame.ts';
import { openJournal, type Position } from './journal.store.ts';
import { type Block, createWriter } from './writer.service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A frame of `rows` rows whose values start at `first`. */
const frame = (rows: number, first = 0): Frame => ({
  organisation: 'jx',
  door: 'line-protocol',
  source: null,
  batch: null,
  receivedMs: 1_700_000_000_000,
  columns: packColumns({
    rows,
    runs: rows,
    series: new Uint32Array(rows).fill(1),
    count: new Uint32Array(rows).fill(1),
    time: Float64Array.from({ length: rows }, (_, row) => first + row),
    value: Float64Array.from({ length: rows }, (_, row) => first + row),
    quality: null,
  }),
  texts: [],
  reasoned: [],
});

/** A store of which the test decides when it answers and how. */
function tables() {
  const blocks: Block[] = [];
  let gate: Promise<void> = Promise.resolve();
  let open = () => {};
  let failures = 0;
  return {
    blocks,
    values: () => blocks.flatMap(({ frames }) => frames.flatMap(({ columns }) => [...columns.value])),
    shut() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open(),
    fail(times: number) {
      failures = times;
    },
    async store(block: Block) {
      await gate;
      if (failures > 0) {
        failures -= 1;
        throw new Error('the engine is away');
      }
      blocks.push(block);
    },
  };
}

const writerOn = (
  store: (block: Block) => Promise<void>,
  { rowsMax = 1_000_000, stored = null as Position | null } = {},
) =>
  createWriter({
    open: async () => ({ journal: await openJournal(folder, silentLog()), name: 'test', stored }),
    store,
    rowsMax,
    log: silentLog(),
  });

it('answers when little is waiting only after the rows can be read', async () => {
  const engine = tables();
  const writer = writerOn(engine.store);
  await writer.start();
  await writer.write(frame(3));
  expect(engine.values()).toEqual([0, 1, 2]);
  expect(writer.rows()).toBe(0);
  expect(await writer.close(1_000)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

it('answers once the rows are on disk when many are waiting, and stores them together and in order', async () => {
  const engine = tables();
  engine.shut();
  const writer = writerOn(engine.store);
  await writer.start();
  const first = writer.write(frame(30_000));
  await until(
    () => writer.rows(),
    (rows) => rows === 30_000,
  );
  await Promise.all([writer.write(frame(5, 30_000)), writer.write(frame(5, 30_005))]);
  expect(engine.blocks).toEqual([]);
  engine.open();
  await first;
  expect(await writer.close(5_000)).toBe(true);
  expect(engine.values()).toEqual(Array.from({ length: 30_010 }, (_, index) => index));
  expect(engine.blocks.length).toBeLessThan(3);
});

it('refuses what is more than fits, and takes it later', async () => {
  const engine = tables();
  engine.shut();
  const writer = writerOn(engine.store, { rowsMax: 25_000 });
  await writer.start();
  await expect(writer.write(frame(25_001))).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  const first = writer.write(frame(24_000));
  await until(
    () => writer.rows(),
    (rows) => rows === 24_000,
  );
  await expect(writer.write(frame(1_001))).rejects.toMatchObject({ code: 'INGEST_OVERLOADED' });
  engine.open();
  await first;
  await until(writer.rows, (rows) => rows === 0);
  await writer.write(frame(1_001));
  await writer.close(5_000);
});

it('tries again until the engine takes what was acknowledged', async () => {
  const engine = tables();
  engine.fail(2);
  const writer = writerOn(engine.store);
  await writer.start();
  await writer.write(frame(2));
  await until(engine.values, (values) => values.length === 2);
  await writer.close(5_000);
});

it('stores after a restart what a killed process had acknowledged, with the same token for the same frames', async () => {
  const engine = tables();
  engine.shut();
  const killed = writerOn(engine.store);
  await killed.start();
  void killed.write(frame(30_000)).catch(() => undefined);
  await until(
    () => readdirSync(folder).length,
    (files) => files === 1,
  );
  await until(killed.rows, (rows) => rows === 30_000);
  await killed.write(frame(2, 30_000));
  // Nothing of the first run reaches the tables; its files are all that is left.
  const again = tables();
  const writer = writerOn(again.store);
  await writer.start();
  expect(again.values()).toHaveLength(30_002);
  expect(again.blocks[0]?.token).toMatch(/^test 1:0-1:\d+$/);
  expect(await writer.close(5_000)).toBe(true);
});

it('begins behind the place that is stored and counted already', async () => {
  const engine = tables();
  engine.shut();
  const killed = writerOn(engine.store);
  await killed.start();
  void killed.write(frame(30_000)).catch(() => undefined);
  await until(killed.rows, (rows) => rows === 30_000);
  await killed.write(frame(2, 30_000));
  const again = tables();
  const writer = writerOn(again.store, { stored: { segment: 1, offset: 0 } });
  await writer.start();
  expect(again.values()).toEqual([30_000, 30_001]);
  await writer.close(5_000);
});

it('keeps in the journal what cannot be stored before the end, and takes nothing new', async () => {
  const engine = tables();
  engine.shut();
  const writer = writerOn(async () => {
    throw new Error('the engine is away');
  });
  await writer.start();
  void writer.write(frame(30_000)).catch(() => undefined);
  await until(writer.rows, (rows) => rows === 30_000);
  await writer.write(frame(1, 30_000));
  expect(await writer.close(50)).toBe(false);
  await expect(writer.write(frame(1))).rejects.toBeInstanceOf(AppError);
  const again = tables();
  const next = writerOn(again.store);
  await next.start();
  expect(again.values()).toHaveLength(30_001);
  await next.close(5_000);
});

it('counts texts by their length, so that what waits takes no more memory than rows would', async () => {
  const engine = tables();
  const writer = writerOn(engine.store, { rowsMax: 1_000 });
  await writer.start();
  const text = (characters: number) => ({
    series: 1,
    timeUs: 1,
    value: '字'.repeat(characters),
    quality: 0,
    reason: '',
  });
  const texts = (count: number): Frame => ({
    ...frame(0),
    texts: Array.from({ length: count }, () => text(4_000)),
  });
  await expect(writer.write(texts(2))).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  engine.shut();
  const first = writer.write(texts(1));
  await until(writer.rows, (rows) => rows > 500);
  const second = writer.write(texts(1));
  await expect(second).rejects.toMatchObject({ code: 'INGEST_OVERLOADED' });
  engine.open();
  await first;
  await until(writer.rows, (rows) => rows === 0);
  await writer.close(1_000);
});

it('rests for a backup: what was acknowledged is stored, what comes waits', async () => {
  const engine = tables();
  const writer = writerOn(engine.store);
  await writer.start();
  engine.shut();
  await writer.write(frame(3));
  expect(engine.values()).toEqual([]);
  const resting = writer.rest();
  const late = writer.write(frame(2, 100));
  engine.open();
  const letGo = await resting;
  expect(engine.values()).toEqual([0, 1, 2]);
  expect(writer.rows()).toBe(0);
  letGo();
  await late;
  expect(engine.values()).toEqual([0, 1, 2, 100, 101]);
  await writer.close(1_000);
});
