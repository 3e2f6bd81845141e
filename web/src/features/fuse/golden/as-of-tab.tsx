import type { Enterprise, EnterpriseAsOf } from '@ronghe/contracts';
import { Input } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useGoldenText } from '../golden-text.ts';

/** The end of a day in Beijing; of today the server answers what it knows now. */
export const momentOf = (day: string): string => new Date(`${day}T23:59:59.999+08:00`).toISOString();

/** The golden record as it was known at the end of a day, with who said each value then. */
export function AsOfTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const id = useId();
  const search = useSearchState();
  const { day } = search.values;
  return (
    <Panel title={t('golden.history.asOf')}>
      <div className="stack">
        <p className="faint">{t('golden.history.lead')}</p>
        <div className="row">
          <label htmlFor={id}>{t('golden.history.date')}</label>
          <Input
            id={id}
            type="date"
            style={{ width: 180 }}
            value={day ?? ''}
            onChange={({ target }) => search.set({ day: target.value })}
          />
        </div>
        {day && <Then key={day} enterprise={enterprise} day={day} />}
      </div>
    </Panel>
  );
}

function Then({ enterprise, day }: { enterprise: Enterprise; day: string }) {
  const { t } = useTranslation();
  const pick = usePick();
  const goldenText = useGoldenText();
  const dictionaries = useDictionaries();
  const query = useGet<EnterpriseAsOf>(`/api/fuse/enterprises/${enterprise.id}/as-of`, { at: momentOf(day) });
  const now = new Map(enterprise.values.map(({ attribute, value }) => [attribute, value]));
  return (
    <DataState
      query={query}
      isEmpty={({ values }) => values.length === 0}
      empty={{ title: t('golden.history.none') }}
    >
      {(then) => (
        <>
          <h3>{t('golden.history.known', { date: day })}</h3>
          <DataTable
            label={t('golden.history.known', { date: day })}
            rows={then.values}
            rowKey={(row) => row.attribute}
            columns={[
              {
                key: 'attribute',
                title: t('fuse.enterprise.attribute'),
                nowrap: true,
                render: (row) => dictionaries.name('attributes', row.attribute) ?? row.attribute,
              },
              {
                key: 'value',
                title: t('fuse.enterprise.value'),
                minWidth: 220,
                render: (row) => (
                  <span className="row">
                    {goldenText(row)}
                    {now.get(row.attribute) !== row.value && (
                      <Tag tone="info">
                        {t('golden.choosing.before')}:{' '}
                        {now.get(row.attribute) ?? t('fuse.enterprise.missing')}
                      </Tag>
                    )}
                  </span>
                ),
              },
              {
                key: 'source',
                title: t('fuse.enterprise.source'),
                render: (row) =>
                  row.source === null && row.sourceName !== ''
                    ? t('golden.pin.by', { name: row.sourceName })
                    : row.sourceName,
              },
              {
                key: 'rule',
                title: t('fuse.enterprise.rule'),
                render: (row) => <span className="faint">{pick(row.ruleText)}</span>,
              },
            ]}
          />
        </>
      )}
    </DataState>
  );
}
