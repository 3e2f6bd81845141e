import { crossSql } from './blocking.ts';
import type { Population, Step } from './tables.ts';

/**
 * Texts as bags of words and of pieces of three characters, each weighed by its rarity (inverse document frequency). A member
 * of a bag is one number: 48 bits of its hash and 16 of its weight, so that the intersection of two arrays carries the weights.
 */
const WEIGHT_SCALE = 256;
const GRAM = 3;
const GRAM_TEXT_MAX = 300;
const NEAREST = 10;

/** Neighbours whose similarity is what a record has in common with others anyway. */
const BACKGROUND_NEIGHBOURS = 10;
/** Records with many duplicates have them as neighbours; more than this is never taken for background. */
const BACKGROUND_MOST = 0.45;

const rarity = (records: number) => `log(1 + ${records} / i.n)`;
const weightOf = (member: string): string => `pow(bitAnd(${member}, 65535) / ${WEIGHT_SCALE}, 2)`;

/** The words and pieces of every record, how many records have each, and how long each record's bags are as vectors. */
export function wordSteps(database: string, column: string, records: number): Step[] {
  const table = `${database}.tok_${column}`;
  return [
    {
      name: `words and pieces of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${table} engine = MergeTree order by (t, id) as
select id, cityHash64(w) as t, toUInt8(0) as piece from (
  select id, arrayJoin(splitByChar(' ', ${column}__words)) as w from ${database}.rec where ${column}__words != '')
union all select id, cityHash64(g, 1) as t, toUInt8(1) as piece from (
  select id, arrayJoin(arrayDistinct(ngrams(concat('^', replaceAll(substringUTF8(${column}, 1, ${GRAM_TEXT_MAX}), ' ', '')), ${GRAM}))) as g
  from ${database}.rec where ${column} != '')`,
    },
    {
      name: `rarity of words of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.idf_${column} engine = MergeTree order by t as select t, count() as n from ${table} group by t`,
    },
    {
      name: `lengths of texts of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.norm_${column} engine = MergeTree order by id as
select k.id as id, toFloat32(sqrt(sumIf(pow(${rarity(records)}, 2), k.piece = 0))) as words_norm,
  toFloat32(sqrt(sumIf(pow(${rarity(records)}, 2), k.piece = 1))) as pieces_norm
from ${table} k inner join ${database}.idf_${column} i on i.t = k.t group by id`,
    },
  ];
}

/** Words and pieces by in how many records they are: what `mostRecords` is chosen from. */
export const spreadSql = (database: string, column: string): string =>
  // sql-identifier: names of columns are checked by the schema, the database is named by us
  `select toUInt32(n) as records, count() as words from ${database}.idf_${column} where n > 1 group by records order by records limit 100000`;

/** Greatest number of records that a word may be in, so that at most `pairsMax` pairs of occurrences are looked at. */
export function mostRecords(spread: readonly { records: number; words: number }[], pairsMax: number): number {
  let [sum, most] = [0, 1];
  for (const { records, words } of spread) {
    sum += (words * records * (records - 1)) / 2;
    if (sum > pairsMax) break;
    most = records;
  }
  return most;
}

/** Similar records by words and pieces that are in at most `most` records, and what each record has in common with its neighbours. */
export function nearSteps(
  database: string,
  { column, population, most }: { column: string; population: Population; most: number },
): Step[] {
  const near = `${database}.near_${column}`;
  // sql-identifier: names of columns are checked by the schema, the database is named by us
  const occurrences = `select k.id as id, k.t as t, toFloat32(${rarity(population.records)} / if(k.piece = 0, g.words_norm, g.pieces_norm)) as w
    from ${database}.tok_${column} k inner join ${database}.idf_${column} i on i.t = k.t inner join ${database}.norm_${column} g on g.id = k.id
    where i.n between 2 and ${most}`;
  return [
    {
      name: `similar texts of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${near} engine = MergeTree order by tuple() as
select a, b, toFloat32(sum(w) / 2) as s from (
  select l.id as a, r.id as b, l.w * r.w as w from (${occurrences}) l inner join (${occurrences}) r on l.t = r.t where l.id < r.id)
where ${crossSql(population)} group by a, b`,
    },
    {
      name: `background of ${column}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `create table ${database}.back_${column} engine = MergeTree order by id as
select id, toFloat32(least(${BACKGROUND_MOST}, sum(s) / ${BACKGROUND_NEIGHBOURS})) as background from (
  select id, s from (select a as id, s from ${near} union all select b as id, s from ${near})
  order by s desc limit ${BACKGROUND_NEIGHBOURS} by id) group by id`,
    },
  ];
}

/** The bags as arrays, with their lengths and the background of the record. */
export function bagStep(database: string, column: string, records: number): Step {
  const member = `bitOr(bitShiftLeft(bitAnd(k.t, 281474976710655), 16), toUInt64(least(65535, round(${WEIGHT_SCALE} * ${rarity(records)}))))`;
  return {
    name: `bags of ${column}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `create table ${database}.bag_${column} engine = MergeTree order by id as
select b.id as id, b.words as words, b.pieces as pieces, g.words_norm as words_norm, g.pieces_norm as pieces_norm, k.background as background from (
  select k.id as id, groupArrayIf(${member}, k.piece = 0) as words, groupArrayIf(${member}, k.piece = 1) as pieces
  from ${database}.tok_${column} k inner join ${database}.idf_${column} i on i.t = k.t group by id) b
inner join ${database}.norm_${column} g on g.id = b.id left join ${database}.back_${column} k on k.id = b.id`,
  };
}

/** The `nearest` most similar records of each record, on both sides. */
export function nearestSteps(
  database: string,
  { column, nearest = NEAREST, number }: { column: string; nearest?: number | undefined; number: number },
): Step[] {
  return ['a', 'b'].map((by) => ({
    name: `nearest by ${column} of ${by === 'a' ? 'the first' : 'the second'}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `insert into ${database}.found select bitOr(bitShiftLeft(toUInt64(a), 32), toUInt64(b)), toUInt8(${number})
from (select a, b from ${database}.near_${column} order by s desc, a, b limit ${nearest} by ${by})`,
  }));
}

/** What is not needed any more when the bags are made. */
export const forgetSteps = (database: string, column: string): Step[] =>
  ['tok', 'idf', 'norm', 'near', 'back'].map((table) => ({
    name: `forget ${table} of ${column}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `drop table ${database}.${table}_${column}`,
  }));

/** Similarity of two bags, 0 to 1: the mean of the cosines of words and of pieces. */
export function similaritySql(left: string, right: string): string {
  const cosine = (bag: string) =>
    `arraySum(x -> ${weightOf('x')}, arrayIntersect(${left}.${bag}, ${right}.${bag})) / greatest(${left}.${bag}_norm * ${right}.${bag}_norm, 1e-9)`;
  return `(${cosine('words')} + ${cosine('pieces')}) / 2`;
}

/** Where levels of similarity above the background begin and end; ten steps, narrow where texts are about as similar as others. */
const EDGES = [-0.1, -0.05, -0.02, 0.01, 0.04, 0.08, 0.13, 0.2, 0.3, 0.42, 0.55];
export const TEXT_LEVELS = EDGES.length - 1;

/**
 * How far two texts are more alike than either is to others (similarity less the mean background of both, as cross-domain
 * similarity local scaling does: Conneau et al. 2018), on a scale from 0 to `TEXT_LEVELS`. Two series titles that half the table shares come out
 * low, a rare model number in two long descriptions high.
 */
export function gradeSql(left: string, right: string): string {
  const above = `(${similaritySql(left, right)} - (${left}.background + ${right}.background) / 2)`;
  const steps = EDGES.slice(1).map((end, at) => {
    const begin = EDGES[at] ?? 0;
    return `greatest(0, least(1, (${above} - (${begin})) / ${(end - begin).toFixed(3)}))`;
  });
  return `(${steps.join(' + ')})`;
}
