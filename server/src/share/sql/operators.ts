import type { Cursor } from './cursor.ts';

/** How tightly operators bind, as in ClickHouse: a larger number binds tighter. */
export const PRIORITY = {
  lowest: 0,
  or: 3,
  and: 4,
  not: 5,
  is: 6,
  between: 7,
  comparison: 9,
  concat: 10,
  sum: 11,
  product: 12,
  negation: 13,
  postfix: 14,
} as const;

export type Operator =
  | { kind: 'call' | 'chain' | 'in'; name: string; priority: number; words: readonly string[] }
  | { kind: 'is' | 'between'; name: string; priority: number; words: readonly string[] };

const of = (kind: Operator['kind'], priority: number, table: Record<string, string>): Operator[] =>
  Object.entries(table).map(([written, name]) => ({ kind, name, priority, words: written.split(' ') }));

/** Chains become one call of all operands: `a AND b AND c` is `and(a, b, c)`. */
const WORDS: readonly Operator[] = [
  ...of('chain', PRIORITY.or, { OR: 'or' }),
  ...of('chain', PRIORITY.and, { AND: 'and' }),
  ...of('is', PRIORITY.is, {
    'IS NOT DISTINCT FROM': 'isNotDistinctFrom',
    'IS DISTINCT FROM': 'isDistinctFrom',
    'IS NOT NULL': 'isNotNull',
    'IS NULL': 'isNull',
    'IS NOT UNKNOWN': 'isNotNull',
    'IS UNKNOWN': 'isNull',
    'IS NOT TRUE': 'isDistinctFrom',
    'IS TRUE': 'isNotDistinctFrom',
    'IS NOT FALSE': 'isDistinctFrom',
    'IS FALSE': 'isNotDistinctFrom',
  }),
  ...of('between', PRIORITY.between, { BETWEEN: 'and', 'NOT BETWEEN': 'or' }),
  ...of('call', PRIORITY.comparison, {
    LIKE: 'like',
    ILIKE: 'ilike',
    'NOT LIKE': 'notLike',
    'NOT ILIKE': 'notILike',
    REGEXP: 'match',
  }),
  ...of('in', PRIORITY.comparison, {
    IN: 'in',
    'NOT IN': 'notIn',
    'GLOBAL IN': 'in',
    'GLOBAL NOT IN': 'notIn',
  }),
  ...of('call', PRIORITY.product, { DIV: 'intDiv', MOD: 'modulo' }),
];
const SIGNS: ReadonlyMap<string, Operator> = new Map(
  [
    ...of('call', PRIORITY.comparison, {
      ...{ '=': 'equals', '==': 'equals', '!=': 'notEquals', '<>': 'notEquals', '<=>': 'isNotDistinctFrom' },
      ...{ '<': 'less', '<=': 'lessOrEquals', '>': 'greater', '>=': 'greaterOrEquals' },
    }),
    ...of('chain', PRIORITY.concat, { '||': 'concat' }),
    ...of('call', PRIORITY.sum, { '+': 'plus', '-': 'minus' }),
    ...of('call', PRIORITY.product, { '*': 'multiply', '/': 'divide', '%': 'modulo' }),
  ].map((operator) => [operator.words[0] ?? '', operator]),
);

/** The operator between two operands, or after one, that stands here. */
export function operatorAt(cursor: Cursor): Operator | undefined {
  const { kind, text } = cursor.peek();
  if (kind === 'sign') return SIGNS.get(text);
  return kind === 'word' ? WORDS.find(({ words }) => cursor.isWords(...words)) : undefined;
}
