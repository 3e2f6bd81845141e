import type { ConnectorTemplate, TableProfile } from '@ronghe/contracts';
import { cleanText } from '../standards/text.ts';

/** Share of the columns of table and template together that both have. */
const COMMON_MIN = 0.6;

/** A column's name as names are compared: half width, lower case, without blanks and the star of what must be filled. */
export const plainColumn = (name: string): string => cleanText(name).toLowerCase().replace(/[\s*]/g, '');

/** The columns of a table as one text: equal for two tables with the same columns in any order. */
export const fingerprintOf = (columns: readonly string[]): string =>
  [...new Set(columns.map(plainColumn))].sort().join('|');

/** The template whose columns a table has: all that must be there, and most of the others. null when there is none. */
export function templateOf(
  { columns }: Pick<TableProfile, 'columns'>,
  templates: readonly ConnectorTemplate[],
): ConnectorTemplate | null {
  const here = new Set(columns.map(({ name }) => plainColumn(name)));
  const fitting = templates
    .map((template) => {
      const theirs = new Set(template.columns.map(({ name }) => plainColumn(name)));
      const common = [...theirs].filter((name) => here.has(name)).length;
      const whole = template.columns.every(({ name, required }) => !required || here.has(plainColumn(name)));
      return { template, whole, share: common / Math.max(1, new Set([...theirs, ...here]).size) };
    })
    .filter(({ whole, share }) => whole && share >= COMMON_MIN)
    .sort((a, b) => b.share - a.share);
  return fitting[0]?.template ?? null;
}
