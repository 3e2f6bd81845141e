import type { LevelTest, LinkComparison, LinkSettings } from '@ronghe/contracts';
import { gradeSql, TEXT_LEVELS } from './bags.ts';
import { columnOf, isToldSql, type Step, typeOf } from './tables.ts';

export const isText = (comparison: LinkComparison): comparison is Extract<LinkComparison, { text: string }> =>
  'text' in comparison;

/** How many levels a comparison has above 0. */
export const levelsOf = (comparison: LinkComparison): number =>
  isText(comparison) ? TEXT_LEVELS : comparison.levels.length;

/** A test on the records `l` and `r`. Names are checked by the schema, numbers are numbers. */
export function testSql(test: LevelTest, settings: LinkSettings): string {
  const type = typeOf(test.on, settings) ?? 'String';
  const [l, r] = [`l.${columnOf(test.on)}`, `r.${columnOf(test.on)}`];
  const told = (condition: string) => `${isToldSql(l, type)} and ${isToldSql(r, type)} and ${condition}`;
  switch (test.is) {
    case 'equal':
      return `${isToldSql(l, type)} and ${l} = ${r}`;
    case 'same':
      return `${l} = ${r}`;
    case 'crossed': {
      const [lo, ro] = [`l.${columnOf(test.to)}`, `r.${columnOf(test.to)}`];
      return `((${l} != '' and ${l} = ${ro}) or (${r} != '' and ${r} = ${lo}))`;
    }
    case 'edits':
      return told(
        `abs(toInt32(lengthUTF8(${l})) - toInt32(lengthUTF8(${r}))) <= ${test.most} and lengthUTF8(${l}) > ${test.most} and damerauOrEdits(${l}, ${r}) <= ${test.most}`,
      ).replace('damerauOrEdits', 'editDistanceUTF8');
    case 'jaro':
      return told(`jaroWinklerSimilarity(${l}, ${r}) >= ${test.least}`);
    case 'characters':
      return told(`stringJaccardIndexUTF8(${l}, ${r}) >= ${test.least}`);
    case 'within':
      return told(
        `least(lengthUTF8(${l}), lengthUTF8(${r})) >= ${test.least} and if(length(${l}) < length(${r}), position(${r}, ${l}), position(${l}, ${r})) > 0`,
      );
    case 'words': {
      const [lw, rw] = [`splitByChar(' ', ${l})`, `splitByChar(' ', ${r})`];
      return told(
        `least(length(${lw}), length(${rw})) >= ${test.least} and if(length(${lw}) < length(${rw}), hasAll(${rw}, ${lw}), hasAll(${lw}, ${rw}))`,
      );
    }
    case 'ratio':
      return told(`abs(${l} - ${r}) <= ${test.most} * greatest(abs(${l}), abs(${r}))`);
    case 'apart':
      return told(`abs(${l} - ${r}) <= ${test.most}`);
    case 'dateparts':
      return datepartsSql(test.on.split('.')[0] ?? '');
  }
}

/** Two of three parts equal, or day and month changed places. */
function datepartsSql(name: string): string {
  const same = (part: string) =>
    `toUInt8(l.${name}__${part} != 0 and l.${name}__${part} = r.${name}__${part})`;
  const swapped = `(l.${name}__y = r.${name}__y and l.${name}__m != 0 and l.${name}__m = r.${name}__d and l.${name}__d = r.${name}__m)`;
  return `${name && `l.${name}`} != '' and r.${name} != '' and (${same('y')} + ${same('m')} + ${same('d')} >= 2 or ${swapped})`;
}

/** The level of a pair as SQL: -1 where a side is empty in everything the comparison looks at. */
export function levelSql(comparison: LinkComparison, settings: LinkSettings): string {
  if (isText(comparison)) {
    const bag = comparison.text;
    const [l, r] = [`lb_${bag}`, `rb_${bag}`];
    const some = `(length(${l}.pieces) = 0 or length(${r}.pieces) = 0)`;
    return `if(${some}, toInt8(-1), toInt8(round(${gradeSql(l, r)})))`;
  }
  const tests = comparison.levels.map((level, at) => {
    const condition = level.all.map((test) => `(${testSql(test, settings)})`).join(' and ');
    return `${condition}, ${comparison.levels.length - at}`;
  });
  return `toInt8(multiIf(${emptySql(comparison, settings)}, -1, ${tests.join(', ')}, 0))`;
}

/** A side tells nothing in any feature of the comparison. */
function emptySql(comparison: Exclude<LinkComparison, { text: string }>, settings: LinkSettings): string {
  const features = [...new Set(comparison.levels.flatMap(({ all }) => all.flatMap(featuresOf)))];
  const side = (name: string) =>
    `(${features
      .map(
        (feature) =>
          `not (${isToldSql(`${name}.${columnOf(feature)}`, typeOf(feature, settings) ?? 'String')})`,
      )
      .join(' and ')})`;
  return `${side('l')} or ${side('r')}`;
}

/** Features that must tell something; `same` is content without. */
function featuresOf(test: LevelTest): string[] {
  if (test.is === 'same') return [];
  return test.is === 'crossed' ? [test.on, test.to] : [test.on];
}

/** The grade of texts in hundredths of the scale, for weights between the levels. */
const fineSql = (bag: string): string =>
  // sql-identifier: tables are named by us
  `toUInt8(round(${100 / TEXT_LEVELS} * ${gradeSql(`lb_${bag}`, `rb_${bag}`)}))`;

/** Number of records that share the value, the larger of both sides; 1 where frequencies do not count. */
function frequencySql(comparison: LinkComparison): string | null {
  if (isText(comparison)) return null;
  const level = comparison.levels.find(({ frequency }) => frequency);
  const on = level?.all[0]?.on;
  return on ? `toUInt32(greatest(l.${columnOf(on)}__n, r.${columnOf(on)}__n))` : null;
}

/** Columns of a table of compared pairs: `g0…` levels, `s…` fine similarities, `f…` frequencies, by the place of the comparison. */
export function comparedColumns({ comparisons }: Pick<LinkSettings, 'comparisons'>) {
  return comparisons.map((comparison, at) => ({
    level: `g${at}`,
    fine: isText(comparison) ? `s${at}` : null,
    frequency: frequencySql(comparison) === null ? null : `f${at}`,
  }));
}

/**
 * Compares the pairs of `from` (columns pair, rules) and writes their comparison vectors into `into`.
 * The records of a pair are `l` and `r`, bags of texts `lb_…` and `rb_…`.
 */
export function compareStep(
  database: string,
  { from, into, settings }: { from: string; into: string; settings: LinkSettings },
): Step {
  const bags = [...new Set(settings.comparisons.flatMap((one) => (isText(one) ? [one.text] : [])))];
  const columns = settings.comparisons.flatMap((comparison, at) => {
    const frequency = frequencySql(comparison);
    return [
      `${levelSql(comparison, settings)} as g${at}`,
      ...(isText(comparison) ? [`${fineSql(comparison.text)} as s${at}`] : []),
      ...(frequency === null ? [] : [`${frequency} as f${at}`]),
    ];
  });
  // sql-identifier: names of columns are checked by the schema, tables are named by us
  const joins = bags.flatMap((bag) =>
    ['l', 'r'].map(
      (side) => `left join ${database}.bag_${bag} ${side}b_${bag} on ${side}b_${bag}.id = ${side}.id`,
    ),
  );
  return {
    name: `compare ${from}`,
    // sql-identifier: names of columns are checked by the schema, tables are named by us
    sql: `create table ${database}.${into} engine = MergeTree order by tuple() as
select c.pair as pair, c.rules as rules,
  ${columns.join(',\n  ')}
from ${database}.${from} c
inner join ${database}.rec l on l.id = toUInt32(bitShiftRight(c.pair, 32))
inner join ${database}.rec r on r.id = toUInt32(bitAnd(c.pair, 4294967295))
${joins.join('\n')}`,
  };
}

/** Random pairs for what two records that are not one have in common by chance; the same for the same number of records. */
export function sampleSteps(
  database: string,
  { records, pairs, cross }: { records: number; pairs: number; cross: string },
): Step[] {
  return [
    {
      name: 'random pairs',
      // sql-identifier: numbers and a condition of ours, tables are named by us
      sql: `create table ${database}.sample engine = MergeTree order by tuple() as
select distinct bitOr(bitShiftLeft(toUInt64(a), 32), toUInt64(b)) as pair, toUInt64(0) as rules from (
  select least(x, y) as a, greatest(x, y) as b from (
    select toUInt32(intHash64(number * 2 + 1) % ${records}) as x, toUInt32(intHash64(number * 2 + 2000000001) % ${records}) as y
    from numbers(${pairs})) where x != y)
where ${cross}`,
    },
  ];
}

/** Counts of comparison vectors, and of those that one rule found. */
export function patternsSql(
  database: string,
  { table, settings, rule }: { table: string; settings: LinkSettings; rule?: number },
): string {
  const levels = settings.comparisons.map((_comparison, at) => `g${at}`).join(', ');
  const where = rule === undefined ? '' : `where bitTest(rules, ${rule})`;
  // sql-identifier: columns and tables are named by us
  return `select ${levels}, count() as n from ${database}.${table} ${where} group by ${levels}`;
}
