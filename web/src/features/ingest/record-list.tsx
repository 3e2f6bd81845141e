import type { ObservationList, Point } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { QualityTag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';
import { useValueText } from './value.tsx';

const ROWS = 100;
const REFRESH_MS = 10_000;

/** Newest records of a point that cannot be drawn. */
export function RecordList({ point }: { point: Point }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useValueText();
  const query = useGet<ObservationList>(
    '/api/ingest/observations',
    { point: point.id, limit: ROWS, order: 'descending' },
    { refreshMs: REFRESH_MS },
  );
  return (
    <>
      <p className="faint">{t('ingest.trend.notNumber')}</p>
      <DataState
        query={query}
        isEmpty={(list) => list.items.length === 0}
        empty={{ title: t('chart.noData') }}
      >
        {(list) => (
          <DataTable
            label={point.name}
            rows={list.items}
            rowKey={(row) => row.time}
            columns={[
              {
                key: 'time',
                title: t('ingest.trend.time'),
                nowrap: true,
                render: (row) => format.dateTime(row.time),
              },
              {
                key: 'serverTime',
                title: t('ingest.trend.serverTime'),
                nowrap: true,
                render: (row) => (row.serverTime ? format.dateTime(row.serverTime) : '—'),
              },
              {
                key: 'receivedAt',
                title: t('ingest.trend.receivedAt'),
                nowrap: true,
                render: (row) => format.dateTime(row.receivedAt),
              },
              { key: 'value', title: t('ingest.trend.value'), render: (row) => text(row.value) },
              {
                key: 'quality',
                title: t('collect.points.quality'),
                render: (row) => <QualityTag quality={row.quality} reason={row.reason} />,
              },
            ]}
          />
        )}
      </DataState>
    </>
  );
}
