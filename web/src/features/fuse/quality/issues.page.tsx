import { type Page as PageOf, QUALITY_DIMENSIONS, type QualityIssue, type Source } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useNow } from '../../../lib/now.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { IssueDrawer } from './issue-drawer.tsx';
import { ISSUE_STATES, ISSUE_TONES } from './issue-states.ts';
import { SEVERITY_TONES } from './severity.ts';
import '../fuse.css';

const ROWS = 50;
const REFRESH_MS = 15_000;

/** What is wrong with data of sources, sent back to who answers for it. */
export function QualityIssuesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const { source, state, cursor } = search.values;
  const [opened, setOpened] = useState<string | null>(null);
  const columns = useColumns(setOpened);
  const sources = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: can('fuse:source:read') });
  const query = useGet<PageOf<QualityIssue>>(
    '/api/fuse/quality/issues',
    { source, state, cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  return (
    <Page
      title={t('nav.qualityIssues')}
      lead={t('board.issuesLead')}
      above={<Link to="/fuse/quality">{t('nav.quality')}</Link>}
    >
      <div className="panel">
        <div className="toolbar">
          <FilterSelect
            label={t('fuse.runs.source')}
            all={t('fuse.runs.allSources')}
            value={source}
            options={(sources.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(next) => search.set({ source: next })}
            width={260}
          />
          <FilterSelect
            label={t('fuse.runs.state')}
            all={t('board.allStates')}
            value={state}
            options={ISSUE_STATES.map((value) => ({ value, label: t(`board.states.${value}`) }))}
            onChange={(next) => search.set({ state: next })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('board.noIssues'), text: t('board.noIssuesHint') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('nav.qualityIssues')}
                rows={page.items}
                rowKey={(row) => row.id}
                columns={columns}
                onOpen={(row) => setOpened(row.id)}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
              <IssueDrawer
                issue={page.items.find(({ id }) => id === opened) ?? null}
                onClose={() => setOpened(null)}
              />
            </>
          )}
        </DataState>
      </div>
    </Page>
  );
}

function useColumns(onOpen: (id: string) => void): Column<QualityIssue>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const now = useNow(60_000);
  return [
    {
      key: 'name',
      title: t('board.issue'),
      minWidth: 240,
      render: (row) => (
        <button type="button" className="plain golden" onClick={() => onOpen(row.id)}>
          <span>
            <span className="faint">#{row.number}</span> {pick(row.name)}
          </span>
        </button>
      ),
    },
    {
      key: 'state',
      title: t('fuse.runs.state'),
      nowrap: true,
      render: (row) => <Tag tone={ISSUE_TONES[row.state]}>{t(`board.states.${row.state}`)}</Tag>,
    },
    {
      key: 'source',
      title: t('fuse.runs.source'),
      minWidth: 160,
      render: (row) => (
        <>
          <Link to="/fuse/sources/$id" params={{ id: row.source }} search={{ tab: 'quality' }}>
            {row.sourceName}
          </Link>
          <div className="faint">{row.owner}</div>
        </>
      ),
    },
    { key: 'rows', title: t('board.rows'), align: 'end', render: (row) => format.number(row.rows, 0) },
    {
      key: 'severity',
      title: t('fuse.finding.severity'),
      nowrap: true,
      render: (row) => <Tag tone={SEVERITY_TONES[row.severity]}>{t(`board.severities.${row.severity}`)}</Tag>,
    },
    {
      key: 'dimension',
      title: t('fuse.finding.dimension'),
      nowrap: true,
      render: (row) => pick(QUALITY_DIMENSIONS[row.dimension]),
    },
    {
      key: 'opened',
      title: t('board.openedAt'),
      nowrap: true,
      render: (row) => format.date(row.openedAt),
    },
    {
      key: 'due',
      title: t('board.dueAt'),
      nowrap: true,
      render: (row) => {
        const late =
          row.dueAt !== null &&
          Date.parse(row.dueAt) < now &&
          row.state !== 'resolved' &&
          row.state !== 'accepted';
        return late ? <Tag tone="bad">{format.date(row.dueAt)}</Tag> : format.date(row.dueAt);
      },
    },
  ];
}
