import './ledger.css';
import type { Collector, LedgerLine, LedgerOverview } from '@ronghe/contracts';
import { Button, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { useNow } from '../../lib/now.ts';
import { useGet } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { LedgerDrawer } from './ledger-drawer.tsx';
import { hoursOf, LEDGER_STATES, type LedgerState, ledgerState } from './ledger-state.ts';

const DAYS = ['1', '3', '7'] as const;
type Days = (typeof DAYS)[number];
const DAY_MS = 86_400_000;
const ROWS = 100;
const REFRESH_MS = 30_000;
const MINUTE_MS = 60_000;

/** Where something is missing, and why: every point and hour from the machine to the table. */
export function LedgerPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const days = DAYS.find((value) => value === search.values.days) ?? '1';
  const query = useOverview(search, days);
  const shown = query.data?.items.find(({ point }) => String(point) === search.values.point) ?? null;
  return (
    <Page title={t('ledger.title')} lead={t('ledger.lead')}>
      <div className="panel">
        <Filters search={search} days={days} />
        <DataState
          query={query}
          rows={10}
          isEmpty={({ items }) => items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('ledger.empty'), text: t('ledger.emptyHint') }}
        >
          {(overview) => <Lines overview={overview} onOpen={(line) => search.openPoint(line.point)} />}
        </DataState>
      </div>
      {query.data && <LedgerDrawer line={shown} range={query.data} onClose={() => search.openPoint(null)} />}
    </Page>
  );
}

function useOverview(search: SearchState, days: Days) {
  const { search: text, collector } = search.values;
  // To the minute: every second would be another question.
  const toMs = Math.ceil(useNow(MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  const from = new Date(toMs - Number(days) * DAY_MS).toISOString();
  return useGet<LedgerOverview>(
    '/api/collect/ledger/overview',
    { search: text, collector, from, to: new Date(toMs).toISOString(), limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
}

function Filters({ search, days }: { search: SearchState; days: Days }) {
  const { t } = useTranslation();
  const can = useCan();
  const collectors = useGet<{ items: Collector[] }>(
    '/api/collect/collectors',
    {},
    { enabled: can('collect:collector:read') },
  );
  return (
    <search className="toolbar" aria-label={t('ledger.title')}>
      <SearchInput
        label={t('ledger.search')}
        value={search.values.search ?? ''}
        onChange={(text) => search.set({ search: text })}
      />
      <FilterSelect
        label={t('ledger.collector')}
        all={t('ledger.allCollectors')}
        value={search.values.collector}
        options={(collectors.data?.items ?? []).map(({ name, title }) => ({ value: name, label: title }))}
        onChange={(collector) => search.set({ collector })}
        width={200}
      />
      <Segmented
        aria-label={t('ledger.range')}
        value={days}
        onChange={(next: Days) => search.set({ days: next === '1' ? null : next })}
        options={DAYS.map((value) => ({ value, label: t(`ledger.ranges.${value}`) }))}
      />
    </search>
  );
}

type LinesProps = { overview: LedgerOverview; onOpen: (line: LedgerLine) => void };
function Lines({ overview, onOpen }: LinesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { items, points, truncated } = overview;
  const columns: Column<LedgerLine>[] = [
    {
      key: 'point',
      title: t('ledger.point'),
      minWidth: 180,
      render: (line) => (
        <>
          <Button type="link" size="small" onClick={() => onOpen(line)}>
            {line.name}
          </Button>
          <div className="faint mono">{line.key}</div>
        </>
      ),
    },
    {
      key: 'hours',
      title: t('ledger.hours'),
      minWidth: 260,
      render: (line) => <Strip line={line} overview={overview} />,
    },
    {
      key: 'lacking',
      title: t('ledger.lacking'),
      align: 'end',
      nowrap: true,
      render: (line) => format.number(line.lacking, 0),
    },
    {
      key: 'bad',
      title: t('ledger.bad'),
      align: 'end',
      nowrap: true,
      render: (line) => format.number(line.bad, 0),
    },
    {
      key: 'collector',
      title: t('ledger.collector'),
      nowrap: true,
      render: (line) => line.collector ?? '—',
    },
  ];
  return (
    <>
      <Legend />
      <DataTable
        label={t('ledger.title')}
        rows={items}
        rowKey={({ point }) => point}
        columns={columns}
        onOpen={onOpen}
      />
      <div className="table-foot">
        {truncated
          ? t('ledger.truncated', { count: points })
          : t('ledger.looked', { count: points, shown: items.length })}
      </div>
    </>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className="ledger-legend" aria-label={t('ledger.legend')}>
      {LEDGER_STATES.map((state) => (
        <li key={state}>
          <i className={state} aria-hidden="true" />
          {t(`ledger.states.${state}`)}
        </li>
      ))}
    </ul>
  );
}

/** One mark an hour, oldest first; the numbers are in the drawer. */
function Strip({ line, overview }: { line: LedgerLine; overview: LedgerOverview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const hours = hoursOf(overview, line.hours).map(({ hour, told }) => ({
    hour,
    told,
    state: ledgerState(told),
  }));
  const count = (state: LedgerState) => hours.filter((hour) => hour.state === state).length;
  const label = t('ledger.strip', {
    name: line.name,
    complete: count('complete'),
    bad: count('bad'),
    lacking: count('lacking'),
    none: count('none'),
  });
  return (
    <div className="ledger-strip" role="img" aria-label={label}>
      {hours.map(({ hour, told, state }) => (
        <i
          key={hour}
          className={state}
          title={t('ledger.cell', {
            hour: format.dateTime(hour),
            state: t(`ledger.states.${state}`),
            read: told?.read ?? 0,
            stored: told?.stored ?? 0,
          })}
        />
      ))}
    </div>
  );
}
