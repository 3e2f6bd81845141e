import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CsvCell, csvBlob, csvOf, download } from '../lib/download.ts';
import { type EChartsOption, type EChartsType, openChart } from '../lib/echarts.ts';
import { type Column, DataTable } from './data-table.tsx';

type ChartCanvasProps = {
  option: EChartsOption;
  label: string;
  height: number | string;
  onReady?: (chart: EChartsType | null) => void;
  onClick?: (event: { name: string }) => void;
};

/** A bare chart that follows its box and its option. */
export function ChartCanvas({ option, label, height, onReady, onClick }: ChartCanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const handlers = useRef({ onReady, onClick });
  handlers.current = { onReady, onClick };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const opened = openChart(element);
    chart.current = opened;
    opened.on('click', (event) => handlers.current.onClick?.({ name: event.name }));
    handlers.current.onReady?.(opened);
    const observer = new ResizeObserver(() => opened.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      handlers.current.onReady?.(null);
      chart.current = null;
      opened.dispose();
    };
  }, []);
  useEffect(() => {
    // ECharts writes a description of its own with every drawing, without what the chart is about; ours stands for it.
    const aria = { enabled: true, label: { description: label } };
    chart.current?.setOption({ ...option, aria }, { notMerge: true });
  }, [option, label]);
  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />;
}

export type ChartTable = { columns: readonly string[]; rows: readonly (readonly CsvCell[])[] };
type ChartProps = {
  option: EChartsOption;
  /** what the chart shows, for readers that cannot see it */
  label: string;
  /** the same data in rows */
  table: ChartTable;
  fileName: string;
  height?: number;
  note?: ReactNode;
  /** a click on a bar or point; a convenience for the mouse, the same way onward must stand in a table */
  onClick?: (event: { name: string }) => void;
};

/** A chart that can also be read as a table and taken away as CSV or image. */
export function Chart({ option, label, table, fileName, height = 260, note, onClick }: ChartProps) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const chart = useRef<EChartsType | null>(null);
  const savePng = () => {
    const url = chart.current?.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: backgroundOf() });
    if (url) download(blobOf(url), `${fileName}.png`);
  };
  return (
    <figure className="chart">
      <div className="chart-tools no-print">
        {note && (
          <span className="faint" style={{ marginRight: 'auto' }}>
            {note}
          </span>
        )}
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? t('chart.asChart') : t('chart.asTable')}
        </button>
        <button
          type="button"
          onClick={() => download(csvBlob(csvOf(table.columns, table.rows)), `${fileName}.csv`)}
        >
          {t('chart.csv')}
        </button>
        {!asTable && (
          <button type="button" onClick={savePng}>
            {t('chart.png')}
          </button>
        )}
      </div>
      {asTable ? (
        <div className="chart-table" style={{ maxHeight: height }}>
          <PlainTable label={label} table={table} />
        </div>
      ) : (
        <ChartCanvas
          option={option}
          label={label}
          height={height}
          {...(onClick ? { onClick } : {})}
          onReady={(opened) => {
            chart.current = opened;
          }}
        />
      )}
    </figure>
  );
}

type PlainRow = { index: number; cells: readonly CsvCell[] };
function PlainTable({ label, table }: { label: string; table: ChartTable }) {
  const rows = table.rows.map((cells, index): PlainRow => ({ index, cells }));
  const columns = table.columns.map(
    (title, column): Column<PlainRow> => ({
      key: title,
      title,
      nowrap: true,
      ...(column === 0 ? {} : { align: 'end' }),
      render: (row) => String(row.cells[column] ?? '—'),
    }),
  );
  return <DataTable label={label} rows={rows} rowKey={(row) => row.index} columns={columns} />;
}

const backgroundOf = () =>
  getComputedStyle(document.documentElement).getPropertyValue('--surface').trim() || '#ffffff';

/** Decoded by hand: fetching a data address is against the content security policy. */
function blobOf(dataUrl: string): Blob {
  const text = atob(dataUrl.slice(dataUrl.indexOf(',') + 1));
  return new Blob([Uint8Array.from(text, (character) => character.charCodeAt(0))], { type: 'image/png' });
}
