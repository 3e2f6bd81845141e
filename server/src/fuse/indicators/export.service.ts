import {
  BREAKDOWNS,
  type FigureRow,
  type FiguresExportQuery,
  MEASURES,
  STATISTICS,
  type StatisticCode,
  SUPPRESSIONS,
  TURNS,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import { csvCell } from '../sources/dataset-table.ts';
import type { FiguresService } from './figures.service.ts';

type Language = 'zh' | 'en';
type Cell = string | number | null;
type Column = { zh: string; en: string; width: number; cell: (row: FigureRow, language: Language) => Cell };
export type ExportFile = { name: string; type: string; content: Buffer };

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const columnsOf = (code: StatisticCode, heads: { zh: string; en: string }): readonly Column[] => [
  { ...heads, width: 36, cell: (row, language) => row.name[language] },
  { zh: '代码', en: 'Code', width: 40, cell: (row) => row.key },
  { ...titleOf(code), width: 28, cell: (row) => row.value },
  { zh: '企业数', en: 'Enterprises', width: 12, cell: (row) => row.enterprises },
  ...(STATISTICS[code].kind === 'ratio' ? POINTS : RATES),
  {
    zh: '可比企业数',
    en: 'Comparable enterprises',
    width: 16,
    cell: (row) => row.growth?.comparable ?? null,
  },
  {
    zh: '说明',
    en: 'Note',
    width: 28,
    cell: (row, language) => {
      if (row.suppressed) return SUPPRESSIONS[row.suppressed][language];
      return row.growth?.turn ? TURNS[row.growth.turn][language] : null;
    },
  },
];
const titleOf = (code: StatisticCode) => {
  const { zh, en, unit } = STATISTICS[code];
  return { zh: `${zh}（${unit}）`, en: `${en} (${unit})` };
};
const POINTS: readonly Column[] = [
  {
    zh: '比上年同期增减',
    en: 'Change over the year before',
    width: 16,
    cell: (row) => row.growth?.value ?? null,
  },
];
const RATES: readonly Column[] = [
  {
    zh: '占比（%）',
    en: 'Share (%)',
    width: 12,
    cell: (row) => (row.share === null ? null : row.share * 100),
  },
  {
    zh: '可比口径同比（%）',
    en: 'Growth, comparable (%)',
    width: 18,
    cell: (row) => row.growth?.value ?? null,
  },
  { zh: '拉动（百分点）', en: 'Contribution (points)', width: 16, cell: (row) => row.contribution },
];

/** What a table of indicators shows, as a file. */
export function createFiguresExport({
  figures,
  audit,
}: {
  figures: FiguresService;
  audit: Platform['audit'];
}) {
  /** The same rows as the answer of the same question. Text stays text: nothing in a cell is a formula. Audited. */
  return async (
    scope: Scope,
    code: StatisticCode,
    { format, ...query }: FiguresExportQuery,
  ): Promise<ExportFile> => {
    demand(scope, 'fuse:indicator:read');
    if (query.by === 'enterprise') demand(scope, 'fuse:enterprise:export');
    const answer = await figures.figures(scope, code, query);
    await audit.record(scope, {
      action: 'fuse:indicator:export',
      target: `indicator:${code}`,
      organisation: scope.organisation,
      after: { ...query, format, rows: answer.rows.length },
    });
    const language: Language = scope.locale === 'en' ? 'en' : 'zh';
    const whole: FigureRow = {
      key: '',
      name: { zh: '合计', en: 'Total' },
      ...answer.total,
      share: null,
      contribution: null,
    };
    const columns = columnsOf(code, BREAKDOWNS[answer.by]);
    const heads = columns.map((column) => column[language]);
    const rows = [whole, ...answer.rows].map((row) => columns.map((column) => column.cell(row, language)));
    const title = [titleOf(code)[language], answer.period, MEASURES[answer.measure][language]].join(' ');
    const name = `${code}-${answer.period}-${answer.by}`;
    if (format === 'csv')
      return { name: `${name}.csv`, type: 'text/csv; charset=utf-8', content: csvOf([heads, ...rows]) };
    const widths = columns.map(({ width }) => width);
    return { name: `${name}.xlsx`, type: XLSX, content: await workbookOf({ title, heads, rows, widths }) };
  };
}
export type FiguresExport = ReturnType<typeof createFiguresExport>;

/** Without what is left of adding in binary. */
const roundedOf = (cell: Cell): Cell => (typeof cell === 'number' ? Number(cell.toPrecision(12)) : cell);

/** With the mark by which Excel knows UTF-8. */
const csvOf = (rows: readonly (readonly Cell[])[]): Buffer =>
  Buffer.from(
    `\uFEFF${rows.map((row) => row.map((cell) => csvCell(roundedOf(cell))).join(',')).join('\r\n')}\r\n`,
  );

type Sheet = {
  title: string;
  heads: readonly string[];
  rows: readonly (readonly Cell[])[];
  widths: readonly number[];
};
async function workbookOf({ title, heads, rows, widths }: Sheet): Promise<Buffer> {
  // Loaded when the first export is written: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.Workbook();
  const sheet = workbook.addWorksheet('指标', { views: [{ state: 'frozen', ySplit: 2 }] });
  sheet.columns = widths.map((width) => ({ width }));
  sheet.addRow([title]);
  sheet.addRow([...heads]).font = { bold: true };
  for (const row of rows) sheet.addRow([...row]);
  return Buffer.from(await workbook.xlsx.writeBuffer());
}
