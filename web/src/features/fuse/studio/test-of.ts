import type { MappedRow, MappingTest } from '@ronghe/contracts';
import type { Draft } from './draft.ts';

/** A test of what a row gives now: every target with its value, null where there is none. Names stay apart. */
export function testOf(row: MappedRow, draft: Pick<Draft, 'mappings' | 'tests'>): MappingTest {
  const values = new Map(row.values.map(({ to, value }) => [to, value]));
  const expected = Object.fromEntries(draft.mappings.map(({ to }) => [to, values.get(to) ?? null]));
  const taken = new Set(draft.tests.map(({ name }) => name));
  const base = row.period === null ? row.rowKey : `${row.rowKey} ${row.period}`;
  let name = base;
  for (let at = 2; taken.has(name); at += 1) name = `${base} (${at})`;
  return { name, row: row.row, expected };
}
