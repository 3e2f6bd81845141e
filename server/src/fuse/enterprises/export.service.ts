import type { Readable } from 'node:stream';
import {
  ENTERPRISE_SIZES,
  type EnterpriseExportQuery,
  type EnterpriseSize,
  type EnterpriseSummary,
  EXPORT_ROWS_MAX,
  KEY_INDUSTRIES,
  type KeyIndustry,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createEnterpriseStore, type EnterpriseStore } from './enterprises.store.ts';
import { type Cell, workbookOf } from './workbook.service.ts';

const PAGE_ROWS = 1_000;

type Language = 'zh' | 'en';
type ColumnOf = {
  zh: string;
  en: string;
  width: number;
  cell: (row: EnterpriseSummary, language: Language) => Cell;
};

const COLUMNS: readonly ColumnOf[] = [
  { zh: '企业名称', en: 'Name', width: 40, cell: (row) => row.name },
  { zh: '统一社会信用代码', en: 'Unified social credit code', width: 24, cell: (row) => row.code },
  {
    zh: '代码校验',
    en: 'Code check',
    width: 12,
    cell: ({ code, codeValid }, language) => {
      if (code === null) return null;
      const text = codeValid ? { zh: '通过', en: 'passed' } : { zh: '未通过', en: 'failed' };
      return text[language];
    },
  },
  { zh: '行政区划代码', en: 'Division', width: 14, cell: (row) => row.division },
  { zh: '所在行政区划', en: 'Division name', width: 24, cell: (row) => row.divisionName },
  { zh: '行业代码', en: 'Industry', width: 10, cell: (row) => row.industry },
  { zh: '行业名称', en: 'Industry name', width: 32, cell: (row) => row.industryName },
  {
    zh: '重点产业',
    en: 'Key industry',
    width: 14,
    cell: (row, language) => KEY_INDUSTRIES[row.keyIndustry as KeyIndustry]?.[language] ?? null,
  },
  {
    zh: '企业规模',
    en: 'Size class',
    width: 10,
    cell: (row, language) => ENTERPRISE_SIZES[row.size as EnterpriseSize]?.[language] ?? null,
  },
  { zh: '年营业收入（万元）', en: 'Annual revenue (10,000 CNY)', width: 20, cell: (row) => row.revenue },
  { zh: '从业人数', en: 'Employees', width: 12, cell: (row) => row.employees },
  { zh: '来源数', en: 'Sources', width: 10, cell: (row) => row.sources },
  { zh: '质量问题数', en: 'Findings', width: 12, cell: (row) => row.findings },
  { zh: '更新时间', en: 'Updated at', width: 26, cell: (row) => row.updatedAt },
];

/** Export of the enterprise database as a workbook that is written while it is read. */
export function createExport({ relational, analytics, audit, log }: Platform) {
  const store = createEnterpriseStore(relational.as<FuseTables>(), analytics);
  /**
   * The same enterprises as the list with this filter. Text stays text: nothing in a cell is a formula. Audited.
   * @throws EXPORT_TOO_LARGE
   */
  return async (scope: Scope, filter: EnterpriseExportQuery): Promise<Readable> => {
    demand(scope, 'fuse:enterprise:export');
    const rows = await store.count(scope, filter);
    if (rows > EXPORT_ROWS_MAX) throw new AppError('EXPORT_TOO_LARGE', { rows, max: EXPORT_ROWS_MAX });
    await audit.record(scope, {
      action: 'fuse:enterprise:export',
      target: 'enterprises',
      organisation: scope.organisation,
      after: { filter, rows },
    });
    const language: Language = scope.locale === 'en' ? 'en' : 'zh';
    return workbookOf({
      sheet: language === 'zh' ? '企业库' : 'Enterprises',
      columns: COLUMNS.map((column) => ({ header: column[language], width: column.width })),
      rows: rowsOf({ scope, filter, store }, language),
      log,
    });
  };
}
export type Export = ReturnType<typeof createExport>;

type Reading = { scope: Scope; filter: EnterpriseExportQuery; store: EnterpriseStore };

async function* rowsOf({ scope, filter, store }: Reading, language: Language): AsyncGenerator<Cell[]> {
  let cursor: string | undefined;
  do {
    const page = await store.page(scope, filter, { cursor, limit: PAGE_ROWS });
    for (const row of page.items) yield COLUMNS.map((column) => column.cell(row, language));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
