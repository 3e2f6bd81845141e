import { describe, expect, it } from 'vitest';
import { WATERFALL } from '../../../testing/matching-fixture.ts';
import { splitRow } from './paste-row.ts';
import { addressOfRecord, recordOfAddress } from './record-address.ts';
import { textDiff } from './text-diff.ts';
import { outcomeOf } from './threshold-effect.ts';
import { probabilityOf, scaleOf, signed, stepsOf, weightsOf } from './waterfall-steps.ts';

describe('a waterfall', () => {
  it('begins at the prior, goes on where the step before ended, and ends at the weight of the pair', () => {
    const steps = stepsOf(WATERFALL);
    expect(steps[0]?.from).toBe(WATERFALL.prior);
    expect(steps.slice(1).map(({ from }) => from)).toEqual(steps.slice(0, -1).map(({ to }) => to));
    expect(steps.at(-1)?.to).toBeCloseTo(WATERFALL.weight);
    expect(steps[1]?.to).toBe(steps[1]?.from);
  });

  it('has a place inside the picture for every weight, zero and both thresholds', () => {
    const weights = weightsOf(WATERFALL, { match: 40, review: -30 });
    const { at, ticks } = scaleOf(weights);
    for (const weight of [...weights, 0, ...ticks]) {
      expect(at(weight)).toBeGreaterThanOrEqual(0);
      expect(at(weight)).toBeLessThanOrEqual(100);
    }
    expect(ticks).toContain(0);
    expect(ticks.length).toBeLessThanOrEqual(6);
  });

  it('of nothing at all still has a scale', () => {
    expect(scaleOf([]).at(0)).toBeGreaterThan(0);
    expect(scaleOf([0, 0]).ticks).toEqual([0]);
  });

  it('writes weights with a sign that is not a hyphen, and none where it rounds to nothing', () => {
    const number = (value: number) => String(value);
    expect([2.14, -3.06, 0.04, -0.04].map((each) => signed(each, number))).toEqual([
      '+2.1',
      '−3.1',
      '0',
      '0',
    ]);
    expect(probabilityOf(0)).toBe(0.5);
    expect(probabilityOf(1)).toBeCloseTo(2 / 3);
  });
});

describe('two texts', () => {
  const marked = (pieces: readonly { text: string; same: boolean }[]) =>
    pieces.map(({ text, same }) => (same ? text : `[${text}]`)).join('');

  it('are marked where they differ, character by character', () => {
    const { a, b } = textDiff('豫章铜业有限公司', '豫章铜业有限责任公司');
    expect([marked(a), marked(b)]).toEqual(['豫章铜业有限公司', '豫章铜业有限[责任]公司']);
    const road = textDiff('工业一路18号', '工业一路16号');
    expect([marked(road.a), marked(road.b)]).toEqual(['工业一路1[8]号', '工业一路1[6]号']);
  });

  it('are marked whole where they have little in common, are very long, or one is empty', () => {
    expect(marked(textDiff('李建国', '王小明').a)).toBe('[李建国]');
    expect(marked(textDiff('a'.repeat(500), `${'a'.repeat(499)}b`).b)).toBe(`[${'a'.repeat(499)}b]`);
    expect(textDiff('', '甲')).toEqual({ a: [], b: [{ text: '甲', same: false }] });
    expect(textDiff('', '')).toEqual({ a: [], b: [] });
  });

  it('keep characters beyond the basic plane whole', () => {
    expect(marked(textDiff('𠮷祥厂家', '吉祥厂家').a)).toBe('[𠮷]祥厂家');
  });
});

describe('a record in an address', () => {
  const source = '00000000-0000-4000-8000-000000000001';
  it('comes back as it was, with colons and blanks in its key', () => {
    for (const entityKey of ['7', 'a:b', '甲 乙:丙&x=1'])
      expect(recordOfAddress(addressOfRecord({ source, entityKey }))).toEqual({ source, entityKey });
  });
  it('that was cut short or made up is none', () => {
    for (const text of [undefined, '', source, `${source}:`, `x:${source}`, 'nonsense:7', `${source}7`])
      expect(recordOfAddress(text)).toBeNull();
  });
});

describe('a pasted row', () => {
  it('is split by its header, whatever order the columns have', () => {
    expect(
      splitRow(
        '序号\t法人\t企业名称\t统一社会信用代码\t联系电话\r\n1\t李建国\t豫章铜业有限公司\t91360100MA35L2EX0W\t0791-86110001\r\n',
      ),
    ).toEqual({
      ...{ legalPerson: '李建国', name: '豫章铜业有限公司' },
      ...{ code: '91360100MA35L2EX0W', phone: '0791-86110001' },
    });
  });
  it('is split by what cells look like', () => {
    expect(
      splitRow('豫章铜业有限公司\t李建国\t91360100MA35L2EX0W\t13800000000\t青山湖区\t罗家镇工业一路18号'),
    ).toEqual({
      ...{ name: '豫章铜业有限公司', legalPerson: '李建国', code: '91360100MA35L2EX0W' },
      ...{ phone: '13800000000', division: '青山湖区', address: '罗家镇工业一路18号' },
    });
  });
  it('may be written with commas or go downwards', () => {
    expect(splitRow('豫章铜业有限公司，13800000000')).toEqual({
      name: '豫章铜业有限公司',
      phone: '13800000000',
    });
    expect(splitRow('豫章铜业有限公司\n13800000000')).toEqual({
      name: '豫章铜业有限公司',
      phone: '13800000000',
    });
  });
  it('takes a second name for the one before, and nothing for nothing', () => {
    expect(splitRow('豫章铜业有限公司\t豫章冶炼厂')).toEqual({
      name: '豫章铜业有限公司',
      formerName: '豫章冶炼厂',
    });
    expect([splitRow(''), splitRow('\t\t'), splitRow('????')]).toEqual([{}, {}, {}]);
  });
});

it('thresholds are told by what they make of pairs people decided', () => {
  const wrong = [
    { weight: 12, decided: 'different' as const },
    { weight: 5, decided: 'same' as const },
    { weight: -4, decided: 'same' as const },
  ];
  expect(outcomeOf(wrong, { match: 9, review: 6 })).toEqual({ links: 1, misses: 2, asked: 0 });
  expect(outcomeOf(wrong, { match: 13, review: 2 })).toEqual({ links: 0, misses: 1, asked: 2 });
});
