import type { MappedRow, MappingSuggestion, SourceTarget, TableProfile } from '@ronghe/contracts';
import { Button } from 'antd';
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Panel } from '../../../components/page.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { ColumnDrawer } from './column-drawer.tsx';
import { ColumnTable } from './column-table.tsx';
import { type Row, SHOWN, type Shown, type StudioView, useRows } from './column-view.ts';
import {
  acceptAll,
  conflictsOf,
  type Draft,
  gapsOf,
  keepAllColumns,
  linesOf,
  openSuggestions,
} from './draft.ts';
import { KeyPanel } from './key-panel.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { testOf } from './test-of.ts';
import { TestsPanel } from './tests-panel.tsx';
import { type Preview, type PreviewFrom, usePreview } from './use-preview.ts';
import './studio.css';

type StudioProps = {
  draft: Draft;
  onChange: (draft: Draft) => void;
  columns: readonly string[];
  profile: TableProfile | null;
  suggestion: MappingSuggestion | null;
  from: PreviewFrom;
  /** what the rows are: an enterprise each, or rows of a dataset */
  target: SourceTarget;
  view: StudioView;
  readOnly?: boolean;
  /** versions, where there are some */
  versions?: ReactNode;
};

/** Columns on one side, what becomes of them on the other, and real rows below that show it at once. */
export function Studio(props: StudioProps) {
  const { draft, onChange, columns, profile, suggestion, from, target, view, readOnly = false } = props;
  const { t } = useTranslation();
  const [opened, setOpened] = useState<string | null>(null);
  const profiles = useMemo(
    () => new Map((profile?.columns ?? []).map((column) => [column.name, column])),
    [profile],
  );
  const suggestions = useMemo(
    () => new Map((suggestion?.columns ?? []).map((column) => [column.column, column])),
    [suggestion],
  );
  // What one chooses must show at once; a thousand lines may follow a little later.
  const shown = useDeferredValue(draft);
  const { found, rows, counts } = useRows({ draft: shown, columns, profiles, suggestions }, view);
  const missing = useMemo(
    () =>
      new Map(
        linesOf(columns, draft.mappings).flatMap(({ missing: gone, index }) => {
          const to = index === null ? undefined : draft.mappings[index]?.to;
          return gone && index !== null && to !== undefined ? [[to, index] as const] : [];
        }),
      ),
    [columns, draft.mappings],
  );
  const preview = usePreview(draft, from, target);
  const idOf = (row: Row) => `${row.column} ${row.index ?? ''}`;
  return (
    <div className="stack studio">
      <Gaps draft={draft} />
      <Panel title={t('studio.keyTitle')}>
        <KeyPanel {...{ draft, columns, profile, readOnly, onChange }} />
      </Panel>
      <div className="panel">
        <Toolbar {...{ draft, suggestion, view, counts, readOnly, onChange }} />
        {found.length === 0 ? (
          <div className="empty">
            <strong>{t(rows.length === 0 ? 'studio.noColumns' : 'state.emptyFilter')}</strong>
            {rows.length > 0 && (
              <Button className="empty-action" onClick={() => view.set({ search: '', show: 'all' })}>
                {t('state.clearFilter')}
              </Button>
            )}
          </div>
        ) : (
          <ColumnTable
            rows={found}
            missing={missing}
            draft={draft}
            readOnly={readOnly}
            onChange={onChange}
            onOpen={(row) => setOpened(idOf(row))}
          />
        )}
      </div>
      <Below {...props} readOnly={readOnly} preview={preview} />
      <ColumnDrawer
        row={rows.find((row) => idOf(row) === opened) ?? null}
        {...{ columns, draft, readOnly, onChange }}
        onClose={() => setOpened(null)}
      />
    </div>
  );
}

/** What still keeps the mapping from being saved, before anything is sent. */
function Gaps({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const gaps = gapsOf(draft);
  if (gaps.length === 0) return null;
  return (
    <div className="notice" role="status">
      <div>
        {gaps.map((gap) => (
          <div key={gap}>{t(`studio.gaps.${gap}`)}</div>
        ))}
      </div>
    </div>
  );
}

type ToolbarProps = Pick<StudioProps, 'draft' | 'suggestion' | 'view' | 'onChange'> & {
  counts: Record<Shown, number>;
  readOnly: boolean;
};
function Toolbar({ draft, suggestion, view, counts, readOnly, onChange }: ToolbarProps) {
  const { t } = useTranslation();
  const open = suggestion ? openSuggestions(draft, suggestion).length : 0;
  const conflicts = conflictsOf(draft.mappings).size;
  return (
    <div className="toolbar">
      <SearchInput
        label={t('studio.search')}
        value={view.search}
        onChange={(search) => view.set({ search })}
      />
      <FilterSelect
        label={t('studio.show')}
        all={`${t('studio.shown.all')} ${counts.all}`}
        value={view.show === 'all' ? undefined : view.show}
        options={SHOWN.filter((show) => show !== 'all').map((show) => ({
          value: show,
          label: `${t(`studio.shown.${show}`)} ${counts[show]}`,
        }))}
        onChange={(show) => view.set({ show: (show ?? 'all') as Shown })}
        width={180}
      />
      <span role="status" className="faint">
        {t('studio.summary', { mapped: counts.mapped, count: counts.all })}
        {conflicts > 0 && ` · ${t('studio.conflicts', { count: conflicts })}`}
      </span>
      {!readOnly && suggestion && (
        <div className="toolbar-end">
          {suggestion.target === 'dataset' && (
            <Button
              disabled={counts.unmapped === 0}
              onClick={() => onChange(keepAllColumns(draft, suggestion))}
            >
              {t('studio.keepAll')}
            </Button>
          )}
          <Button type="primary" disabled={open === 0} onClick={() => onChange(acceptAll(draft, suggestion))}>
            {t('studio.acceptAll', { count: open })}
          </Button>
        </div>
      )}
    </div>
  );
}

const PARTS = ['preview', 'tests', 'versions'] as const;
function Below({ draft, onChange, readOnly, versions, preview }: StudioProps & { preview: Preview }) {
  const { t } = useTranslation();
  const [part, setPart] = useState<(typeof PARTS)[number]>('preview');
  const addTest = (row: MappedRow) => onChange({ ...draft, tests: [...draft.tests, testOf(row, draft)] });
  return (
    <Panel
      title={t('studio.result')}
      actions={
        <span className="faint" role="status">
          {preview.busy ? t('studio.previewBusy') : ''}
        </span>
      }
    >
      <Tabs
        label={t('studio.result')}
        active={part}
        onChange={setPart}
        items={PARTS.filter((key) => key !== 'versions' || versions !== undefined).map((key) => ({
          key,
          label:
            key === 'tests' ? `${t('studio.parts.tests')} ${draft.tests.length}` : t(`studio.parts.${key}`),
          children:
            key === 'preview' ? (
              <PreviewPanel
                preview={preview}
                mappings={draft.mappings}
                {...(readOnly ? {} : { onTest: addTest })}
              />
            ) : key === 'tests' ? (
              <TestsPanel {...{ draft, preview, onChange }} readOnly={readOnly ?? false} />
            ) : (
              versions
            ),
        }))}
      />
    </Panel>
  );
}
