import type { SeenTable } from '../gateway/gateway.ts';
import { isClosed, type Limit } from './deciding.ts';
import { commonSubtree, topsOf } from './subtrees.ts';

type Looker = {
  organisation: string;
  /** limits that bind whoever looks */
  limits: readonly Limit[];
  /** the top of the tree may give away grade 三级 and level 核心, so it may look at them */
  seesClosed: boolean;
};

/**
 * What of somebody else's sight another one may look at who writes policies: never more than they could grant themselves, which is rows of
 * the own subtree, no column of grade 三级 or level 核心 below the top of the tree, and less where a limit binds them. Null when nothing is left.
 */
export function lookOf(table: SeenTable, { organisation, limits, seesClosed }: Looker): SeenTable | null {
  const { decision } = table;
  if (decision.refused !== null) return null;
  const closed = new Set(seesClosed ? [] : table.columns.filter(isClosed).map(({ name }) => name));
  const parts = decision.parts
    .map((part) => ({
      ...part,
      rows: {
        ...part.rows,
        organisations: topsOf(
          part.rows.organisations.flatMap((path) => commonSubtree(path, organisation) ?? []),
        ),
      },
      columns: new Map([...part.columns].filter(([name]) => !closed.has(name))),
    }))
    .filter(({ rows, columns }) => rows.organisations.length > 0 && columns.size > 0);
  const columns = decision.columns.filter((name) => parts.some((part) => part.columns.has(name)));
  if (columns.length === 0) return null;
  const names = new Set(columns);
  return {
    ...table,
    columns: table.columns.filter(({ name }) => names.has(name)),
    decision: {
      ...decision,
      ...{ parts, columns },
      limits: [...decision.limits, ...limits],
      organisations: topsOf(parts.flatMap(({ rows }) => rows.organisations)),
      // it is not the other one's use
      quotas: [],
    },
  };
}
