import type { AlertCondition, AlertExplanation } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChartTable } from '../../components/chart.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../lib/echarts.ts';
import { useDark } from '../../lib/preferences.ts';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';

type Line = { name: 'limit' | 'clearLimit'; value: number };

/** Values that the condition draws across the chart. */
export function linesOf(condition: AlertCondition): Line[] {
  switch (condition.kind) {
    case 'above':
    case 'below': {
      const { limit, clear } = condition;
      const lines: Line[] = [{ name: 'limit', value: limit }];
      return clear === undefined || clear === limit
        ? lines
        : [...lines, { name: 'clearLimit', value: clear }];
    }
    case 'outside':
      return [
        { name: 'limit', value: condition.low },
        { name: 'limit', value: condition.high },
      ];
    default:
      return [];
  }
}

/** Readings around an alert with its limits, when it fired and how long it lasted. */
export function useAlertChart({ alert, rule, readings, from, to }: AlertExplanation): {
  option: EChartsOption;
  table: ChartTable;
} {
  const { t } = useTranslation();
  const format = useFormat();
  const dark = useDark();
  return useMemo(() => {
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    const base = baseOption(colours);
    const unit = unitSign(alert.unit);
    const lines = linesOf(rule.condition);
    const fired = Date.parse(alert.firedAt);
    const isGood = ({ quality }: { quality: string }) => quality === 'good';
    const option: EChartsOption = {
      ...base,
      legend: { show: false },
      xAxis: {
        type: 'time',
        min: Date.parse(from),
        max: Date.parse(to),
        axisLabel: {
          color: colours.faint,
          hideOverlap: true,
          formatter: (value: number) => format.shortTime(value),
        },
        axisLine: { lineStyle: { color: colours.line } },
      },
      yAxis: {
        type: 'value',
        // the limits are part of the picture, also where no reading comes near
        scale: true,
        min: (extent: { min: number }) => Math.min(extent.min, ...lines.map(({ value }) => value)),
        max: (extent: { max: number }) => Math.max(extent.max, ...lines.map(({ value }) => value)),
        name: unit,
        nameTextStyle: { color: colours.faint, align: 'left' },
        axisLabel: { color: colours.faint, formatter: (value: number) => format.number(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      tooltip: {
        ...base.tooltip,
        valueFormatter: (value) => (typeof value === 'number' ? `${format.number(value, 3)} ${unit}` : '—'),
      },
      series: [
        {
          type: 'line',
          name: alert.pointName,
          // between two readings the value holds
          step: 'end',
          symbol: readings.length > 60 ? 'none' : 'circle',
          symbolSize: 4,
          lineStyle: { width: 1.6 },
          itemStyle: { color: colours.series[0] },
          data: readings.map((reading) => [Date.parse(reading.time), isGood(reading) ? reading.value : null]),
          markLine: {
            silent: true,
            symbol: 'none',
            label: { color: colours.ink, position: 'insideEndTop', formatter: '{b}' },
            data: [
              ...lines.map(({ name, value }) => ({
                name: `${t(`alerts.${name}`)} ${format.number(value)}`,
                yAxis: value,
                lineStyle: {
                  color: colours.series[1],
                  type: name === 'limit' ? ('solid' as const) : ('dashed' as const),
                },
              })),
              {
                name: t('alerts.firedMark'),
                xAxis: fired,
                lineStyle: { color: colours.ink, type: 'dotted' as const },
              },
            ],
          },
          markArea: {
            silent: true,
            itemStyle: { color: colours.series[1], opacity: 0.12 },
            data: [[{ xAxis: Date.parse(alert.since) }, { xAxis: Date.parse(alert.endedAt ?? to) }]],
          },
        },
      ],
    };
    const table: ChartTable = {
      columns: [
        t('alerts.time'),
        unit === '' ? t('alerts.value') : `${t('alerts.value')} (${unit})`,
        t('alerts.quality'),
      ],
      rows: readings.map(({ time, value, quality }) => [
        format.dateTime(time),
        value,
        t(`quality.${quality}`),
      ]),
    };
    return { option, table };
  }, [alert, rule, readings, from, to, t, format, dark]);
}
