import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import type { Format } from '../../lib/format.ts';

export type SeriesData = {
  kind: 'bar' | 'line';
  labels: readonly string[];
  series: readonly { name: string; values: readonly (number | null)[] }[];
  /** bars of several series stand on each other */
  stacked?: boolean;
};

/** Bars or lines over an axis of names. */
export function seriesOption(
  { kind, labels, series, stacked = false }: SeriesData,
  { dark, format }: { dark: boolean; format: Format },
): EChartsOption {
  const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
  const base = baseOption(colours);
  return {
    ...base,
    legend: { ...base.legend, show: series.length > 1, left: 0, right: 'auto' },
    xAxis: {
      type: 'category',
      data: [...labels],
      axisLabel: { color: colours.faint, hideOverlap: true, width: 110, overflow: 'truncate' },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      axisLabel: { color: colours.faint, formatter: (value: number) => format.compact(value) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      ...base.tooltip,
      valueFormatter: (value) => format.number(value === null ? null : Number(value)),
    },
    series: series.map(({ name, values }, index) => ({
      type: kind,
      name,
      ...(stacked ? { stack: 'all' } : {}),
      barMaxWidth: 36,
      showSymbol: labels.length < 40,
      itemStyle: { color: colours.series[index % colours.series.length] ?? colours.ink },
      data: [...values],
    })),
  };
}
