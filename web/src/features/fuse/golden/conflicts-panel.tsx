import type { Page as PageOf, ValueConflict } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Panel } from '../../../components/page.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useGoldenText } from '../golden-text.ts';

const ROWS = 50;

/** Golden values on which trusted sources disagree, by attribute and city. */
export function ConflictsPanel() {
  const { t } = useTranslation();
  const search = useSearchState();
  const dictionaries = useDictionaries();
  const goldenText = useGoldenText();
  const { attribute, city, cursor } = search.values;
  const query = useGet<PageOf<ValueConflict>>(
    '/api/fuse/conflicts',
    { attribute, city, cursor, limit: ROWS },
    { keep: true },
  );
  const text = (row: ValueConflict, value: string) =>
    goldenText({ attribute: row.attribute, value, label: null });
  return (
    <Panel title={t('golden.choosing.conflicts')} flush>
      <div className="toolbar">
        <FilterSelect
          label={t('golden.choosing.attribute')}
          all={t('golden.choosing.allAttributes')}
          value={attribute}
          options={dictionaries.options('attributes')}
          onChange={(next) => search.set({ attribute: next })}
          width={180}
        />
        <FilterSelect
          label={t('fuse.enterprises.city')}
          all={t('fuse.enterprises.allCities')}
          value={city}
          options={dictionaries.cities}
          onChange={(next) => search.set({ city: next })}
          width={150}
        />
      </div>
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        filtered={{ active: search.filtered, clear: search.clear }}
        empty={{ title: t('golden.choosing.conflictsNone') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('golden.choosing.conflictsLead')}
              rows={page.items}
              rowKey={(row) => `${row.enterprise} ${row.attribute}`}
              columns={[
                {
                  key: 'enterprise',
                  title: t('fuse.enterprises.name'),
                  minWidth: 200,
                  render: (row) => (
                    <Link to="/fuse/enterprises/$id" params={{ id: row.enterprise }}>
                      {row.enterpriseName}
                    </Link>
                  ),
                },
                {
                  key: 'attribute',
                  title: t('golden.choosing.attribute'),
                  nowrap: true,
                  render: (row) => dictionaries.name('attributes', row.attribute) ?? row.attribute,
                },
                {
                  key: 'value',
                  title: t('fuse.enterprise.chosen'),
                  minWidth: 160,
                  render: (row) => (
                    <>
                      {text(row, row.value)}
                      <div className="faint">{row.sourceName}</div>
                    </>
                  ),
                },
                {
                  key: 'others',
                  title: t('golden.choosing.others'),
                  minWidth: 200,
                  render: (row) =>
                    row.others.map((other) => (
                      <div key={`${other.sourceName} ${other.value}`}>
                        {text(row, other.value)} <span className="faint">{other.sourceName}</span>
                      </div>
                    )),
                },
              ]}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </Panel>
  );
}
