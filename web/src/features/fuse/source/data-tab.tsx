import { DownloadOutlined } from '@ant-design/icons';
import {
  type DatasetFilter,
  type DatasetPage,
  type DatasetRow,
  RAW_COLUMN,
  type Source,
} from '@ronghe/contracts';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager, type Sort } from '../../../components/data-table.tsx';
import { Facts } from '../../../components/figures.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tag } from '../../../components/tags.tsx';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { useGet } from '../../../lib/query.ts';
import { type SearchState, useSearchState } from '../../../lib/search.ts';
import { usePick } from '../../../lib/use-format.ts';
import { FindingTags } from '../finding-tags.tsx';
import { PagesFoot, usePages } from '../pages.tsx';
import { SourceRow } from '../source-row.tsx';
import { useNotify } from '../use-notify.ts';
import { useTargets } from '../use-targets.ts';
import { AddFilter, FilterList, filtersOf } from './dataset-filters.tsx';
import '../fuse.css';

const ROWS = 50;
const PAGE_TARGETS = 16;
/** Longest value, in characters, that is not broken into lines. */
const NOWRAP_LENGTH_MAX = 20;
const LONG_TEXT_WIDTH = 220;

/** Rows of a source as readers see them: searched, filtered by columns and by what is wrong, put in order, taken away as a file. */
export function DataTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const { search: words, findings, filters: filtersText, sort, order, cursor } = search.values;
  const [opened, setOpened] = useState<DatasetRow | null>(null);
  const asked = { search: words, findings, filters: filtersText, sort, order };
  const query = useGet<DatasetPage>(
    `/api/fuse/sources/${source.id}/rows`,
    { ...asked, cursor, limit: ROWS },
    { keep: true },
  );
  const filters = filtersOf(filtersText);
  const columns = useFilterColumns(source, query.data);
  const left = query.data?.left ?? [];
  const setFilters = (next: readonly DatasetFilter[]) =>
    search.set({ filters: next.length === 0 ? null : JSON.stringify(next) });
  // The tab is no filter: clearing filters must not leave it.
  const filtered = {
    active: Boolean(words || findings || filters.length > 0),
    clear: () => search.set({ search: null, findings: null, filters: null }),
  };
  return (
    <div className="panel">
      <div className="toolbar">
        <SearchInput
          label={t('source.data.search')}
          value={words ?? ''}
          onChange={(text) => search.set({ search: text })}
        />
        <FilterSelect
          label={t('source.data.findings')}
          all={t('source.data.allRows')}
          value={findings}
          options={(['with', 'without'] as const).map((value) => ({
            value,
            label: t(`source.data.${value}`),
          }))}
          onChange={(next) => search.set({ findings: next })}
          width={150}
        />
        <AddFilter filters={filters} columns={columns} onChange={setFilters} />
        {left.length > 0 && (
          <FilterSelect
            label={t('source.data.columns')}
            all={t('source.data.mapped')}
            value={search.values.left}
            options={[{ value: 'shown', label: t('source.data.left', { count: left.length }) }]}
            onChange={(next) => search.set({ left: next })}
            width={190}
          />
        )}
        <div className="toolbar-end row">
          <ExportButton source={source} asked={asked} format="csv" />
          <ExportButton source={source} asked={asked} format="xlsx" />
        </div>
      </div>
      <FilterList filters={filters} columns={columns} onChange={setFilters} />
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        filtered={filtered}
        empty={{
          title: t('source.data.empty'),
          text: t(source.lastRun?.state === 'held' ? 'source.data.emptyHeld' : 'source.data.emptyHint'),
        }}
      >
        {(page) => (
          <>
            <Rows source={source} page={page} onOpen={setOpened} search={search} />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
      <RowDrawer row={opened} onClose={() => setOpened(null)} />
    </div>
  );
}

/** What rows can be filtered by: the key, the month, every target, and columns that the mapping leaves out. */
function useFilterColumns(source: Source, page: DatasetPage | undefined) {
  const { t } = useTranslation();
  const name = useColumnNames(page);
  return [
    { value: 'rowKey', label: t('studio.rowKey') },
    ...(source.periodField === null ? [] : [{ value: 'period', label: t('studio.period') }]),
    ...targetsOf(source, page?.items ?? []).map((to) => ({ value: to, label: name(to) })),
    ...(page?.left ?? []).map((column) => ({
      value: `${RAW_COLUMN}${column}`,
      label: t('source.data.leftColumn', { name: column }),
    })),
  ];
}

/** Names of columns, with the unit where the mapping converts their numbers into one. */
function useColumnNames(page: DatasetPage | undefined): (to: string) => string {
  const targets = useTargets();
  const { t } = useTranslation();
  const pick = usePick();
  return (to) => {
    const unit = page?.units[to];
    return unit ? t('source.data.inUnit', { name: targets.name(to), unit: pick(unit) }) : targets.name(to);
  };
}

type ExportProps = {
  source: Source;
  asked: Readonly<Record<string, string | undefined>>;
  format: 'csv' | 'xlsx';
};
function ExportButton({ source, asked, format }: ExportProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const path = `/api/fuse/sources/${source.id}/rows/export`;
      const { blob, name } = await getFile(path, { ...asked, format });
      download(blob, name ?? `${source.key}.${format}`);
    } catch (error) {
      notify.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void save()}>
      {t(`source.data.export.${format}`)}
    </Button>
  );
}

/** A press on a heading puts rows in its order, a second one turns it round, a third goes back to the order of keys. */
function sortBy(to: string, search: SearchState): Sort {
  const { sort = 'rowKey', order = 'asc' } = search.values;
  const now = sort === to ? (order === 'desc' ? 'desc' : 'asc') : null;
  const next = {
    none: { sort: to, order: null },
    asc: { sort: to, order: 'desc' },
    desc: { sort: null, order: null },
  }[now ?? 'none'];
  return { order: now, onSort: () => search.set(next) };
}

type RowsProps = {
  source: Source;
  page: DatasetPage;
  search: SearchState;
  onOpen: (row: DatasetRow) => void;
};
function Rows({ source, page, search, onOpen }: RowsProps) {
  const { t } = useTranslation();
  const name = useColumnNames(page);
  const { items: rows } = page;
  const left = search.values.left === 'shown' ? page.left.map((column) => `${RAW_COLUMN}${column}`) : [];
  const all = [...targetsOf(source, rows), ...left];
  const pages = usePages(all, PAGE_TARGETS);
  const columns: Column<DatasetRow>[] = [
    {
      key: 'rowKey',
      title: t('studio.rowKey'),
      nowrap: true,
      sort: sortBy('rowKey', search),
      render: (row) => (
        <button type="button" className="plain golden" onClick={() => onOpen(row)}>
          <code>{row.rowKey}</code>
        </button>
      ),
    },
    ...(source.periodField === null
      ? []
      : [
          {
            key: 'period',
            title: t('studio.period'),
            nowrap: true,
            sort: sortBy('period', search),
            render: (row: DatasetRow) => row.period ?? '—',
          },
        ]),
    ...pages.shown.map(
      (to): Column<DatasetRow> => ({
        key: `to ${to}`,
        title: to.startsWith(RAW_COLUMN)
          ? t('source.data.leftColumn', { name: to.slice(RAW_COLUMN.length) })
          : name(to),
        sort: sortBy(to, search),
        ...widthOf(rows, to),
        render: (row) =>
          to.startsWith(RAW_COLUMN) ? (
            textOf(row, to) || <span className="faint">—</span>
          ) : (
            <DataCell row={row} to={to} fields={fieldsTo(source, to)} />
          ),
      }),
    ),
    {
      key: 'findings',
      title: t('studio.findings'),
      align: 'end',
      nowrap: true,
      render: (row) =>
        row.findings.length === 0 ? (
          <span className="faint">0</span>
        ) : (
          <Tag tone={row.findings.some(({ severity }) => severity === 'block') ? 'bad' : 'warn'}>
            {row.findings.length}
          </Tag>
        ),
    },
  ];
  return (
    <>
      <DataTable
        label={t('source.tabs.data')}
        rows={rows}
        rowKey={(row) => `${row.rowKey} ${row.period ?? ''}`}
        columns={columns}
        onOpen={onOpen}
      />
      <PagesFoot pages={pages} label={t('source.columns')} />
    </>
  );
}

/** Short values stay on one line, so that dates and codes can be read down; long ones get room. */
function widthOf(rows: readonly DatasetRow[], to: string): Pick<Column<DatasetRow>, 'nowrap' | 'minWidth'> {
  const longest = Math.max(0, ...rows.map((row) => textOf(row, to).length));
  return longest <= NOWRAP_LENGTH_MAX ? { nowrap: true } : { minWidth: LONG_TEXT_WIDTH };
}

/** A value as text: standardised, or as the source delivered it. */
function textOf({ values, row }: DatasetRow, to: string): string {
  if (!to.startsWith(RAW_COLUMN)) return values[to] ?? '';
  const value = row[to.slice(RAW_COLUMN.length)];
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Targets in the order of the mapping, then what rows still carry from a mapping before. */
function targetsOf(source: Source, rows: readonly DatasetRow[]): string[] {
  const known = source.mappings.map(({ to }) => to);
  return [...new Set([...known, ...rows.flatMap(({ values }) => Object.keys(values))])];
}
const fieldsTo = (source: Source, to: string): string[] =>
  source.mappings.filter((mapping) => mapping.to === to).flatMap(({ from }) => from.split('|'));

type DataCellProps = { row: DatasetRow; to: string; fields: readonly string[] };
function DataCell({ row, to, fields }: DataCellProps) {
  const pick = usePick();
  const finding = row.findings.find(
    ({ field }) => field !== null && (field === to || fields.includes(field)),
  );
  const value = row.values[to] ?? <span className="faint">—</span>;
  if (!finding) return value;
  return (
    <span className={`data-mark ${finding.severity}`} title={pick(finding.message)}>
      {value}
      <span className="visually-hidden"> {pick(finding.message)}</span>
    </span>
  );
}

function RowDrawer({ row, onClose }: { row: DatasetRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const targets = useTargets();
  return (
    <Drawer
      open={row !== null}
      onClose={onClose}
      size={560}
      title={t('fuse.finding.rowOf', { key: row?.rowKey ?? '' })}
      destroyOnHidden
    >
      {row && (
        <div className="stack">
          {row.findings.length > 0 && <FindingTags findings={row.findings} />}
          <section>
            <h3>{t('source.data.values')}</h3>
            <Facts
              items={Object.entries(row.values).map(([to, value]) => ({ label: targets.name(to), value }))}
            />
          </section>
          <section>
            <h3>{t('source.data.raw')}</h3>
            <SourceRow row={row.row} mark={row.findings[0]?.field ?? null} />
          </section>
        </div>
      )}
    </Drawer>
  );
}
