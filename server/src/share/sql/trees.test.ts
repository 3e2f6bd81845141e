import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindSql } from './bind.ts';
import { printType } from './data-types.ts';
import { parseSql } from './parse.ts';
import { printPath } from './print.ts';
import { printQuery, type QueryPrinting } from './print-selects.ts';
import type {
  Change,
  DataType,
  Expression,
  Join,
  Order,
  Query,
  Select,
  Source,
  TableName,
  WindowSpec,
} from './tree.ts';

const SEED = 20_261_130;
const name = fc.constantFrom(
  'a',
  'b',
  '名称',
  'with space',
  "it's",
  'x.y',
  'select',
  'from',
  '1',
  'é',
  '"',
  '😀',
);
const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => !/\p{Cs}/u.test(value));
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const table: fc.Arbitrary<TableName> = fc
  .array(name, { minLength: 1, maxLength: 2 })
  .map((parts) => ({ parts, at: 0 }));
const few = <T>(item: fc.Arbitrary<T>, least = 0) => fc.array(item, { minLength: least, maxLength: 3 });
const maybe = <T>(item: fc.Arbitrary<T>) => fc.option(item, { freq: 2 });
const count = fc.nat(1000).map((value): Expression => ({ kind: 'number', text: String(value) }));

const plain = (typeName: string): DataType => ({ name: typeName, items: [] });
const type: fc.Arbitrary<DataType> = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('Int8', 'UInt256', 'Float64', 'String', 'Date', 'UUID', 'Bool', 'IPv6').map(plain),
    fc.constant<DataType>({
      name: 'DateTime64',
      items: [
        { kind: 'number', value: 3 },
        { kind: 'string', value: 'Asia/Shanghai' },
      ],
    }),
    fc.constant<DataType>({
      name: 'Decimal',
      items: [
        { kind: 'number', value: 38 },
        { kind: 'number', value: 2 },
      ],
    }),
    fc
      .tuple(text, fc.integer({ min: -128, max: 127 }))
      .map(
        ([member, value]): DataType => ({ name: 'Enum8', items: [{ kind: 'member', name: member, value }] }),
      ),
    fc
      .tuple(fc.constantFrom('Array', 'Nullable', 'LowCardinality'), tie('type'))
      .map(([outer, inner]): DataType => ({ name: outer, items: [{ kind: 'type', type: inner }] })),
    fc.tuple(name, tie('type')).map(
      ([field, inner]): DataType => ({
        name: 'Tuple',
        items: [{ kind: 'field', name: field, type: inner }],
      }),
    ),
  ),
})).type;

/** One depth for all of the grammar: at the bottom the first choice of each is taken. */
const bottom = {
  depthIdentifier: fc.createDepthIdentifier(),
  maxDepth: 5,
  depthSize: 'small' as const,
  withCrossShrink: true,
};
const leafSelect: Select = {
  kind: 'select',
  with: [],
  distinct: false,
  distinctOn: [],
  columns: [{ kind: 'number', text: '1' }],
  from: null,
  joins: [],
  where: null,
  group: null,
  having: null,
  windows: [],
  qualify: null,
  order: [],
  orderAll: false,
  interpolate: null,
  limitBy: null,
  limit: null,
  offset: null,
  ties: false,
};

type Ties = { expression: Expression; item: Expression; query: Query; select: Select };
const { query: queries } = fc.letrec<Ties>((tie) => {
  const expression = tie('expression');
  const items = few(tie('item'));
  const call = fc.record({
    kind: fc.constant('call' as const),
    name: fc.constantFrom(
      'plus',
      'and',
      'or',
      'concat',
      'negate',
      'COUNT',
      'substring',
      'position',
      'overlay',
      'dateDiff',
      'toString',
      'arrayElement',
      'if',
    ),
    parameters: fc.constant(null),
    items: fc.array(tie('item'), { minLength: 2, maxLength: 3 }),
    nulls: fc.constant(null),
    over: fc.constant(null),
  });
  const order: fc.Arbitrary<Order> = fc.record({
    value: tie('item'),
    descending: fc.boolean(),
    nulls: fc.constantFrom('FIRST', 'LAST', null),
    collate: fc.constantFrom('zh', null),
    fill: maybe(
      fc.record({
        from: maybe(expression),
        to: maybe(expression),
        step: maybe(expression),
        staleness: fc.constant(null),
      }),
    ),
  });
  const bound = fc.oneof(
    fc.constant({ kind: 'current' as const }),
    fc.record({
      kind: fc.constant('unbounded' as const),
      side: fc.constantFrom('PRECEDING' as const, 'FOLLOWING' as const),
      rows: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('rows' as const),
      side: fc.constantFrom('PRECEDING' as const, 'FOLLOWING' as const),
      rows: count,
    }),
  );
  const window: fc.Arbitrary<WindowSpec> = fc.record({
    base: maybe(fc.constantFrom('w', 'select')),
    partition: few(expression),
    order: few(order),
    frame: maybe(
      fc.record({ unit: fc.constantFrom('ROWS' as const, 'RANGE' as const), from: bound, to: maybe(bound) }),
    ),
  });
  const aggregate = fc.record({
    kind: fc.constant('call' as const),
    name: fc.constantFrom('quantileIf', 'topK', 'groupArray', 'sumOrNull'),
    parameters: maybe(
      few(
        fc.oneof(
          count,
          text.map((value): Expression => ({ kind: 'string', value })),
        ),
        1,
      ),
    ),
    items: few(tie('item'), 1),
    nulls: fc.constantFrom('RESPECT' as const, 'IGNORE' as const, null),
    over: fc.option(fc.oneof(name, window)),
  });
  const lambda = fc
    .tuple(few(name, 1), expression)
    .map(([parameters, body]): Expression => ({ kind: 'lambda', parameters, body }));
  const change: fc.Arbitrary<Change> = fc.oneof(
    few(name, 1).map((names): Change => ({ kind: 'except', names })),
    text.map((pattern): Change => ({ kind: 'except-pattern', pattern })),
    few(fc.record({ value: expression, name }), 1).map(
      (replaced): Change => ({ kind: 'replace', items: replaced }),
    ),
    fc.constantFrom<Change>(
      { kind: 'apply', name: 'sum', parameters: null },
      { kind: 'apply', name: 'quantile', parameters: [{ kind: 'number', text: '0.5' }] },
    ),
    lambda.map((applied): Change => ({ kind: 'apply-lambda', lambda: applied })),
  );
  const matcher: fc.Arbitrary<Expression> = fc.record({
    kind: fc.constant('matcher' as const),
    of: maybe(path),
    columns: maybe(
      fc.oneof(
        text.map((pattern) => ({ pattern })),
        few(name, 1).map((names) => ({ names })),
      ),
    ),
    changes: few(change),
  });
  const leaf: fc.Arbitrary<Expression> = fc.oneof(
    fc
      .constantFrom('1', '-1', '0x1f', '1.5e-3', '0.5', 'inf', '-nan', '1_000')
      .map((number): Expression => ({ kind: 'number', text: number })),
    text.map((value): Expression => ({ kind: 'string', value })),
    fc.boolean().map((value): Expression => ({ kind: 'bool', value })),
    fc.constant<Expression>({ kind: 'null' }),
    path.map((parts): Expression => ({ kind: 'name', parts })),
    type.map((parameterType): Expression => ({ kind: 'parameter', name: 'p', type: parameterType })),
  );
  const source: fc.Arbitrary<Source> = fc.oneof(
    bottom,
    fc.record({ kind: fc.constant('table' as const), table, alias: maybe(name) }),
    fc.record({ kind: fc.constant('query' as const), query: tie('query'), alias: maybe(name) }),
    fc.record({
      kind: fc.constant('function' as const),
      name: fc.constant('numbers'),
      items: fc.tuple(count),
      alias: maybe(name),
    }),
  );
  const join: fc.Arbitrary<Join> = fc.oneof(
    source.map((joined): Join => ({ kind: 'comma', source: joined })),
    fc.record({
      kind: fc.constant('join' as const),
      global: fc.boolean(),
      side: fc.constantFrom('INNER' as const, 'LEFT' as const, 'RIGHT' as const, 'FULL' as const),
      strictness: fc.constantFrom(
        'ANY' as const,
        'ALL' as const,
        'ASOF' as const,
        'SEMI' as const,
        'ANTI' as const,
        null,
      ),
      source,
      using: fc.constant(null),
      on: expression,
    }),
    fc.record({
      kind: fc.constant('join' as const),
      global: fc.boolean(),
      side: fc.constantFrom('LEFT' as const),
      strictness: fc.constant(null),
      source,
      using: few(name, 1),
      on: fc.constant(null),
    }),
    fc.record({ kind: fc.constant('array' as const), left: fc.boolean(), items: few(tie('item'), 1) }),
  );
  const limit = fc.record({ count, offset: maybe(count) });
  const select: fc.Arbitrary<Select> = fc
    .record({
      kind: fc.constant('select' as const),
      with: few(
        fc.oneof(
          fc.record({ kind: fc.constant('query' as const), name, query: tie('query'), at: fc.constant(0) }),
          fc.record({
            kind: fc.constant('value' as const),
            value: expression.filter(({ kind }) => kind !== 'matcher'),
            name,
          }),
        ),
      ),
      distinct: fc.boolean(),
      distinctOn: few(expression),
      columns: few(tie('item'), 1),
      from: maybe(source),
      joins: few(join),
      where: maybe(expression),
      group: maybe(
        fc.oneof(
          fc.record({
            all: fc.constant(false),
            items: few(tie('item'), 1),
            sets: fc.constant(null),
            modifier: fc.constantFrom('ROLLUP' as const, 'CUBE' as const, null),
            totals: fc.boolean(),
          }),
          fc.record({
            all: fc.constant(true),
            items: fc.constant<Expression[]>([]),
            sets: fc.constant(null),
            modifier: fc.constant(null),
            totals: fc.boolean(),
          }),
          fc.record({
            all: fc.constant(false),
            items: fc.constant<Expression[]>([]),
            sets: few(few(expression), 1),
            modifier: fc.constant(null),
            totals: fc.boolean(),
          }),
        ),
      ),
      having: maybe(expression),
      windows: few(fc.record({ name, spec: window })),
      qualify: maybe(expression),
      order: few(order),
      orderAll: fc.boolean(),
      interpolate: maybe(few(fc.record({ name, value: maybe(expression) }))),
      limitBy: maybe(fc.record({ count, offset: maybe(count), items: few(expression, 1) })),
      limit: maybe(limit),
      offset: maybe(count),
      ties: fc.boolean(),
    })
    .map(normal);
  return {
    item: fc.oneof(
      bottom,
      expression,
      fc
        .tuple(expression, name)
        .map(
          ([value, alias]): Expression =>
            value.kind === 'matcher' ? value : { kind: 'alias', value, name: alias },
        ),
    ),
    expression: fc.oneof(
      bottom,
      leaf,
      call,
      aggregate,
      few(tie('item'), 2).map((tupled): Expression => ({ kind: 'tuple', items: tupled })),
      items.map((listed): Expression => ({ kind: 'array', items: listed })),
      fc
        .tuple(expression, type)
        .map(([value, castType]): Expression => ({ kind: 'cast', value, type: castType })),
      fc.tuple(lambda, few(expression)).map(
        ([first, rest]): Expression => ({
          kind: 'call',
          name: 'arrayMap',
          parameters: null,
          items: [first, ...rest],
          nulls: null,
          over: null,
        }),
      ),
      matcher,
      tie('query').map((query): Expression => ({ kind: 'subquery', query })),
      tie('query').map((query): Expression => ({ kind: 'exists', query })),
      fc.tuple(expression, table, fc.constantFrom('in', 'notIn')).map(
        ([value, inTable, operator]): Expression => ({
          kind: 'in-table',
          call: operator,
          value,
          table: inTable,
        }),
      ),
    ),
    select,
    query: fc.oneof(
      bottom,
      fc.constant(leafSelect),
      select,
      fc
        .tuple(
          fc.constantFrom(
            'UNION ALL' as const,
            'UNION DISTINCT' as const,
            'INTERSECT' as const,
            'EXCEPT' as const,
            'EXCEPT DISTINCT' as const,
          ),
          tie('query'),
          tie('query'),
        )
        .map(
          ([operator, left, right]): Query =>
            operator.startsWith('UNION') && left.kind === 'set' && left.operator === operator
              ? { kind: 'set', operator, branches: [...left.branches, right] }
              : { kind: 'set', operator, branches: [left, right] },
        ),
    ),
  };
});

/** What the parser would make of clauses that exclude each other. */
function normal(select: Select): Select {
  const orders = select.orderAll ? { order: [], interpolate: null } : {};
  return {
    ...select,
    ...orders,
    joins:
      select.from === null
        ? []
        : select.joins.filter(
            ({ kind }) => kind !== 'comma' || !select.joins.some((join) => join.kind === 'array'),
          ),
    distinct: select.distinctOn.length === 0 && select.distinct,
    interpolate: select.orderAll || select.order.length === 0 ? null : select.interpolate,
    offset: select.limit === null ? select.offset : null,
    ties: select.limit !== null && select.ties,
  };
}

const printing: QueryPrinting = {
  query: (query) => printQuery(printing, query),
  table: ({ parts }) => printPath(parts),
  parameter: (parameter) => `{${parameter.name}:${printType(parameter.type)}}`,
  fact: ({ written }) => written,
  relation: () => '',
};

/** Places in the text are not part of what is meant. */
const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'at' ? 0 : value)));

it('what is printed parses to the same tree, whatever the tree', () => {
  fc.assert(
    fc.property(queries, (query) => {
      const parsed = parseSql(printQuery(printing, query));
      expect(withoutPlaces(parsed)).toEqual(
        withoutPlaces({ kind: 'select', query, format: null, settings: {} }),
      );
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

const PIECES = [
  ...'SELECT FROM WHERE WITH AS ( ) [ ] { } , ; . * + - / % = < > ? : :: -> || <=> UNION ALL EXCEPT IN NOT BETWEEN AND OR CASE WHEN END'.split(
    ' ',
  ),
  ...[
    'a',
    '`b`',
    '"c"',
    "'d'",
    '1',
    '1.5',
    '0x',
    '$$',
    '--',
    '/*',
    '*/',
    "'",
    '`',
    '"',
    '\\',
    '\n',
    '\0',
    'é',
    '\u200b',
    'OVER',
    'INTERVAL',
    'DAY',
  ],
  ...[
    'sum(',
    'count(*)',
    'LIMIT',
    'ORDER BY',
    'SETTINGS',
    'FORMAT',
    'JOIN',
    'ON',
    'USING',
    'ARRAY JOIN',
    'COLUMNS(',
    'APPLY(',
    'x ->',
    'CAST(',
  ],
];

it('soup of tokens is answered or refused, and never breaks anything else', () => {
  const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(' '));
  fc.assert(
    fc.property(
      fc.oneof(
        soup,
        soup.map((rest) => `SELECT ${rest}`),
        fc.string({ unit: 'binary' }),
      ),
      (sql) => {
        try {
          bindSql(parseSql(sql), { database: 'd', tables: new Map([['d.a', { columns: ['b'] }]]) });
        } catch (error) {
          expect(error).toMatchObject({ code: 'SQL_REFUSED' });
        }
      },
    ),
    { seed: SEED, numRuns: 20_000 },
  );
});
