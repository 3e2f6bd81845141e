import {
  type Bilingual,
  fillText,
  type Locale,
  POINT_IMPORT_ISSUES_MAX,
  type PointImportIssue,
} from '@ronghe/contracts';
import { ISSUE_TEXTS, type IssueCode } from './issue-texts.data.ts';

/** Characters of a value or a place that are repeated to the person. */
const VALUE_CHARACTERS_MAX = 120;

type Values = Readonly<Record<string, string | number>>;
type Issue = { place: Bilingual; code: IssueCode; values: Values };

/** What is told of a file while it is read; at most so many are kept that they can be shown, all are counted. */
export type Issues = {
  /** It is not in the result. */
  error(place: Bilingual, code: IssueCode, values?: Values): void;
  /** It is in the result, but a person should look. */
  warning(place: Bilingual, code: IssueCode, values?: Values): void;
  /** As `warning`, but of everything at a place only once. */
  once(place: Bilingual, code: IssueCode, values?: Values): void;
  /** Errors first, in the caller's language. */
  told(locale: Locale): { issues: PointImportIssue[]; issuesTotal: number };
};

/** Places in a file as a person finds them again. */
export const placeOf = {
  /** Names from the outer to the inner: `channel.device.tag`. */
  names: (...names: readonly string[]): Bilingual => {
    const joined = clean(names.filter((name) => name !== '').join('.'));
    return { zh: joined, en: joined };
  },
  row: (sheet: string | null, row: number): Bilingual =>
    sheet === null
      ? { zh: `第 ${row} 行`, en: `line ${row}` }
      : { zh: `工作表“${clean(sheet)}”第 ${row} 行`, en: `sheet "${clean(sheet)}" row ${row}` },
  sheet: (sheet: string | null): Bilingual =>
    sheet === null
      ? { zh: '文件', en: 'file' }
      : { zh: `工作表“${clean(sheet)}”`, en: `sheet "${clean(sheet)}"` },
  file: { zh: '文件', en: 'file' } as Bilingual,
};

/** A text of the file as it may be shown: one line, bounded, and without a user and password before a host. */
export function clean(text: string): string {
  const line = text
    .slice(0, VALUE_CHARACTERS_MAX * 4)
    .replace(/\/\/[^/\s]*@/g, '//')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return line.length > VALUE_CHARACTERS_MAX ? `${line.slice(0, VALUE_CHARACTERS_MAX)}…` : line;
}

export function createIssues(): Issues {
  const kept: Record<'error' | 'warning', Issue[]> = { error: [], warning: [] };
  const seen = new Set<string>();
  let total = 0;
  const tell =
    (level: 'error' | 'warning') =>
    (place: Bilingual, code: IssueCode, values: Values = {}) => {
      total += 1;
      if (kept[level].length < POINT_IMPORT_ISSUES_MAX) kept[level].push({ place, code, values });
    };
  return {
    error: tell('error'),
    warning: tell('warning'),
    once(place, code, values = {}) {
      const mark = `${place.en} ${code} ${JSON.stringify(values)}`;
      // What is remembered is bounded too; past it things may be told twice.
      if (seen.has(mark) || seen.size >= POINT_IMPORT_ISSUES_MAX * 10) return;
      seen.add(mark);
      tell('warning')(place, code, values);
    },
    told(locale) {
      const language = locale === 'en' ? 'en' : 'zh';
      const listed = [
        ...kept.error.map((issue) => ({ issue, level: 'error' as const })),
        ...kept.warning.map((issue) => ({ issue, level: 'warning' as const })),
      ].slice(0, POINT_IMPORT_ISSUES_MAX);
      return {
        issues: listed.map(({ issue, level }) => ({
          place: issue.place[language],
          message: fillText(ISSUE_TEXTS[issue.code][language], cleanValues(issue.values)),
          level,
        })),
        issuesTotal: total,
      };
    },
  };
}

const cleanValues = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? clean(value) : value]),
  );
