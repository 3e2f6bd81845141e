import type { Point } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '#platform/auth/scope.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Collect, collect, collectMigrations } from '../index.ts';
import { createPointMemory, POINT_MEMORY_MS } from './point-memory.ts';

const PLANT = 'jx.yingtan.copper';
const OTHER = 'jx.ganzhou.magnet';
let platform: TestPlatform;
/** Two processes on one database. */
let here: Collect;
let there: Collect;
let nowMs = Date.now();
let whole: Scope;
let mine: Scope;
let theirs: Scope;
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [collectMigrations] });
  const clock = { now: () => new Date(nowMs) };
  here = collect({ ...platform, clock });
  there = collect({ ...platform, clock });
  whole = platform.scope();
  mine = platform.scope({ organisation: PLANT });
  theirs = platform.scope({ organisation: OTHER });
});
afterAll(() => platform.stop());

async function make(key: string, organisation = PLANT): Promise<number> {
  const made = await here.points.resolve(whole, organisation, [{ key, type: 'number', unit: '℃' }]);
  return made.get(key)?.id ?? Number.NaN;
}

describe('a remembered point', () => {
  it('does not open it to another organisation, by number or by key', async () => {
    const id = await make('furnace.a');
    expect(await here.points.find(mine, String(id))).toMatchObject({ id, organisation: PLANT });
    expect(await here.points.find(whole, String(id))).toMatchObject({ id });
    for (const reference of [String(id), 'furnace.a']) {
      await expect(here.points.find(theirs, reference)).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
      await expect(here.points.findAll(theirs, [reference])).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
    }
    expect(await here.points.visible(theirs, [id])).toEqual([]);
  });

  it('is not what the key means to somebody else', async () => {
    const [ours, others] = [await make('shared.key'), await make('shared.key', OTHER)];
    for (let time = 0; time < 2; time += 1) {
      expect((await here.points.find(mine, 'shared.key')).id).toBe(ours);
      expect((await here.points.find(theirs, 'shared.key')).id).toBe(others);
      await expect(here.points.find(whole, 'shared.key')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });

  it('has its new name at once where it was changed, and within four seconds elsewhere', async () => {
    const id = await make('furnace.b');
    for (const collected of [here, there]) await collected.points.find(mine, String(id));
    await here.points.change(mine, String(id), { name: '二号炉' });
    expect(await here.points.find(mine, 'furnace.b')).toMatchObject({ name: '二号炉' });
    nowMs += POINT_MEMORY_MS;
    expect(await there.points.find(mine, String(id))).toMatchObject({ name: '二号炉' });
  });

  it('follows what a collector tells at once', async () => {
    const id = await make('furnace.c');
    await here.points.find(mine, String(id));
    await here.points.resolve(whole, PLANT, [{ key: 'furnace.c', type: 'number', unit: 'K' }]);
    expect(await here.points.find(mine, String(id))).toMatchObject({ unit: 'K' });
  });
});

describe('several points', () => {
  it('come in the order asked, each once, whether remembered or not', async () => {
    const [a, b, c] = [await make('many.a'), await make('many.b'), await make('many.c')];
    await here.points.find(mine, String(b));
    const found = await here.points.findAll(mine, [String(c), 'many.b', String(a), String(b)]);
    expect(found.map(({ id }) => id)).toEqual([c, b, a]);
  });

  it('are refused with the first number that is not there', async () => {
    const id = await make('many.d');
    await expect(here.points.findAll(mine, [String(id), '999999', '999998'])).rejects.toMatchObject({
      code: 'POINT_UNKNOWN',
      values: { point: '999999' },
    });
  });
});

it('what was read before a change is not remembered after it', () => {
  const memory = createPointMemory({ clock: { now: () => new Date(nowMs) } });
  const point = { id: 1, key: 'k', organisation: PLANT } as Point;
  const since = memory.now();
  memory.forget([1]);
  memory.keep([point], since);
  expect(memory.byId(mine, 1)).toBeNull();
  memory.keep([point], memory.now());
  expect(memory.byId(mine, 1)).toBe(point);
});
