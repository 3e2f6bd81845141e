import type { Page as PageOf, Reject } from '@ronghe/contracts';
import { ERRORS } from '@ronghe/contracts/errors';
import { Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { Facts } from '../../components/figures.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';

const ROWS = 50;
const REFRESH_MS = 10_000;
/** Codes that a sample can be rejected with. */
const CODES = [
  'VALUE_TYPE_WRONG',
  'VALUE_NOT_FINITE',
  'TIME_OUT_OF_RANGE',
  'TEXT_TOO_LONG',
  'LINE_INVALID',
  'POINT_LIMIT',
] as const;

export function RejectsPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const [shown, setShown] = useState<Reject | null>(null);
  const columns = useColumns(setShown);
  const { search: text, code, cursor } = search.values;
  const query = useGet<PageOf<Reject>>(
    '/api/ingest/rejects',
    { search: text, code, cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  return (
    <Page title={t('ingest.rejects.title')} lead={t('ingest.rejects.lead')}>
      <div className="panel">
        <search className="toolbar" aria-label={t('ingest.rejects.title')}>
          <SearchInput
            label={t('ingest.rejects.search')}
            value={text ?? ''}
            onChange={(next) => search.set({ search: next })}
          />
          <FilterSelect
            label={t('ingest.rejects.code')}
            all={t('ingest.rejects.allCodes')}
            value={code}
            options={CODES.map((name) => ({ value: name, label: name }))}
            onChange={(next) => search.set({ code: next })}
            width={220}
          />
        </search>
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('ingest.rejects.empty'), text: t('ingest.rejects.emptyHint') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('ingest.rejects.title')}
                rows={page.items}
                rowKey={(row) => row.id}
                columns={columns}
                onOpen={setShown}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
      <Drawer
        open={shown !== null}
        onClose={() => setShown(null)}
        size={560}
        title={shown?.code ?? ''}
        destroyOnHidden
      >
        {shown && <RejectDetail reject={shown} />}
      </Drawer>
    </Page>
  );
}

function useColumns(onOpen: (reject: Reject) => void): Column<Reject>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      key: 'receivedAt',
      title: t('ingest.rejects.receivedAt'),
      nowrap: true,
      render: (row) => (
        <button type="button" className="plain golden" onClick={() => onOpen(row)}>
          {format.dateTime(row.receivedAt)}
        </button>
      ),
    },
    {
      key: 'code',
      title: t('ingest.rejects.code'),
      nowrap: true,
      render: (row) => <Tag tone="bad">{row.code}</Tag>,
    },
    { key: 'reason', title: t('ingest.rejects.reason'), minWidth: 240, render: (row) => row.reason },
    { key: 'point', title: t('ingest.rejects.point'), render: (row) => <code>{row.point ?? '—'}</code> },
    { key: 'source', title: t('ingest.rejects.source'), nowrap: true, render: (row) => row.source ?? '—' },
    {
      key: 'door',
      title: t('ingest.rejects.door'),
      nowrap: true,
      render: (row) => t(`ingest.rejects.doors.${row.door}`),
    },
    {
      key: 'count',
      title: t('ingest.rejects.count'),
      align: 'end',
      render: (row) => format.number(row.count, 0),
    },
  ];
}

function RejectDetail({ reject }: { reject: Reject }) {
  const { t } = useTranslation();
  const format = useFormat();
  const pick = usePick();
  return (
    <div className="stack">
      <Facts
        items={[
          { label: t('ingest.rejects.reason'), value: reject.reason },
          { label: t('ingest.rejects.hint'), value: pick(ERRORS[reject.code].hint) },
          { label: t('ingest.rejects.receivedAt'), value: format.dateTime(reject.receivedAt) },
          { label: t('ingest.rejects.door'), value: t(`ingest.rejects.doors.${reject.door}`) },
          { label: t('ingest.rejects.source'), value: reject.source ?? '—' },
          { label: t('ingest.rejects.point'), value: <code>{reject.point ?? '—'}</code> },
          { label: t('ingest.rejects.count'), value: format.number(reject.count, 0) },
        ]}
      />
      <section aria-label={t('ingest.rejects.sample')}>
        <h3>{t('ingest.rejects.sample')}</h3>
        <pre className="json">{reject.sample}</pre>
      </section>
    </div>
  );
}
