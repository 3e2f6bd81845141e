import type { LinkRule, LinkSettings } from '@ronghe/contracts';
import { columnOf, isToldSql, type Population, type Step, typeOf } from './tables.ts';

/** Records that may share a key before its block is left out; one value that stands in thousands of records says nothing. */
export const BLOCK_MAX = 400;

/** A pair is one number: the smaller record in the upper half, the larger in the lower. */
const PAIR = 'bitOr(bitShiftLeft(toUInt64(a), 32), toUInt64(b))';

type Rule = Pick<LinkRule, 'on' | 'blockMax'>;

const keysOf = (rule: Rule, settings: LinkSettings) => {
  const columns = rule.on.map((feature) => ({
    column: columnOf(feature),
    type: typeOf(feature, settings) ?? 'String',
  }));
  return {
    told: columns.map(({ column, type }) => isToldSql(column, type)).join(' and ') || '1',
    key: columns.map(({ column }) => column).join(', ') || 'tuple()',
  };
};

/** What people call a rule: `surname + dob`. */
export const ruleName = (rule: Rule): string => rule.on.join(' + ') || 'all pairs';

/** What a rule brings, counted exactly: pairs within the limit of blocks, blocks and pairs beyond it, and the largest blocks. */
export function countSql(
  database: string,
  { rule, settings }: { rule: Rule; settings: LinkSettings },
): string {
  const { told, key } = keysOf(rule, settings);
  const most = rule.blockMax ?? BLOCK_MAX;
  // sql-identifier: names of columns are checked by the schema, the database is named by us
  return `select sumIf(n * (n - 1) / 2, n <= ${most}) as pairs, countIf(n > ${most}) as over,
sumIf(n * (n - 1) / 2, n > ${most}) as pairs_over, max(n) as largest, sum(n) as records
from (select count() as n from ${database}.rec where ${told} group by ${key})`;
}

/** Which values make the blocks that are left out, largest first. */
export function largestSql(
  database: string,
  { rule, settings, rows }: { rule: Rule; settings: LinkSettings; rows: number },
): string {
  const { told, key } = keysOf(rule, settings);
  const shown = rule.on.map((feature) => `toString(${columnOf(feature)})`).join(', ') || `'all'`;
  // sql-identifier: names of columns are checked by the schema, the database is named by us
  return `select arrayStringConcat([${shown}], ' + ') as value, count() as n from ${database}.rec where ${told}
group by ${key} having n > ${rule.blockMax ?? BLOCK_MAX} order by n desc, value limit ${rows}`;
}

/** Condition that `a` and `b` may be compared: they are of two inputs, which are stretches of the numbering, unless all may be. */
export function crossSql({ within, inputs }: Population): string {
  if (within) return '1';
  const ends: number[] = [];
  inputs.reduce((sum, rows) => {
    ends.push(sum + rows);
    return sum + rows;
  }, 0);
  const [first = 0] = ends;
  if (inputs.length === 2) return `a < ${first} and b >= ${first}`;
  const place = (name: string) => `arrayCount(x -> x <= ${name}, [${ends.join(', ')}])`;
  return `${place('a')} != ${place('b')}`;
}

/** Pairs of one rule. `number` is its place among all rules, at most 62. */
export function ruleStep(
  database: string,
  {
    rule,
    settings,
    population,
    number,
  }: { rule: Rule; settings: LinkSettings; population: Population; number: number },
): Step {
  const { told, key } = keysOf(rule, settings);
  return {
    name: `pairs by ${ruleName(rule)}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `insert into ${database}.found select ${PAIR} as pair, toUInt8(${number}) as rule from (
  select ids[i] as a, arrayJoin(arraySlice(ids, i + 1)) as b from (
    select ids, arrayJoin(arrayEnumerate(ids)) as i from (
      select arraySort(groupArray(id)) as ids from ${database}.rec where ${told}
      group by ${key} having count() between 2 and ${rule.blockMax ?? BLOCK_MAX})))
where ${crossSql(population)}`,
  };
}

export const foundStep = (database: string): Step => ({
  name: 'found pairs',
  // sql-identifier: the database is named by us
  sql: `create table ${database}.found (pair UInt64, rule UInt8) engine = MergeTree order by tuple()`,
});

/** Each pair once, with all rules that found it as bits; pairs inside a source without duplicates go. */
export function pairSteps(database: string, { duplicateFree, within }: Population): Step[] {
  const inside = within && duplicateFree.length > 0;
  // sql-identifier: the database is named by us, sources are numbers
  const filter = inside ? ` where not (s.src = t.src and s.src in (${duplicateFree.join(', ')}))` : '';
  // sql-identifier: the database is named by us
  const join = inside
    ? `inner join ${database}.rec s on s.id = toUInt32(bitShiftRight(f.pair, 32)) inner join ${database}.rec t on t.id = toUInt32(bitAnd(f.pair, 4294967295))`
    : '';
  return [
    {
      name: 'each pair once',
      // sql-identifier: the database is named by us
      sql: `create table ${database}.pairs engine = MergeTree order by tuple() as
select f.pair as pair, f.rules as rules from (
  select pair, groupBitOr(bitShiftLeft(toUInt64(1), rule)) as rules from ${database}.found group by pair) f ${join}${filter}`,
    },
    {
      name: 'forget found pairs',
      // sql-identifier: the database is named by us
      sql: `drop table ${database}.found`,
    },
  ];
}

/**
 * Pairs that agree in everything a deterministic rule names, whatever the size of the block up to `BLOCK_CERTAIN_MAX`, unless a feature of
 * `unless` tells something on both sides and differs.
 */
export function certainStep(
  database: string,
  {
    rule,
    settings,
    population,
    number,
  }: {
    rule: { on: readonly string[]; unless?: readonly string[] | undefined };
    settings: LinkSettings;
    population: Population;
    number: number;
  },
): Step {
  const { told, key } = keysOf({ on: [...rule.on] }, settings);
  const against = (rule.unless ?? []).map((feature, at) => ({
    column: columnOf(feature),
    differs: ['x', 'y']
      .map((side) => isToldSql(`${side}.${at + 2}`, typeOf(feature, settings) ?? 'String'))
      .concat(`x.${at + 2} != y.${at + 2}`)
      .join(' and '),
  }));
  const row = ['id', ...against.map(({ column }) => column)].join(', ');
  const allowed = against.map(({ differs }) => `not (${differs})`).join(' and ') || '1';
  return {
    name: `certain pairs by ${rule.on.join(' + ')}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `insert into ${database}.found select ${PAIR} as pair, toUInt8(${number}) as rule from (
  select x.1 as a, y.1 as b from (
    select rows[i] as x, arrayJoin(arraySlice(rows, i + 1)) as y from (
      select rows, arrayJoin(arrayEnumerate(rows)) as i from (
        select arraySort(groupArray(tuple(${row}))) as rows from ${database}.rec where ${told}
        group by ${key} having count() between 2 and ${BLOCK_CERTAIN_MAX})))
  where ${allowed})
where ${crossSql(population)}`,
  };
}
/** A code that stands in more records than this is no code of one entity, whatever a rule says. */
export const BLOCK_CERTAIN_MAX = 100;

/** The input of a record, by the stretches of the numbering. */
export const inputSql = ({ inputs }: Population): string => {
  let end = 0;
  const ends = inputs.map((rows) => (end += rows));
  return `arrayCount(x -> x <= id, [${ends.join(', ')}])`;
};
