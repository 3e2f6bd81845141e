import type { Enterprise, IndicatorSeries } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { Panel } from '../../components/page.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import { useDark } from '../../lib/preferences.ts';
import { useGet } from '../../lib/query.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';

type Answer = { items: IndicatorSeries[] };

/** Monthly indicators of an enterprise, one chart each. */
export function IndicatorsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const query = useGet<Answer>(`/api/fuse/enterprises/${enterprise.id}/indicators`);
  return (
    <DataState
      query={query}
      isEmpty={(answer) => answer.items.length === 0}
      empty={{ title: t('fuse.enterprise.indicatorsEmpty'), text: t('fuse.enterprise.indicatorsHint') }}
    >
      {(answer) => (
        <div className="indicator-grid">
          {answer.items.map((series) => (
            <IndicatorChart key={series.code} series={series} enterprise={enterprise} />
          ))}
        </div>
      )}
    </DataState>
  );
}

function IndicatorChart({ series, enterprise }: { series: IndicatorSeries; enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const dark = useDark();
  const dictionaries = useDictionaries();
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
    <Panel
      title={name}
      actions={
        <span className="faint">
          {series.unit}
          {dictionaries.isCumulative(series.code) && ` · ${t('fuse.enterprise.cumulative')}`}
        </span>
      }
    >
      <Chart
        option={option}
        table={table}
        label={`${enterprise.name} ${name}`}
        fileName={`${enterprise.name}-${name}`}
        height={210}
      />
    </Panel>
  );
}
