import type { EnterpriseAttribute, Page, ValueVersion } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { useGoldenText } from '../golden-text.ts';

const VERSIONS_MAX = 50;

/** What one value was: who said it, from when to when, and why it won. */
export function ValueHistory({
  enterprise,
  attribute,
}: {
  enterprise: string;
  attribute: EnterpriseAttribute;
}) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const goldenText = useGoldenText();
  const query = useGet<Page<ValueVersion>>(`/api/fuse/enterprises/${enterprise}/history`, {
    attribute,
    limit: VERSIONS_MAX,
  });
  return (
    <section aria-label={t('golden.history.title')}>
      <h3>{t('golden.history.title')}</h3>
      <DataState query={query} rows={3}>
        {({ items }) => (
          <DataTable
            label={t('golden.history.title')}
            rows={items}
            rowKey={(row) => `${row.at} ${row.until}`}
            columns={[
              { key: 'value', title: t('fuse.enterprise.value'), minWidth: 120, render: goldenText },
              {
                key: 'time',
                title: t('golden.history.from'),
                render: (row) => (
                  <>
                    {format.dateTime(row.at)} –{' '}
                    {row.until === null ? t('golden.history.now') : format.dateTime(row.until)}
                  </>
                ),
              },
              {
                key: 'why',
                title: t('golden.history.why'),
                render: (row) => (
                  <>
                    {row.source === null ? t('golden.pin.by', { name: row.sourceName }) : row.sourceName}
                    <div className="faint">{pick(row.ruleText)}</div>
                  </>
                ),
              },
            ]}
          />
        )}
      </DataState>
    </section>
  );
}
