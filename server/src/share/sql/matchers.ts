import { isConstant, readLambda } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { functionKind, IN_FUNCTIONS } from './functions.ts';
import { beginsQuery, type Reader } from './reader.ts';
import type { Change, Expression, Matcher, NamePart } from './tree.ts';

/** `*` or `COLUMNS(…)` stands here. */
export const isMatcher = (cursor: Cursor): boolean =>
  cursor.isSign('*') || (cursor.isWords('COLUMNS') && cursor.isSign('(', 1));

/** Several columns at once; `of` is what stood before the dot. */
export function readMatcher(reader: Reader, of: NamePart[] | null): Expression {
  const { cursor } = reader;
  const columns = cursor.takeSign('*') ? null : readColumns(reader);
  const changes: Change[] = [];
  for (;;) {
    const change = readChange(reader);
    if (change === null) return { kind: 'matcher', of, columns, changes };
    changes.push(change);
  }
}

function readColumns({ cursor }: Reader): Matcher['columns'] {
  cursor.needWords('COLUMNS');
  cursor.needSign('(');
  const columns =
    cursor.peek().kind === 'string'
      ? { pattern: cursor.needString() }
      : { names: cursor.list(() => cursor.name()) };
  cursor.needSign(')');
  return columns;
}

function readChange(reader: Reader): Change | null {
  const { cursor } = reader;
  if (cursor.isWords('EXCEPT')) return isSetOperator(cursor) ? null : readExcept(reader);
  if (cursor.takeWords('REPLACE')) return readReplace(reader);
  return cursor.takeWords('APPLY') ? readApply(reader) : null;
}

/** `SELECT * EXCEPT SELECT …` and `SELECT * EXCEPT (SELECT …)` take rows away, not columns. */
function isSetOperator(cursor: Cursor): boolean {
  const bracket = cursor.isSign('(', 1);
  return (
    beginsQuery(cursor, bracket ? 2 : 1) ||
    (bracket && cursor.isSign('(', 2)) ||
    /^(?:all|distinct)$/i.test(cursor.peek(1).text)
  );
}

function readExcept({ cursor }: Reader): Change {
  cursor.needWords('EXCEPT');
  const bracket = cursor.takeSign('(');
  if (cursor.peek().kind === 'string') {
    const pattern = cursor.needString();
    if (bracket) cursor.needSign(')');
    return { kind: 'except-pattern', pattern };
  }
  const names = bracket ? cursor.list(() => cursor.name()) : [cursor.name()];
  if (bracket) cursor.needSign(')');
  return { kind: 'except', names };
}

function readReplace(reader: Reader): Change {
  const { cursor } = reader;
  const bracket = cursor.takeSign('(');
  const item = () => {
    const value = reader.expression();
    cursor.needWords('AS');
    return { value, name: cursor.name() };
  };
  const items = bracket ? cursor.list(item) : [item()];
  if (bracket) cursor.needSign(')');
  return { kind: 'replace', items };
}

/** A function by name, with parameters where it is an aggregate, or a lambda. */
function readApply(reader: Reader): Change {
  const { cursor } = reader;
  const bracket = cursor.takeSign('(');
  const lambda = bracket ? readLambda(reader) : null;
  const change: Change = lambda === null ? readApplied(reader) : { kind: 'apply-lambda', lambda };
  if (bracket) cursor.needSign(')');
  return change;
}

function readApplied(reader: Reader): Change {
  const { cursor } = reader;
  const token = cursor.take();
  const kind = token.kind === 'word' ? functionKind(token.text) : null;
  if (kind === null || IN_FUNCTIONS.has(token.text)) throw cursor.refuse('function', token);
  if (!cursor.takeSign('(')) return { kind: 'apply', name: token.text, parameters: null };
  const parameters = cursor.list(() => reader.expression());
  cursor.needSign(')');
  if (!parameters.every(isConstant)) throw cursor.refuse('argument', token);
  return { kind: 'apply', name: token.text, parameters };
}
