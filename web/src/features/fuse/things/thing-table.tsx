import { PART_TARGETS, type ThingKind, type ThingValue } from '@ronghe/contracts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';

type Shown = { key: string; values: readonly ThingValue[] };
type ThingTableProps<Row extends Shown> = {
  kind: ThingKind;
  label: string;
  rows: readonly Row[];
  more?: readonly Column<Row>[];
};

/** Things of one kind; each value says on request which source and field it is from. */
export function ThingTable<Row extends Shown>({ kind, label, rows, more = [] }: ThingTableProps<Row>) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const names = Object.entries(PART_TARGETS[kind]).filter(
    ([name]) =>
      name === 'name' || rows.some(({ values }) => values.some(({ attribute }) => attribute === name)),
  );
  const isNumber = (name: string) =>
    Object.entries(PART_TARGETS[kind]).some(([one, { transform }]) => one === name && transform === 'number');
  const cellOf = (row: Row, name: string): ReactNode => {
    const value = row.values.find(({ attribute }) => attribute === name);
    return value ? (
      <span title={`${value.sourceName} · ${value.field}`}>
        {isNumber(name) ? format.number(Number(value.value), 2) : value.value}
      </span>
    ) : (
      <span className="faint">—</span>
    );
  };
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={(row) => row.key}
      columns={[
        ...names.map(
          ([name, title]): Column<Row> => ({
            key: name,
            title: pick(title),
            ...(isNumber(name) ? { align: 'end' as const } : {}),
            render: (row) => cellOf(row, name),
            ...(name === 'name' ? { minWidth: 140 } : {}),
          }),
        ),
        ...more,
        {
          key: 'source',
          title: t('things.source'),
          render: ({ values }) => (
            <span className="faint">
              {[...new Set(values.map(({ sourceName }) => sourceName))].join('、')}
            </span>
          ),
        },
      ]}
    />
  );
}
