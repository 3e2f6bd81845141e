import { FileExcelOutlined, ReloadOutlined } from '@ant-design/icons';
import type { EnterpriseSummary, Page as PageOf } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { getFile } from '../../lib/api.ts';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { download } from '../../lib/download.ts';
import { errorText } from '../../lib/error-text.ts';
import { useGet } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { AsOfExport } from './golden/as-of-export.tsx';

const PATH = '/api/fuse/enterprises';
const ROWS = 50;

export function EnterprisesPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const can = useCan();
  const columns = useColumns();
  const { search: text, city, keyIndustry, size, park, sort, cursor } = search.values;
  const query = useGet<PageOf<EnterpriseSummary>>(
    PATH,
    { search: text, city, keyIndustry, size, park, sort, cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <Page
      title={t('fuse.enterprises.title')}
      lead={t('fuse.enterprises.lead')}
      actions={
        <span className="row">
          <Button onClick={() => void navigate({ to: '/fuse/search-before-create' })}>
            {t('nav.lookup')}
          </Button>
          {can('fuse:enterprise:export') && (
            <>
              <AsOfExport city={city} />
              <ExportButton search={search} />
            </>
          )}
        </span>
      }
    >
      <div className="panel">
        <Filters search={search} onRefresh={() => void query.refetch()} busy={query.isFetching} />
        <DataState
          query={query}
          rows={10}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{
            title: t('fuse.enterprises.empty'),
            text: t('fuse.enterprises.emptyHint'),
            action: can('fuse:source:write') && (
              <Button type="primary" onClick={() => void navigate({ to: '/fuse/sources' })}>
                {t('fuse.enterprises.goSources')}
              </Button>
            ),
          }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('fuse.enterprises.title')}
                columns={columns}
                rows={page.items}
                rowKey={(row) => row.id}
                onOpen={(row) => void navigate({ to: '/fuse/enterprises/$id', params: { id: row.id } })}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
    </Page>
  );
}

type FiltersProps = { search: SearchState; onRefresh: () => void; busy: boolean };
function Filters({ search, onRefresh, busy }: FiltersProps) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const { values, set } = search;
  return (
    <search className="toolbar" aria-label={t('fuse.enterprises.title')}>
      <SearchInput
        label={t('fuse.enterprises.search')}
        value={values.search ?? ''}
        onChange={(text) => set({ search: text })}
      />
      <FilterSelect
        label={t('fuse.enterprises.city')}
        all={t('fuse.enterprises.allCities')}
        value={values.city}
        options={dictionaries.cities}
        onChange={(city) => set({ city })}
        width={130}
      />
      <FilterSelect
        label={t('fuse.enterprises.keyIndustry')}
        all={t('fuse.enterprises.allKeyIndustries')}
        value={values.keyIndustry}
        options={dictionaries.options('keyIndustries')}
        onChange={(keyIndustry) => set({ keyIndustry })}
        width={160}
      />
      <FilterSelect
        label={t('fuse.enterprises.size')}
        all={t('fuse.enterprises.allSizes')}
        value={values.size}
        options={dictionaries.options('sizes')}
        onChange={(size) => set({ size })}
        width={120}
      />
      <FilterSelect
        label={t('things.order')}
        all={t('things.largestFirst')}
        value={values.sort}
        options={[{ value: 'completeness', label: t('things.leastFirst') }]}
        onChange={(sort) => set({ sort })}
        width={170}
      />
      {values.park && (
        <Tag tone="info" icon={null}>
          {t('things.park')}: {values.park}
        </Tag>
      )}
      {search.filtered && (
        <Button type="link" size="small" onClick={search.clear}>
          {t('state.clearFilter')}
        </Button>
      )}
      <div className="toolbar-end">
        <Button
          type="text"
          icon={<ReloadOutlined spin={busy} />}
          aria-label={t('table.refresh')}
          onClick={onRefresh}
        />
      </div>
    </search>
  );
}

function useColumns(): Column<EnterpriseSummary>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const dictionaries = useDictionaries();
  return [
    {
      key: 'name',
      title: t('fuse.enterprises.name'),
      minWidth: 200,
      render: (row) => (
        <Link to="/fuse/enterprises/$id" params={{ id: row.id }}>
          {row.name}
        </Link>
      ),
    },
    { key: 'code', title: t('fuse.enterprises.code'), nowrap: true, render: (row) => <Code row={row} /> },
    {
      key: 'division',
      title: t('fuse.enterprises.division'),
      nowrap: true,
      render: (row) => row.divisionName ?? row.division ?? <Missing />,
    },
    {
      key: 'industry',
      title: t('fuse.enterprises.industry'),
      nowrap: true,
      render: (row) => (
        <>
          {row.industryName ?? row.industry ?? <Missing />}
          {row.keyIndustry && (
            <span className="faint"> · {dictionaries.name('keyIndustries', row.keyIndustry)}</span>
          )}
        </>
      ),
    },
    {
      key: 'size',
      title: t('fuse.enterprises.size'),
      nowrap: true,
      render: (row) => dictionaries.name('sizes', row.size) ?? <Missing />,
    },
    {
      key: 'revenue',
      title: t('fuse.enterprises.revenue'),
      align: 'end',
      nowrap: true,
      render: (row) => format.money(row.revenue),
    },
    {
      key: 'employees',
      title: t('fuse.enterprises.employees'),
      align: 'end',
      nowrap: true,
      render: (row) => format.number(row.employees, 0),
    },
    {
      key: 'sources',
      title: t('fuse.enterprises.sources'),
      align: 'end',
      render: (row) => format.number(row.sources, 0),
    },
    {
      key: 'findings',
      title: t('fuse.enterprises.findings'),
      nowrap: true,
      render: (row) =>
        row.findings > 0 ? <Tag tone="warn">{row.findings}</Tag> : <span className="faint">0</span>,
    },
    {
      key: 'completeness',
      title: t('things.completeness'),
      align: 'end',
      nowrap: true,
      render: (row) => (row.completeness === null ? <Missing /> : `${format.number(row.completeness, 0)}%`),
    },
    {
      key: 'updatedAt',
      title: t('fuse.enterprises.updatedAt'),
      nowrap: true,
      render: (row) => <span className="faint">{format.date(row.updatedAt)}</span>,
    },
  ];
}

function Code({ row }: { row: EnterpriseSummary }) {
  const { t } = useTranslation();
  if (!row.code) return <Tag tone="plain">{t('fuse.enterprises.noCode')}</Tag>;
  return (
    <>
      <span className="mono">{row.code}</span>{' '}
      {!row.codeValid && <Tag tone="bad">{t('fuse.enterprises.codeInvalid')}</Tag>}
    </>
  );
}

const Missing = () => <span className="faint">—</span>;

function ExportButton({ search }: { search: SearchState }) {
  const { t } = useTranslation();
  const { notification, message } = App.useApp();
  const format = useFormat();
  const [busy, setBusy] = useState(false);
  const { search: text, city, keyIndustry, size, park } = search.values;
  const save = async () => {
    setBusy(true);
    try {
      const { blob, name } = await getFile(`${PATH}/export`, {
        ...{ search: text, city, keyIndustry, size, park },
      });
      download(blob, name ?? `${t('fuse.enterprises.title')}-${format.date(Date.now())}.xlsx`);
      void message.success(t('fuse.enterprises.exported'));
    } catch (error) {
      const { message: words, hint } = errorText(error, t);
      notification.error({ title: t('fuse.enterprises.exportFailed'), description: `${words} ${hint}` });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<FileExcelOutlined />} loading={busy} onClick={() => void save()}>
      {busy ? t('fuse.enterprises.exporting') : t('fuse.enterprises.export')}
    </Button>
  );
}
