import { type Enterprise, type IndicatorSeries, MEASURES } from '@ronghe/contracts';
import { Button, DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Panel } from '../../components/page.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import { useDark } from '../../lib/preferences.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { useFigureText } from './indicators/figure-text.ts';
import { RevisionsDrawer } from './indicators/revisions-drawer.tsx';
import './indicators/indicators.css';

type Answer = { items: IndicatorSeries[] };
type Item = IndicatorSeries['items'][number];

/** Monthly indicators of an enterprise, one panel each, as known now or at a moment in the past. */
export function IndicatorsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const { values, set } = useSearchState();
  const at = values.at !== undefined && dayjs(values.at).isValid() ? values.at : undefined;
  const query = useGet<Answer>(`/api/fuse/enterprises/${enterprise.id}/indicators`, { at }, { keep: true });
  return (
    <>
      <div className="toolbar">
        <span className="row" title={t('indicators.atHint')}>
          <span>{t('indicators.at')}</span>
          <DatePicker
            showTime
            value={at === undefined ? null : dayjs(at)}
            placeholder={t('indicators.atNow')}
            aria-label={t('indicators.atHint')}
            onChange={(moment) => set({ at: moment ? moment.toISOString() : null })}
          />
        </span>
      </div>
      <DataState
        query={query}
        isEmpty={(answer) => answer.items.length === 0}
        filtered={{ active: at !== undefined, clear: () => set({ at: null }) }}
        empty={{ title: t('fuse.enterprise.indicatorsEmpty'), text: t('fuse.enterprise.indicatorsHint') }}
      >
        {(answer) => (
          <div className="indicator-grid">
            {answer.items.map((series) => (
              <IndicatorPanel key={series.code} series={series} enterprise={enterprise} />
            ))}
          </div>
        )}
      </DataState>
    </>
  );
}

function IndicatorPanel({ series, enterprise }: { series: IndicatorSeries; enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const text = useFigureText();
  const [open, setOpen] = useState(false);
  const newest = series.items.at(-1);
  return (
    <Panel
      title={pick(series.name)}
      actions={
        <span className="faint">
          {text.unit(series.unit)} · {pick(MEASURES[series.measure])}
        </span>
      }
    >
      {newest && (
        <p className="row">
          <strong>{newest.period}</strong>
          <span>{text.value(newest.value, series.unit)}</span>
          <span className="faint">
            {t('indicators.yearOnYear')} {text.growth(newest.yearOnYear, series.unit)}
          </span>
          <Button type="link" size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t('indicators.details')}
          </Button>
        </p>
      )}
      {open ? (
        <Months series={series} enterprise={enterprise} />
      ) : (
        <IndicatorChart series={series} enterprise={enterprise} />
      )}
    </Panel>
  );
}

/** Each month with what follows from it and where it came from. */
function Months({ series, enterprise }: { series: IndicatorSeries; enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const text = useFigureText();
  const [asked, setAsked] = useState<string | null>(null);
  const level = series.measure === 'level';
  const numbers = (key: string, title: string, render: (item: Item) => React.ReactNode): Column<Item> => ({
    ...{ key, title, render },
    align: 'end',
    nowrap: true,
  });
  const columns: Column<Item>[] = [
    { key: 'period', title: t('fuse.enterprise.period'), nowrap: true, render: ({ period }) => period },
    ...(level
      ? [numbers('level', t('indicators.level'), ({ value }) => format.number(value))]
      : [
          numbers('cumulative', t('indicators.cumulative'), ({ cumulative }) => format.number(cumulative)),
          numbers('month', t('indicators.month'), ({ month }) => format.number(month)),
        ]),
    numbers('year', t('indicators.yearOnYear'), ({ yearOnYear }) => text.growth(yearOnYear, series.unit)),
    numbers('before', t('indicators.monthOnMonth'), ({ monthOnMonth }) =>
      text.growth(monthOnMonth, series.unit),
    ),
    {
      key: 'source',
      title: t('indicators.source'),
      nowrap: true,
      render: ({ source, sourceName, period }) =>
        source === null ? (
          <span className="faint">{t('indicators.derived')}</span>
        ) : (
          <Button type="link" size="small" onClick={() => setAsked(period)}>
            {sourceName} · {t('indicators.revisions')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <div className="chart-table" style={{ maxHeight: 320 }}>
        <DataTable
          label={`${enterprise.name} ${pick(series.name)}`}
          columns={columns}
          rows={[...series.items].reverse()}
          rowKey={({ period }) => period}
        />
      </div>
      <RevisionsDrawer
        enterprise={enterprise.id}
        series={series}
        period={asked}
        onClose={() => setAsked(null)}
      />
    </>
  );
}

function IndicatorChart({ series, enterprise }: { series: IndicatorSeries; enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const dark = useDark();
  const name = pick(series.name);
  const option = useMemo<EChartsOption>(() => {
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    return {
      ...baseOption(colours),
      grid: {
        left: 6,
        right: 10,
        top: 14,
        bottom: 2,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      legend: { show: false },
      tooltip: {
        ...baseOption(colours).tooltip,
        valueFormatter: (value) => `${format.number(Number(value))} ${series.unit}`,
      },
      xAxis: {
        type: 'category',
        data: series.items.map((item) => item.period),
        axisLabel: { color: colours.faint, hideOverlap: true },
        axisLine: { lineStyle: { color: colours.line } },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        axisLabel: { color: colours.faint, formatter: (value: number) => format.compact(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      series: [
        {
          type: 'bar',
          name,
          barMaxWidth: 22,
          itemStyle: { color: colours.series[0], borderRadius: [2, 2, 0, 0] },
          data: series.items.map((item) => item.value),
        },
      ],
    };
  }, [series, name, format, dark]);
  const table = {
    columns: [
      t('fuse.enterprise.period'),
      `${name} (${series.unit})`,
      t('fuse.enterprise.source'),
      t('fuse.enterprise.row'),
    ],
    rows: series.items.map((item) => [item.period, item.value, item.sourceName, item.rowKey]),
  };
  return (
    <Chart
      option={option}
      table={table}
      label={`${enterprise.name} ${name}`}
      fileName={`${enterprise.name}-${name}`}
      height={210}
    />
  );
}
