import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenOf, type MemberRecord } from './golden.ts';

type Given = { value: string; valid?: boolean; since?: string };
const member = (
  source: string,
  {
    priority = 50,
    period = null,
    ...rest
  }: {
    priority?: number;
    period?: string | null;
    name?: Given;
    employees?: Given;
    revenue?: Given;
    size?: Given;
  },
): MemberRecord => ({
  source,
  priority,
  period,
  rowKey: `${source}-row`,
  values: Object.fromEntries(
    Object.entries(rest).map(([attribute, { value, valid = true, since = '2026-01-01T00:00:00Z' }]) => [
      attribute,
      { value, valid, since, raw: value, field: `f-${attribute}`, run: 'run' },
    ]),
  ),
});

describe('survivorship', () => {
  test.each([
    ['only', [member('a', { name: { value: '甲' } })], '甲'],
    ['agreed', [member('a', { name: { value: '甲' } }), member('b', { name: { value: '甲' } })], '甲'],
    [
      'valid',
      [
        member('a', { priority: 90, name: { value: '错', valid: false } }),
        member('b', { priority: 10, name: { value: '对' } }),
      ],
      '对',
    ],
    [
      'priority',
      [
        member('a', { priority: 10, name: { value: '低' } }),
        member('b', { priority: 20, name: { value: '高' } }),
      ],
      '高',
    ],
    [
      'recent',
      [
        member('a', { name: { value: '旧', since: '2026-01-01T00:00:00Z' } }),
        member('b', { name: { value: '新', since: '2026-02-01T00:00:00Z' } }),
      ],
      '新',
    ],
    [
      'recent',
      [
        member('a', { period: '2026-03', name: { value: '三月' } }),
        member('a', { period: '2026-02', name: { value: '二月' } }),
      ],
      '三月',
    ],
    [
      'complete',
      [member('a', { name: { value: '短' } }), member('b', { name: { value: '较长的' } })],
      '较长的',
    ],
    ['order', [member('b', { name: { value: '乙' } }), member('a', { name: { value: '甲' } })], '甲'],
  ] as const)('%s decides', (rule, members, value) => {
    const chosen = goldenOf(members).name;
    expect(chosen).toMatchObject({ value, rule });
    expect(chosen?.others).toHaveLength(members.length - 1);
  });

  test('each loser tells why it lost', () => {
    const { name } = goldenOf([
      member('a', { priority: 90, name: { value: '赢' } }),
      member('b', { priority: 90, name: { value: '错', valid: false } }),
      member('c', { priority: 10, name: { value: '低' } }),
      member('d', { priority: 10, name: { value: '赢' } }),
    ]);
    expect(name?.others.map(({ source, reason }) => [source, reason]).sort()).toEqual([
      ['b', 'valid'],
      ['c', 'priority'],
      ['d', 'agreed'],
    ]);
  });

  test('size follows from employees and revenue and replaces a claim', () => {
    const { size } = goldenOf([
      member('a', { employees: { value: '1200' }, size: { value: 'large' } }),
      member('b', { revenue: { value: '1500' } }),
    ]);
    expect(size).toMatchObject({
      value: 'small',
      rule: 'size-2017',
      source: 'b',
      field: 'f-employees + f-revenue',
      raw: '1200 + 1500',
    });
    expect(size?.others).toMatchObject([{ value: 'large', reason: 'size-2017' }]);
  });

  test('the order of the records does not matter', () => {
    const given = fc.record({
      value: fc.constantFrom('甲', '乙乙', '丙'),
      valid: fc.boolean(),
      since: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    });
    const members = fc.uniqueArray(
      fc.record({
        source: fc.constantFrom('a', 'b', 'c', 'd'),
        priority: fc.constantFrom(10, 50),
        name: given,
      }),
      { selector: ({ source }) => source, minLength: 1 },
    );
    fc.assert(
      fc.property(members, fc.nat(), (list, turn) => {
        const records = list.map(({ source, ...rest }) => member(source, rest));
        const turned = records
          .map((_, index) => records[(index + turn) % records.length])
          .filter((one) => one !== undefined);
        expect(goldenOf(turned)).toEqual(goldenOf(records));
      }),
    );
  });
});
