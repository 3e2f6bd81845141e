import { DownloadOutlined } from '@ant-design/icons';
import type { Usage } from '@ronghe/contracts';
import { Button, Segmented } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../../components/chart.tsx';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Figures } from '../../../components/figures.tsx';
import { Page, Panel } from '../../../components/page.tsx';
import { csvBlob, csvOf, download } from '../../../lib/download.ts';
import { useDark } from '../../../lib/preferences.ts';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { seriesOption } from '../series-option.ts';
import { daysOf, rangeOf, totalOf, type UsageItem } from './usage.ts';
import { UsageBar } from './usage-bar.tsx';
import { useUsageName } from './use-usage-name.ts';

const SIDES = ['user', 'owner'] as const;
const DAYS = ['7', '30', '90'] as const;
const BYS = ['dataset', 'key', 'organisation'] as const;
type Side = (typeof SIDES)[number];
type By = (typeof BYS)[number];
const oneOf = <Name extends string>(names: readonly Name[], wanted: string | undefined): Name | undefined =>
  names.find((name) => name === wanted);

/** How much was asked of shared data, by those who use it and by those whose it is. */
export function UsagePage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const side = oneOf(SIDES, search.values.side) ?? 'user';
  const days = oneOf(DAYS, search.values.days) ?? '30';
  const by = oneOf(BYS, search.values.by) ?? 'dataset';
  const range = useMemo(() => rangeOf(Number(days), Date.now()), [days]);
  return (
    <Page title={t('usage.title')} lead={t('usage.lead')}>
      <div className="stack">
        <div className="row">
          <Segmented
            aria-label={t('usage.side')}
            value={side}
            onChange={(next: Side) => search.set({ side: next })}
            options={SIDES.map((value) => ({ value, label: t(`usage.sides.${value}`) }))}
          />
          <Segmented
            aria-label={t('usage.range')}
            value={days}
            onChange={(next: string) => search.set({ days: next })}
            options={DAYS.map((value) => ({ value, label: t('usage.days', { count: Number(value) }) }))}
          />
        </div>
        <DayPanel side={side} range={range} days={days} />
        <GroupPanel side={side} range={range} by={by} onBy={(next) => search.set({ by: next })} />
      </div>
    </Page>
  );
}

type Range = { from: string; to: string };
function DayPanel({ side, range, days }: { side: Side; range: Range; days: string }) {
  const { t } = useTranslation();
  const query = useGet<Usage>('/api/share/usage', { ...range, side, by: 'day' }, { keep: true });
  return (
    <>
      <DataState query={query} rows={2}>
        {({ items }) => <Totals items={items} />}
      </DataState>
      <Panel title={t('usage.chart')}>
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('usage.empty'), text: t('usage.emptyHint') }}
        >
          {({ items }) => (
            <DayChart
              items={daysOf(items, range)}
              label={t('usage.chartLabel', {
                side: t(`usage.sides.${side}`),
                range: t('usage.days', { count: Number(days) }),
              })}
            />
          )}
        </DataState>
      </Panel>
    </>
  );
}

function Totals({ items }: { items: readonly UsageItem[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { requests, refused, rows, bytes, elapsedMs } = totalOf(items);
  return (
    <Figures
      label={t('usage.total')}
      items={[
        { label: t('usage.requests'), value: format.number(requests, 0) },
        {
          label: t('usage.refused'),
          value: format.number(refused, 0),
          ...(requests === 0
            ? {}
            : { note: t('usage.refusedShare', { share: format.percent(refused / requests) }) }),
        },
        { label: t('usage.rows'), value: format.compact(rows) },
        { label: t('usage.bytes'), value: format.bytes(bytes) },
        { label: t('usage.elapsed'), value: format.duration(requests === 0 ? null : elapsedMs / requests) },
      ]}
    />
  );
}

function DayChart({ items, label }: { items: readonly UsageItem[]; label: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  const option = useMemo(
    () =>
      seriesOption(
        {
          kind: 'bar',
          stacked: true,
          labels: items.map(({ key }) => key),
          series: [
            { name: t('usage.answered'), values: items.map(({ requests, refused }) => requests - refused) },
            { name: t('usage.refused'), values: items.map(({ refused }) => refused) },
          ],
        },
        { dark, format },
      ),
    [items, t, dark, format],
  );
  return (
    <Chart
      option={option}
      label={label}
      fileName="ronghe-usage-days"
      height={240}
      table={{
        columns: [t('usage.day'), t('usage.requests'), t('usage.refused'), t('usage.rows'), t('usage.bytes')],
        rows: items.map(({ key, requests, refused, rows, bytes }) => [key, requests, refused, rows, bytes]),
      }}
    />
  );
}

type GroupPanelProps = { side: Side; range: Range; by: By; onBy: (by: By) => void };
function GroupPanel({ side, range, by, onBy }: GroupPanelProps) {
  const { t } = useTranslation();
  const query = useGet<Usage>('/api/share/usage', { ...range, side, by }, { keep: true });
  const name = useUsageName(by);
  const items = query.data?.items ?? [];
  const columns = useColumns(name, items);
  const save = () => {
    const head = [
      ...[t('usage.name'), t('usage.requests'), t('usage.refused'), t('usage.rows'), t('usage.bytes')],
      'ms',
    ];
    const rows = items.map((item) => [
      ...[name(item).text, item.requests, item.refused, item.rows, item.bytes],
      item.elapsedMs,
    ]);
    download(csvBlob(csvOf(head, rows)), `ronghe-usage-${side}-${by}.csv`);
  };
  return (
    <Panel
      title={t(`usage.bys.${by}`)}
      actions={
        <span className="row">
          <Segmented
            size="small"
            aria-label={t('usage.by')}
            value={by}
            onChange={(next: By) => onBy(next)}
            options={BYS.map((value) => ({ value, label: t(`usage.bys.${value}`) }))}
          />
          <Button size="small" icon={<DownloadOutlined />} disabled={items.length === 0} onClick={save}>
            {t('usage.export')}
          </Button>
        </span>
      }
      flush
    >
      <DataState
        query={query}
        isEmpty={(usage) => usage.items.length === 0}
        empty={{ title: t('usage.empty'), text: t('usage.emptyHint') }}
      >
        {(usage) => (
          <DataTable
            label={t(`usage.bys.${by}`)}
            rows={usage.items}
            rowKey={({ key }) => key}
            columns={columns}
          />
        )}
      </DataState>
    </Panel>
  );
}

function useColumns(name: ReturnType<typeof useUsageName>, items: readonly UsageItem[]): Column<UsageItem>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const most = (of: 'requests' | 'rows' | 'bytes') => Math.max(0, ...items.map((item) => item[of]));
  const bar = (of: 'requests' | 'rows' | 'bytes', text: (value: number) => string) => {
    const largest = most(of);
    return (item: UsageItem) => <UsageBar text={text(item[of])} value={item[of]} most={largest} />;
  };
  return [
    {
      key: 'name',
      title: t('usage.name'),
      minWidth: 200,
      render: (item) => {
        const { text, note } = name(item);
        return (
          <>
            {text}
            {note !== '' && <div className="faint mono">{note}</div>}
          </>
        );
      },
    },
    {
      key: 'requests',
      title: t('usage.requests'),
      align: 'end',
      render: bar('requests', (value) => format.number(value, 0)),
    },
    {
      key: 'refused',
      title: t('usage.refused'),
      align: 'end',
      nowrap: true,
      render: ({ refused, requests }) =>
        refused === 0 ? (
          <span className="faint">0</span>
        ) : (
          `${format.number(refused, 0)} · ${format.percent(refused / requests)}`
        ),
    },
    {
      key: 'rows',
      title: t('usage.rows'),
      align: 'end',
      render: bar('rows', (value) => format.number(value, 0)),
    },
    {
      key: 'bytes',
      title: t('usage.bytes'),
      align: 'end',
      nowrap: true,
      render: bar('bytes', format.bytes),
    },
    {
      key: 'elapsed',
      title: t('usage.elapsed'),
      align: 'end',
      nowrap: true,
      render: ({ elapsedMs, requests }) => format.duration(requests === 0 ? null : elapsedMs / requests),
    },
  ];
}
