import { AGGREGATES, SCALARS, WINDOWS } from './functions.data.ts';
import { COMBINATORS_MAX } from './limits.data.ts';
import type { Fact } from './tree.ts';

export type FunctionKind = 'scalar' | 'aggregate' | 'window';

/** Combinators of aggregates. Not State, Merge and their kin (bytes of states), nor Resample (makes as many as one asks for). */
export const COMBINATORS = [
  'If',
  'Array',
  'Distinct',
  'OrNull',
  'OrDefault',
  'ForEach',
  'Map',
  'ArgMin',
  'ArgMax',
] as const;
/** The analyzer knows it, `system.functions` does not. */
const ANALYZER_ONLY = ['grouping*'];

const exact = new Map<string, FunctionKind>();
const caseless = new Map<string, FunctionKind>();
const KINDS = { scalar: [...SCALARS, ...ANALYZER_ONLY], aggregate: AGGREGATES, window: WINDOWS } as const;
for (const kind of ['scalar', 'aggregate', 'window'] as const)
  for (const listed of KINDS[kind]) {
    const name = listed.replace('*', '');
    exact.set(name, kind);
    if (listed.endsWith('*')) caseless.set(name.toLowerCase(), kind);
  }

const plainKind = (name: string): FunctionKind | undefined =>
  exact.get(name) ?? caseless.get(name.toLowerCase());

/** What an allowed function is, by ClickHouse's rules of case; null for every other name. */
export function functionKind(name: string): FunctionKind | null {
  const plain = plainKind(name);
  if (plain !== undefined) return plain;
  return isCombined(name, COMBINATORS_MAX) ? 'aggregate' : null;
}

/** An allowed aggregate with at most `left` more combinators at its end. */
function isCombined(name: string, left: number): boolean {
  if (plainKind(name) === 'aggregate') return true;
  return (
    left > 0 &&
    COMBINATORS.some(
      (combinator) => name.endsWith(combinator) && isCombined(name.slice(0, -combinator.length), left - 1),
    )
  );
}

/** Facts about the server that clients ask for, and the kind of literal the gateway answers with. */
export const FACTS: Readonly<Record<Fact, 'string' | 'number'>> = {
  version: 'string',
  database: 'string',
  user: 'string',
  timezone: 'string',
  host: 'string',
  name: 'string',
  uptime: 'number',
  revision: 'number',
};
const FACT_NAMES: Readonly<Record<string, Fact>> = {
  version: 'version',
  ...{ currentdatabase: 'database', current_database: 'database', database: 'database', schema: 'database' },
  ...{ currentuser: 'user', current_user: 'user', user: 'user', session_user: 'user' },
  ...{ timezone: 'timezone', servertimezone: 'timezone' },
  ...{ hostname: 'host', fqdn: 'host', fullhostname: 'host' },
  ...{ displayname: 'name', uptime: 'uptime', revision: 'revision' },
};

/** The fact a function without arguments asks for. */
export const factNamed = (name: string): Fact | null => {
  const lower = name.toLowerCase();
  return Object.hasOwn(FACT_NAMES, lower) ? (FACT_NAMES[lower] ?? null) : null;
};

/** Which argument names a type: it must be a literal, because the engine would build whatever type it names. */
export const TYPE_ARGUMENTS: ReadonlyMap<string, 'second' | 'last'> = new Map([
  ['accurateCast', 'second'],
  ['accurateCastOrNull', 'second'],
  ['accurateCastOrDefault', 'second'],
  ['JSONExtract', 'last'],
  ['JSONExtractKeysAndValues', 'last'],
]);
/** Functions whose first argument names an aggregate. */
export const AGGREGATE_ARGUMENTS: ReadonlySet<string> = new Set(['arrayReduce', 'arrayReduceInRanges']);
/** The operator IN as functions, and as what each is printed: on one server GLOBAL means nothing. The second argument may be a table. */
export const IN_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['in', 'in'],
  ['notIn', 'notIn'],
  ['globalIn', 'in'],
  ['globalNotIn', 'notIn'],
]);
