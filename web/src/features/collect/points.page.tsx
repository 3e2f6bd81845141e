import { EditOutlined } from '@ant-design/icons';
import type { Collector, LatestValue, Page as PageOf, Point } from '@ronghe/contracts';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { useLive } from '../../lib/live.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { LiveBadge } from '../ingest/live-badge.tsx';
import { useStaleTest } from '../ingest/stale.ts';
import { TrendDrawer } from '../ingest/trend-drawer.tsx';
import { LiveQuality, LiveValue } from '../ingest/value.tsx';
import { PointForm } from './point-form.tsx';

const ROWS = 50;

export function PointsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [edited, setEdited] = useState<Point | null>(null);
  const { search: text, collector, organisation, cursor } = search.values;
  const query = useGet<PageOf<Point>>(
    '/api/collect/points',
    { search: text, collector, organisation, cursor, limit: ROWS },
    { keep: true },
  );
  const shown = useShown(query.data?.items ?? [], search.values.point);
  const setShown = (point: Point | null) => search.openPoint(point?.id ?? null);
  const ids = useMemo(() => (query.data?.items ?? []).map((point) => point.id), [query.data]);
  const live = useLive(can('ingest:observation:read') ? ids : NONE);
  const columns = useColumns(live.values, setShown);
  return (
    <Page
      title={t('collect.points.title')}
      lead={t('collect.points.lead')}
      actions={ids.length > 0 && <LiveBadge state={live.state} />}
    >
      <div className="panel">
        <Filters search={search} />
        <DataState
          query={query}
          rows={10}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('collect.points.empty'), text: t('collect.points.emptyHint') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('collect.points.title')}
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
      <TrendDrawer
        point={shown}
        onClose={() => setShown(null)}
        extra={
          can('collect:point:write') && (
            <Button icon={<EditOutlined />} onClick={() => setEdited(shown)}>
              {t('collect.points.edit')}
            </Button>
          )
        }
      />
      <PointForm
        point={edited}
        onClose={() => setEdited(null)}
        onSaved={(point) => {
          setEdited(null);
          setShown(point);
        }}
      />
    </Page>
  );
}
const NONE: readonly number[] = [];

/** The point that the address names, also when it is not on the page of the list. */
function useShown(items: readonly Point[], reference: string | undefined): Point | null {
  const listed = items.find(({ id }) => String(id) === reference) ?? null;
  const enabled = listed === null && /^\d+$/.test(reference ?? '');
  const query = useGet<Point>(`/api/collect/points/${reference}`, {}, { enabled });
  if (reference === undefined) return null;
  return listed ?? query.data ?? null;
}

function Filters({ search }: { search: SearchState }) {
  const { t } = useTranslation();
  const can = useCan();
  const organisations = useOrganisations();
  const collectors = useGet<{ items: Collector[] }>(
    '/api/collect/collectors',
    {},
    { enabled: can('collect:collector:read') },
  );
  return (
    <search className="toolbar" aria-label={t('collect.points.title')}>
      <SearchInput
        label={t('collect.points.search')}
        value={search.values.search ?? ''}
        onChange={(text) => search.set({ search: text })}
      />
      <FilterSelect
        label={t('collect.points.collector')}
        all={t('collect.points.allCollectors')}
        value={search.values.collector}
        options={(collectors.data?.items ?? []).map(({ name, title }) => ({ value: name, label: title }))}
        onChange={(collector) => search.set({ collector })}
        width={200}
      />
      <FilterSelect
        label={t('collect.points.organisation')}
        all={t('collect.points.allOrganisations')}
        value={search.values.organisation}
        options={organisations.options}
        onChange={(organisation) => search.set({ organisation })}
        width={220}
      />
    </search>
  );
}

function useColumns(
  values: ReadonlyMap<number, LatestValue>,
  onOpen: (point: Point) => void,
): Column<Point>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  const isStale = useStaleTest();
  const stale = (point: Point) => {
    const latest = values.get(point.id);
    return latest !== undefined && isStale(point, latest);
  };
  return [
    {
      key: 'name',
      title: t('collect.points.name'),
      minWidth: 180,
      render: (row) => (
        <>
          <Button
            type="link"
            size="small"
            style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'left' }}
            onClick={() => onOpen(row)}
          >
            {row.name}
            <span className="visually-hidden"> {t('ingest.trend.title')}</span>
          </Button>
          <div className="faint mono">{row.key}</div>
        </>
      ),
    },
    {
      key: 'equipment',
      title: t('collect.points.equipment'),
      minWidth: 110,
      render: (row) => row.equipment ?? '—',
    },
    {
      key: 'value',
      title: t('collect.points.value'),
      align: 'end',
      nowrap: true,
      render: (row) => <LiveValue latest={values.get(row.id)} unit={row.unit} stale={stale(row)} />,
    },
    {
      key: 'quality',
      title: t('collect.points.quality'),
      nowrap: true,
      render: (row) => <LiveQuality latest={values.get(row.id)} stale={stale(row)} />,
    },
    {
      key: 'time',
      title: t('collect.points.time'),
      nowrap: true,
      render: (row) => <span className="faint">{format.time(values.get(row.id)?.time)}</span>,
    },
    {
      key: 'type',
      title: t('collect.points.type'),
      nowrap: true,
      render: (row) => t(`collect.points.types.${row.type}`),
    },
    {
      key: 'collector',
      title: t('collect.points.collector'),
      nowrap: true,
      render: (row) => row.collector ?? '—',
    },
    {
      key: 'organisation',
      title: t('collect.points.organisation'),
      render: (row) => <span className="faint">{organisations.name(row.organisation)}</span>,
    },
  ];
}
