import { createHmac } from 'node:crypto';
import type { FilterValue, Mask, RowFilter } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer, DatasetOffer, Narrowing, Relation } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import { quote } from '#platform/db/sql-parameters.ts';
import type { Decision, Part, RowRule } from './deciding.ts';
import { byStrictness, NOTHING } from './masks.ts';

type Writing = { offer: DatasetOffer; columns: ReadonlyMap<string, ColumnOffer>; secret: string };

/**
 * The rows and columns of a decision as one select: the relation of the offer, cut to the rows of the decision, each column as it
 * may be seen. The caller's text is no part of it; values of policies are quoted literals.
 */
export function decidedRelation(
  _scope: Scope,
  {
    offer,
    decision,
    secret,
    narrow,
    read,
  }: {
    offer: DatasetOffer;
    decision: Decision;
    secret: string;
    narrow?: readonly Narrowing[];
    /** columns that the statement may read; without, all that the decision shows */
    read?: readonly string[];
  },
): Relation {
  const columns = new Map(offer.columns.map((column) => [column.name, column]));
  const writing = { offer, columns, secret };
  const names = wanted(decision.columns, read);
  const list = names.map((name) => `${shown(name, decision, writing)} as ${quotedName(name)}`);
  const where = visible(decision, writing);
  const base = offer.relation({
    organisations: decision.organisations,
    columns: columnsIn(`${list.join(' ')} ${where}`),
    ...(narrow ? { narrow } : {}),
  });
  // all of it is seen as it is: a select around it would only be one more to understand
  const isBase =
    where === '1' &&
    list.length === base.columns?.length &&
    list.every((said, at) => said === plainColumn(base.columns?.[at] ?? ''));
  if (isBase) return { sql: base.sql, filters: base.filters };
  return {
    // sql-identifier: columns and relation of the offer; conditions hold quoted literals only
    sql: `select ${list.join(', ')} from (${base.sql}) as rh__b${where === '1' ? '' : ` where ${where}`}`,
    filters: base.filters,
  };
}

/** A statement that reads no column, as one that counts, still needs one to count by. */
function wanted(columns: readonly string[], read: readonly string[] | undefined): readonly string[] {
  const among = read && columns.filter((name) => read.includes(name));
  return among === undefined ? columns : among.length > 0 ? among : columns.slice(0, 1);
}

/** Columns of the base that a text of ours names; what only looks like one inside a literal is one too many at most. */
const columnsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/rh__b\.`([^`]+)`/g)].map(([, name = '']) => name)),
];

const quotedName = (name: string) => `\`${name}\``;
const columnOf = (name: string) => `rh__b.${quotedName(name)}`;
const plainColumn = (name: string) => `${columnOf(name)} as ${quotedName(name)}`;
const anyOf = (conditions: readonly string[]): string =>
  conditions.includes('1') ? '1' : conditions.length === 0 ? '0' : `(${conditions.join(' or ')})`;

/** A rule as a condition that is never null: what is unknown is not granted. */
function ruleCondition({ organisations, filter }: RowRule, writing: Writing): string {
  const within = withinSubtrees(organisations, columnOf(writing.offer.organisationColumn));
  return filter === null ? within : `(${within} and ifNull(${filterCondition(filter, writing)}, 0))`;
}

const isAlone = ({ parts }: Decision) => parts.length === 1;
/** With one part the relation already holds its organisations only. */
function partCondition(part: Part, decision: Decision, writing: Writing): string {
  if (isAlone(decision)) return '1';
  return ruleCondition(part.rows, writing);
}

function visible(decision: Decision, writing: Writing): string {
  const [only] = decision.parts;
  const granted =
    isAlone(decision) && only
      ? only.rows.filter === null
        ? '1'
        : ruleCondition(only.rows, writing)
      : anyOf(decision.parts.map(({ rows }) => ruleCondition(rows, writing)));
  const limited = decision.limits.flatMap(({ within, rows }) =>
    rows === null
      ? []
      : [
          `(not ${withinSubtrees([within], columnOf(writing.offer.organisationColumn))} or ${ruleCondition(rows, writing)})`,
        ],
  );
  const all = [granted, ...limited].filter((condition) => condition !== '1');
  return all.length === 0 ? '1' : all.join(' and ');
}

/** A column as each row may show it: where several masks apply, the strictest; where no part gives it, nothing. */
function shown(name: string, decision: Decision, writing: Writing): string {
  const giving = decision.parts.filter(({ columns }) => columns.has(name));
  const conditionOf = (part: Part) => partCondition(part, decision, writing);
  const explicit = giving.filter(({ policy }) => policy !== null);
  const candidates: { when: string; mask: Mask }[] = [];
  for (const part of giving) {
    const mask = part.columns.get(name);
    if (!mask) continue;
    const own = conditionOf(part);
    const replaced = anyOf(explicit.map(conditionOf));
    const when = part.policy === null && explicit.length > 0 ? `(${own} and not ${replaced})` : own;
    candidates.push({ when, mask });
  }
  for (const { within, masks } of decision.limits) {
    const mask = masks.get(name);
    if (mask)
      candidates.push({
        when: withinSubtrees([within], columnOf(writing.offer.organisationColumn)),
        mask,
      });
  }
  candidates.sort((a, b) => byStrictness(a.mask, b.mask));
  if (giving.length < decision.parts.length)
    candidates.unshift({ when: `not ${anyOf(giving.map(conditionOf))}`, mask: NOTHING });
  if (candidates.length === 0) return columnOf(name);
  const first = candidates[0];
  if (first?.when === '1') return masked(name, first.mask, writing);
  const branches = candidates.map(({ when, mask }) => `${when}, ${masked(name, mask, writing)}`);
  return `multiIf(${branches.join(', ')}, ${columnOf(name)})`;
}

/** Keys of masks are derived from the secret of the installation, which itself never reaches the engine. */
const derivedKey = (secret: string, use: string): string =>
  createHmac('sha256', secret).update(use).digest('hex');

const TRUNCATED = {
  hour: 'toStartOfHour',
  day: 'toStartOfDay',
  month: 'toStartOfMonth',
  quarter: 'toStartOfQuarter',
  year: 'toStartOfYear',
} as const;
const ZEROES = '0000';

/** The masked value, of the same type as the column or nothing. */
function masked(name: string, mask: Mask, { columns, offer, secret }: Writing): string {
  const column = columnOf(name);
  const type = columns.get(name)?.type;
  switch (mask.kind) {
    case 'null':
      return 'null';
    case 'hash': {
      const key = quote(derivedKey(secret, `hash:${name}`));
      const inner = `SHA256(concat(${key}, ${column}))`;
      return `if(${column} is null, null, lower(substring(hex(SHA256(concat(${key}, ${inner}))), 1, 32)))`;
    }
    case 'partial': {
      const { first, last } = mask;
      const kept = `concat(substringUTF8(assumeNotNull(${column}), 1, ${first}), '***', ${last === 0 ? "''" : `substringUTF8(assumeNotNull(${column}), -${last})`})`;
      return `multiIf(${column} is null, null, lengthUTF8(assumeNotNull(${column})) <= ${first + last}, '***', ${kept})`;
    }
    case 'band':
      return cast(`floor(${column} / ${literalNumber(mask.step)}) * ${literalNumber(mask.step)}`, type);
    case 'noise': {
      const [k0, k1] = noiseKeys(derivedKey(secret, `noise:${offer.id}:${name}`));
      const key = `concat(${[...offer.key.map((each) => `toString(${columnOf(each)})`), "''"].join(", '|', ")})`;
      const unit = `(sipHash64Keyed((toUInt64(${k0}), toUInt64(${k1})), ${key}) / 9223372036854775808. - 1)`;
      return cast(`${column} * (1 + ${literalNumber(mask.share)} * ${unit})`, type);
    }
    case 'truncate':
      return type === 'date'
        ? `toDate(${TRUNCATED[mask.to]}(${column}))`
        : `toDateTime64(${TRUNCATED[mask.to]}(${column}, 'Asia/Shanghai'), 6, 'UTC')`;
    case 'division':
      return `if(${column} is null, null, concat(substring(assumeNotNull(${column}), 1, ${mask.digits}), ${quote(ZEROES.slice(0, 6 - mask.digits))}))`;
  }
}

/** Whole numbers stay whole. */
const cast = (expression: string, type: string | undefined): string =>
  type === 'integer' ? `toInt64(round(${expression}))` : expression;
const noiseKeys = (hex: string): [string, string] => [
  BigInt(`0x${hex.slice(0, 16)}`).toString(),
  BigInt(`0x${hex.slice(16, 32)}`).toString(),
];

function literalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not a number that SQL can say`);
  return `toFloat64(${quote(String(value))})`;
}

/** A value as a literal of the column's type. @throws TypeError for one that does not fit; policies are checked when they are saved */
function literal(value: FilterValue, column: ColumnOffer): string {
  switch (column.type) {
    case 'text':
      return quote(String(value));
    case 'boolean':
      return value === true || value === 'true' || value === 1 ? 'true' : 'false';
    case 'time':
      return `parseDateTime64BestEffort(${quote(String(value))}, 6, 'UTC')`;
    case 'date':
      return `toDate(${quote(String(value))})`;
    default:
      return literalNumber(Number(value));
  }
}

const COMPARED = { eq: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function filterCondition(filter: RowFilter, writing: Writing): string {
  if ('and' in filter) return `(${filter.and.map((part) => filterCondition(part, writing)).join(' and ')})`;
  if ('or' in filter) return `(${filter.or.map((part) => filterCondition(part, writing)).join(' or ')})`;
  if ('not' in filter) return `(not ${filterCondition(filter.not, writing)})`;
  const column = writing.columns.get(filter.column);
  // a column that is no more: nothing is granted by a condition on it
  if (!column) return 'null';
  const said = columnOf(column.name);
  switch (filter.op) {
    case 'isNull':
      return `(${said} is null)`;
    case 'notNull':
      return `(${said} is not null)`;
    case 'in':
    case 'notIn': {
      const list = filter.values.map((value) => literal(value, column)).join(', ');
      return `(${said} ${filter.op === 'in' ? 'in' : 'not in'} (${list}))`;
    }
    case 'contains':
      return `(position(toString(${said}), ${quote(String(filter.value))}) > 0)`;
    case 'startsWith':
      return `startsWith(toString(${said}), ${quote(String(filter.value))})`;
    default:
      return `(${said} ${COMPARED[filter.op]} ${literal(filter.value, column)})`;
  }
}
