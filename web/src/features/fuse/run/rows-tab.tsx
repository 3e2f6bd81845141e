import { type Page as PageOf, ROW_CHANGES, type Run, type RunRow } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { FindingTags } from '../finding-tags.tsx';
import { SourceRow } from '../source-row.tsx';
import { type FieldDiff, rowDiff } from './row-diff.ts';
import { usePlace } from './use-place.ts';
import '../fuse.css';

const ROWS = 50;
const DIFFS_SHOWN = 4;
const TONES = { new: 'good', changed: 'info', gone: 'plain', rejected: 'bad' } as const;

/** Rows of a run, raw, by what became of them; changed ones with what they were. */
export function RunRowsTab({ run }: { run: Run }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const place = usePlace();
  const [opened, setOpened] = useState<RunRow | null>(null);
  const { change, cursor } = search.values;
  const query = useGet<PageOf<RunRow>>(
    `/api/fuse/runs/${run.id}/rows`,
    { change, cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <div className="panel">
      <div className="toolbar">
        <FilterSelect
          label={t('run.change')}
          all={t('run.allChanges')}
          value={change}
          options={ROW_CHANGES.map((value) => ({ value, label: t(`run.changes.${value}`) }))}
          onChange={(next) => search.set({ change: next })}
        />
      </div>
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        filtered={{ active: change !== undefined, clear: () => search.set({ change: null }) }}
        empty={{ title: t('run.rowsEmpty'), text: t('run.rowsEmptyHint') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('run.tabs.rows')}
              rows={page.items.map((row, index) => ({ ...row, index }))}
              rowKey={(row) => row.index}
              onOpen={setOpened}
              columns={[
                {
                  key: 'row',
                  title: t('fuse.finding.row'),
                  minWidth: 150,
                  render: (row) => (
                    <button type="button" className="plain golden" onClick={() => setOpened(row)}>
                      <code>{row.rowKey || '—'}</code>
                    </button>
                  ),
                },
                {
                  key: 'change',
                  title: t('run.change'),
                  nowrap: true,
                  render: (row) => <Tag tone={TONES[row.change]}>{t(`run.changes.${row.change}`)}</Tag>,
                },
                { key: 'place', title: t('run.problem.place'), nowrap: true, render: place },
                {
                  key: 'diff',
                  title: t('run.differs'),
                  minWidth: 260,
                  render: (row) => <Diffs diffs={rowDiff(row)} max={DIFFS_SHOWN} />,
                },
                {
                  key: 'findings',
                  title: t('studio.findings'),
                  minWidth: 220,
                  render: (row) => <FindingTags findings={row.findings} />,
                },
              ]}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
      <Drawer
        open={opened !== null}
        onClose={() => setOpened(null)}
        size={560}
        title={t('fuse.finding.rowOf', { key: opened?.rowKey ?? '' })}
        destroyOnHidden
      >
        {opened && <Opened row={opened} />}
      </Drawer>
    </div>
  );
}

function Opened({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  const place = usePlace();
  const diffs = rowDiff(row);
  return (
    <div className="stack">
      <span className="faint">{place(row)}</span>
      {row.findings.length > 0 && <FindingTags findings={row.findings} />}
      {diffs.length > 0 && (
        <section>
          <h3>{t('run.differs')}</h3>
          <Diffs diffs={diffs} max={Number.POSITIVE_INFINITY} />
        </section>
      )}
      <section>
        <h3>{t('source.data.raw')}</h3>
        <SourceRow row={row.row} mark={row.findings[0]?.field ?? null} />
      </section>
    </div>
  );
}

/** Old beside new, field by field. */
function Diffs({ diffs, max }: { diffs: readonly FieldDiff[]; max: number }) {
  const { t } = useTranslation();
  if (diffs.length === 0) return <span className="faint">—</span>;
  return (
    <dl className="row-diff">
      {diffs.slice(0, max).map(({ field, before, after }) => (
        <div key={field}>
          <dt>{field}</dt>
          <dd>
            <del>{before ?? '—'}</del>
            <span aria-hidden="true"> → </span>
            <ins>{after ?? '—'}</ins>
          </dd>
        </div>
      ))}
      {diffs.length > max && (
        <div className="faint">{t('run.moreFields', { count: diffs.length - max })}</div>
      )}
    </dl>
  );
}
