/**
 * The tree of a question: everything the language knows, and nothing else. Operators and special forms are calls of the functions
 * ClickHouse's own parser makes of them (`a + b` is `plus(a, b)`), so that column names stay those of ClickHouse.
 */
export type Expression =
  | { kind: 'number'; text: string }
  | { kind: 'string'; value: string }
  | { kind: 'bool'; value: boolean }
  | { kind: 'null' }
  | { kind: 'name'; parts: NamePart[] }
  | Call
  | { kind: 'tuple'; items: Expression[] }
  | { kind: 'array'; items: Expression[] }
  | { kind: 'cast'; value: Expression; type: DataType }
  | { kind: 'lambda'; parameters: string[]; body: Expression }
  | { kind: 'subquery'; query: Query }
  | { kind: 'exists'; query: Query }
  | { kind: 'in-table'; call: string; value: Expression; table: TableName }
  | { kind: 'alias'; value: Expression; name: string }
  | { kind: 'parameter'; name: string; type: DataType }
  /** `written` is the name ClickHouse would give the column: `version()` */
  | { kind: 'fact'; fact: Fact; written: string }
  | Matcher;

/** A part of a name: as written, or `{name:Identifier}`, which `withParameters` fills. */
export type NamePart = string | { parameter: string };

export type Call = {
  kind: 'call';
  name: string;
  parameters: Expression[] | null;
  items: Expression[];
  nulls: 'RESPECT' | 'IGNORE' | null;
  over: string | WindowSpec | null;
};

/** `*`, `t.*`, `COLUMNS('…')`, `COLUMNS(a, b)` with what is done to each column. */
export type Matcher = {
  kind: 'matcher';
  of: NamePart[] | null;
  columns: null | { pattern: string } | { names: string[] };
  changes: Change[];
};
export type Change =
  | { kind: 'except'; names: string[] }
  | { kind: 'except-pattern'; pattern: string }
  | { kind: 'replace'; items: { value: Expression; name: string }[] }
  | { kind: 'apply'; name: string; parameters: Expression[] | null }
  | { kind: 'apply-lambda'; lambda: Expression };

export type DataType = { name: string; items: TypeItem[] };
export type TypeItem =
  | { kind: 'type'; type: DataType }
  | { kind: 'field'; name: string; type: DataType }
  | { kind: 'number'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'member'; name: string; value: number };

export type Order = {
  value: Expression;
  descending: boolean;
  nulls: 'FIRST' | 'LAST' | null;
  collate: string | null;
  fill: Fill | null;
};
export type Fill = {
  from: Expression | null;
  to: Expression | null;
  step: Expression | null;
  staleness: Expression | null;
};
export type FrameBound =
  | { kind: 'current' }
  | { kind: 'unbounded' | 'rows'; side: 'PRECEDING' | 'FOLLOWING'; rows: Expression | null };
export type WindowSpec = {
  base: string | null;
  partition: Expression[];
  order: Order[];
  frame: { unit: 'ROWS' | 'RANGE'; from: FrameBound; to: FrameBound | null } | null;
};

/** A table as it was named, and where in the text. */
export type TableName = { parts: NamePart[]; at: number };
export type Source =
  | { kind: 'table'; table: TableName; alias: string | null }
  // `view`: the full name of the saved query that was put in here
  | { kind: 'query'; query: Query; alias: string | null; view?: string }
  | { kind: 'function'; name: string; items: Expression[]; alias: string | null }
  // what the binder makes of a table: a relation of ours, or a CTE under a name of ours
  | { kind: 'relation'; table: string; alias: string }
  | { kind: 'cte'; name: string; written: string; alias: string };
export type Join =
  | { kind: 'comma'; source: Source }
  | {
      kind: 'join';
      global: boolean;
      side: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'PASTE';
      strictness: 'ANY' | 'ALL' | 'ASOF' | 'SEMI' | 'ANTI' | null;
      source: Source;
      using: string[] | null;
      on: Expression | null;
    }
  | { kind: 'array'; left: boolean; items: Expression[] };

export type With =
  | { kind: 'query'; name: string; query: Query; at: number }
  | { kind: 'value'; value: Expression; name: string };
export type GroupBy = {
  all: boolean;
  items: Expression[];
  sets: Expression[][] | null;
  modifier: 'ROLLUP' | 'CUBE' | null;
  totals: boolean;
};
export type Limit = { count: Expression; offset: Expression | null };
export type Select = {
  kind: 'select';
  with: With[];
  distinct: boolean;
  distinctOn: Expression[];
  columns: Expression[];
  from: Source | null;
  joins: Join[];
  where: Expression | null;
  group: GroupBy | null;
  having: Expression | null;
  windows: { name: string; spec: WindowSpec }[];
  qualify: Expression | null;
  order: Order[];
  orderAll: boolean;
  interpolate: { name: string; value: Expression | null }[] | null;
  limitBy: (Limit & { items: Expression[] }) | null;
  limit: Limit | null;
  offset: Expression | null;
  ties: boolean;
};
export type SetOperator =
  | 'UNION ALL'
  | 'UNION DISTINCT'
  | 'INTERSECT'
  | 'INTERSECT DISTINCT'
  | 'EXCEPT'
  | 'EXCEPT DISTINCT';
export type Query = Select | { kind: 'set'; operator: SetOperator; branches: Query[] };

export type Settings = Record<string, number | string>;
/** What the door gets to answer: a select to run, or a question about the catalog that somebody else answers. */
export type Statement = { format: string | null; settings: Settings } & (
  | { kind: 'select'; query: Query }
  | { kind: 'describe' | 'show-create' | 'exists-table'; table: TableName }
  | { kind: 'describe-select'; query: Query }
  | { kind: 'show-columns'; table: TableName; full: boolean; like: string | null }
  | { kind: 'show-tables'; database: NamePart | null; full: boolean; like: Like | null; limit: number | null }
  | { kind: 'show-databases'; like: Like | null }
  | { kind: 'exists-database'; database: NamePart }
  | { kind: 'show-create-database'; database: NamePart }
  /** what holds for a session: settings, or where names without a database are looked up */
  | { kind: 'set'; changes: Settings }
  | { kind: 'use'; database: NamePart }
);
export type Like = { pattern: string; not: boolean; caseless: boolean };

/** What clients ask about the server itself; the gateway answers with a harmless literal (`FACTS` tells its kind). */
export type Fact = 'version' | 'database' | 'user' | 'timezone' | 'host' | 'uptime' | 'name' | 'revision';
