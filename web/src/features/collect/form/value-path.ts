import { type Dict, isDict } from './json-schema.ts';

/** Steps of a place such as `connections[0].points[3].address`. */
export type Steps = readonly (string | number)[];

/** Reads a place; `a.b[2]` has the steps a, b and 2. */
export function stepsOf(path: string): Steps {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? String(name) : Number(index),
  );
}

/** Writes a place as the collector does. */
export const pathOf = (steps: Steps): string =>
  steps.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at > 0 ? '.' : ''}${step}`)).join('');

export const joined = (above: string, below: string): string =>
  above === '' || below === '' || below.startsWith('[') ? `${above}${below}` : `${above}.${below}`;

/** The place without numbers: `points[].address`, under which its texts are found. */
export const patternOf = (path: string): string => path.replace(/\[\d+\]/g, '[]');

export function valueAt(value: unknown, steps: Steps): unknown {
  return steps.reduce<unknown>((here, step) => {
    if (Array.isArray(here)) return here[Number(step)];
    return isDict(here) ? here[String(step)] : undefined;
  }, value);
}

/** A copy with another value at a place; undefined takes it out. Nothing is changed where the place does not exist. */
export function replacedAt(value: unknown, steps: Steps, next: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return next;
  if (Array.isArray(value)) {
    const at = Number(step);
    if (at >= value.length) return value;
    return value.map((item, index) => (index === at ? replacedAt(item, rest, next) : item));
  }
  if (!isDict(value)) return value;
  const below = replacedAt(value[String(step)], rest, next);
  const { [String(step)]: _before, ...others } = value;
  return below === undefined ? others : ({ ...value, [String(step)]: below } as Dict);
}

/** Problems by place; a place with its own list of sentences. */
export type Issues = ReadonlyMap<string, readonly string[]>;
export const NO_ISSUES: Issues = new Map();

export function issuesByPath(issues: readonly { path: string; message: string }[]): Issues {
  const found = new Map<string, string[]>();
  for (const { path, message } of issues) found.set(path, [...(found.get(path) ?? []), message]);
  return found;
}

/** The problems at or below a place, their paths told from there. */
export function issuesBelow(issues: Issues, path: string): Issues {
  if (path === '' || issues.size === 0) return issues;
  const found = [...issues].flatMap(([at, messages]) => {
    if (!isWithin(at, path)) return [];
    const rest = at.slice(path.length);
    return [[rest.startsWith('.') ? rest.slice(1) : rest, messages] as const];
  });
  return new Map(found);
}

export const isWithin = (at: string, path: string): boolean =>
  at === path || (at.startsWith(path) && (at[path.length] === '.' || at[path.length] === '['));
