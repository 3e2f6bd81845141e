import {
  BREAKDOWNS,
  COMPARED_MAX,
  type FigureRow,
  type IndicatorFigures,
  type Suppression,
} from '@ronghe/contracts';
import { Button, Checkbox, Segmented } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../../components/chart.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { baseOption, CHART_COLOURS, type EChartsOption } from '../../../lib/echarts.ts';
import { useDark } from '../../../lib/preferences.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { toneOf, useFigureText, useNames } from './figure-text.ts';
import { comparedKey, type IndicatorView, useDrill } from './use-indicator-view.ts';

/** Bars that still can be told apart. */
const BARS_MAX = 12;
const ROWS_A_PAGE = 50;

type PartsProps = { view: IndicatorView; figures: IndicatorFigures; part: 'chart' | 'table' };

/** What the sum is made of: the largest as bars, all as a table; each part leads one level down. */
export function PartsPanel({ view, figures, part }: PartsProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const { set } = useSearchState();
  const title = `${pick(view.indicator.name)} · ${t('indicators.byName', { name: pick(BREAKDOWNS[figures.by]) })}`;
  if (part === 'chart')
    return (
      <Panel
        title={t('indicators.parts')}
        actions={<span className="faint">{pick(BREAKDOWNS[figures.by])}</span>}
      >
        {figures.rows.every(({ value }) => value === null) ? (
          <NoParts hidden={figures.rows.find(({ suppressed }) => suppressed)?.suppressed} />
        ) : (
          <PartsChart view={view} figures={figures} title={title} />
        )}
      </Panel>
    );
  return (
    <Panel
      flush
      title={title}
      actions={
        <Segmented
          size="small"
          aria-label={t('indicators.order')}
          value={view.order}
          options={[
            { value: 'value', label: t('indicators.byValue') },
            { value: 'change', label: t('indicators.byChange') },
          ]}
          onChange={(order) => set({ order: order === 'value' ? null : order })}
        />
      }
    >
      {figures.rows.length === 0 ? <NoParts /> : <PartsTable view={view} figures={figures} title={title} />}
    </Panel>
  );
}

function NoParts({ hidden }: { hidden?: Suppression | null | undefined }) {
  const { t } = useTranslation();
  const text = useFigureText();
  return (
    <div className="empty">
      <strong>{hidden ? text.suppression(hidden) : t('indicators.noData')}</strong>
      {!hidden && <span>{t('indicators.noDataHint')}</span>}
    </div>
  );
}

/** The name of a part in the language of the page; the server names regions in Chinese. */
function useNameOf() {
  const pick = usePick();
  const { cityName } = useNames();
  return (row: FigureRow) => cityName(row.key, pick(row.name));
}

type ShownProps = { view: IndicatorView; figures: IndicatorFigures; title: string };
function PartsChart({ view, figures, title }: ShownProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useFigureText();
  const dark = useDark();
  const nameOf = useNameOf();
  const drill = useDrill(view);
  const rows = figures.rows.filter(({ value }) => value !== null).slice(0, BARS_MAX);
  const names = rows.map(nameOf);
  const colours = CHART_COLOURS[dark ? 'dark' : 'light'];
  const option = useMemo<EChartsOption>(
    () => ({
      ...baseOption(colours),
      legend: { show: false },
      grid: {
        left: 6,
        right: 14,
        top: 6,
        bottom: 2,
        outerBoundsMode: 'same',
        outerBoundsContain: 'axisLabel',
      },
      tooltip: { ...baseOption(colours).tooltip, valueFormatter: (each) => format.number(Number(each)) },
      xAxis: {
        type: 'value',
        axisLabel: {
          color: colours.faint,
          hideOverlap: true,
          formatter: (each: number) => text.short(each, view.indicator.unit),
        },
        splitLine: { lineStyle: { color: colours.line } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names,
        axisLabel: { color: colours.ink, width: 120, overflow: 'truncate' },
        axisLine: { lineStyle: { color: colours.line } },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'bar',
          name: title,
          barMaxWidth: 16,
          itemStyle: { color: colours.series[2], borderRadius: [0, 2, 2, 0] },
          data: rows.map(({ value }) => value),
        },
      ],
    }),
    [rows, names, title, colours, format, view.indicator.unit, text.short],
  );
  return (
    <Chart
      option={option}
      label={title}
      fileName={`${title}-${figures.period}`}
      onClick={({ name }) => drill(rows[names.indexOf(name)]?.key ?? '')?.()}
      table={{
        columns: [t('indicators.name'), text.unit(view.indicator.unit)],
        rows: rows.map((row, at) => [names[at], row.value]),
      }}
    />
  );
}

function PartsTable({ view, figures, title }: ShownProps) {
  const { t } = useTranslation();
  const columns = useColumns(view);
  const pages = usePages(figures.rows, ROWS_A_PAGE);
  const drill = useDrill(view);
  return (
    <>
      <p className="indicator-hint faint">
        {figures.rowsTotal > figures.rows.length
          ? t('indicators.onlyFirst', { total: figures.rowsTotal, shown: figures.rows.length })
          : t('indicators.compareHint')}
      </p>
      <DataTable
        label={title}
        columns={columns}
        rows={pages.shown}
        rowKey={({ key }) => key}
        onOpen={(row) => drill(row.key)?.()}
      />
      <PagesFoot pages={pages} label={t('indicators.parts')} />
    </>
  );
}

function useColumns(view: IndicatorView): Column<FigureRow>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useFigureText();
  const nameOf = useNameOf();
  const drill = useDrill(view);
  const { indicator } = view;
  const ratio = indicator.kind === 'ratio';
  const numbers = (
    key: string,
    title: React.ReactNode,
    render: (row: FigureRow) => React.ReactNode,
  ): Column<FigureRow> => ({
    ...{ key, title, render },
    align: 'end',
    nowrap: true,
  });
  return [
    {
      key: 'name',
      title: t('indicators.name'),
      minWidth: 150,
      render: (row) => {
        const open = drill(row.key);
        const name = row.key === '' ? t('indicators.notKnown') : nameOf(row);
        return open ? (
          <Button
            type="link"
            size="small"
            className="indicator-name"
            onClick={open}
            aria-label={t('indicators.drill', { name })}
          >
            {name}
          </Button>
        ) : (
          name
        );
      },
    },
    numbers('value', t('indicators.value'), (row) =>
      row.suppressed ? (
        <span className="faint">{text.suppression(row.suppressed)}</span>
      ) : (
        text.value(row.value, indicator.unit)
      ),
    ),
    ...(ratio ? [] : [numbers('share', t('indicators.share'), (row) => format.percent(row.share))]),
    numbers('growth', ratio ? t('indicators.change') : t('indicators.growth'), (row) =>
      row.growth ? (
        <Tag tone={toneOf(row.growth, indicator.direction)} icon={null}>
          {text.growth(row.growth, indicator.unit)}
        </Tag>
      ) : (
        '—'
      ),
    ),
    ...(ratio
      ? []
      : [
          numbers(
            'contribution',
            <span title={t('indicators.contributionHint')}>{t('indicators.contribution')}</span>,
            (row) => text.points(row.contribution),
          ),
        ]),
    numbers('enterprises', t('indicators.enterprises'), (row) => format.number(row.enterprises, 0)),
    numbers('comparable', t('indicators.comparable'), (row) =>
      format.number(row.growth?.comparable ?? null, 0),
    ),
    {
      key: 'compare',
      title: t('indicators.compare'),
      render: (row) => <CompareBox view={view} row={row} name={nameOf(row)} />,
    },
  ];
}

function CompareBox({ view, row, name }: { view: IndicatorView; row: FigureRow; name: string }) {
  const { t } = useTranslation();
  const { set } = useSearchState();
  const key = comparedKey(view.by, row.key);
  if (key === null) return null;
  const chosen = view.compared.includes(key);
  const next = chosen ? view.compared.filter((each) => each !== key) : [...view.compared, key];
  return (
    <Checkbox
      checked={chosen}
      disabled={!chosen && view.compared.length >= COMPARED_MAX}
      aria-label={t('indicators.compareOf', { name })}
      onChange={() => set({ compare: next.join(',') })}
    />
  );
}
