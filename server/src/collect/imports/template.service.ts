import type { PointTableProtocol } from '@ronghe/contracts';
import type exceljs from 'exceljs';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { COLUMN_NAMES, COLUMNS, type ColumnName } from './columns.data.ts';

const COLUMN_WIDTH = 18;

/** Workbooks to fill in: header and one example row of a protocol, and a sheet that explains each column. */
export type Templates = {
  /** @throws PERMISSION_MISSING */
  workbook(scope: Scope, protocol: PointTableProtocol): Promise<Buffer>;
};

export function createTemplates(): Templates {
  return {
    async workbook(scope, protocol) {
      demand(scope, 'collect:collector:write');
      const language = scope.locale === 'en' ? 'en' : 'zh';
      // Loaded when the first template is made: it is six hundred files, and a start has no use for them.
      const { default: excel } = await import('exceljs');
      const workbook = new excel.Workbook();
      const names = columnsOf(protocol);
      const points = workbook.addWorksheet(language === 'zh' ? '点位' : 'Points', {
        views: [{ state: 'frozen', ySplit: 1 }],
      });
      points.columns = names.map((name) => ({ header: COLUMNS[name].header[language], width: COLUMN_WIDTH }));
      points.addRow(names.map((name) => exampleOf(name, protocol)));
      points.getRow(1).font = { bold: true };
      // Meters and identifiers begin with zeros, which only text keeps.
      for (const [index, name] of names.entries())
        if (name === 'address' || name === 'meter') points.getColumn(index + 1).numFmt = '@';
      explain(workbook, names, { language, protocol });
      return Buffer.from(await workbook.xlsx.writeBuffer());
    },
  };
}

/** The columns that points of a protocol may have. */
export const columnsOf = (protocol: PointTableProtocol): ColumnName[] =>
  COLUMN_NAMES.filter((name) => COLUMNS[name].protocols?.includes(protocol) ?? true);

const exampleOf = (name: ColumnName, protocol: PointTableProtocol): string | number =>
  COLUMNS[name].examples?.[protocol] ?? COLUMNS[name].example ?? '';

function explain(
  workbook: exceljs.Workbook,
  names: readonly ColumnName[],
  { language, protocol }: { language: 'zh' | 'en'; protocol: PointTableProtocol },
): void {
  const sheet = workbook.addWorksheet(language === 'zh' ? '说明' : 'Columns');
  const heads = { zh: ['列', '说明', '示例'], en: ['Column', 'What it is', 'Example'] }[language];
  sheet.columns = heads.map((header, index) => ({ header, width: index === 1 ? 80 : 24 }));
  sheet.getRow(1).font = { bold: true };
  for (const name of names)
    sheet.addRow([COLUMNS[name].header[language], COLUMNS[name].about[language], exampleOf(name, protocol)]);
}
