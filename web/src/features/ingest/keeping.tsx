import type { RetentionList, RollupProgress } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Facts } from '../../components/figures.tsx';
import { Panel } from '../../components/page.tsx';
import { useGet } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';

const ROLLUP_REFRESH_MS = 10_000;
const RETENTION_REFRESH_MS = 60_000;

/** How far minutes, hours and days are. */
export function RollupPanel() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<RollupProgress>('/api/ingest/rollups', {}, { refreshMs: ROLLUP_REFRESH_MS });
  return (
    <Panel title={t('intake.rollups.title')}>
      <DataState query={query} rows={3}>
        {({ upTo, lagSeconds, everySeconds }) => (
          <div className="stack">
            <Facts
              items={[
                {
                  label: t('intake.rollups.upTo'),
                  value: upTo === null ? t('intake.rollups.never') : format.dateTime(upTo),
                },
                {
                  label: t('intake.rollups.lag'),
                  value: lagSeconds === null ? '—' : format.duration(lagSeconds * 1000),
                },
                { label: t('intake.rollups.every'), value: format.duration(everySeconds * 1000) },
              ]}
            />
            <p className="faint">{t('intake.rollups.text')}</p>
          </div>
        )}
      </DataState>
    </Panel>
  );
}

/** How long each class of data is kept, how much there is, and what is gone. */
export function RetentionPanel() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<RetentionList>('/api/ingest/retention', {}, { refreshMs: RETENTION_REFRESH_MS });
  return (
    <Panel title={t('intake.retention.title')} flush>
      <DataState query={query} rows={4}>
        {({ items }) => (
          <DataTable
            label={t('intake.retention.title')}
            rows={items}
            rowKey={(row) => row.class}
            columns={[
              {
                key: 'class',
                title: t('intake.retention.class'),
                render: (row) => t(`intake.retention.classes.${row.class}`),
              },
              {
                key: 'days',
                title: t('intake.retention.days'),
                nowrap: true,
                render: ({ days }) =>
                  days === 0
                    ? t('intake.retention.forever')
                    : t('intake.retention.dayCount', { count: days }),
              },
              {
                key: 'rows',
                title: t('intake.retention.rows'),
                align: 'end',
                nowrap: true,
                render: (row) => format.number(row.rows, 0),
              },
              {
                key: 'bytes',
                title: t('intake.retention.bytes'),
                align: 'end',
                nowrap: true,
                render: (row) => format.bytes(row.bytes),
              },
              {
                key: 'deletedRows',
                title: t('intake.retention.deletedRows'),
                align: 'end',
                nowrap: true,
                render: (row) => format.number(row.deletedRows, 0),
              },
              {
                key: 'deletedBefore',
                title: t('intake.retention.deletedBefore'),
                nowrap: true,
                render: ({ deletedBefore }) =>
                  deletedBefore === null ? t('intake.retention.none') : format.date(deletedBefore),
              },
            ]}
          />
        )}
      </DataState>
    </Panel>
  );
}
