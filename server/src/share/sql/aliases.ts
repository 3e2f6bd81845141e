import { refused } from './refused.ts';
import type { Query, Source, Statement } from './tree.ts';

/** Every name the caller gives an expression, anywhere in the statement. */
export function expressionNames(statement: Statement | Query): ReadonlySet<string> {
  const names = new Set<string>();
  const open: object[] = [statement];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ('kind' in next && (next.kind === 'alias' || next.kind === 'value') && 'name' in next)
      names.add(String(next.name));
    if ('kind' in next && next.kind === 'lambda' && 'parameters' in next)
      for (const parameter of next.parameters as string[]) names.add(parameter);
    for (const child of Object.values(next))
      if (typeof child === 'object' && child !== null) open.push(child);
  }
  return names;
}

/** Two sources of one name would leave it to the engine which is meant; a dot would look like a database. */
export function checkAliases(sources: readonly Source[]): void {
  const aliases = sources.flatMap(({ alias }) => (alias === null ? [] : [alias]));
  const twice = aliases.find((alias, index) => aliases.indexOf(alias) !== index || alias.includes('.'));
  if (twice !== undefined) throw refused('alias', -1, twice);
}
