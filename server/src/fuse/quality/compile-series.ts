import {
  type Audited,
  type Binder,
  BREACHES_MAX,
  breachSql,
  createBinder,
  createFields,
  type Statement,
  stateSql,
} from './compile.ts';
import { isCumulative, type RuleOf, type SeriesCheck } from './rules.ts';

/**
 * Checks over the months of one enterprise, as arrays in the order of months: one line an enterprise, no line leaves the
 * engine. A month is counted from year 0, so that January is 0 modulo 12.
 *
 * January and February are one period of cumulative figures (February carries both, January has none), so a month by itself is
 * known from March on, its growth from April on, and February is compared with Februaries only.
 */

/** Other months that are needed to say what is usual. */
const JUMP_OTHERS_MIN = 3;
/** Months around one that tell what is usual at its time. */
const JUMP_WINDOW_MONTHS = 12;
/** Times that "about so many times" may be off: 10 is from 5.6 to 18. */
const JUMP_BAND = 1.8;
/** A jump stands out of how far the series moves anyway, in robust deviations of its logarithm. */
const JUMP_DEVIATIONS = 4;
/** Months that are needed to judge without seasons, and years to judge by season. */
const OUTLIER_MONTHS_MIN = 8;
const SEASON_YEARS_MIN = 3;
/** Standard deviation of normal values from their median absolute and their mean absolute deviation. */
const FROM_MEDIAN = 1.4826;
const FROM_MEAN = 1.2533;
/** Share of the usual that is never worth telling. */
const SCALE_SHARE_MIN = 0.01;
const ROUNDING = 1e-9;
const MEDIAN = `'quantileExactInclusive(0.5)'`;

/** `lets` are named steps; `bad` the places in `list` (tuples of month, number, row, …) that fail. */
type Compiled = {
  lets: string[];
  list: string;
  checked: string;
  bad: string;
  field: string;
  value: string;
  expected: string;
};
/** What each place of a list had before it; a month that never was where there is nothing. */
const before = (list: string, places: number, none: string) =>
  `arraySlice(arrayConcat([${Array.from({ length: places }, () => none).join(', ')}], ${list}), 1, length(${list}))`;
const NO_MONTH = 'toInt32(-99)';

type Groups = { of(field: string): string; both(field: string, other: string): string; months(): string };

function createGroups(numbers: (field: string) => string, columns: Map<string, string>): Groups {
  const group = (tuple: string, condition: string) => {
    const known = columns.get(`${tuple} ${condition}`);
    if (known) return known;
    const alias = `g${columns.size}`;
    columns.set(`${tuple} ${condition}`, alias);
    return alias;
  };
  const isNumber = (number: string) => `isFinite(ifNull(${number}, nan))`;
  return {
    of: (field) => group(`(m, ifNull(${numbers(field)}, 0), line)`, isNumber(numbers(field))),
    both: (field, other) =>
      group(
        `(m, ifNull(${numbers(field)}, 0), line, ifNull(${numbers(other)}, 0))`,
        `${isNumber(numbers(field))} and ${isNumber(numbers(other))}`,
      ),
    months: () => group('(m, 0., line)', '1'),
  };
}

type Compiling = { at: number; binder: Binder; groups: Groups };

function compileSeries(check: SeriesCheck, { at, binder, groups }: Compiling): Compiled {
  const name = (step: string) => `${step}_${at}`;
  switch (check.kind) {
    case 'cumulative':
      return compileCumulative(check.field, { list: groups.of(check.field), name, binder });
    case 'jump':
      return compileJump(check, { list: groups.of(check.field), name, binder });
    case 'outlier':
      return compileOutlier(check, { list: groups.of(check.field), name, binder });
    case 'months-missing':
      return compileMissing({ list: groups.months(), name, binder });
    case 'diverging':
      return compileDiverging(check, { list: groups.both(check.field, check.other), name, binder });
  }
}
type Parts = { list: string; name: (step: string) => string; binder: Binder };

/** The places where `ok` and `failed` hold, both over the tuple `t` and those before it, `p` and `q`. */
function overSteps({ list, name }: Parts, none: string, { ok, failed }: { ok: string; failed: string }) {
  const lets = [
    `${before(list, 1, none)} as ${name('p')}`,
    `${before(list, 2, none)} as ${name('q')}`,
    `arrayMap((t, p, q) -> ${ok}, ${list}, ${name('p')}, ${name('q')}) as ${name('ok')}`,
    `arrayFilter((i, o, t, p, q) -> o and (${failed}), arrayEnumerate(${list}), ${name('ok')}, ${list}, ${name('p')}, ${name('q')}) as ${name('bad')}`,
  ];
  return { lets, list, checked: `arrayCount(${name('ok')})`, bad: name('bad') };
}
const NO_TUPLE = `(${NO_MONTH}, 0., '')`;

function compileCumulative(field: string, parts: Parts): Compiled {
  const { list, name, binder } = parts;
  const steps = overSteps(parts, NO_TUPLE, {
    ok: 'p.1 >= 0 and t.1 > p.1 and intDiv(t.1, 12) = intDiv(p.1, 12)',
    failed: `t.2 < p.2 - abs(p.2) * ${ROUNDING}`,
  });
  return {
    ...steps,
    field: binder.bind(field, 'String'),
    value: `toString((${list}[i]).2)`,
    expected: `concat('>= ', toString((${name('p')}[i]).2), ' (', ${periodSql(`(${name('p')}[i]).1`)}, ')')`,
  };
}

/**
 * About so many times the median of the months around it. Cumulative figures are compared as what an average month of the
 * year to date had. Where all months lie close together nothing is looked at more closely.
 */
function compileJump({ field, factors }: Extract<SeriesCheck, { kind: 'jump' }>, parts: Parts): Compiled {
  const { list, name, binder } = parts;
  const least = Math.min(...factors) / JUMP_BAND;
  const size = isCumulative(field) ? 'abs(t.2) / (t.1 % 12 + 1)' : 'abs(t.2)';
  const others = `arrayFilter((v, o) -> v > 0 and o.1 != (${list}[i]).1 and abs(o.1 - (${list}[i]).1) <= ${JUMP_WINDOW_MONTHS}, ${name('a')}, ${list})`;
  const isFactor = `arrayExists(f -> abs(abs(l) - log(f)) <= log(${JUMP_BAND}), ${binder.bind(factors, 'Array(Float64)')})`;
  return {
    list,
    lets: [
      `arrayMap(t -> ${size}, ${list}) as ${name('a')}`,
      `arrayFilter(v -> v > 0, ${name('a')}) as ${name('nz')}`,
      `length(${name('nz')}) > ${JUMP_OTHERS_MIN} as ${name('enough')}`,
      `${name('enough')} and arrayMax(${name('nz')}) >= arrayMin(${name('nz')}) * ${least} as ${name('look')}`,
      `arrayFilter((i, v) -> v > 0, arrayEnumerate(${name('a')}), ${name('a')}) as ${name('filled')}`,
      `arraySlice(${name('filled')}, 1, if(${name('look')}, length(${name('filled')}), 0)) as ${name('at')}`,
      `arrayMap(i -> ${others}, ${name('at')}) as ${name('others')}`,
      `arrayMap(o -> if(length(o) < ${JUMP_OTHERS_MIN}, nan, arrayReduce(${MEDIAN}, o)), ${name('others')}) as ${name('usual')}`,
      `arrayMap((i, u) -> log(${name('a')}[i] / u), ${name('at')}, ${name('usual')}) as ${name('log')}`,
      `arrayMap((o, u) -> ${FROM_MEDIAN} * arrayReduce(${MEDIAN}, arrayMap(v -> abs(log(v / u)), o)), ${name('others')}, ${name('usual')}) as ${name('spread')}`,
      `arrayFilter((i, l, s) -> abs(l) > ${JUMP_DEVIATIONS} * s and ${isFactor}, ${name('at')}, ${name('log')}, ${name('spread')}) as ${name('bad')}`,
    ],
    checked: `if(${name('enough')}, length(${name('nz')}), 0)`,
    bad: name('bad'),
    field: binder.bind(field, 'String'),
    value: `toString((${list}[i]).2)`,
    expected: `concat('~ ', toString(round(${name('usual')}[indexOf(${name('at')}, i)]${isCumulative(field) ? ` * ((${list}[i]).1 % 12 + 1)` : ''}, 4)))`,
  };
}

/**
 * Robust z-score (Iglewicz and Hoaglin 1993): distance from the median in median absolute deviations. A month with three
 * years is held against the median of that month, and the deviations of all months together give the scale; of each such
 * month one deviation is zero by making (the median itself), so the scale is read that much higher up in their order. A month
 * with two years counts only when it is also that far from the other year's.
 */
function compileOutlier(
  { field, deviations }: Extract<SeriesCheck, { kind: 'outlier' }>,
  { list, name, binder }: Parts,
): Compiled {
  const cumulative = isCumulative(field);
  const own = `multiIf(t.1 % 12 = 1, t.2, t.1 % 12 > 1 and p.1 = t.1 - 1, t.2 - p.2, nan)`;
  const months = cumulative
    ? `arrayFilter(t -> not isNaN(t.2), arrayMap((t, p) -> (t.1, ${own}, t.3), ${list}, ${before(list, 1, NO_TUPLE)}))`
    : `arrayMap(t -> (t.1, t.2, t.3), ${list})`;
  const isPlain = cumulative ? 't.1 % 12 != 1' : '1';
  const years = `${name('years')}[t.1 % 12 + 1]`;
  const two = `${name('season')}[t.1 % 12 + 1]`;
  const far = `least(abs(t.2 - b), if(${years} = 2, abs(2 * t.2 - arraySum(${two})), inf))`;
  return {
    list: name('w'),
    lets: [
      `${months} as ${name('w')}`,
      `arrayMap(k -> arrayMap(t -> t.2, arrayFilter(t -> t.1 % 12 = k, ${name('w')})), range(12)) as ${name('season')}`,
      `arrayMap(s -> length(s), ${name('season')}) as ${name('years')}`,
      `arrayMap(t -> t.2, arrayFilter(t -> ${isPlain}, ${name('w')})) as ${name('plain')}`,
      `arrayReduce(${MEDIAN}, ${name('plain')}) as ${name('middle')}`,
      `arrayMap(s -> if(length(s) < ${SEASON_YEARS_MIN}, ${name('middle')}, arrayReduce(${MEDIAN}, s)), ${name('season')}) as ${name('medians')}`,
      `arrayMap(t -> ${years} >= ${SEASON_YEARS_MIN} or (${isPlain} and length(${name('plain')}) >= ${OUTLIER_MONTHS_MIN}), ${name('w')}) as ${name('asked')}`,
      `arrayMap(t -> ${name('medians')}[t.1 % 12 + 1], ${name('w')}) as ${name('base')}`,
      `arraySort(arrayFilter((d, o) -> o, arrayMap((t, b) -> abs(t.2 - b), ${name('w')}, ${name('base')}), ${name('asked')})) as ${name('off')}`,
      `length(${name('off')}) >= ${OUTLIER_MONTHS_MIN} as ${name('enough')}`,
      `arrayCount(y -> y >= ${SEASON_YEARS_MIN}, ${name('years')}) as ${name('zeros')}`,
      `${name('off')}[toUInt32(ceil((length(${name('off')}) + ${name('zeros')}) / 2))] as ${name('mad')}`,
      `greatest(${FROM_MEDIAN} * ${name('mad')}, ${SCALE_SHARE_MIN} * abs(ifNotFinite(${name('middle')}, 0))) as ${name('robust')}`,
      `if(${name('robust')} > 0, ${name('robust')}, ${FROM_MEAN} * arraySum(${name('off')}) / length(${name('off')})) as ${name('scale')}`,
      `${name('scale')} * ${binder.bind(deviations, 'Float64')} as ${name('bound')}`,
      `arrayFilter((i, t, o, b) -> ${name('enough')} and o and ${name('bound')} > 0 and ${far} > ${name('bound')}, arrayEnumerate(${name('w')}), ${name('w')}, ${name('asked')}, ${name('base')}) as ${name('bad')}`,
    ],
    checked: `if(${name('enough')}, arrayCount(${name('asked')}), 0)`,
    bad: name('bad'),
    field: binder.bind(field, 'String'),
    value: `toString(round((${name('w')}[i]).2, 4))`,
    expected: `concat(toString(round(${name('base')}[i] - ${name('bound')}, 4)), ' … ', toString(round(${name('base')}[i] + ${name('bound')}, 4)))`,
  };
}

/** Months between two that came; January is never missed. */
function compileMissing(parts: Parts): Compiled {
  const { list, name } = parts;
  const gap = `arrayFilter(m -> m % 12 != 0, range(toUInt32((${name('p')}[i]).1 + 1), toUInt32((${list}[i]).1)))`;
  return {
    ...overSteps(parts, NO_TUPLE, {
      ok: 'p.1 >= 0 and t.1 > p.1',
      failed: 't.1 - p.1 - 1 > intDiv(t.1 - 1, 12) - intDiv(p.1, 12)',
    }),
    field: `''`,
    value: periodSql(`(${list}[i]).1`),
    expected: `arrayStringConcat(arrayMap(m -> ${periodSql('m')}, arraySlice(${gap}, 1, 12)), ', ')`,
  };
}

/** Growth over the month before, of both, where both have it. */
function compileDiverging(
  { field, other, factor }: Extract<SeriesCheck, { kind: 'diverging' }>,
  parts: Parts,
): Compiled {
  const { list, name, binder } = parts;
  const month = (tuple: string, earlier: string, at: 2 | 4, cumulative: boolean) =>
    cumulative ? `(${tuple}.${at} - ${earlier}.${at})` : `${tuple}.${at}`;
  const [a, b] = [isCumulative(field), isCumulative(other)];
  const now = [month('t', 'p', 2, a), month('t', 'p', 4, b)];
  const then = [month('p', 'q', 2, a), month('p', 'q', 4, b)];
  const comparable = a || b ? 't.1 % 12 >= 3 and t.1 = p.1 + 1 and p.1 = q.1 + 1' : 't.1 = p.1 + 1';
  const growth = (of: 0 | 1) => `(${now[of]} / ${then[of]})`;
  const bound = binder.bind(factor, 'Float64');
  const inPlace = (sql: string) =>
    sql
      .replaceAll(/\bt\./g, `(${list}[i]).`)
      .replaceAll(/\bp\./g, `(${name('p')}[i]).`)
      .replaceAll(/\bq\./g, `(${name('q')}[i]).`);
  return {
    ...overSteps(parts, `(${NO_MONTH}, 0., '', 0.)`, {
      ok: `${comparable} and ${[...now, ...then].map((part) => `${part} > 0`).join(' and ')}`,
      failed: `greatest(${growth(0)} / ${growth(1)}, ${growth(1)} / ${growth(0)}) > ${bound}`,
    }),
    field: binder.bind(field, 'String'),
    value: `concat('× ', toString(round(${inPlace(growth(0))}, 3)))`,
    expected: `concat('~ × ', toString(round(${inPlace(growth(1))}, 3)))`,
  };
}

/** YYYY-MM of a month counted from year 0. */
const periodSql = (month: string) =>
  `concat(leftPad(toString(intDiv(${month}, 12)), 4, '0'), '-', leftPad(toString(${month} % 12 + 1), 2, '0'))`;

/** One line an enterprise with the lists that the rules read, and their steps. */
function seriesSql(audited: Audited, rules: readonly RuleOf<SeriesCheck>[], withLines: boolean) {
  const binder = createBinder();
  const fields = createFields(binder);
  const columns = new Map<string, string>();
  const groups = createGroups((field) => fields.number(field), columns);
  const compiled = rules.map(({ check }, at) => compileSeries(check, { at, binder, groups }));
  const lists = [...columns].map(([key, alias]) => {
    const [tuple, condition] = [key.slice(0, key.indexOf(') ') + 1), key.slice(key.indexOf(') ') + 2)];
    return `arraySort(t -> t.1, groupArrayIf(${tuple}, ${condition})) as ${alias}`;
  });
  const month = `toInt32(toUInt16OrZero(substring(period, 1, 4))) * 12 + toInt32(toUInt8OrZero(substring(period, 6, 2))) - 1`;
  const line = withLines ? 'row_key' : `''`;
  const state = stateSql(binder, audited, fields.columns);
  // sql-identifier: expressions of this file; values and names of fields are bound
  const lines = `select entity_key, ${lists.join(', ')} from (select *, ${month} as m, ${line} as line from (${state}) where length(period) = 7) group by entity_key`;
  return { binder, compiled, steps: inSteps(lines, compiled) };
}

/** Each step in a query of its own: a name used twice in one query would be worked out, and analysed, twice. */
function inSteps(lines: string, compiled: readonly Compiled[]): string {
  const depth = Math.max(...compiled.map(({ lets }) => lets.length));
  return Array.from({ length: depth }, (_value, step) =>
    compiled.flatMap(({ lets }) => lets[step] ?? []).join(', '),
  ).reduce(
    // sql-identifier: steps of this file; values and names of fields are bound
    (from, lets) => `select *, ${lets} from (${from})`,
    lines,
  );
}

/** All series rules in one pass: for the rule at each place `c…` months asked and `f…` failed. */
export function countSeries(audited: Audited, rules: readonly RuleOf<SeriesCheck>[]): Statement {
  const { binder, compiled, steps } = seriesSql(audited, rules, false);
  const counts = compiled.map(
    ({ checked, bad }, at) => `sum(${checked}) as c${at}, sum(length(${bad})) as f${at}`,
  );
  // sql-identifier: expressions of this file; values and names of fields are bound
  const sql = `select ${counts.join(', ')} from (${steps})`;
  return { sql, params: binder.params };
}

/** Months that break the rules, as `rowBreaches`. */
export function seriesBreaches(
  audited: Audited,
  rules: readonly RuleOf<SeriesCheck>[],
  limit = BREACHES_MAX,
): Statement {
  const { binder, compiled, steps } = seriesSql(audited, rules, true);
  const lists = compiled.map(({ list, bad, field, value, expected }, at) => {
    const id = binder.bind(rules[at]?.id ?? '', 'String');
    return `arrayMap(i -> (${id}, toString(${field}), ${value}, ${expected}, (${list}[i]).3, ${periodSql(`(${list}[i]).1`)}), ${bad})`;
  });
  // sql-identifier: expressions of this file; values and names of fields are bound
  const found = `select entity_key, arrayJoin(arrayConcat(${lists.join(', ')})) as b, b.5 as row_key, b.6 as period
    from (${steps}) where ${compiled.map(({ bad }) => `notEmpty(${bad})`).join(' or ')}`;
  return { sql: breachSql(found, limit), params: binder.params };
}
