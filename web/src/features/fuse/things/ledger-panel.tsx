import type { LatestValue, Point, Thing } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { LiveValue } from '../../ingest/value.tsx';
import { PagesFoot, usePages } from '../pages.tsx';
import { ThingTable } from './thing-table.tsx';

const ROWS = 50;

type LedgerProps = {
  machines: readonly Thing[];
  /** points of each machine by its key; null for who may not see points */
  points: ReadonlyMap<string, readonly Point[]> | null;
  values: ReadonlyMap<number, LatestValue>;
  onOpen: (point: Point) => void;
};

/** Machines as sources list them, each with the live values of its points. */
export function LedgerPanel({ machines, points, values, onOpen }: LedgerProps) {
  const { t } = useTranslation();
  const pages = usePages(machines, ROWS);
  return (
    <Panel title={t('things.ledger')} flush>
      <ThingTable
        kind="equipment"
        label={t('things.ledger')}
        rows={pages.shown}
        more={
          points === null
            ? []
            : [
                {
                  key: 'points',
                  title: t('things.points'),
                  minWidth: 220,
                  render: ({ key }) => (
                    <MachinePoints points={points.get(key) ?? []} values={values} onOpen={onOpen} />
                  ),
                },
              ]
        }
      />
      <PagesFoot pages={pages} label={t('things.ledger')} />
    </Panel>
  );
}

type MachinePointsProps = Pick<LedgerProps, 'values' | 'onOpen'> & { points: readonly Point[] };
function MachinePoints({ points, values, onOpen }: MachinePointsProps) {
  const { t } = useTranslation();
  if (points.length === 0) return <span className="faint">{t('things.noPoints')}</span>;
  return (
    <ul className="plain-list">
      {points.map((point) => (
        <li key={point.id} className="row spread">
          <button type="button" className="plain golden" onClick={() => onOpen(point)}>
            {point.name}
            <span className="visually-hidden"> {t('ingest.trend.title')}</span>
          </button>
          <LiveValue latest={values.get(point.id)} unit={point.unit} stale={false} />
        </li>
      ))}
    </ul>
  );
}
