import type { IndicatorSeries, Revision } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useFigureText } from './figure-text.ts';

type RevisionsProps = {
  enterprise: string;
  series: IndicatorSeries;
  /** the month that is asked about; null while nothing is */
  period: string | null;
  onClose: () => void;
};

/** Every value that was published for a month, with its source, run and time. */
export function RevisionsDrawer({ enterprise, series, period, onClose }: RevisionsProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const columns = useColumns(series);
  const query = useGet<{ items: Revision[] }>(
    `/api/fuse/enterprises/${enterprise}/indicators/${series.code}/revisions`,
    { period },
    { enabled: period !== null },
  );
  const title = t('indicators.revisionsOf', { name: pick(series.name), period: period ?? '' });
  return (
    <Drawer open={period !== null} onClose={onClose} title={title} size={640}>
      {period !== null && (
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('indicators.revisionsNone') }}
        >
          {({ items }) => (
            <DataTable
              label={title}
              columns={columns}
              rows={items}
              rowKey={({ run, source, rowKey }) => `${run} ${source} ${rowKey}`}
            />
          )}
        </DataState>
      )}
    </Drawer>
  );
}

function useColumns({ unit }: IndicatorSeries): Column<Revision>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useFigureText();
  const can = useCan();
  return [
    {
      key: 'at',
      title: t('indicators.published'),
      nowrap: true,
      render: ({ at, run }) =>
        can('fuse:run:read') ? (
          <Link to="/fuse/runs/$id" params={{ id: run }}>
            {format.dateTime(at)}
          </Link>
        ) : (
          format.dateTime(at)
        ),
    },
    {
      key: 'value',
      title: `${t('indicators.value')} (${text.unit(unit)})`,
      align: 'end',
      nowrap: true,
      render: ({ value, counts }) => (
        <span className="row">
          {value === null ? <span className="faint">{t('indicators.takenBack')}</span> : format.number(value)}
          {counts && <Tag tone="good">{t('indicators.counts')}</Tag>}
        </span>
      ),
    },
    { key: 'source', title: t('indicators.source'), render: ({ sourceName }) => sourceName },
    {
      key: 'row',
      title: t('fuse.enterprise.row'),
      render: ({ rowKey }) => <span className="mono">{rowKey}</span>,
    },
  ];
}
