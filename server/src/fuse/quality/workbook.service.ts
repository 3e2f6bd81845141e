import { PassThrough, type Readable } from 'node:stream';
import type { QualityIssue, QualityRule } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { FINDING_RULES } from '../standards/findings.ts';
import { createAuditedStore } from './audited.store.ts';
import { BREACHES_MAX } from './compile.ts';
import { createIssueStore } from './issues.store.ts';
import { RUN_HELD } from './issues.ts';
import { createResultStore } from './results.store.ts';
import { createRuleStore } from './rules.store.ts';
import { FUSING_FINDINGS, isBlocking, isFindingRule, isRunRule } from './rules.ts';
import { createWorkbookStore, type WorkbookLine } from './workbook.store.ts';

const PAGE_ROWS = 1_000;

type Language = 'zh' | 'en';
type Line = WorkbookLine & { problem: string; remedy: string };
type Column = { zh: string; en: string; width: number; cell: (line: Line) => string | number | null };
const COLUMNS: readonly Column[] = [
  { zh: '行键', en: 'Row', width: 36, cell: ({ row_key }) => row_key },
  { zh: '报告期', en: 'Period', width: 10, cell: ({ period }) => period || null },
  { zh: '文件', en: 'File', width: 28, cell: ({ file }) => file || null },
  { zh: '行号', en: 'Line', width: 8, cell: ({ place }) => place || null },
  { zh: '字段', en: 'Field', width: 24, cell: ({ field }) => field || null },
  { zh: '现值', en: 'Value', width: 28, cell: ({ value }) => value || null },
  { zh: '应为', en: 'Expected', width: 28, cell: ({ expected }) => expected || null },
  { zh: '问题', en: 'What is wrong', width: 36, cell: ({ problem }) => problem },
  { zh: '处理建议', en: 'What to do', width: 60, cell: ({ remedy }) => remedy },
];

type Pages = AsyncIterable<WorkbookLine[]>;

/** The workbook that goes back to the owner of the data: the rows of one issue, written while they are read. */
export function createIssueWorkbook(platform: Platform) {
  const { relational, analytics, audit, log } = platform;
  const db = relational.as<FuseTables>();
  const [issues, results, rules] = [
    createIssueStore(db),
    createResultStore(db, analytics),
    createRuleStore(db),
  ];
  const [places, store] = [createAuditedStore(db), createWorkbookStore(db, analytics)];

  /** Rows that a rule found in an audit, with where they stand. */
  async function* breaches(
    scope: Scope,
    source: string,
    { rule, number }: { rule: string; number: number },
  ): Pages {
    let cursor: string | undefined;
    do {
      const asked = { source, rule, number, cursor, limit: PAGE_ROWS };
      const page = await results.breaches(scope, asked);
      const known = await store.places(
        scope,
        source,
        page.items.map(({ row_key }) => row_key),
      );
      yield page.items.map((line) => ({ ...line, ...(known.get(line.row_key) ?? { file: '', place: 0 }) }));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** Rows of a run that waits: those that broke what holds it, and those that were kept out. */
  async function* held(scope: Scope, issue: QualityIssue): Pages {
    const run = await places.run(scope, issue.lastRun);
    if (!run) return;
    const judged = (await results.judged(scope, run.run)).filter((one) => one.held);
    if (judged.some(({ rule: { check } }) => check.kind === 'rejected' || isBlocking(check)))
      yield* findings(scope, issue, { rule: '', from: 'rejected' });
    for (const { rule } of judged) {
      const { check } = rule;
      if (check.kind === 'problem') {
        const lines = await problems(scope, issue.source, { rule: check.rule, number: run.number });
        yield lines.map((line) => ({ ...line, broken: rule }));
      }
      if (isRunRule(rule) || isBlocking(check)) continue;
      for await (const lines of breaches(scope, issue.source, { rule: rule.id, number: run.number }))
        yield lines.map((line) => ({ ...line, broken: rule }));
    }
  }

  /** Places that could not be read as they should, few enough to hold. */
  const problems = (scope: Scope, source: string, { rule, number }: { rule: string; number: number }) =>
    store.problems(scope, { source, rule, limit: BREACHES_MAX }, number);

  /** Rows with a finding, let in with it or seen when they were fused; or rows of the issue's last run that it (or any) kept out. */
  async function* findings(
    scope: Scope,
    { source, lastRun }: QualityIssue,
    { rule, from }: { rule: string; from: 'found' | 'fusing' | 'rejected' },
  ): Pages {
    const numbers = await places.published(scope, source);
    const run = await places.run(scope, lastRun);
    let after: { key: string; place: number } | null = null;
    for (let rows = 0; rows < BREACHES_MAX; rows += PAGE_ROWS) {
      const asked = { source, rule, after, limit: PAGE_ROWS };
      const lines: WorkbookLine[] =
        from === 'rejected'
          ? await store.rejected(scope, asked, run?.number ?? 0)
          : from === 'fusing'
            ? await store.fusing(scope, asked)
            : await store.found(scope, asked, numbers);
      const known = await store.places(
        scope,
        source,
        lines.filter(({ place }) => place === 0).map(({ row_key }) => row_key),
      );
      yield lines.map((line) => ({ ...line, ...(line.place === 0 ? known.get(line.row_key) : {}) }));
      const last = lines.at(-1);
      if (!last || lines.length < PAGE_ROWS) return;
      after = { key: last.row_key, place: last.place };
    }
  }

  async function* newestBreaches(scope: Scope, source: string, { id, check }: QualityRule): Pages {
    const newest = await results.newest(scope, source);
    if (!newest) return;
    const { number } = newest;
    if (check.kind === 'problem') yield await problems(scope, source, { rule: check.rule, number });
    else yield* breaches(scope, source, { rule: id, number });
  }

  function pagesOf(scope: Scope, issue: QualityIssue, rule: QualityRule | undefined): Pages {
    const { check } = rule ?? {};
    if (issue.rule === RUN_HELD) return held(scope, issue);
    if (check?.kind === 'rejected') return findings(scope, issue, { rule: '', from: 'rejected' });
    if (check && isBlocking(check) && check.kind === 'finding')
      return findings(scope, issue, { rule: check.rule, from: 'rejected' });
    if (rule) return newestBreaches(scope, issue.source, rule);
    const fusing = FUSING_FINDINGS.includes(issue.rule);
    const from = fusing ? 'fusing' : issue.severity === 'block' ? 'rejected' : 'found';
    return findings(scope, issue, { rule: issue.rule, from });
  }

  /** At most `BREACHES_MAX` rows. Text stays text: nothing in a cell is a formula. Audited. @throws NOT_FOUND */
  return async (scope: Scope, id: string): Promise<{ stream: Readable; number: number }> => {
    demand(scope, 'fuse:quality:read');
    const issue = await issues.find(scope, id);
    const source = issue ? await places.source(scope, issue.source) : null;
    if (!issue || !source) throw new AppError('NOT_FOUND', { thing: `issue ${id}` });
    const known = (await rules.list(scope, issue.source)).filter(({ key }) => key === issue.rule);
    const rule = known.find((one) => one.source !== null) ?? known[0];
    const pages = pagesOf(scope, issue, rule);
    await audit.record(scope, {
      action: 'fuse:quality-issue:export',
      target: `quality-issue:${id}`,
      organisation: issue.organisation,
      after: { rows: issue.rows },
    });
    const stream = new PassThrough();
    writeWorkbook({ scope, issue, pages, names: source.names, stream }).catch((error: unknown) => {
      log.warn({ err: error }, 'a workbook of an issue broke off');
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    return { stream, number: issue.number };
  };
}
export type IssueWorkbook = ReturnType<typeof createIssueWorkbook>;

type Writing = {
  scope: Scope;
  issue: QualityIssue;
  pages: Pages;
  names: ReadonlyMap<string, string>;
  stream: PassThrough;
};

async function writeWorkbook({ scope, issue, pages, names, stream }: Writing): Promise<void> {
  const language: Language = scope.locale === 'en' ? 'en' : 'zh';
  // Loaded when the first workbook is written: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.stream.xlsx.WorkbookWriter({ stream, useStyles: true, useSharedStrings: false });
  const sheet = workbook.addWorksheet(language === 'zh' ? `问题 ${issue.number}` : `Issue ${issue.number}`, {
    views: [{ state: 'frozen', ySplit: 1 }],
  });
  sheet.columns = COLUMNS.map((column) => ({ header: column[language], width: column.width }));
  const textOf = ({ finding = '', broken }: WorkbookLine) =>
    isFindingRule(finding)
      ? { problem: FINDING_RULES[finding].name[language], remedy: FINDING_RULES[finding].message[language] }
      : broken
        ? { problem: broken.name[language], remedy: broken.remedy[language] }
        : said;
  const said = { problem: issue.name[language], remedy: issue.remedy[language] };
  for await (const lines of pages) {
    for (const line of lines) {
      // the owner knows the names of their own columns
      const named = { ...line, ...textOf(line), field: names.get(line.field) ?? line.field };
      sheet.addRow(COLUMNS.map((column) => column.cell(named))).commit();
    }
    if (stream.destroyed) return;
    await drained(stream);
  }
  await workbook.commit();
}

/** Waits for a slow reader, so that memory holds about one page. */
async function drained(stream: PassThrough): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve).once('close', resolve);
  });
}
