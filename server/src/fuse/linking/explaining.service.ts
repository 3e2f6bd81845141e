import type { LinkSettings } from '@ronghe/contracts';
import { ruleName } from './blocking.ts';
import { comparedColumns, compareStep, isText } from './comparing.ts';
import { type Waterfall, waterfallOf } from './explain.ts';
import { refuse } from './failure.ts';
import type { Linked } from './linking.service.ts';
import { columnOf, isToldSql, partsUsed, typeOf } from './tables.ts';

/** Why two records are one, or are not. */
export type Explanation = {
  records: [number, number];
  waterfall: Waterfall;
  /** values of what each comparison looks at, on both sides */
  values: { feature: string; left: string; right: string }[];
  rules: {
    rule: string;
    state: 'found' | 'differs' | 'not told' | 'block too large' | 'not among the nearest';
  }[];
  threshold: number;
  together: boolean;
  reason: { zh: string; en: string };
};

/**
 * Explains any two records by their ids, compared or not: the weight of each comparison, which rules would have brought them together
 * and why not, and what was decided.
 * @throws AppError LINK_INPUT_INVALID when an id is in no input
 */
export async function explain(
  linked: Linked,
  { one, two }: { one: string; two: string },
): Promise<Explanation> {
  const { settings, store, decided, trained } = linked;
  const [a, b] = [recordOf(linked, one), recordOf(linked, two)].sort((x, y) => x - y) as [number, number];
  const { database } = store;
  await store.run([
    ...['asked', 'asked_compared'].map((table) => ({
      name: `forget ${table}`,
      // sql-identifier: tables are named by us
      sql: `drop table if exists ${database}.${table}`,
    })),
    {
      name: 'asked pair',
      // sql-identifier: the database is named by us, records are numbers
      sql: `create table ${database}.asked engine = Memory as select bitOr(bitShiftLeft(toUInt64(${a}), 32), toUInt64(${b})) as pair, toUInt64(0) as rules`,
    },
    compareStep(database, { from: 'asked', into: 'asked_compared', settings }),
  ]);
  const [row = {}] = await store.ask<Record<string, number>>({
    name: 'asked levels',
    // sql-identifier: the database is named by us
    sql: `select * from ${database}.asked_compared`,
  });
  const compared = comparedColumns(settings).map(({ level, fine, frequency }) => ({
    level: Number(row[level] ?? -1),
    fine: fine === null ? null : Number(row[fine] ?? 0),
    frequency: frequency === null ? null : Number(row[frequency] ?? 0),
  }));
  const waterfall = waterfallOf(compared, { settings, scorer: trained.scorer, model: trained.model });
  const rules = await rulesOf(linked, a, b);
  const together = decided.clustered.cluster[a] === decided.clustered.cluster[b];
  return {
    records: [a, b],
    waterfall,
    values: await valuesOf(linked, a, b),
    rules,
    threshold: decided.least,
    together,
    reason: reasonOf({ together, weight: waterfall.weight, least: decided.least, rules }),
  };
}

function recordOf({ loaded }: Linked, id: string): number {
  const [, input, own] = /^(\d+):(.+)$/s.exec(id) ?? [];
  const record = loaded.ids.findIndex((known, at) => {
    const of = (loaded.sources[loaded.sourceOf[at] ?? 0]?.input ?? 0) + 1;
    return known === id || (own !== undefined && known === own && of === Number(input));
  });
  if (record >= 0) return record;
  throw refuse(
    [`标识“${id}”在输入中不存在`, `the id "${id}" is in no input`],
    ['检查 --explain 的值；多个文件时写成 序号:标识', 'Check --explain; with several files write place:id'],
  );
}

async function rulesOf({ settings, store }: Linked, a: number, b: number): Promise<Explanation['rules']> {
  const found: Explanation['rules'] = [];
  const [pair] = await store.ask<{ rules: string }>({
    name: 'rules of the asked pair',
    // sql-identifier: the database is named by us, records are numbers
    sql: `select rules from ${store.database}.pairs where pair = bitOr(bitShiftLeft(toUInt64(${a}), 32), toUInt64(${b}))`,
  });
  const bits = BigInt(pair?.rules ?? 0);
  for (const [number, rule] of settings.blocking.entries()) {
    if ('text' in rule) {
      const isFound = ((bits >> BigInt(number)) & 1n) === 1n;
      found.push({ rule: `text ${rule.text}`, state: isFound ? 'found' : 'not among the nearest' });
      continue;
    }
    if (rule.on.length === 0) {
      found.push({ rule: ruleName(rule), state: 'found' });
      continue;
    }
    const columns = rule.on.map((feature) => ({
      column: columnOf(feature),
      type: typeOf(feature, settings) ?? 'String',
    }));
    const told = columns.map(({ column, type }) => isToldSql(column, type)).join(' and ');
    const key = columns.map(({ column }) => `toString(${column})`).join(', ');
    const [row] = await store.ask<{ same: number; told: number; size: string }>({
      name: `why by ${ruleName(rule)}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us, records are numbers
      sql: `with (select groupUniqArray([${key}]) from ${store.database}.rec where id in (${a}, ${b})) as k
select length(k) = 1 as same, (select count() from ${store.database}.rec where id in (${a}, ${b}) and ${told}) = 2 as told,
(select count() from ${store.database}.rec where ${told} and [${key}] = k[1]) as size`,
    });
    const most = rule.blockMax ?? 400;
    const state = !row?.told
      ? 'not told'
      : !row.same
        ? 'differs'
        : Number(row.size) > most
          ? 'block too large'
          : 'found';
    found.push({ rule: ruleName(rule), state });
  }
  return found;
}

async function valuesOf({ settings, store }: Linked, a: number, b: number): Promise<Explanation['values']> {
  const used = partsUsed(settings);
  const columns = settings.columns
    .filter((_column, at) => (used[at] ?? []).includes(0))
    .map(({ name }) => name);
  const texts = new Set(settings.comparisons.flatMap((one) => (isText(one) ? [one.text] : [])));
  const rows = await store.ask<Record<string, string | number>>({
    name: 'asked values',
    // sql-identifier: names of columns are checked by the schema, the database is named by us, records are numbers
    sql: `select ${columns.map((name) => `toString(${name}) as ${name}`).join(', ')} from ${store.database}.rec where id in (${a}, ${b}) order by id`,
  });
  return columns.map((feature) => ({
    feature: texts.has(feature) ? `${feature} (text)` : feature,
    left: String(rows[0]?.[feature] ?? ''),
    right: String(rows[1]?.[feature] ?? ''),
  }));
}

type Why = { together: boolean; weight: number; least: number; rules: Explanation['rules'] };
function reasonOf({ together, weight, least, rules }: Why): Explanation['reason'] {
  const found = rules.some(({ state }) => state === 'found');
  if (together && weight >= least)
    return { zh: '权重达到阈值，属于同一簇', en: 'the weight reaches the threshold: one cluster' };
  if (together)
    return {
      zh: '两条记录通过簇内其他记录合并',
      en: 'they are one by way of other records of their cluster',
    };
  if (weight < least)
    return {
      zh: `权重低于阈值${found ? '' : '，也没有分块规则把它们放在一起'}`,
      en: `the weight is below the threshold${found ? '' : ', and no rule would bring them together'}`,
    };
  if (!found)
    return {
      zh: '权重足够，但没有分块规则把它们放在一起：请增加规则',
      en: 'the weight would do, but no rule brings them together: add one',
    };
  return {
    zh: '权重足够，但有更好的对象、整体不一致、来源不重复，或人工判定不同',
    en: 'the weight would do, but a better partner, the rest of the group, a source without duplicates or a person’s decision is against it',
  };
}

/** The explanation as text for the command line. */
export async function explainPair(
  linked: Linked,
  { one, two }: { one: string; two: string; settings: LinkSettings },
): Promise<string> {
  const { waterfall, values, rules, threshold, reason } = await explain(linked, { one, two });
  const number = (value: number) => value.toFixed(3).padStart(9);
  return `\n${one} ~ ${two}\n${[
    ...values.map(({ feature, left, right }) => `  ${feature.padEnd(20)} ${left} | ${right}`),
    `  ${'先验 prior'.padEnd(20)} ${number(waterfall.prior)}`,
    ...waterfall.bars.map(
      ({ comparison, weight, frequency, level, label }) =>
        `  ${comparison.padEnd(20)} ${number(weight)}${frequency === 0 ? '' : ` ${frequency > 0 ? '+' : ''}${frequency.toFixed(3)} (词频 frequency)`}  ${level}: ${label}`,
    ),
    `  ${'权重 weight'.padEnd(20)} ${number(waterfall.weight)}  p = ${waterfall.probability.toFixed(6)}, 阈值 threshold ${threshold.toFixed(3)}`,
    ...rules.map(({ rule, state }) => `  规则 rule ${rule}: ${state}`),
    `  ${reason.zh} — ${reason.en}`,
  ].join('\n')}\n`;
}
