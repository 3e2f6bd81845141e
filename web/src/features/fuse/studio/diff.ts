import type { FieldMapping } from '@ronghe/contracts';
import type { Draft } from './draft.ts';

export type Change = {
  kind: 'added' | 'removed' | 'changed';
  /** what changed: a target, `rowKey`, `periodField` or `test NAME` */
  what: string;
  before: string | null;
  after: string | null;
};
type Content = Pick<Draft, 'rowKey' | 'periodField' | 'mappings' | 'tests'>;

/** What is different between two mappings, by target; the order of mappings says nothing. */
export function diffOf(before: Content, after: Content): Change[] {
  return [
    ...single('rowKey', before.rowKey.join(' + '), after.rowKey.join(' + ')),
    ...single('periodField', before.periodField ?? '', after.periodField ?? ''),
    ...listed(byTarget(before.mappings), byTarget(after.mappings)),
    ...listed(byName(before.tests), byName(after.tests)),
  ];
}

const single = (what: string, before: string, after: string): Change[] =>
  before === after ? [] : [{ kind: 'changed', what, before: before || null, after: after || null }];

const byTarget = (mappings: readonly FieldMapping[]): Map<string, string> => {
  const texts = new Map<string, string>();
  for (const mapping of mappings) {
    const known = texts.get(mapping.to);
    texts.set(mapping.to, known === undefined ? textOf(mapping) : `${known}; ${textOf(mapping)}`);
  }
  return texts;
};
const byName = (tests: Content['tests']): Map<string, string> =>
  new Map(
    tests.map(({ name, row, expected }) => [
      `test ${name}`,
      Object.entries(expected)
        .map(([to, value]) => `${to}=${value ?? '∅'}`)
        .join(', ') || JSON.stringify(row),
    ]),
  );

function textOf({ from, transform, unit, values }: FieldMapping): string {
  const list = Object.entries(values).map(([value, meaning]) => `${value}→${meaning}`);
  return [from, `→ ${transform}`, ...(unit === null ? [] : [`[${unit}]`]), ...list].join(' ');
}

function listed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const changes: Change[] = [];
  for (const [what, text] of before) {
    const now = after.get(what);
    if (now === undefined) changes.push({ kind: 'removed', what, before: text, after: null });
    else if (now !== text) changes.push({ kind: 'changed', what, before: text, after: now });
  }
  for (const [what, text] of after)
    if (!before.has(what)) changes.push({ kind: 'added', what, before: null, after: text });
  return changes;
}
