import type { ColumnOffer, DatasetOffer, Narrowing, RowsAsked } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import { quote } from '#platform/db/sql-parameters.ts';

const TABLE = 'collect.point_row';

type Told = Pick<ColumnOffer, 'name' | 'title'> & Partial<ColumnOffer>;
const column = (told: Told): ColumnOffer => ({
  ...{ description: told.title, unit: null, type: 'text', grade: 1, level: 'general', personal: false },
  ...told,
});

/** Columns of points, also where observations carry them. */
export const POINT_COLUMNS: readonly ColumnOffer[] = [
  column({
    name: 'point',
    title: { zh: '点位', en: 'Point' },
    description: { zh: '点位的键', en: 'Key of the point' },
  }),
  column({ name: 'point_name', title: { zh: '点位名称', en: 'Name of the point' } }),
  column({ name: 'series', type: 'integer', title: { zh: '点位编号', en: 'Number of the point' } }),
  column({ name: 'organisation', title: { zh: '组织', en: 'Organisation' } }),
  column({ name: 'equipment', title: { zh: '设备', en: 'Equipment' } }),
  column({ name: 'unit', title: { zh: '单位', en: 'Unit' } }),
  column({ name: 'point_type', title: { zh: '值类型', en: 'Type of values' } }),
  column({ name: 'collector', title: { zh: '采集器', en: 'Collector' } }),
  column({ name: 'connection', title: { zh: '连接', en: 'Connection' } }),
];
const STORED: Readonly<Record<string, string>> = { point: 'key', point_name: 'name', point_type: 'type' };
const storedAs = (name: string) => STORED[name] ?? name;
const KNOWN = new Set(POINT_COLUMNS.map(({ name }) => name));
const ALWAYS = new Set(['point', 'point_name', 'series', 'organisation', 'point_type']);

/** A condition on points, for reading less; what does not speak of points says nothing here. */
function narrowed({ column: name, op, values }: Narrowing, alias: string): string[] {
  if (!KNOWN.has(name)) return [];
  // sql-identifier: columns of this file
  const stored = `${alias}.${storedAs(name)}`;
  const fitting = values.filter((value) =>
    name === 'series' ? Number.isSafeInteger(value) : typeof value === 'string',
  );
  // a value of another type: the question itself says what becomes of it
  if (fitting.length < values.length) return [];
  const literals = fitting.map((value) => (name === 'series' ? String(value) : quote(String(value))));
  if (op === 'startsWith')
    return name === 'series' ? [] : literals.map((text) => `startsWith(${stored}, ${text})`);
  return [`${stored} in (${literals.join(', ')})`];
}

/** Points of these organisations as a condition and as a select; also for the room that joins observations with them. */
export const unscopedPointRows = {
  table: TABLE,
  columns: POINT_COLUMNS,
  /** rows of the copy that belong to what is asked, `alias` being ours */
  condition({ organisations, narrow = [] }: RowsAsked, alias: string): string {
    const conditions = narrow.flatMap((one) => narrowed(one, alias));
    return [withinSubtrees(organisations, `${alias}.organisation`), ...conditions].join(' and ');
  },
  /** the condition that the engine keeps besides */
  filter: ({ organisations }: RowsAsked): string => withinSubtrees(organisations, 'organisation'),
  /** a column as readers know it */
  said: (name: string, alias: string): string =>
    name === 'series'
      ? `${alias}.series`
      : ALWAYS.has(name)
        ? `toString(${alias}.${storedAs(name)})`
        : `nullIf(toString(${alias}.${storedAs(name)}), '')`,
};
export type PointRows = typeof unscopedPointRows;

/** Points as a dataset. */
export const unscopedPointOffer = (refresh: () => Promise<void>): DatasetOffer => ({
  id: 'points',
  title: { zh: '点位', en: 'Points' },
  description: { zh: '每个采集点位一行', en: 'One row a point that is measured' },
  columns: POINT_COLUMNS,
  key: ['series'],
  organisationColumn: 'organisation',
  tables: [TABLE],
  relation(rows) {
    const list = POINT_COLUMNS.map(({ name }) => `${unscopedPointRows.said(name, 'rh__p')} as ${name}`);
    return {
      // sql-identifier: columns of this file; paths and values are quoted literals
      sql: `select ${list.join(', ')} from collect.point_row as rh__p final
        where ${unscopedPointRows.condition(rows, 'rh__p')}`,
      filters: { [TABLE]: unscopedPointRows.filter(rows) },
    };
  },
  async refresh() {
    await refresh();
    return null;
  },
});
