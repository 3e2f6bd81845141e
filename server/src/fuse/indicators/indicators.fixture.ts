import type { FieldMapping } from '@ronghe/contracts';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row } from '../testing/intake-platform.ts';

const map = (from: string, to: string, transform = 'number'): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});

export type Works = { name: string; division: string; industry: string; employees?: number };
/** Indicators that the reports of these tests carry. */
export const REPORTED = ['REVENUE', 'PROFIT', 'ELECTRICITY', 'ASSETS', 'LIABILITIES'] as const;
export type MonthValues = Partial<Record<(typeof REPORTED)[number], number>>;
/** Values by name of the works and month. */
export type Reports = Record<string, Record<string, MonthValues>>;

export const MAPPINGS: FieldMapping[] = [
  map('code', 'code', 'code'),
  map('name', 'name', 'name'),
  map('division', 'division', 'division'),
  map('industry', 'industry', 'industry'),
  ...REPORTED.map((code) => map(code, `indicator:${code}`)),
];

/** The monthly report as a file: one row for each works and month. */
export function reportOf(works: readonly Works[], reports: Reports): string {
  const rows = works.flatMap(({ name, division, industry }, index) =>
    Object.entries(reports[name] ?? {}).map(
      ([period, values]): Row => ({
        ...{ code: inventCode(`7000${String(index).padStart(4, '0')}`), name, division, industry, period },
        ...Object.fromEntries(REPORTED.map((code) => [code, values[code] ?? ''])),
      }),
    ),
  );
  return csvOfRows(rows);
}

/** A source of monthly reports whose rules hold nothing back, run once; answers with its id. */
export async function reportTo(
  intake: IntakeTest,
  key: string,
  content: string,
  priority = 50,
): Promise<string> {
  const { source, run } = await intake.table(key, `${key}.csv`, content, {
    target: 'enterprise',
    rowKey: ['code', 'period'],
    periodField: 'period',
    mappings: MAPPINGS,
    priority,
  });
  if (run.state !== 'succeeded')
    throw new Error(`the report ended ${run.state}: ${JSON.stringify(run.heldFor)}`);
  return source;
}
