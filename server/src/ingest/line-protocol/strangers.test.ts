import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LABEL } from '#collect';
import { keyOf, nameOf } from './line-points.ts';
import { formatLine, parseLine } from './line-protocol.ts';
import { createSeriesTable } from './series-table.ts';
import { strangersOf } from './strangers.ts';

const meet = (text: string, table = createSeriesTable(100)) => {
  const body = Buffer.from(text);
  const rest = [{ number: 1, start: 0, end: body.length }];
  return strangersOf(body, rest, { precision: 'ns', table });
};

describe('a series seen for the first time', () => {
  it.each([
    ['m v=1 1000', ['m.v']],
    ['m,b=2,a=1 v=1,w=-2.5,x=3i 1000\r', ['m,a=1,b=2.v', 'm,a=1,b=2.w', 'm,a=1,b=2.x']],
    ['m v=1', ['m.v']],
    ['m v=1,v=2 1000', ['m.v']],
    ['m v=1,t="a, b=2",b=true,w=2e3 1000', ['m.v', 'm.w']],
    ['炉温,车间=一号 温度.上=1 1000', ['炉温,车间=一号.温度%2E上']],
    ['a=b,c=d v=1 1000', ['a%3Db,c=d.v']],
    ['m,a=x"y v=1 1000', ['m,a=x%22y.v']],
    ['_m,a=1 v=1 1000', ['0%__m,a=1.v']],
    // What the whole grammar refuses makes no points.
    ['m,a=1,a=2 v=1 1000', []],
    ['m,a=1=2 v=1 1000', []],
    ['m,a= v=1 1000', []],
    [',a=1 v=1 1000', []],
    ['m v=1.5i 1000', []],
    ['m v=1 9999999999999999999', []],
    ['m v=1 10.5', []],
    // Nothing that is a number, or names that do not stand in the text as they are.
    ['m v="x" 1000', []],
    ['m\\ n v=1 1000', []],
  ])('%s', (text, keys) => {
    expect(
      meet(text).flatMap(({ told: { group } }) => group?.fields.keys.map((field) => `${group.key}.${field}`)),
    ).toEqual(keys);
  });

  it('has the keys and names that each of its fields has by itself', () => {
    const name = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom(...'ab.Z9 -_/:%炉\t"\u0007😀'),
    });
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const line = fc.record({
      measurement: name,
      tags: fc.uniqueArray(fc.tuple(name, name), { maxLength: 4, selector: ([key]) => key }),
      fields: fc.array(fc.tuple(name, fc.oneof(number, fc.boolean())), { minLength: 1, maxLength: 4 }),
      timeUs: fc.integer({ min: 0, max: 4e15 }),
    });
    fc.assert(
      fc.property(line, (told) => {
        const text = formatLine(told);
        const parsed = parseLine(text.trim(), 'ns');
        for (const {
          told: { group },
          fields,
        } of meet(text)) {
          if ('reason' in parsed) throw new Error(`${text} is no line`);
          const numbers = parsed.fields
            .filter(([, value]) => typeof value === 'number')
            .map(([field]) => field);
          expect(fields.names).toEqual([...new Set(numbers)]);
          for (const [place, field] of fields.names.entries()) {
            expect(`${group?.key}.${fields.keys[place]}`).toBe(keyOf(parsed, field));
            expect(group?.name.replace(LABEL, () => fields.labels[place] as string)).toBe(
              nameOf(parsed, field),
            );
          }
        }
      }),
    );
  });

  it('is each field by itself when a key would be too long', () => {
    const [stranger] = meet(`m,a=${'x'.repeat(300)} v=1 1000`);
    expect(stranger).toMatchObject({ told: { group: null }, fields: { names: ['v'] } });
  });

  it('is met once, also when its lines hold what only the whole grammar reads', () => {
    const table = createSeriesTable(100);
    const text = 'm,a=1 v=1,t="x" 1000';
    const [stranger] = meet(text, table);
    if (!stranger) throw new Error('nobody was met');
    table.learn(stranger.series, stranger.fields.texts, [1]);
    expect(meet(text, table)).toEqual([]);
    expect(meet('m,a=1 v=1,w=2,t="x" 1000', table)).toHaveLength(1);
  });
});
