import type { Bilingual, ColumnKind } from '@ronghe/contracts';
import { cleanText } from '../standards/text.ts';
import { unitOf } from '../standards/units.ts';
import { type HeaderUnit, headerUnit } from './header-units.ts';
import type { WeighedValue } from './kinds.ts';

/** What does not fit in a column, told for people. */
export const COLUMN_PROBLEMS = {
  'dates-mixed': { zh: '日期写法不一致', en: 'Dates are written in several ways' },
  'date-serial': { zh: 'Excel 序列号代替日期', en: 'A serial number of Excel stands for a date' },
  'date-unreadable': { zh: '无法识别的日期', en: 'Not readable as a date' },
  'period-unreadable': { zh: '无法识别的月份', en: 'Not readable as a month' },
  'number-with-text': { zh: '数字列中有文字', en: 'Text in a column of numbers' },
  'number-grouped': { zh: '数字带千分位，按文本存放', en: 'Numbers with separators, kept as text' },
  'units-mixed': { zh: '单元格中的单位与列不一致', en: 'Units in the cells differ' },
  'unit-missing': { zh: '其他单元格写有单位，这里没有', en: 'Other cells carry a unit, here is none' },
  'code-check': { zh: '统一社会信用代码校验位不符', en: 'The check of the code does not fit' },
  'code-old': { zh: '混有旧代码', en: 'Older numbers among the codes' },
  'kind-other': { zh: '与该列其他值不是一类', en: 'Not of the kind of the other values' },
  blanks: { zh: '首尾有空格', en: 'Blanks around the value' },
  placeholders: { zh: '占位符代替空值', en: 'A placeholder stands for nothing' },
} as const satisfies Record<string, Bilingual>;
export type ColumnProblem = keyof typeof COLUMN_PROBLEMS;
export type FoundProblem = { problem: ColumnProblem; text: string };

const NUMERIC: readonly ColumnKind[] = ['integer', 'decimal', 'money'];

/** What is wrong with single values of a column of a known kind. */
export function problemsOf(
  { name, kind, unit }: { name: string; kind: ColumnKind; unit: HeaderUnit | null },
  values: readonly WeighedValue[],
): { value: WeighedValue; problem: ColumnProblem }[] {
  const common = kind === 'date' || kind === 'time' ? notationOf(values) : null;
  const keptUnit = unit?.unit.unit ?? dominantUnit(values);
  const isTold = headerUnit(name) !== null || !values.some(({ read }) => read.measure);
  return values.flatMap((value) => {
    const problem = NUMERIC.includes(kind)
      ? numberProblem(value, keptUnit, isTold)
      : kindProblem(kind, value, common);
    return problem === null ? [] : [{ value, problem }];
  });
}

function numberProblem(
  { text, read }: WeighedValue,
  unit: string | null,
  isTold: boolean,
): ColumnProblem | null {
  if (read.measure) return unit !== null && read.measure.unit !== unit ? 'units-mixed' : null;
  if (!read.fits.has('integer') && !read.fits.has('decimal')) return 'number-with-text';
  if (!isTold) return 'unit-missing';
  return text.includes(',') || text.includes('，') ? 'number-grouped' : null;
}

function kindProblem(
  kind: ColumnKind,
  { text, read }: WeighedValue,
  common: string | null,
): ColumnProblem | null {
  const { fits } = read;
  switch (kind) {
    case 'date':
    case 'time':
      if (fits.has('serial')) return 'date-serial';
      if (!['date', 'compact-date', 'time', 'period', 'compact-period'].some((fit) => fits.has(fit as never)))
        return 'date-unreadable';
      return notation(text) === common ? null : 'dates-mixed';
    case 'period':
      return fits.has('period') || fits.has('compact-period') || fits.has('date')
        ? null
        : 'period-unreadable';
    case 'code':
      if (read.faulty) return 'code-check';
      if (fits.has('old-code')) return 'code-old';
      return fits.has('code') ? null : 'kind-other';
    case 'phone':
    case 'identity':
    case 'email':
      return fits.has(kind) ? null : 'kind-other';
    case 'division':
      return fits.has('division') || fits.has('division-name') ? null : 'kind-other';
    case 'industry':
      return fits.has('industry') || fits.has('industry-name') ? null : 'kind-other';
    default:
      return null;
  }
}

/** 2010/3/5 and 2010-03-05 differ, 2010/3/5 and 2010/12/5 do not. */
const notation = (text: string): string =>
  cleanText(text)
    .replace(/\d+/g, '9')
    .replace(/9[.:]9(?::9)?.*$/, (time) => (time.includes(':') ? '9:9' : time));

function notationOf(values: readonly WeighedValue[]): string | null {
  return mostWeight(values.map(({ text, weight }) => [notation(text), weight] as const));
}

/** The unit that most cells with a unit of their own carry; null when none does. */
export const dominantUnit = (values: readonly WeighedValue[]): string | null =>
  mostWeight(
    values.flatMap(({ read, weight }) => (read.measure ? [[read.measure.unit, weight] as const] : [])),
  );

/** Units that cells carry, as they write them, the most frequent first. */
export function unitsWritten(values: readonly WeighedValue[]): string[] {
  const weights = new Map<string, number>();
  for (const { text, read, weight } of values) {
    const written = read.measure ? unitText(text) : '';
    if (written !== '') weights.set(written, (weights.get(written) ?? 0) + weight);
  }
  return [...weights].sort((a, b) => b[1] - a[1]).map(([written]) => written);
}
const unitText = (text: string): string => cleanText(text).replace(/^[^\d]*[\d.,\s]+/, '');

/** The unit of most cells as they write it, when at least half of them carry one. */
export function writtenUnit(values: readonly WeighedValue[]): HeaderUnit | null {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  const carried = values.reduce((sum, { read, weight }) => sum + (read.measure ? weight : 0), 0);
  if (total === 0 || carried < total / 2) return null;
  const written = mostWeight(
    values.flatMap(({ text, read, weight }) => (read.measure ? [[unitText(text), weight] as const] : [])),
  );
  const unit = written === null ? null : unitOf(written);
  return written !== null && unit ? { written, unit } : null;
}

function mostWeight(pairs: readonly (readonly [string, number])[]): string | null {
  const weights = new Map<string, number>();
  for (const [key, weight] of pairs) weights.set(key, (weights.get(key) ?? 0) + weight);
  return [...weights].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
