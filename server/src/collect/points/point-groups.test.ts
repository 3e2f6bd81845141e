import { describe, expect, it } from 'vitest';
import {
  GROUP_FIELDS_MAX,
  LABEL,
  type PointGroup,
  planGroups,
  splitKey,
  uniqueGroups,
} from './point-groups.ts';
import { createRecent } from './recent.ts';
import { createTurns } from './turns.ts';

const group = (key: string, ...keys: string[]): PointGroup => ({
  key,
  fields: { keys, labels: keys },
  name: `${key} ${LABEL}`,
});
const plain = (resolved: ReadonlyMap<string, { keys: readonly string[]; numbers: readonly number[] }>) =>
  Object.fromEntries(
    [...resolved].map(([key, { keys, numbers }]) => [
      key,
      Object.fromEntries(keys.map((field, at) => [field, numbers[at]])),
    ]),
  );

describe('groups that are to be made', () => {
  it('get consecutive numbers in the order of their fields', () => {
    const plan = planGroups([group('a', 'x', 'b'), group('c', 'y')], new Map(), 100);
    expect(plan.points).toBe(3);
    expect(plain(plan.resolved(11))).toEqual({ a: { x: 11, b: 12 }, c: { y: 13 } });
  });

  it('get only the fields that are missing, in one more row', () => {
    const known = new Map([['a', { numbers: new Map([['x', 5]]), parts: 1 }]]);
    const plan = planGroups([group('a', 'w', 'x', 'y')], known, 100);
    expect(plan.rows).toMatchObject([{ key: 'a', part: 1, fields: { keys: ['w', 'y'] } }]);
    expect(plain(plan.resolved(20))).toEqual({ a: { x: 5, w: 20, y: 21 } });
  });

  it('end at the room there is, and what was known stays known', () => {
    const known = new Map([['b', { numbers: new Map([['x', 5]]), parts: 1 }]]);
    const plan = planGroups([group('a', 'x', 'y'), group('b', 'x', 'y'), group('c', 'x')], known, 1);
    expect(plan.points).toBe(1);
    expect(plain(plan.resolved(9))).toEqual({ a: { x: 9 }, b: { x: 5 } });
  });

  it('are cut into rows of bounded size', () => {
    const fields = Array.from({ length: GROUP_FIELDS_MAX + 5 }, (_, at) => `f${at}`);
    const plan = planGroups([group('a', ...fields)], new Map(), 1_000);
    expect(plan.rows.map(({ part, offset, fields: { keys } }) => [part, offset, keys.length])).toEqual([
      [0, 0, GROUP_FIELDS_MAX],
      [1, GROUP_FIELDS_MAX, 5],
    ]);
    expect(plan.resolved(1).get('a')?.numbers).toEqual(fields.map((_, at) => at + 1));
  });

  it('are one when they are told twice', () => {
    expect(uniqueGroups([group('a', 'x', 'y'), group('b', 'z'), group('a', 'y', 'w')])).toMatchObject([
      { key: 'a', fields: { keys: ['x', 'y', 'w'] } },
      { key: 'b' },
    ]);
  });

  it.each([
    ['cpu,host=a.b.usage', { stem: 'cpu,host=a.b', field: 'usage' }],
    ['no dot', null],
    ['.x', null],
  ])('are found in the key %s', (key, expected) => {
    expect(splitKey(key)).toEqual(expected);
  });
});

describe('what was used lately', () => {
  it('is kept while it is used, and there is never more than allowed', () => {
    const recent = createRecent<number>(5);
    recent.set('jx', 'used', 0);
    for (let at = 1; at <= 100; at += 1) {
      recent.set('jx', `once ${at}`, at);
      expect(recent.get('jx', 'used')).toBe(0);
    }
    expect(recent.get('jx', 'once 1')).toBeUndefined();
    const kept = Array.from({ length: 100 }, (_, at) => recent.get('jx', `once ${at + 1}`)).filter(Boolean);
    expect(kept.length).toBeLessThan(10);
  });

  it('is told apart by organisation', () => {
    const recent = createRecent<number>(10);
    recent.set('jx.a', 'key', 1);
    expect(recent.get('jx.b', 'key')).toBeUndefined();
  });
});

describe('turns', () => {
  it('are taken in the order of asking, and one that fails does not stop the next', async () => {
    const inTurn = createTurns();
    const order: string[] = [];
    let running = 0;
    const work = (name: string, fails = false) =>
      inTurn('jx', async () => {
        running += 1;
        expect(running).toBe(1);
        await Promise.resolve();
        order.push(name);
        running -= 1;
        if (fails) throw new Error(name);
        return name;
      });
    const ended = await Promise.allSettled([work('first'), work('second', true), work('third')]);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['first', 'second', 'third']);
  });
});
