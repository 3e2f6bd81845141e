import type { IngestVolume } from '@ronghe/contracts';
import { Segmented } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Panel } from '../../components/page.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useDark } from '../../lib/preferences.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat } from '../../lib/use-format.ts';

const HOURS = ['1', '6', '24'] as const;
type Hours = (typeof HOURS)[number];
const REFRESH_MS = 15_000;

/** What came in during the last hours, over time and by organisation. */
export function Volume() {
  const { t } = useTranslation();
  const search = useSearchState();
  const hours = HOURS.find((value) => value === search.values.hours) ?? '6';
  const range = t(`intake.volume.range.${hours}`);
  const query = useGet<IngestVolume>('/api/ingest/volume', { hours }, { keep: true, refreshMs: REFRESH_MS });
  const isEmpty = ({ items }: IngestVolume) => items.every(({ received }) => received === 0);
  return (
    <>
      <Panel
        title={t('intake.volume.title')}
        actions={
          <Segmented
            size="small"
            aria-label={t('intake.volume.hours')}
            value={hours}
            onChange={(next: Hours) => search.set({ hours: next })}
            options={HOURS.map((value) => ({ value, label: t(`intake.volume.range.${value}`) }))}
          />
        }
      >
        <DataState
          query={query}
          isEmpty={isEmpty}
          empty={{ title: t('intake.volume.empty', { range }), text: t('intake.balance.noneHint') }}
        >
          {(volume) => <VolumeChart volume={volume} hours={hours} />}
        </DataState>
      </Panel>
      <Panel title={`${t('intake.organisations.title')} · ${range}`} flush>
        <DataState
          query={query}
          rows={4}
          isEmpty={({ organisations }) => organisations.length === 0}
          empty={{ title: t('intake.organisations.empty') }}
        >
          {(volume) => <OrganisationTable volume={volume} />}
        </DataState>
      </Panel>
    </>
  );
}

type VolumeChartProps = { volume: IngestVolume; hours: Hours };
function VolumeChart({ volume, hours }: VolumeChartProps) {
  const { t } = useTranslation();
  const range = t(`intake.volume.range.${hours}`);
  const { option, table } = useVolumeOption(volume);
  return (
    <Chart
      option={option}
      table={table}
      fileName={`ronghe-ingest-${hours}h`}
      label={t('intake.volume.chartLabel', { range })}
      height={240}
      note={t('intake.volume.per', { minutes: volume.bucketSeconds / 60 })}
    />
  );
}

/** What a sample became; together they are everything that was received. */
const PARTS = [
  { name: 'onTime', colour: 0, of: ({ stored, late }: Bucket) => stored - late },
  { name: 'late', colour: 4, of: ({ late }: Bucket) => late },
  { name: 'duplicate', colour: 2, of: ({ duplicate }: Bucket) => duplicate },
  { name: 'rejected', colour: 1, of: ({ rejected }: Bucket) => rejected },
] as const;
type Bucket = IngestVolume['items'][number];

function useVolumeOption({ items }: IngestVolume) {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  return useMemo(() => {
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    const table = {
      columns: [t('intake.volume.from'), ...PARTS.map(({ name }) => t(`intake.volume.${name}`))],
      rows: items.map((item) => [format.dateTime(item.time), ...PARTS.map(({ of }) => of(item))]),
    };
    const option: EChartsOption = {
      ...baseOption(colours),
      xAxis: {
        type: 'category',
        data: items.map(({ time }) => format.shortTime(time)),
        axisLabel: { color: colours.faint, hideOverlap: true },
        axisLine: { lineStyle: { color: colours.line } },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        axisLabel: { color: colours.faint, formatter: (value: number) => format.compact(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      tooltip: {
        ...baseOption(colours).tooltip,
        valueFormatter: (value) => format.number(Number(value), 0),
      },
      legend: { ...baseOption(colours).legend, left: 0, right: 'auto' },
      series: PARTS.map(({ name, colour, of }) => ({
        type: 'bar',
        name: t(`intake.volume.${name}`),
        stack: 'samples',
        barCategoryGap: '20%',
        itemStyle: { color: colours.series[colour] },
        data: items.map(of),
      })),
    };
    return { option, table };
  }, [items, t, format, dark]);
}

type Row = IngestVolume['organisations'][number];
const COUNTERS = ['received', 'stored', 'late', 'duplicate', 'rejected'] as const;

function OrganisationTable({ volume }: { volume: IngestVolume }) {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  const all = volume.items.reduce((sum, { received }) => sum + received, 0);
  const titles = {
    received: t('intake.balance.received'),
    stored: t('intake.balance.stored'),
    late: t('intake.volume.late'),
    duplicate: t('intake.balance.duplicate'),
    rejected: t('intake.balance.rejected'),
  };
  const columns: Column<Row>[] = [
    {
      key: 'organisation',
      title: t('intake.organisations.organisation'),
      minWidth: 150,
      render: (row) => (
        <>
          {organisations.name(row.organisation)}
          <div className="faint mono">{row.organisation}</div>
        </>
      ),
    },
    {
      key: 'share',
      title: t('intake.organisations.share'),
      minWidth: 130,
      render: (row) => <Share share={all === 0 ? 0 : Math.min(1, row.received / all)} />,
    },
    ...COUNTERS.map(
      (name): Column<Row> => ({
        key: name,
        title: titles[name],
        align: 'end',
        nowrap: true,
        render: (row) => format.number(row[name], 0),
      }),
    ),
  ];
  return (
    <>
      <DataTable
        label={t('intake.organisations.title')}
        rows={volume.organisations}
        rowKey={(row) => row.organisation}
        columns={columns}
      />
      {volume.truncated && (
        <div className="table-foot">
          {t('intake.organisations.truncated', { count: volume.organisations.length })}
        </div>
      )}
    </>
  );
}

function Share({ share }: { share: number }) {
  const format = useFormat();
  return (
    <span className="share">
      <span className="bar" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      {format.percent(share)}
    </span>
  );
}
