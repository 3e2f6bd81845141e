import { QUALITY_DIMENSIONS, type QualityBoard } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Figures } from '../../../components/figures.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { DIMENSIONS, Score } from './scores.tsx';

const REFRESH_MS = 15_000;
type Item = QualityBoard['items'][number];
const SHOWN = ['held', 'issues', 'drift', 'falling'] as const;
const IS: Record<(typeof SHOWN)[number], (item: Item) => boolean> = {
  held: ({ held }) => held,
  issues: ({ openIssues }) => openIssues > 0,
  drift: ({ drift }) => drift > 0,
  falling: ({ scores, before }) => (scores.total ?? 0) < (before?.total ?? 0),
};

/** Every source as it stands: the worst on top, since that is what one comes for. */
export function QualityBoardPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const organisations = useOrganisations();
  const columns = useColumns();
  const query = useGet<QualityBoard>('/api/fuse/quality/board', {}, { refreshMs: REFRESH_MS });
  const show = SHOWN.find((known) => known === search.values.show);
  const words = (search.values.search ?? '').toLowerCase();
  const found = (items: readonly Item[]) =>
    items
      .filter((item) => !show || IS[show](item))
      .filter((item) =>
        `${item.sourceName} ${item.owner} ${organisations.name(item.organisation)}`
          .toLowerCase()
          .includes(words),
      )
      .sort((a, b) => Number(b.held) - Number(a.held) || (a.scores.total ?? 101) - (b.scores.total ?? 101));
  return (
    <Page
      title={t('nav.quality')}
      lead={t('board.lead')}
      actions={
        <span className="row">
          <Link to="/fuse/quality/rules">{t('nav.qualityRules')}</Link>
          <Link to="/fuse/quality/issues">{t('nav.qualityIssues')}</Link>
        </span>
      }
    >
      <div className="stack">
        {query.data && query.data.items.length > 0 && <Summary items={query.data.items} />}
        <div className="panel">
          <div className="toolbar">
            <SearchInput
              label={t('board.search')}
              value={search.values.search ?? ''}
              onChange={(text) => search.set({ search: text })}
            />
            <FilterSelect
              label={t('board.show')}
              all={t('board.allSources')}
              value={show}
              options={SHOWN.map((value) => ({ value, label: t(`board.shown.${value}`) }))}
              onChange={(next) => search.set({ show: next })}
              width={180}
            />
          </div>
          <DataState
            query={query}
            isEmpty={({ items }) => found(items).length === 0}
            filtered={{ active: search.filtered, clear: search.clear }}
            empty={{
              title: t('board.empty'),
              text: t('board.noneYetHint'),
              action: <Link to="/fuse/sources">{t('nav.sources')}</Link>,
            }}
          >
            {({ items }) => (
              <DataTable
                label={t('nav.quality')}
                rows={found(items)}
                rowKey={(row) => row.source}
                columns={columns}
              />
            )}
          </DataState>
        </div>
      </div>
    </Page>
  );
}

function Summary({ items }: { items: readonly Item[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const scored = items.flatMap(({ scores }) => (scores.total === null ? [] : [scores.total]));
  const mean = scored.length === 0 ? null : scored.reduce((sum, score) => sum + score, 0) / scored.length;
  const sum = (of: (item: Item) => number) =>
    format.number(
      items.reduce((all, item) => all + of(item), 0),
      0,
    );
  return (
    <Figures
      label={t('nav.quality')}
      items={[
        { label: t('nav.sources'), value: format.number(items.length, 0) },
        { label: t('board.mean'), value: format.number(mean, 1) },
        { label: t('board.heldRuns'), value: sum(({ held }) => Number(held)) },
        { label: t('board.openIssues'), value: sum(({ openIssues }) => openIssues) },
        { label: t('source.tabs.drift'), value: sum(({ drift }) => drift) },
      ]}
    />
  );
}

function useColumns(): Column<Item>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const organisations = useOrganisations();
  return [
    {
      key: 'source',
      title: t('fuse.runs.source'),
      minWidth: 200,
      render: (row) => (
        <>
          <Link to="/fuse/sources/$id" params={{ id: row.source }} search={{ tab: 'quality' }}>
            {row.sourceName}
          </Link>
          <div className="faint">
            {row.owner} · {organisations.name(row.organisation)}
          </div>
        </>
      ),
    },
    {
      key: 'total',
      title: t('board.total'),
      align: 'end',
      nowrap: true,
      render: (row) => <Score score={row.scores.total} before={row.before?.total} />,
    },
    ...DIMENSIONS.map(
      (dimension): Column<Item> => ({
        key: dimension,
        title: pick(QUALITY_DIMENSIONS[dimension]),
        align: 'end',
        nowrap: true,
        render: (row) => (
          <Score score={row.scores.dimensions[dimension]} before={row.before?.dimensions[dimension]} />
        ),
      }),
    ),
    {
      key: 'state',
      title: t('board.attention'),
      nowrap: true,
      render: (row) => (
        <span className="row" style={{ flexWrap: 'nowrap' }}>
          {row.held && (
            <Link to="/fuse/runs" search={{ source: row.source }}>
              <Tag tone="bad">{t('board.held')}</Tag>
            </Link>
          )}
          {row.drift > 0 && (
            <Link to="/fuse/sources/$id" params={{ id: row.source }} search={{ tab: 'drift' }}>
              <Tag tone="warn">{t('run.driftCount', { count: row.drift })}</Tag>
            </Link>
          )}
          {!row.held && row.drift === 0 && <span className="faint">—</span>}
        </span>
      ),
    },
    {
      key: 'issues',
      title: t('board.openIssues'),
      align: 'end',
      render: (row) =>
        row.openIssues === 0 ? (
          0
        ) : (
          <Link
            to="/fuse/quality/issues"
            search={{ source: row.source }}
            aria-label={t('board.issuesCount', { source: row.sourceName, count: row.openIssues })}
          >
            {row.openIssues}
          </Link>
        ),
    },
    {
      key: 'at',
      title: t('board.at'),
      nowrap: true,
      render: (row) => format.dateTime(row.at),
    },
  ];
}
