import { COLUMN_KINDS, type ConnectorTemplate } from '@ronghe/contracts';
import type exceljs from 'exceljs';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { TEMPLATES } from './templates.ts';

const COLUMN_WIDTH = 18;
/** Kinds whose digits are no number: they begin with zeros or are too long for one. */
const AS_TEXT: readonly string[] = [
  'text',
  'code',
  'old-code',
  'phone',
  'division',
  'industry',
  'period',
  'list',
  'date',
];

/** Templates of sources and the workbooks that are filled in after them. */
export type ConnectorTemplates = {
  /** @throws PERMISSION_MISSING */
  list(scope: Scope): ConnectorTemplate[];
  /** Header, one invented example, and a sheet that explains each column. @throws PERMISSION_MISSING, NOT_FOUND */
  workbook(scope: Scope, key: string): Promise<Buffer>;
};

export function createConnectorTemplates(): ConnectorTemplates {
  return {
    list(scope) {
      demand(scope, 'fuse:source:read');
      return [...TEMPLATES];
    },
    async workbook(scope, key) {
      demand(scope, 'fuse:source:read');
      const template = TEMPLATES.find((one) => one.key === key);
      if (!template) throw new AppError('NOT_FOUND', { thing: `template ${key}` });
      const language = scope.locale === 'en' ? 'en' : 'zh';
      // Loaded when the first workbook is made: it is six hundred files, and a start has no use for them.
      const { default: excel } = await import('exceljs');
      const workbook = new excel.Workbook();
      fill(workbook, template, language);
      explain(workbook, template, language);
      return Buffer.from(await workbook.xlsx.writeBuffer());
    },
  };
}

type Language = 'zh' | 'en';

/** Headers stay as the giver writes them in both languages: the mapping reads them. */
function fill(workbook: exceljs.Workbook, { columns }: ConnectorTemplate, language: Language): void {
  const sheet = workbook.addWorksheet(language === 'zh' ? '数据' : 'Data', {
    views: [{ state: 'frozen', ySplit: 1 }],
  });
  sheet.columns = columns.map(({ name }) => ({
    header: name,
    width: Math.max(COLUMN_WIDTH, name.length * 2),
  }));
  for (const [at, { kind }] of columns.entries())
    if (AS_TEXT.includes(kind)) sheet.getColumn(at + 1).numFmt = '@';
  sheet.addRow(
    columns.map(({ kind, example }) =>
      !AS_TEXT.includes(kind) && /^-?\d+(?:\.\d+)?$/.test(example) ? Number(example) : example,
    ),
  );
  sheet.getRow(1).font = { bold: true };
  for (const [at, { required }] of columns.entries())
    if (required) sheet.getRow(1).getCell(at + 1).font = { bold: true, color: { argb: 'FFC00000' } };
}

const HEADS = {
  zh: ['列', '含义', '内容', '必填', '单位', '示例（虚构）', '个人信息'],
  en: ['Column', 'What it is', 'Kind', 'Required', 'Unit', 'Example (invented)', 'Personal'],
} as const;
const YES = { zh: '是', en: 'yes' } as const;

function explain(workbook: exceljs.Workbook, { columns }: ConnectorTemplate, language: Language): void {
  const sheet = workbook.addWorksheet(language === 'zh' ? '说明' : 'Columns');
  sheet.columns = HEADS[language].map((header, at) => ({ header, width: at === 1 ? 40 : 18 }));
  sheet.getRow(1).font = { bold: true };
  for (const { name, meaning, kind, required, unit, example, sensitive } of columns)
    sheet.addRow([
      name,
      meaning[language],
      COLUMN_KINDS[kind][language],
      required ? YES[language] : '',
      unit ?? '',
      example,
      sensitive ? YES[language] : '',
    ]);
}
