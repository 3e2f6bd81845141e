import { QUALITY_DIMENSIONS, type ScoreHistory } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../../components/chart.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../../lib/echarts.ts';
import { useDark } from '../../../lib/preferences.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { DIMENSIONS } from './scores.tsx';

type ScoreChartProps = { history: ScoreHistory['items']; fileName: string };

/** Scores run by run: the whole as a strong line, the dimensions behind it. */
export function ScoreChart({ history, fileName }: ScoreChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const pick = usePick();
  const dark = useDark();
  const items = useMemo(() => [...history].sort((a, b) => a.at.localeCompare(b.at)), [history]);
  const names = useMemo(
    () => [t('board.total'), ...DIMENSIONS.map((dimension) => pick(QUALITY_DIMENSIONS[dimension]))],
    [t, pick],
  );
  const option = useMemo((): EChartsOption => {
    const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
    const line = (name: string, at: number, data: (number | null)[]) => ({
      type: 'line' as const,
      name,
      data,
      connectNulls: true,
      symbol: at === 0 ? ('circle' as const) : ('none' as const),
      symbolSize: 5,
      lineStyle: {
        width: at === 0 ? 2.4 : 1.2,
        type: at === 0 || at % 2 === 1 ? ('solid' as const) : ('dashed' as const),
      },
    });
    const base = baseOption(colours);
    return {
      ...base,
      grid: { ...(base.grid as object), top: 40 },
      legend: { ...base.legend, type: 'scroll', left: 0 },
      xAxis: {
        type: 'category',
        data: items.map(({ at }) => format.dateTime(at).slice(5, 16)),
        axisLabel: { color: colours.faint },
        axisLine: { lineStyle: { color: colours.line } },
      },
      yAxis: {
        type: 'value',
        max: 100,
        scale: true,
        axisLabel: { color: colours.faint },
        splitLine: { lineStyle: { color: colours.line } },
      },
      series: names.map((name, at) => {
        const dimension = DIMENSIONS[at - 1];
        return line(
          name,
          at,
          items.map(({ scores }) => (dimension ? (scores.dimensions[dimension] ?? null) : scores.total)),
        );
      }),
    };
  }, [items, names, dark, format]);
  const rows = items.map(({ at, scores }) => [
    format.dateTime(at),
    scores.total,
    ...DIMENSIONS.map((dimension) => scores.dimensions[dimension] ?? null),
  ]);
  return (
    <Chart
      option={option}
      label={t('board.overTime')}
      table={{ columns: [t('fuse.runs.at'), ...names], rows }}
      fileName={fileName}
    />
  );
}
