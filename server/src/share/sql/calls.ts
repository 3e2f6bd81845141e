import type { Cursor } from './cursor.ts';
import { typeOfText } from './data-types.ts';
import { AGGREGATE_ARGUMENTS, factNamed, functionKind, IN_FUNCTIONS, TYPE_ARGUMENTS } from './functions.ts';
import type { Reader } from './reader.ts';
import type { Token } from './tokens.ts';
import type { Call, Expression } from './tree.ts';
import { readOver } from './windows.ts';

const ARRAY_REDUCE_NAME = /^[A-Za-z0-9_]{1,60}(?=$|\([0-9., ]{1,100}\)$)/;

/** A call whose name is ours. */
export const call = (name: string, ...items: Expression[]): Call => ({
  kind: 'call',
  name,
  parameters: null,
  items,
  nulls: null,
  over: null,
});

/** A call as written: `name` was read, its bracket stands here. Every name goes through the allow-list. */
export function readCall(reader: Reader, token: Token): Expression {
  const { cursor } = reader;
  let first = readArguments(reader);
  let parameters: Expression[] | null = null;
  if (cursor.isSign('(') && !first.distinct) {
    parameters = first.items;
    first = readArguments(reader);
  }
  let name = first.distinct ? `${token.text}Distinct` : token.text;
  let items = isCount(name) && isStarOnly(first.items) ? [] : first.items;
  if (cursor.takeWords('FILTER')) {
    name = `${name}If`;
    items = [...items, readFilter(reader)];
  }
  const fact = factNamed(token.text);
  if (fact !== null && items.length === 0 && parameters === null)
    return { kind: 'fact', fact, written: `${token.text}()` };
  const membership = IN_FUNCTIONS.get(name);
  if (membership !== undefined && parameters === null)
    return inCall(cursor, token, { name: membership, items });
  const kind = functionKind(name);
  if (kind === null) throw cursor.refuse('function', token);
  if (parameters !== null && (kind !== 'aggregate' || !parameters.every(isConstant)))
    throw cursor.refuse('argument', token);
  const nulls = readNulls(cursor);
  const over = cursor.takeWords('OVER') ? readOver(reader) : null;
  if ((over !== null || nulls !== null) && kind === 'scalar') throw cursor.refuse('function', token);
  return {
    kind: 'call',
    name,
    parameters,
    items: checkArguments(cursor, token, { name, items }),
    nulls,
    over,
  };
}

type Named = { name: string; items: Expression[] };

/** `x IN y` in either form. A bare name is a table or a constant of WITH; which one, the binder knows. */
export function inCall(cursor: Cursor, token: Token, { name, items }: Named): Expression {
  const [value, right] = items;
  if (items.length !== 2 || value === undefined || right === undefined)
    throw cursor.refuse('argument', token);
  if (right.kind === 'name')
    return { kind: 'in-table', call: name, value, table: { parts: right.parts, at: token.at } };
  const named = right.kind === 'alias' ? right.value.kind : right.kind;
  if (['name', 'matcher', 'lambda', 'in-table'].includes(named)) throw cursor.refuse('argument', token);
  return call(name, value, right);
}

/** A literal, or a list or tuple of literals; parameters become literals. */
export function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'bool':
    case 'null':
    case 'parameter':
      return true;
    case 'tuple':
    case 'array':
      return expression.items.every(isConstant);
    case 'cast':
      return isConstant(expression.value);
    default:
      return false;
  }
}

function checkArguments(cursor: Cursor, token: Token, { name, items }: Named): Expression[] {
  const place = TYPE_ARGUMENTS.get(name);
  if (place !== undefined) {
    const type = items[place === 'second' ? 1 : items.length - 1];
    if (items.length < 2 || type?.kind !== 'string') throw cursor.refuse('argument', token);
    typeOfText(type.value, token.at);
  }
  if (AGGREGATE_ARGUMENTS.has(name)) {
    const aggregate = items[0];
    const named = aggregate?.kind === 'string' ? ARRAY_REDUCE_NAME.exec(aggregate.value)?.[0] : undefined;
    if (named === undefined || functionKind(named) !== 'aggregate') throw cursor.refuse('argument', token);
  }
  return items;
}

function readArguments(reader: Reader): { distinct: boolean; items: Expression[] } {
  const { cursor } = reader;
  cursor.needSign('(');
  const distinct = cursor.takeWords('DISTINCT');
  if (cursor.takeSign(')')) {
    if (distinct) throw cursor.refuse('syntax');
    return { distinct, items: [] };
  }
  if (!distinct) cursor.takeWords('ALL');
  const items = cursor.deeper(() => cursor.list(() => readArgument(reader)));
  cursor.needSign(')');
  return { distinct, items };
}

/** The only place where a lambda may stand: one with a name of its own could take the place of a function inside our relations. */
function readArgument(reader: Reader): Expression {
  return readLambda(reader) ?? reader.item();
}

export function readLambda(reader: Reader): Expression | null {
  const { cursor } = reader;
  const names = lambdaNames(cursor);
  if (names === 0) return null;
  const parenthesised = cursor.takeSign('(');
  const parameters = cursor.list(() => cursor.name());
  if (parenthesised) cursor.needSign(')');
  cursor.needSign('->');
  return { kind: 'lambda', parameters, body: cursor.deeper(() => reader.expression()) };
}

/** How many parameters the lambda has that begins here; 0 where none does. */
function lambdaNames(cursor: Cursor): number {
  const isName = (ahead: number) => ['word', 'name'].includes(cursor.peek(ahead).kind);
  if (isName(0)) return cursor.isSign('->', 1) ? 1 : 0;
  if (!cursor.isSign('(')) return 0;
  let ahead = 1;
  while (isName(ahead) && cursor.isSign(',', ahead + 1)) ahead += 2;
  const closes = isName(ahead) && cursor.isSign(')', ahead + 1) && cursor.isSign('->', ahead + 2);
  return closes ? (ahead + 1) / 2 : 0;
}

function readFilter(reader: Reader): Expression {
  const { cursor } = reader;
  cursor.needSign('(');
  cursor.needWords('WHERE');
  const condition = cursor.deeper(() => reader.expression());
  cursor.needSign(')');
  return condition;
}

function readNulls(cursor: Cursor): Call['nulls'] {
  if (cursor.takeWords('RESPECT', 'NULLS')) return 'RESPECT';
  return cursor.takeWords('IGNORE', 'NULLS') ? 'IGNORE' : null;
}

const isCount = (name: string): boolean => name.toLowerCase() === 'count';
const isStarOnly = (items: readonly Expression[]): boolean =>
  items.length === 1 &&
  items[0]?.kind === 'matcher' &&
  items[0].columns === null &&
  items[0].changes.length === 0;
