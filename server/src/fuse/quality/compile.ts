import { ENTERPRISE_SIZES } from '@ronghe/contracts';
import { presentCodeOf } from '../standards/divisions.ts';
import { reference } from '../standards/reference.ts';
import type { RowCheck, RuleOf } from './rules.ts';

/** Most breaches of one rule that one audit keeps; the count stays exact. */
export const BREACHES_MAX = 10_000;
/** Characters of a value that a breach repeats. */
const VALUE_CHARACTERS_MAX = 500;

type Value = string | number | readonly string[] | readonly number[];
export type Params = Record<string, Value>;
export type Statement = { sql: string; params: Params };
/** Takes values from outside and gives the placeholder that stands for them in the SQL. */
export type Binder = { params: Params; bind(value: Value, type: BoundType): string };
type BoundType = 'String' | 'Float64' | 'UInt64' | 'Array(String)' | 'Array(UInt64)' | 'Array(Float64)';

export function createBinder(): Binder {
  const params: Params = {};
  return {
    params,
    bind(value, type) {
      const name = `p${Object.keys(params).length}`;
      params[name] = value;
      return `{${name}:${type}}`;
    },
  };
}

/**
 * What of a source is audited: its rows as of the newest of the visible run numbers, or of a few enterprises only. A month
 * after `until` (YYYY-MM) is a slip of the pen and not the newest.
 */
export type Audited = {
  source: string;
  numbers: readonly number[];
  entities?: readonly string[];
  until?: string;
  /** the one of the numbers that most versions have; without it all versions are sorted out one by one */
  base?: number | undefined;
};

/**
 * The rows a source has: of each row the version of the highest visible number, unless it went away. Versions of the base are
 * taken as they lie but for those that a newer run has; the table lies in the order by which the others are sorted out.
 * Columns are expressions of ours over the arrays of the version.
 */
export function stateSql(binder: Binder, audited: Audited, columns: readonly string[]): string {
  const { bind } = binder;
  const list = ['entity_key', 'row_key', 'period', ...columns].join(', ');
  const entities = audited.entities ? `and entity_key in ${bind(audited.entities, 'Array(String)')}` : '';
  const source = `source = ${bind(audited.source, 'String')}`;
  const numbers = (those: (number: number) => boolean) =>
    bind(audited.numbers.filter(those), 'Array(UInt64)');
  // sql-identifier: pieces of this file; values are bound
  const sorted = (those: string) => `select * from fuse.record
    where ${source} and number in ${those} ${entities}
    order by source, entity_key, row_key, number desc
    limit 1 by entity_key, row_key`;
  const { base } = audited;
  // sql-identifier: expressions of this file over columns of ours; values and names of fields are bound
  if (base === undefined) return `select ${list} from (${sorted(numbers(() => true))}) where gone = 0`;
  // sql-identifier: pieces of this file; values are bound
  const keysOf = (those: string) => `select key_hash from fuse.record where ${source} and number in ${those}`;
  const [newer, older] = [
    keysOf(numbers((number) => number > base)),
    keysOf(numbers((number) => number < base)),
  ];
  const at = bind(base, 'UInt64');
  // sql-identifier: expressions of this file over columns of ours; values and names of fields are bound
  return `select ${list} from fuse.record
    where ${source} and number = ${at} ${entities} and gone = 0 and key_hash not in (${newer})
    union all select ${list} from (${sorted(numbers((number) => number !== base))})
    where gone = 0 and (number > ${at} or key_hash not in (
      select key_hash from fuse.record where ${source} and number = ${at} and key_hash in (${older})))`;
}

/** The value of a target in a version, empty when it has none. */
export const valueSql = ({ bind }: Binder, field: string): string =>
  `value_text[indexOf(value_to, ${bind(field, 'String')})]`;
const validSql = ({ bind }: Binder, field: string): string =>
  `value_valid[indexOf(value_to, ${bind(field, 'String')})]`;

/** Aliases of the targets that some checks read: `v0`, `v1`, …, each taken out of the arrays once. */
export function createFields(binder: Binder) {
  const aliases = new Map<string, string>();
  const columns: string[] = [];
  const column = (key: string, prefix: string, expression: () => string): string => {
    const known = aliases.get(key);
    if (known) return known;
    const alias = `${prefix}${aliases.size}`;
    aliases.set(key, alias);
    columns.push(`${expression()} as ${alias}`);
    return alias;
  };
  return {
    columns,
    /** text of a target */
    text: (field: string) => column(`text ${field}`, 'v', () => valueSql(binder, field)),
    /** number of a target, null when it is none */
    number: (field: string) =>
      column(`number ${field}`, 'n', () => `toFloat64OrNull(${valueSql(binder, field)})`),
    valid: (field: string) => column(`valid ${field}`, 'w', () => validSql(binder, field)),
    finding: (rule: string) =>
      column(`finding ${rule}`, 'k', () => `indexOf(finding_rule, ${binder.bind(rule, 'String')})`),
    raw: (name: string) => column(`raw ${name}`, 'r', () => name),
  };
}
type Fields = ReturnType<typeof createFields>;

/** One check as SQL over the aliases: which rows are asked, which of them fail, and what to say of those. */
type Compiled = { checked: string; failed: string; field: string; value: string; expected: string };

function compileRow(check: RowCheck, binder: Binder, fields: Fields): Compiled {
  const { bind } = binder;
  const of = (name: string) => {
    const text = fields.text(name);
    return { filled: `${text} != ''`, field: bind(name, 'String'), value: text };
  };
  const say = (text: string) => bind(text, 'String');
  switch (check.kind) {
    case 'required': {
      const missing = check.fields.map(
        (field) => `if(${fields.text(field)} = '', ${bind(field, 'String')}, '')`,
      );
      const list = `arrayFilter(x -> x != '', [${missing.join(', ')}])`;
      const failed = check.fields.map((field) => `${fields.text(field)} = ''`).join(' or ');
      return { checked: '1', failed, field: `${list}[1]`, value: `''`, expected: `''` };
    }
    case 'pattern': {
      const { filled, ...rest } = of(check.field);
      const whole = bind(`^(?:${check.pattern})$`, 'String');
      return {
        checked: filled,
        failed: `not match(${rest.value}, ${whole})`,
        ...rest,
        expected: say(check.pattern),
      };
    }
    case 'one-of': {
      const { filled, ...rest } = of(check.field);
      const failed = `${rest.value} not in ${bind(check.values, 'Array(String)')}`;
      return {
        checked: filled,
        failed,
        ...rest,
        expected: say(check.values.join(' | ').slice(0, VALUE_CHARACTERS_MAX)),
      };
    }
    case 'range': {
      const { filled, ...rest } = of(check.field);
      const number = fields.number(check.field);
      const faults = [`${number} is null`, `not isFinite(ifNull(${number}, 0))`];
      if (check.least !== null) faults.push(`${number} < ${bind(check.least, 'Float64')}`);
      if (check.most !== null) faults.push(`${number} > ${bind(check.most, 'Float64')}`);
      const expected = say(`${check.least ?? '-∞'} … ${check.most ?? '∞'}`);
      return { checked: filled, failed: `ifNull(${faults.join(' or ')}, 0)`, ...rest, expected };
    }
    case 'length': {
      const { filled, ...rest } = of(check.field);
      const failed = `lengthUTF8(${rest.value}) not between ${bind(check.least, 'UInt64')} and ${bind(check.most, 'UInt64')}`;
      return { checked: filled, failed, ...rest, expected: say(`${check.least} … ${check.most}`) };
    }
    case 'finding': {
      const at = fields.finding(check.rule);
      const [field, value] = ['finding_field', 'finding_value'].map((name) => `${fields.raw(name)}[${at}]`);
      return { checked: '1', failed: `${at} > 0`, field: field ?? '', value: value ?? '', expected: `''` };
    }
    case 'compare':
      return compileCompare(check, binder, fields);
    case 'code-division':
      return compileCodeDivision(check, binder, fields);
    case 'size':
      return compileSize(check, binder, fields);
  }
}

/** Share of a number that floating point may be off without that meaning anything. */
const ROUNDING = 1e-9;

/** Numbers where both sides are numbers, else texts in their order, which is right for days and codes. */
function compileCompare(
  { left, operator, right, factor, tolerance }: Extract<RowCheck, { kind: 'compare' }>,
  { bind }: Binder,
  fields: Fields,
): Compiled {
  const [text, l] = [fields.text(left), fields.number(left)];
  const of = typeof right === 'string' ? fields.number(right) : bind(right, 'Float64');
  const r = `(${of} * ${bind(factor, 'Float64')})`;
  const slack = `(abs(${r}) * ${bind(tolerance, 'Float64')} + greatest(abs(${l}), abs(${r})) * ${ROUNDING})`;
  const holds: Record<typeof operator, string> = {
    '<': `${l} < ${r} + abs(${r}) * ${bind(tolerance, 'Float64')}`,
    '<=': `${l} <= ${r} + ${slack}`,
    '=': `abs(${l} - ${r}) <= ${slack}`,
    '>=': `${l} >= ${r} - ${slack}`,
    '>': `${l} > ${r} - abs(${r}) * ${bind(tolerance, 'Float64')}`,
    '!=': `abs(${l} - ${r}) > ${slack}`,
  };
  const other = typeof right === 'string' ? fields.text(right) : `toString(${of})`;
  const asText = typeof right === 'string' ? `${text} ${operator} ${other}` : '0';
  return {
    checked: typeof right === 'string' ? `${text} != '' and ${other} != ''` : `${text} != ''`,
    failed: `not ifNull(${holds[operator]}, ${asText})`,
    field: bind(left, 'String'),
    value: text,
    expected: `concat(${bind(`${operator} `, 'String')}, if(${of} is null, ${other}, toString(${r})))`,
  };
}

/** First four digits of a division: province and city. */
const CITY_DIGITS = 4;

/**
 * Of codes whose check characters are right. Codes of the national or a provincial office name no city. Prefectures of
 * before 2000 (3622 宜春) are taken for today's city.
 */
function compileCodeDivision(
  { code, division }: Extract<RowCheck, { kind: 'code-division' }>,
  { bind }: Binder,
  fields: Fields,
): Compiled {
  const moved = movedCities();
  const list = (values: readonly string[]) => bind(values, 'Array(String)');
  const ofCode = `substring(${fields.text(code)}, 3, ${CITY_DIGITS})`;
  const city = `transform(${ofCode}, ${list(moved.map(([old]) => old))}, ${list(moved.map(([, now]) => now))}, ${ofCode})`;
  const told = `substring(${fields.text(division)}, 1, ${CITY_DIGITS})`;
  return {
    checked: `length(${fields.text(code)}) = 18 and ${fields.valid(code)} = 1 and length(${fields.text(division)}) = 6
      and not endsWith(${ofCode}, '00') and substring(${ofCode}, 1, 2) != '10' and not endsWith(${told}, '00')`,
    failed: `${city} != ${told}`,
    field: bind(division, 'String'),
    value: fields.text(division),
    expected: `concat(${city}, '00')`,
  };
}

/** Cities that have another number today, with it. */
function movedCities(): [string, string][] {
  const moved = new Map<string, string>([['0000', '0000']]);
  for (const { code, until } of reference().divisions) {
    const [old, now] = [code.slice(0, CITY_DIGITS), presentCodeOf(code)?.slice(0, CITY_DIGITS)];
    if (until !== null && now && now !== old && code.endsWith('00')) moved.set(old, now);
  }
  return [...moved];
}

/** Every way a size class is written, with its key. */
const SIZE_WORDS: readonly (readonly [string, string])[] = Object.entries(ENTERPRISE_SIZES).flatMap(
  ([size, { zh, en }]) =>
    [size, zh, en, zh.slice(0, 1), `${zh}企业`].map((word) => [word.toLowerCase(), size] as const),
);

/** Both lower limits of a class must hold (`standards/size.ts`); a class that nobody can read is another rule's business. */
function compileSize(
  { size, employees, revenue }: Extract<RowCheck, { kind: 'size' }>,
  { bind }: Binder,
  fields: Fields,
): Compiled {
  const [text, persons, money] = [fields.text(size), fields.number(employees), fields.number(revenue)];
  const words = (at: 0 | 1) =>
    bind(
      SIZE_WORDS.map((pair) => pair[at]),
      'Array(String)',
    );
  const told = `transform(lower(${text}), ${words(0)}, ${words(1)}, '')`;
  const limits = (['large', 'medium', 'small'] as const).flatMap((name) => {
    const limit = reference().sizes.find((one) => one.size === name);
    if (!limit) return [];
    const [least, money0] = [bind(limit.employeesMin, 'Float64'), bind(limit.revenueMin, 'Float64')];
    return [`${persons} >= ${least} and ${money} >= ${money0}, ${bind(name, 'String')}`];
  });
  const right = `multiIf(${limits.join(', ')}, 'micro')`;
  return {
    checked: `${told} != '' and ${persons} is not null and ${money} is not null`,
    failed: `${told} != ${right}`,
    field: bind(size, 'String'),
    value: text,
    expected: right,
  };
}

/**
 * All row rules in one pass: `rows`, the newest period, and for the rule at each place `c…` rows asked and `f…` failed.
 */
export function countRows(audited: Audited, rules: readonly RuleOf<RowCheck>[]): Statement {
  const binder = createBinder();
  const fields = createFields(binder);
  const flags = rules.map(({ check }, at) => {
    const { checked, failed } = compileRow(check, binder, fields);
    return { at, checked: `(${checked})`, failed: `((${checked}) and (${failed}))` };
  });
  const counts = flags.map(
    ({ at, checked, failed }) => `countIf(${checked}) as c${at}, countIf(${failed}) as f${at}`,
  );
  const newest = `maxIf(toString(period), period <= ${binder.bind(audited.until ?? '9999-12', 'String')}) as newest`;
  const state = stateSql(binder, audited, fields.columns);
  // sql-identifier: expressions of this file; values and names of fields are bound
  const sql = `select ${['count() as rows', newest, ...counts].join(', ')} from (${state})`;
  return { sql, params: binder.params };
}

/** Rows that break the rules: `rule`, row, `field`, `value`, `expected`, in a fixed order, so many of each rule at most. */
export function rowBreaches(
  audited: Audited,
  rules: readonly RuleOf<RowCheck>[],
  limit = BREACHES_MAX,
): Statement {
  const binder = createBinder();
  const fields = createFields(binder);
  const compiled = rules.map(({ id, check }) => ({
    id: binder.bind(id, 'String'),
    ...compileRow(check, binder, fields),
  }));
  const flags = compiled.map(({ checked, failed }, at) => `(${checked}) and (${failed}) as b${at}`);
  const tuples = compiled.map(
    ({ id, field, value, expected }, at) =>
      `(${id}, toString(${field}), toString(${value}), toString(${expected}), b${at})`,
  );
  const state = stateSql(binder, audited, fields.columns);
  // sql-identifier: expressions of this file; values and names of fields are bound
  const sql = breachSql(
    `select row_key, entity_key, period, arrayJoin(arrayFilter(x -> x.5, [${tuples.join(', ')}])) as b
     from (select *, ${flags.join(', ')} from (${state}) where ${compiled.map((_one, at) => `b${at}`).join(' or ')})`,
    limit,
  );
  return { sql, params: binder.params };
}

/** From rows with a tuple `b` of rule, field, value, expected: as breaches are kept. */
export function breachSql(rows: string, limit: number): string {
  const cut = (at: number) => `substringUTF8(b.${at}, 1, ${VALUE_CHARACTERS_MAX})`;
  // sql-identifier: a query of ours and numbers of ours
  return `select b.1 as rule, row_key, entity_key, toString(period) as period, b.2 as field, ${cut(3)} as value, ${cut(4)} as expected
    from (${rows}) order by rule, entity_key, row_key, field limit ${Math.trunc(limit)} by rule`;
}

/** The breaches of a statement as lines of `fuse.breach`. The same audit again writes the same lines. */
export function keepBreaches({ sql, params }: Statement, run: { source: string; number: number }): Statement {
  const head =
    'insert into fuse.breach (source, number, rule, row_key, entity_key, period, field, value, expected)';
  // sql-identifier: a query of ours; source and number are bound
  const text = `${head} select {source:String}, {number:UInt64}, rule, row_key, entity_key, period, field, value, expected from (${sql})`;
  return { sql: text, params: { ...params, source: run.source, number: run.number } };
}
