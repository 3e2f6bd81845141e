import { QUALITIES } from '@ronghe/contracts';
import type { Collect } from '#collect';
import type { ColumnOffer, DatasetOffer, RowsAsked } from '#platform/datasets/offer.ts';
import { quote } from '#platform/db/sql-parameters.ts';

type PointRows = Collect['pointRows'];
type Told = Pick<ColumnOffer, 'name' | 'title' | 'type'> & Partial<ColumnOffer>;
const column = (told: Told): ColumnOffer => ({
  ...{ description: told.title, unit: null, grade: 1, level: 'general', personal: false },
  ...told,
});

const OWN_COLUMNS: readonly ColumnOffer[] = [
  column({
    name: 'time',
    type: 'time',
    title: { zh: '时间', en: 'Time' },
    description: { zh: '数据源的时间', en: 'Time of its source' },
  }),
  column({
    name: 'value',
    type: 'number',
    title: { zh: '数值', en: 'Value' },
    description: {
      zh: '数值或 0/1；没有值时为空',
      en: 'A number, or 0 and 1; nothing where there was no value',
    },
  }),
  column({ name: 'text_value', type: 'text', title: { zh: '文本值', en: 'Text' } }),
  column({ name: 'quality', type: 'text', title: { zh: '质量', en: 'Quality' } }),
  column({ name: 'reason', type: 'text', title: { zh: '原因', en: 'Reason' } }),
  column({ name: 'received_at', type: 'time', title: { zh: '接收时间', en: 'Received at' } }),
];

const TABLES = [
  {
    table: 'ingest.observations',
    value: 'if(isNaN(rh__o.value), null, rh__o.value)',
    text: "cast(null, 'Nullable(String)')",
  },
  {
    table: 'ingest.observations_text',
    value: "cast(null, 'Nullable(Float64)')",
    text: "cast(rh__o.value, 'Nullable(String)')",
  },
] as const;

/** Names of qualities by the number that is stored. */
const QUALITY = `arrayElement([${QUALITIES.map(quote).join(', ')}], toUInt32(rh__o.quality) + 1)`;

function observationsOf(
  { table, value, text }: (typeof TABLES)[number],
  points: PointRows,
  rows: RowsAsked,
): string {
  const ofPoint = points.columns.map(({ name }) => `${points.said(name, 'rh__p')} as ${name}`);
  // sql-identifier: one of two tables and columns of ours; the front door of collect says its own rows
  return `select ${ofPoint.map((each) => `rh__n.${each.slice(each.lastIndexOf(' as ') + 4)} as ${each.slice(each.lastIndexOf(' as ') + 4)}`).join(', ')},
      toDateTime64(rh__o.time, 6, 'UTC') as time, ${value} as value, ${text} as text_value, ${QUALITY} as quality,
      nullIf(toString(rh__o.reason), '') as reason, toDateTime64(rh__o.received_at, 6, 'UTC') as received_at
    from ${table} as rh__o final
    inner join (select ${ofPoint.join(', ')} from ${points.table} as rh__p final where ${points.condition(rows, 'rh__p')}) as rh__n
      on rh__n.series = rh__o.series
    where rh__o.series in (select rh__q.series from ${points.table} as rh__q where ${points.condition(rows, 'rh__q')})`;
}

/**
 * Observations as a dataset, with what is known of their points. Conditions on points narrow the series before observations are
 * read, because the series lead the order of the table.
 */
export const unscopedObservationOffer = ({
  points,
  refresh,
}: {
  points: PointRows;
  refresh: () => Promise<void>;
}): DatasetOffer => ({
  id: 'observations',
  title: { zh: '观测值', en: 'Observations' },
  description: { zh: '每个点位每个时刻一行', en: 'One row a point and moment' },
  columns: [...points.columns, ...OWN_COLUMNS],
  key: ['series', 'time'],
  organisationColumn: 'organisation',
  tables: [...TABLES.map(({ table }) => table), points.table],
  relation(rows) {
    // what the engine keeps besides: series of the organisations, whatever the relation says
    const own = `series in (select series from ${points.table} where ${points.filter(rows)})`;
    return {
      sql: TABLES.map((table) => observationsOf(table, points, rows)).join(' union all '),
      filters: {
        ...Object.fromEntries(TABLES.map(({ table }) => [table, own])),
        [points.table]: points.filter(rows),
      },
    };
  },
  async refresh() {
    await refresh();
    return null;
  },
});
