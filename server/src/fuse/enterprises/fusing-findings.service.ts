import { unitJumps } from '../indicators/jumps.ts';
import type { Finding } from '../standards/findings.ts';
import type { FusingStore, Head } from './fusing.store.ts';
import type { FusingRun } from './fusing.ts';

type FindingsOf = {
  run: FusingRun;
  entityKeys: readonly string[];
  heads: ReadonlyMap<string, Head>;
  ambiguous: ReadonlySet<string>;
};
/** What only shows when rows are seen together: names that fit several enterprises, months out of line. */
export async function fusingFindings(store: FusingStore, { run, entityKeys, heads, ambiguous }: FindingsOf) {
  const rows = run.monthly ? await store.history(run.source, entityKeys) : [...heads.values()];
  const byEntity = groupByEntity(rows);
  return [...byEntity].flatMap(([entityKey, months]) => {
    const jumps = run.monthly
      ? unitJumps(months.map(({ rowKey, clean }) => ({ rowKey, indicators: clean.indicators })))
      : new Map<string, Finding[]>();
    return months.map(({ rowKey, clean }) => {
      const fits: Finding[] =
        ambiguous.has(entityKey) && heads.get(entityKey)?.rowKey === rowKey
          ? [
              {
                rule: 'name-ambiguous',
                field: clean.values.name?.field ?? null,
                value: clean.values.name?.raw ?? null,
              },
            ]
          : [];
      return { rowKey, entityKey, findings: [...(jumps.get(rowKey) ?? []), ...fits] };
    });
  });
}

function groupByEntity(rows: readonly Head[]): Map<string, Head[]> {
  const groups = new Map<string, Head[]>();
  for (const row of rows) groups.set(row.entityKey, [...(groups.get(row.entityKey) ?? []), row]);
  return groups;
}
