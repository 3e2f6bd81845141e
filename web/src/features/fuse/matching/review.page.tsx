import type { Page as PageOf, ReviewPair } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../../components/data-table.tsx';
import { Page } from '../../../components/page.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ShareBar } from '../share-bar.tsx';
import { ReviewExport } from './review-export.tsx';
import { CLOSED_STATES, type ClosedState, ReviewFilters } from './review-filters.tsx';
import { ReviewStateTag, WeightText } from './verdict-tag.tsx';
import '../fuse.css';

const PATH = '/api/fuse/review';
const ROWS = 50;
type Tab = 'open' | 'done';

/** Pairs the model is not sure of: those that wait, and those that are done. */
export function ReviewPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const tab: Tab = search.values.tab === 'done' ? 'done' : 'open';
  const first = useGet<PageOf<ReviewPair>>(PATH, { state: 'open', limit: 1 });
  const next = first.data?.items[0]?.id;
  const open = (to: Tab) =>
    void navigate({ to: '.', search: (to === 'open' ? {} : { tab: to }) as never, replace: true });
  const items = (['open', 'done'] as const).map((key) => ({
    key,
    label: t(`matching.review.${key}`),
    children: <List key={key} tab={key} />,
  }));
  return (
    <Page
      title={t('matching.review.title')}
      lead={t('matching.review.lead')}
      actions={
        next && (
          <Link className="link-button" to="/fuse/review/$id" params={{ id: next }}>
            {t('matching.review.start')}
          </Link>
        )
      }
    >
      <Tabs label={t('matching.review.title')} active={tab} items={items} onChange={open} />
    </Page>
  );
}

function List({ tab }: { tab: Tab }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const can = useCan();
  const columns = useColumns(tab);
  const { source, enterprise, later, cursor } = search.values;
  const state: ClosedState | 'open' =
    tab === 'open' ? 'open' : (CLOSED_STATES.find((known) => known === search.values.state) ?? 'same');
  const filter = { state, source, enterprise, later };
  const query = useGet<PageOf<ReviewPair>>(PATH, { ...filter, cursor, limit: ROWS }, { keep: true });
  const isFiltered = Boolean(source || enterprise || (tab === 'done' && search.values.state));
  return (
    <div className="panel">
      <div className="toolbar">
        <ReviewFilters search={search} state={state} />
        <div className="toolbar-end">{can('fuse:enterprise:export') && <ReviewExport filter={filter} />}</div>
      </div>
      <DataState
        query={query}
        rows={8}
        isEmpty={({ items }) => items.length === 0}
        filtered={{
          active: isFiltered,
          clear: () => search.set({ source: null, enterprise: null, state: null }),
        }}
        empty={
          tab === 'open'
            ? {
                title: t('matching.review.empty'),
                text: t('matching.review.emptyHint'),
                action: <Link to="/fuse/model">{t('nav.model')}</Link>,
              }
            : { title: t('matching.review.doneEmpty') }
        }
      >
        {(page) => (
          <>
            <DataTable
              label={t(`matching.review.${tab}`)}
              rows={page.items}
              rowKey={(row) => row.id}
              columns={columns}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </div>
  );
}

function useColumns(tab: Tab): Column<ReviewPair>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const pair: Column<ReviewPair>[] = [
    { key: 'a', title: t('matching.review.left'), minWidth: 200, render: (row) => <Side side={row.a} /> },
    { key: 'b', title: t('matching.review.right'), minWidth: 200, render: (row) => <Side side={row.b} /> },
    {
      key: 'weight',
      title: t('matching.weight'),
      nowrap: true,
      render: (row) => <WeightText weight={row.weight} probability={row.probability} />,
    },
  ];
  const look: Column<ReviewPair> = {
    key: 'look',
    title: <span className="visually-hidden">{t('action.details')}</span>,
    align: 'end',
    nowrap: true,
    render: (row) => <Look pair={row} tab={tab} />,
  };
  if (tab === 'open')
    return [
      ...pair,
      {
        key: 'usefulness',
        title: t('matching.review.usefulness'),
        minWidth: 130,
        render: (row) => <ShareBar share={row.usefulness} label={t('matching.review.usefulness')} />,
      },
      {
        key: 'at',
        title: t('matching.review.at'),
        nowrap: true,
        render: (row) => (
          <>
            {format.date(row.at)}
            {row.decision !== null && <div className="faint">{t('matching.work.pending')}</div>}
            {row.laterUntil && (
              <div className="faint">
                {t('matching.review.putAside', { at: format.dateTime(row.laterUntil) })}
              </div>
            )}
          </>
        ),
      },
      look,
    ];
  return [
    ...pair,
    {
      key: 'state',
      title: t('matching.review.state'),
      nowrap: true,
      render: (row) => <ReviewStateTag state={row.state} />,
    },
    { key: 'by', title: t('matching.review.decidedBy'), render: (row) => row.decidedBy ?? '—' },
    {
      key: 'when',
      title: t('matching.review.decidedAt'),
      nowrap: true,
      render: (row) => format.dateTime(row.decidedAt),
    },
    look,
  ];
}

function Side({ side }: { side: ReviewPair['a'] }) {
  return (
    <>
      {side.name}
      <div className="faint">
        {side.sourceName} <code>{side.entityKey}</code>
      </div>
    </>
  );
}

function Look({ pair, tab }: { pair: ReviewPair; tab: Tab }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const names = { a: pair.a.name, b: pair.b.name };
  return (
    <Button
      size="small"
      aria-label={t(tab === 'open' ? 'matching.review.checkPair' : 'matching.review.lookAt', names)}
      onClick={() => void navigate({ to: '/fuse/review/$id', params: { id: pair.id } })}
    >
      {t(tab === 'open' ? 'matching.review.check' : 'matching.review.look')}
    </Button>
  );
}
