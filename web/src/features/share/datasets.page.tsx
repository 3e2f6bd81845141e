import type { DatasetSummary } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { isFound } from './find-datasets.ts';
import { GradeTags } from './grade-tags.tsx';
import './share.css';

type DatasetList = { items: DatasetSummary[] };

/** What is shared with whoever asks. */
export function DatasetsPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const query = useGet<DatasetList>('/api/share/datasets');
  const columns = useColumns();
  const wanted = search.values.search ?? '';
  const found = (list: DatasetList) => list.items.filter((dataset) => isFound(dataset, wanted));
  return (
    <Page title={t('share.datasets')} lead={t('share.datasetsLead')}>
      <div className="panel">
        <div className="toolbar">
          <SearchInput
            label={t('share.search')}
            value={wanted}
            onChange={(text) => search.set({ search: text })}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(list) => found(list).length === 0}
          filtered={{ active: wanted !== '', clear: search.clear }}
          empty={{ title: t('share.empty'), text: t('share.emptyHint') }}
        >
          {(list) => (
            <DataTable
              label={t('share.datasets')}
              rows={found(list)}
              rowKey={({ id }) => id}
              columns={columns}
              onOpen={({ id }) => void navigate({ to: '/share/datasets/$id', params: { id } })}
            />
          )}
        </DataState>
      </div>
    </Page>
  );
}

function useColumns(): Column<DatasetSummary>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  return [
    {
      key: 'title',
      title: t('share.title'),
      minWidth: 260,
      render: (row) => (
        <>
          <Link to="/share/datasets/$id" params={{ id: row.id }}>
            {pick(row.title)}
          </Link>
          <div className="faint">{pick(row.description)}</div>
        </>
      ),
    },
    { key: 'table', title: t('share.table'), nowrap: true, render: ({ table }) => <code>{table}</code> },
    {
      key: 'owner',
      title: t('share.owner'),
      minWidth: 140,
      render: ({ ownerName }) => ownerName,
    },
    {
      key: 'grade',
      title: `${t('share.grade')} · ${t('share.level')}`,
      nowrap: true,
      render: (row) => <GradeTags grade={row.grade} level={row.level} />,
    },
    {
      key: 'columns',
      title: t('share.columnsSeen'),
      align: 'end',
      nowrap: true,
      render: ({ columns }) => format.number(columns, 0),
    },
  ];
}
