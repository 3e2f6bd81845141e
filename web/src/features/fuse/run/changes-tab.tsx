import type { Page as PageOf, Run, ValueChange } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable, Pager } from '../../../components/data-table.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { useGoldenText } from '../golden-text.ts';

const ROWS = 50;
const RUNNING_REFRESH_MS = 1_500;

/** Values of golden records that a run changed. */
export function ChangesTab({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const search = useSearchState();
  const dictionaries = useDictionaries();
  const goldenText = useGoldenText();
  const text = ({ attribute }: ValueChange, value: string) => goldenText({ attribute, value, label: null });
  const query = useGet<PageOf<ValueChange>>(
    `/api/fuse/runs/${run.id}/changes`,
    { cursor: search.values.cursor, limit: ROWS },
    { keep: true, refreshMs: run.state === 'running' ? RUNNING_REFRESH_MS : false },
  );
  return (
    <div className="panel">
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('fuse.runs.changesEmpty') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('fuse.runs.tabs.changes')}
              rows={page.items}
              rowKey={(row) => `${row.enterprise}-${row.attribute}-${row.at}`}
              columns={[
                {
                  key: 'enterprise',
                  title: t('fuse.runs.enterprise'),
                  minWidth: 180,
                  render: (row) => (
                    <Link to="/fuse/enterprises/$id" params={{ id: row.enterprise }}>
                      {row.enterpriseName}
                    </Link>
                  ),
                },
                {
                  key: 'attribute',
                  title: t('fuse.runs.attribute'),
                  nowrap: true,
                  render: (row) => dictionaries.name('attributes', row.attribute),
                },
                {
                  key: 'before',
                  title: t('fuse.runs.before'),
                  render: (row) =>
                    row.before === null ? '—' : <span className="change-from">{text(row, row.before)}</span>,
                },
                {
                  key: 'after',
                  title: t('fuse.runs.after'),
                  render: (row) => (row.after === null ? '—' : text(row, row.after)),
                },
                {
                  key: 'at',
                  title: t('fuse.runs.at'),
                  nowrap: true,
                  render: (row) => format.dateTime(row.at),
                },
              ]}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </div>
  );
}
