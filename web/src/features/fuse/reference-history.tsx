import type { Page as PageOf, ReferenceDifferences, ReferenceSet, ReferenceVersion } from '@ronghe/contracts';
import { App, Button, Drawer, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useGet, useSend } from '../../lib/query.ts';
import type { SearchState } from '../../lib/search.ts';
import { useFormat } from '../../lib/use-format.ts';
import { REFERENCE_FIELDS } from './reference-fields.ts';
import { useReferenceText } from './reference-text.ts';

const ROWS = 50;

type HistoryProps = { set: ReferenceSet; search: SearchState; newest: number; mayChange: boolean };

/** Versions of a set, what each changed, and the way back to one. */
export function ReferenceHistory({ set, search, newest, mayChange }: HistoryProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<number | null>(null);
  const restore = useRestore(set, newest);
  const columns = useColumns({ newest, show: setShown, restore: mayChange ? restore : null });
  const query = useGet<PageOf<ReferenceVersion>>(
    `/api/fuse/reference/${set}/versions`,
    { cursor: search.values.cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <>
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('reference.empty'), text: t('reference.emptyHint') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('reference.history')}
              rows={page.items}
              rowKey={(row) => row.version}
              columns={columns}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
      <Differences set={set} version={shown} onClose={() => setShown(null)} />
    </>
  );
}

function useRestore(set: ReferenceSet, base: number): (version: number) => Promise<void> {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  const send = useSend<ReferenceVersion>(['/api/fuse']);
  return async (version) => {
    try {
      const path = `/api/fuse/reference/${set}/versions/${version}/restore`;
      const made = await send.mutateAsync({ method: 'POST', path, body: { base } });
      void message.success(t('reference.restored', { version: made.version }));
    } catch (error) {
      const { message: words, hint } = errorText(error, t);
      notification.error({ title: words, description: hint });
    }
  };
}

type ColumnParts = {
  newest: number;
  show: (version: number) => void;
  restore: ((version: number) => Promise<void>) | null;
};

function useColumns({ newest, show, restore }: ColumnParts): Column<ReferenceVersion>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    { key: 'version', title: t('reference.version'), nowrap: true, render: (row) => row.version },
    {
      key: 'from',
      title: t('reference.validFrom'),
      nowrap: true,
      render: (row) => format.dateTime(row.validFrom),
    },
    {
      key: 'to',
      title: t('reference.validTo'),
      nowrap: true,
      render: (row) => (row.validTo === null ? t('reference.now') : format.dateTime(row.validTo)),
    },
    {
      key: 'source',
      title: t('reference.source'),
      minWidth: 220,
      render: (row) => (
        <>
          {row.source}
          <div className="faint">
            {row.restores === null
              ? row.note
              : `${t('reference.restoredFrom', { version: row.restores })} ${row.note}`}
          </div>
        </>
      ),
    },
    {
      key: 'counts',
      title: t('reference.counts'),
      nowrap: true,
      align: 'end',
      render: (row) => `${row.added} / ${row.changed} / ${row.removed}`,
    },
    {
      key: 'by',
      title: t('reference.madeBy'),
      nowrap: true,
      render: (row) => (row.edition === null ? row.madeBy : t('reference.shipped')),
    },
    {
      key: 'actions',
      title: '',
      nowrap: true,
      render: (row) => (
        <>
          <Button type="link" size="small" onClick={() => show(row.version)}>
            {t('reference.differences')}
          </Button>
          {restore && row.version !== newest && (
            <Popconfirm
              title={t('reference.restoreSure', { version: row.version })}
              onConfirm={() => restore(row.version)}
            >
              <Button type="link" size="small">
                {t('reference.restore')}
              </Button>
            </Popconfirm>
          )}
        </>
      ),
    },
  ];
}

type Difference = ReferenceDifferences['items'][number];

function Differences({
  set,
  version,
  onClose,
}: {
  set: ReferenceSet;
  version: number | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const query = useGet<ReferenceDifferences>(
    `/api/fuse/reference/${set}/versions/${version ?? 0}/differences`,
    {},
    { enabled: version !== null },
  );
  const columns: Column<Difference>[] = [
    { key: 'key', title: t('reference.key'), minWidth: 120, render: (row) => row.key },
    {
      key: 'before',
      title: t('reference.before'),
      minWidth: 160,
      render: (row) => <Values set={set} value={row.before} />,
    },
    {
      key: 'after',
      title: t('reference.after'),
      minWidth: 160,
      render: (row) => <Values set={set} value={row.after} />,
    },
  ];
  return (
    <Drawer
      open={version !== null}
      onClose={onClose}
      size={720}
      title={t('reference.differencesTitle', { version: version ?? 0 })}
      destroyOnHidden
    >
      <DataState
        query={query}
        isEmpty={(answer) => answer.items.length === 0}
        empty={{ title: t('reference.empty'), text: '' }}
      >
        {(answer) => (
          <>
            <DataTable
              label={t('reference.differences')}
              rows={answer.items}
              rowKey={(row) => row.key}
              columns={columns}
            />
            {answer.more > 0 && <p className="faint">{t('reference.more', { count: answer.more })}</p>}
          </>
        )}
      </DataState>
    </Drawer>
  );
}

function Values({ set, value }: { set: ReferenceSet; value: Record<string, unknown> | null }) {
  const { t } = useTranslation();
  const text = useReferenceText();
  if (value === null) return '—';
  return REFERENCE_FIELDS[set]
    .filter(({ name }) => value[name] !== null && value[name] !== '')
    .map((field) => (
      <div key={field.name}>
        <span className="faint">{t(`reference.fields.${field.name}`)}</span> {text(field, value[field.name])}
      </div>
    ));
}
