import type { LatestValue, Point } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../components/data-table.tsx';
import { useFormat } from '../../lib/use-format.ts';
import { useStaleTest } from './stale.ts';
import { LiveQuality, LiveValue } from './value.tsx';

type PointTableProps = {
  label: string;
  points: readonly Point[];
  values: ReadonlyMap<number, LatestValue>;
  onOpen: (point: Point) => void;
};

/** Points of one machine with their newest values. */
export function PointTable({ label, points, values, onOpen }: PointTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const isStale = useStaleTest();
  const stale = (point: Point) => {
    const latest = values.get(point.id);
    return latest !== undefined && isStale(point, latest);
  };
  return (
    <DataTable
      label={label}
      rows={points}
      rowKey={(point) => point.id}
      onOpen={onOpen}
      columns={[
        {
          key: 'name',
          title: t('collect.points.name'),
          render: (point) => (
            <button type="button" className="plain golden" onClick={() => onOpen(point)}>
              {point.name}
              <span className="visually-hidden"> {t('ingest.trend.title')}</span>
            </button>
          ),
        },
        {
          key: 'value',
          title: t('collect.points.value'),
          align: 'end',
          nowrap: true,
          render: (point) => (
            <LiveValue latest={values.get(point.id)} unit={point.unit} stale={stale(point)} />
          ),
        },
        {
          key: 'quality',
          title: t('collect.points.quality'),
          nowrap: true,
          render: (point) => <LiveQuality latest={values.get(point.id)} stale={stale(point)} />,
        },
        {
          key: 'time',
          title: t('collect.points.time'),
          nowrap: true,
          render: (point) => <span className="faint">{format.time(values.get(point.id)?.time)}</span>,
        },
      ]}
    />
  );
}
