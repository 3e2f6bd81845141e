import type { CollectorGap, Page as PageOf } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Panel } from '../../components/page.tsx';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';

const ROWS = 20;
const REFRESH_MS = 15_000;

/** The newest times in which a collector could not read, and whether the device's history filled them. */
export function GapsPanel({ collector }: { collector: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<PageOf<CollectorGap>>(
    '/api/collect/gaps',
    { collector, limit: ROWS },
    { refreshMs: REFRESH_MS },
  );
  const columns: Column<CollectorGap>[] = [
    {
      key: 'connection',
      title: t('collect.gaps.connection'),
      nowrap: true,
      render: (gap) => gap.connection,
    },
    { key: 'from', title: t('collect.gaps.from'), nowrap: true, render: (gap) => format.dateTime(gap.from) },
    { key: 'to', title: t('collect.gaps.to'), nowrap: true, render: (gap) => format.dateTime(gap.to) },
    {
      key: 'seconds',
      title: t('collect.gaps.seconds'),
      align: 'end',
      render: (gap) => format.number((Date.parse(gap.to) - Date.parse(gap.from)) / 1000, 1),
    },
    { key: 'points', title: t('collect.collectors.points'), align: 'end', render: (gap) => gap.points },
    {
      key: 'filled',
      title: t('collect.gaps.filled'),
      align: 'end',
      render: (gap) => (gap.filled === null ? t('collect.gaps.noHistory') : format.number(gap.filled, 0)),
    },
    { key: 'reason', title: t('collect.gaps.reason'), minWidth: 160, render: (gap) => gap.reason },
  ];
  return (
    <Panel title={t('collect.gaps.title')} flush>
      <DataState
        query={query}
        rows={3}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('collect.gaps.none') }}
      >
        {({ items }) => (
          <DataTable
            label={t('collect.gaps.title')}
            rows={items}
            rowKey={(gap) => `${gap.connection} ${gap.from}`}
            columns={columns}
          />
        )}
      </DataState>
    </Panel>
  );
}
