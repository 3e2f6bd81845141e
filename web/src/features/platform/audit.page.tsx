import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import type { AuditEntry, AuditVerdict, Page as PageOf } from '@ronghe/contracts';
import { Alert, App, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { Facts } from '../../components/figures.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { getJson } from '../../lib/api.ts';
import { csvBlob, csvOf, download } from '../../lib/download.ts';
import { errorText } from '../../lib/error-text.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat } from '../../lib/use-format.ts';

const PATH = '/api/audit/entries';
const ROWS = 50;
const EXPORT_PAGE_ROWS = 500;
/** Most entries of one export made in the browser. */
const EXPORT_ROWS_MAX = 10_000;

export function AuditPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const { search: text, cursor } = search.values;
  const query = useGet<PageOf<AuditEntry>>(PATH, { search: text, cursor, limit: ROWS }, { keep: true });
  const columns = useColumns(setShown);
  return (
    <Page
      title={t('platform.audit.title')}
      lead={t('platform.audit.lead')}
      actions={<Export search={text} />}
    >
      <Verify />
      <div className="panel">
        <search className="toolbar" aria-label={t('platform.audit.title')}>
          <SearchInput
            label={t('platform.audit.search')}
            value={text ?? ''}
            onChange={(next) => search.set({ search: next })}
          />
        </search>
        <DataState
          query={query}
          rows={10}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('platform.audit.empty') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('platform.audit.title')}
                rows={page.items}
                rowKey={(row) => row.sequence}
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
        size={600}
        title={shown ? `${t('platform.audit.sequence')} ${shown.sequence} · ${shown.action}` : ''}
        destroyOnHidden
      >
        {shown && <EntryDetail entry={shown} />}
      </Drawer>
    </Page>
  );
}

function useColumns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      key: 'sequence',
      title: t('platform.audit.sequence'),
      nowrap: true,
      render: (row) => (
        <button
          type="button"
          className="plain golden"
          aria-label={`${t('action.details')} ${row.sequence}`}
          onClick={() => onOpen(row)}
        >
          {row.sequence}
        </button>
      ),
    },
    { key: 'at', title: t('platform.audit.at'), nowrap: true, render: (row) => format.dateTime(row.at) },
    {
      key: 'actor',
      title: t('platform.audit.actor'),
      nowrap: true,
      render: (row) => (
        <>
          {row.actor} <span className="faint">{t(`platform.audit.kinds.${row.actorKind}`)}</span>
        </>
      ),
    },
    {
      key: 'action',
      title: t('platform.audit.action'),
      nowrap: true,
      render: (row) => <code>{row.action}</code>,
    },
    {
      key: 'target',
      title: t('platform.audit.target'),
      minWidth: 200,
      render: (row) => <code>{row.target}</code>,
    },
    { key: 'from', title: t('platform.audit.from'), nowrap: true, render: (row) => row.from ?? '—' },
    {
      key: 'hash',
      title: t('platform.audit.hash'),
      nowrap: true,
      render: (row) => <code className="faint">{row.hash.slice(0, 12)}…</code>,
    },
  ];
}

function EntryDetail({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="stack">
      <Facts
        items={[
          { label: t('platform.audit.at'), value: format.dateTime(entry.at) },
          {
            label: t('platform.audit.actor'),
            value: `${entry.actor} · ${t(`platform.audit.kinds.${entry.actorKind}`)}`,
          },
          { label: t('platform.audit.from'), value: entry.from ?? '—' },
          { label: t('platform.audit.organisation'), value: <code>{entry.organisation}</code> },
          { label: t('platform.audit.target'), value: <code>{entry.target}</code> },
          { label: t('platform.audit.hash'), value: <code>{entry.hash}</code> },
        ]}
      />
      <div className="grid-2">
        <Side title={t('platform.audit.before')} value={entry.before} />
        <Side title={t('platform.audit.after')} value={entry.after} />
      </div>
    </div>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <pre className="json">
        {value === null || value === undefined ? '—' : JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}

/** Walks the whole hash chain on the server and says what it found. */
function Verify() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<AuditVerdict>('/api/audit/verify', {}, { enabled: false });
  const verdict = query.data;
  return (
    <div className="row" style={{ marginBottom: 16 }}>
      <Button
        icon={<SafetyCertificateOutlined />}
        loading={query.isFetching}
        onClick={() => void query.refetch()}
      >
        {t('platform.audit.verify')}
      </Button>
      <div role="status" style={{ flex: 1, minWidth: 240 }}>
        {query.error && !query.isFetching && (
          <Alert
            type="error"
            showIcon
            title={errorText(query.error, t).message}
            description={errorText(query.error, t).hint}
          />
        )}
        {verdict && !query.error && (
          <Alert
            type={verdict.intact ? 'success' : 'error'}
            showIcon
            title={verdict.intact ? t('platform.audit.intact') : t('platform.audit.broken')}
            description={
              verdict.intact
                ? t('platform.audit.intactText', {
                    count: verdict.entries,
                    formatted: format.number(verdict.entries, 0),
                  })
                : t('platform.audit.brokenText', {
                    sequence: verdict.brokenAt ?? '—',
                    reason: verdict.reason ?? '',
                  })
            }
          />
        )}
      </div>
    </div>
  );
}

function Export({ search }: { search: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message, notification } = App.useApp();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const entries = await allEntries(search);
      const names = [
        'sequence',
        'at',
        'actor',
        'from',
        'action',
        'target',
        'organisation',
        'before',
        'after',
        'hash',
      ] as const;
      const rows = entries.map((entry) =>
        names.map((name) => {
          const value = name === 'at' ? format.dateTime(entry.at) : entry[name];
          return typeof value === 'object' && value !== null
            ? JSON.stringify(value)
            : (value as string | number | null);
        }),
      );
      const header = names.map((name) => t(`platform.audit.${name}`));
      download(csvBlob(csvOf(header, rows)), `${t('platform.audit.title')}-${format.date(Date.now())}.csv`);
      if (entries.length >= EXPORT_ROWS_MAX)
        void message.warning(t('platform.audit.exportLimit', { count: EXPORT_ROWS_MAX }));
      else void message.success(t('platform.audit.exported', { count: entries.length }));
    } catch (error) {
      const { message: words, hint } = errorText(error, t);
      notification.error({ title: words, description: hint });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void save()}>
      {t('platform.audit.export')}
    </Button>
  );
}

async function allEntries(search: string | undefined): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: PageOf<AuditEntry> = await getJson(PATH, { search, cursor, limit: EXPORT_PAGE_ROWS });
    entries.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && entries.length < EXPORT_ROWS_MAX);
  return entries.slice(0, EXPORT_ROWS_MAX);
}
