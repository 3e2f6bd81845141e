import type { QualityIssue, RuleCheck } from '@ronghe/contracts';
import { NewQualityRule } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countRows, rowBreaches } from './compile.ts';
import { countSeries, seriesBreaches } from './compile-series.ts';
import { settle } from './issues.ts';
import {
  type AuditRule,
  checkRule,
  effectiveRules,
  fieldsOf,
  isRowRule,
  isSeriesRule,
  skipReason,
} from './rules.ts';
import { type Counted, judge, judgeRun, monthOf, type RunFacts, reasonsOf, scoresOf } from './scores.ts';
import { SHIPPED_RULES } from './shipped.data.ts';

const ruleOf = (rest: Partial<AuditRule> = {}): AuditRule => ({
  id: 'r',
  key: 'r',
  version: 1,
  name: { zh: '规则', en: 'Rule' },
  remedy: { zh: '修正', en: 'Correct it' },
  dimension: 'accuracy',
  severity: 'warn',
  tolerance: 0,
  weight: 1,
  check: { kind: 'required', fields: ['name'] },
  ...rest,
});
const counted = (checked: number, failed: number, skipped: string | null = null): Counted => ({
  checked,
  failed,
  skipped,
});

describe('rules', () => {
  test('every rule shipped is sound, has a key of its own, and says what to do in both languages', () => {
    expect(new Set(SHIPPED_RULES.map(({ key }) => key)).size).toBe(SHIPPED_RULES.length);
    for (const rule of SHIPPED_RULES) {
      expect(NewQualityRule.parse({ ...rule, source: null })).toMatchObject(rule);
      expect([rule.key, checkRule(rule)]).toEqual([rule.key, []]);
    }
    const dimensions = new Set(SHIPPED_RULES.map(({ dimension }) => dimension));
    expect(dimensions.size).toBe(6);
  });
  test.each<[string, RuleCheck, string]>([
    ['a field nobody has', { kind: 'required', fields: ['nothing'] }, 'nothing'],
    ['an indicator nobody has', { kind: 'cumulative', field: 'indicator:X' }, 'indicator:X'],
    ['a column without a name', { kind: 'cumulative', field: 'column:' }, 'column:'],
    ['no bounds', { kind: 'range', field: 'revenue', least: null, most: null }, 'least or most'],
    ['bounds the wrong way round', { kind: 'range', field: 'revenue', least: 2, most: 1 }, 'below least'],
    ['lengths the wrong way round', { kind: 'length', field: 'name', least: 2, most: 1 }, 'below least'],
    ['an unknown finding', { kind: 'finding', rule: 'x' }, 'no rule of the standards'],
    ['a finding that comes after the audit', { kind: 'finding', rule: 'unit-jump' }, 'fused'],
    [
      'a field against itself',
      { kind: 'diverging', field: 'revenue', other: 'revenue', factor: 2 },
      'another',
    ],
  ])('%s is a fault', (_name, check, said) => {
    expect(
      checkRule({ check })
        .map(({ message }) => message)
        .join(),
    ).toContain(said);
  });
  test('a rule is asked only where the mapping has its fields and months', () => {
    const shape = { targets: ['name', 'code', 'column:备注'], monthly: false };
    expect(skipReason({ kind: 'required', fields: ['name', 'column:备注'] }, shape)).toBeNull();
    expect(skipReason({ kind: 'required', fields: ['revenue'] }, shape)).toContain('revenue');
    expect(
      skipReason({ kind: 'finding', rule: 'code-check-digit' }, { ...shape, targets: ['name'] }),
    ).toContain('code');
    expect(skipReason({ kind: 'months-missing' }, shape)).toContain('monthly');
    expect(skipReason({ kind: 'rows', share: 0.5 }, shape)).toBeNull();
    expect(fieldsOf({ kind: 'other-source', field: 'revenue', source: 'tax', tolerance: 0 })).toEqual([
      'revenue',
      'code',
    ]);
  });
  test('a rule of a source stands in the place of the one of every source, also when it is switched off', () => {
    const of = (key: string, source: string | null, active = true) => ({ key, source, active });
    expect(
      effectiveRules([
        of('a', null),
        of('a', 's'),
        of('b', null),
        of('b', 's', false),
        of('c', null),
        of('d', null, false),
      ]),
    ).toEqual([of('a', 's'), of('c', null)]);
  });
});

describe('what counts', () => {
  test.each([
    ['nothing failed', {}, counted(10, 0), false],
    ['one failed', {}, counted(10, 1), true],
    ['as many as are tolerated', { tolerance: 0.1 }, counted(10, 1), false],
    ['0.05 of 100 is 5', { tolerance: 0.05 }, counted(100, 5), false],
    ['one more', { tolerance: 0.05 }, counted(100, 6), true],
    ['it was not asked', {}, counted(0, 0, 'no field'), false],
    ['a fifth may be rejected', { check: { kind: 'rejected', share: 0.2 } }, counted(100, 20), false],
    ['more is rejected', { check: { kind: 'rejected', share: 0.2 } }, counted(100, 21), true],
    ['half of the rows came', { check: { kind: 'rows', share: 0.5 } }, counted(100, 50), false],
    ['fewer came', { check: { kind: 'rows', share: 0.5 } }, counted(100, 51), true],
  ] as [string, Partial<AuditRule>, Counted, boolean][])('%s', (_name, rule, found, broken) => {
    expect(judge(ruleOf(rule), found)).toMatchObject({ broken, held: false });
    expect(judge(ruleOf({ ...rule, severity: 'hold' }), found).held).toBe(broken);
  });
  test('scores: weighted share of what passed, by dimension and over all, null where nothing was asked', () => {
    const judged = [
      judge(ruleOf({ weight: 3 }), counted(100, 10)),
      judge(ruleOf({ weight: 1 }), counted(10, 5)),
      judge(ruleOf({ weight: 5 }), counted(0, 0, 'no field')),
      judge(ruleOf({ weight: 4, dimension: 'completeness' }), counted(3, 1)),
    ];
    // accuracy (3 × 0.9 + 1 × 0.5) / 4; total (2.7 + 0.5 + 4 × 2/3) / 8
    expect(scoresOf(judged)).toEqual({
      total: 73.33,
      dimensions: {
        normativity: null,
        completeness: 66.67,
        accuracy: 80,
        consistency: null,
        timeliness: null,
        accessibility: null,
      },
    });
    expect(scoresOf([]).total).toBeNull();
  });
  test('a held run says why', () => {
    const held = judge(ruleOf({ severity: 'hold' }), counted(10, 4));
    expect(reasonsOf([held, judge(ruleOf(), counted(10, 4))])).toEqual([
      { zh: '规则：10 项中 4 项不符', en: 'Rule: 4 of 10 fail' },
    ]);
  });
});

describe('rules of a run', () => {
  const facts: RunFacts = {
    mode: 'full',
    startedAt: new Date('2026-05-10T00:00:00Z'),
    rowsIn: 100,
    rowsLanded: 90,
    rowsRejected: 10,
    rowsBefore: 120,
    newest: '2026-03',
    problems: new Map([['text-broken', 3]]),
    reads: [true, false, true, true],
  };
  // March ended on 31 March at 16:00 UTC; 40 days later is 10 May at 16:00 UTC
  test.each<[string, Parameters<typeof judgeRun>[0], Partial<RunFacts>, Partial<Counted>]>([
    ['in time', { kind: 'late', days: 40 }, {}, { checked: 1, failed: 0 }],
    ['late', { kind: 'late', days: 39 }, {}, { checked: 1, failed: 1 }],
    ['nothing to be late', { kind: 'late', days: 1 }, { newest: null }, { checked: 0 }],
    ['rows that are missing', { kind: 'rows', share: 0.5 }, {}, { checked: 120, failed: 30 }],
    ['more rows than before', { kind: 'rows', share: 0.5 }, { rowsBefore: 80 }, { checked: 80, failed: 0 }],
    ['the first run', { kind: 'rows', share: 0.5 }, { rowsBefore: null }, { checked: 0 }],
    ['an incremental run', { kind: 'rows', share: 0.5 }, { mode: 'incremental' }, { checked: 0 }],
    ['rejected rows', { kind: 'rejected', share: 0.2 }, {}, { checked: 100, failed: 10 }],
    ['broken texts', { kind: 'problem', rule: 'text-broken' }, {}, { checked: 100, failed: 3 }],
    ['no other problem', { kind: 'problem', rule: 'cell-error' }, {}, { checked: 100, failed: 0 }],
    ['no rows', { kind: 'rejected', share: 0.2 }, { rowsIn: 0 }, { checked: 0 }],
    ['the last three runs', { kind: 'reachable', runs: 3, share: 0.9 }, {}, { checked: 3, failed: 1 }],
  ])('%s', (_name, check, rest, expected) => {
    expect(judgeRun(check, { ...facts, ...rest })).toMatchObject(expected);
  });
});

test('the month it is in China', () => {
  expect(monthOf(new Date('2026-03-31T15:59:59Z'))).toBe('2026-03');
  expect(monthOf(new Date('2026-03-31T16:00:00Z'))).toBe('2026-04');
});

describe('issues', () => {
  const issue = (rule: string, rest: Partial<QualityIssue> = {}): QualityIssue => ({
    id: rule,
    number: 1,
    source: 's',
    sourceName: 's',
    owner: '',
    organisation: 'jx',
    rule,
    name: { zh: '', en: '' },
    remedy: { zh: '', en: '' },
    severity: 'warn',
    dimension: 'accuracy',
    state: 'open',
    rows: 1,
    firstRun: 'a',
    lastRun: 'a',
    openedAt: '',
    changedAt: '',
    dueAt: null,
    notes: [],
    ...rest,
  });
  const broken = (key: string, rest: Partial<AuditRule> = {}) =>
    judge(ruleOf({ id: key, key, ...rest }), counted(10, 3));
  const run = (rest: Partial<Parameters<typeof settle>[1]> = {}) => ({
    mode: 'full' as const,
    from: 'source' as const,
    judged: [],
    found: new Map<string, number>(),
    rejected: new Map<string, number>(),
    ...rest,
  });
  const brief = ({ open, update, resolve }: ReturnType<typeof settle>) => ({
    open: open.map(({ rule, rows }) => `${rule} ${rows}`),
    update: update.map(({ issue: { rule }, rows }) => `${rule} ${rows}`),
    resolve: resolve.map(({ rule }) => rule),
  });
  test.each<[string, QualityIssue[], Parameters<typeof settle>[1], ReturnType<typeof brief>]>([
    [
      'what breaks a rule opens one',
      [],
      run({ judged: [broken('a')] }),
      { open: ['a 3'], update: [], resolve: [] },
    ],
    [
      'a rule that only logs opens none',
      [],
      run({ judged: [broken('a', { severity: 'log' })] }),
      { open: [], update: [], resolve: [] },
    ],
    [
      'what is tolerated opens none',
      [],
      run({ judged: [broken('a', { tolerance: 0.5 })] }),
      { open: [], update: [], resolve: [] },
    ],
    [
      'it is told again',
      [issue('a')],
      run({ judged: [broken('a')] }),
      { open: [], update: ['a 3'], resolve: [] },
    ],
    [
      'it is resolved when clean',
      [issue('a')],
      run({ judged: [judge(ruleOf({ key: 'a' }), counted(10, 0))] }),
      { open: [], update: [], resolve: ['a'] },
    ],
    [
      'not when it could not be asked',
      [issue('a')],
      run({ judged: [judge(ruleOf({ key: 'a' }), counted(0, 0, 'no field'))] }),
      { open: [], update: [], resolve: [] },
    ],
    [
      'an accepted one stays',
      [issue('a', { state: 'accepted' })],
      run(),
      { open: [], update: ['a 0'], resolve: [] },
    ],
    [
      'findings and rejected rows open theirs',
      [],
      run({ found: new Map([['phone-invalid', 2]]), rejected: new Map([['row-key-missing', 4]]) }),
      { open: ['phone-invalid 2', 'row-key-missing 4'], update: [], resolve: [] },
    ],
    [
      'a rule speaks for its finding',
      [],
      run({
        found: new Map([['phone-invalid', 2]]),
        judged: [broken('mine', { tolerance: 0.5, check: { kind: 'finding', rule: 'phone-invalid' } })],
      }),
      { open: [], update: [], resolve: [] },
    ],
    [
      'an empty field is told once',
      [],
      run({
        found: new Map([['name-missing', 2]]),
        judged: [broken('filled', { check: { kind: 'required', fields: ['name'] } })],
      }),
      { open: ['filled 3'], update: [], resolve: [] },
    ],
    [
      'rejected rows are resolved by a full run',
      [issue('row-key-missing', { severity: 'block' })],
      run(),
      { open: [], update: [], resolve: ['row-key-missing'] },
    ],
    [
      'and not by an incremental one',
      [issue('row-key-missing', { severity: 'block' })],
      run({ mode: 'incremental' }),
      { open: [], update: [], resolve: [] },
    ],
    [
      'nor by the newest mapping over what is here, when no mapping makes them good',
      [issue('row-key-missing', { severity: 'block' }), issue('period-invalid', { severity: 'block' })],
      run({ mode: 'incremental', from: 'landed' }),
      { open: [], update: [], resolve: ['period-invalid'] },
    ],
  ])('%s', (_name, before, found, expected) => {
    expect(brief(settle(before, found))).toEqual(expected);
  });
  test('an issue says what is wrong, where its rule says what is asked', () => {
    const names = (rule: Partial<AuditRule>) =>
      settle([], run({ judged: [broken('mine', rule)] })).open.map(({ name }) => name.zh);
    expect(names({})).toEqual(['未满足：规则']);
    expect(names({ check: { kind: 'finding', rule: 'code-check-digit' } })).toEqual(['代码校验位不符']);
  });
});

test('the text of a statement is ours alone: names, values and patterns from outside never change it', () => {
  const sqlOf = (text: string) => {
    const field = `column:${text}`;
    const checks: RuleCheck[] = [
      { kind: 'required', fields: [field] },
      { kind: 'pattern', field, pattern: text },
      { kind: 'one-of', field, values: [text, text] },
      { kind: 'finding', rule: text },
      { kind: 'compare', left: field, operator: '<', right: `${field}2`, factor: 1, tolerance: 0 },
      { kind: 'cumulative', field },
      { kind: 'jump', field, factors: [10] },
      { kind: 'outlier', field, deviations: 8 },
      { kind: 'diverging', field, other: `${field}2`, factor: 2 },
    ];
    const rules = checks.map((check) => ruleOf({ id: text, check }));
    const audited = { source: text, numbers: [1], entities: [text] };
    const [rows, series] = [rules.filter(isRowRule), rules.filter(isSeriesRule)];
    return [
      countRows(audited, rows),
      rowBreaches(audited, rows),
      countSeries(audited, series),
      seriesBreaches(audited, series),
    ].map(({ sql }) => sql);
  };
  const plain = sqlOf('x');
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom("'", '\\', '{p0:String}', '`', '--'), fc.string({ minLength: 1 })),
      (text) => {
        expect(sqlOf(text)).toEqual(plain);
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});
