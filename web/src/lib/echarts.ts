import { BarChart, LineChart, MapChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomInsideComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { type EChartsType, init, registerMap, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { EChartsOption } from 'echarts/types/dist/shared';

/** A canvas does not inherit fonts, so the page's stack is named again. */
export const CHART_FONT =
  '"Inter", "Segoe UI", "PingFang SC", "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "HarmonyOS Sans SC", system-ui, sans-serif';

let ready = false;

/** Registers the parts of ECharts that the portal uses, once. */
function prepare(): void {
  if (ready) return;
  use([
    BarChart,
    LineChart,
    MapChart,
    AriaComponent,
    DataZoomInsideComponent,
    GridComponent,
    LegendComponent,
    MarkAreaComponent,
    MarkLineComponent,
    TooltipComponent,
    VisualMapComponent,
    CanvasRenderer,
  ]);
  ready = true;
}

/** Opens a chart in an element. */
export function openChart(element: HTMLElement): EChartsType {
  prepare();
  return init(element, null, { renderer: 'canvas' });
}

/** Makes a map known by name; the map parts must be there first, or ECharts forgets it. */
export function addMap(name: string, borders: Parameters<typeof registerMap>[1]): void {
  prepare();
  registerMap(name, borders);
}

export type { EChartsOption, EChartsType };

export type ChartColours = {
  series: readonly [string, string, string, string, string];
  ink: string;
  faint: string;
  line: string;
  surface: string;
};
/** Colours of charts; the series differ in lightness too, so that they stay apart without colour vision. */
export const CHART_COLOURS: Readonly<Record<'light' | 'dark', ChartColours>> = {
  light: {
    series: ['#1a4fa3', '#c0702e', '#2b8a7e', '#7c5295', '#8a7a2d'],
    ink: '#141d29',
    faint: '#5a6878',
    line: '#dde3ea',
    surface: '#ffffff',
  },
  dark: {
    series: ['#86b0f7', '#e8a873', '#66c7b9', '#c39ddd', '#d5c56a'],
    ink: '#e8eef6',
    faint: '#94a4b6',
    line: '#273445',
    surface: '#19232f',
  },
};

/** Axes and tooltip that every chart shares. */
export const baseOption = (colours: ChartColours): EChartsOption => ({
  aria: { enabled: true },
  animationDuration: 250,
  color: [...colours.series],
  textStyle: { fontFamily: CHART_FONT, color: colours.ink },
  grid: { left: 8, right: 14, top: 30, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
  tooltip: {
    trigger: 'axis',
    backgroundColor: colours.surface,
    borderColor: colours.line,
    textStyle: { color: colours.ink, fontSize: 12 },
    confine: true,
  },
  legend: { top: 0, right: 0, textStyle: { color: colours.faint }, itemWidth: 14, itemHeight: 8 },
});
