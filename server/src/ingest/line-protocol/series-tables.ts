import { createSeriesTable, type SeriesTable } from './series-table.ts';

/** The tables of series of all organisations, which share one limit. */
export type SeriesTables = {
  /** The organisation's table; it counts as used. */
  of(organisation: string): SeriesTable;
  /** Drops tables, those of the organisations that were silent longest first, until all together keep to the limit. */
  forget(): void;
};

/** A table that reaches `seriesMax` by itself empties itself. */
export function createSeriesTables(limits: { seriesMax: number; organisationsMax: number }): SeriesTables {
  const tables = new Map<string, SeriesTable>();
  return {
    of(organisation) {
      const table = tables.get(organisation) ?? createSeriesTable(limits.seriesMax);
      // last in the order of the map is used last
      tables.delete(organisation);
      tables.set(organisation, table);
      return table;
    },
    forget() {
      let series = 0;
      for (const table of tables.values()) series += table.size();
      for (const [organisation, table] of tables) {
        if (series <= limits.seriesMax && tables.size <= limits.organisationsMax) return;
        tables.delete(organisation);
        series -= table.size();
      }
    },
  };
}
