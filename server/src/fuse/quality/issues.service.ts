import type { IssueChange, IssueQuery, Page, QualityIssue } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createAuditStore } from './audit.store.ts';
import { createAuditedStore } from './audited.store.ts';
import { createIssueStore } from './issues.store.ts';
import { NOTES_MAX, RUN_HELD, type Settlement, settle, settleFusing } from './issues.ts';
import { createResultStore } from './results.store.ts';

const GONE_NOTE = '后续运行中已不存在，自动解决 / a later run is clean: resolved by itself';
const PUBLISHED_NOTE = '已有运行发布，自动解决 / a run was published: resolved by itself';

/** Use cases of issues: settled after a run is published, worked on by people. */
export function createIssues(platform: Platform) {
  const { relational, analytics, audit, clock, ids, events } = platform;
  const db = relational.as<FuseTables>();
  const [store, results, places] = [
    createIssueStore(db),
    createResultStore(db, analytics),
    createAuditedStore(db),
  ];
  const engine = createAuditStore(analytics);
  const tell = ({ id, source, organisation, rule, state, rows }: QualityIssue) =>
    events.publish('fuse.issue.changed', { issue: id, source, organisation, rule, state, rows });

  /** @returns issues that are worth telling of */
  async function write(
    scope: Scope,
    { run, source }: { run: string; source: string },
    settlement: Settlement,
  ): Promise<QualityIssue[]> {
    const at = clock.now();
    const told: string[] = [];
    await db.transaction().execute(async (transaction) => {
      const issues = createIssueStore(transaction);
      for (const trouble of settlement.open) {
        const id = ids.next();
        if (await issues.insert(scope, { ...trouble, id, source, run, at })) told.push(id);
      }
      for (const { issue, rows } of settlement.update) {
        if (issue.lastRun === run && issue.rows === rows) continue;
        const quiet = issue.state === 'accepted' || issue.rows === rows;
        await issues.update(scope, issue.id, { rows, lastRun: run, ...(quiet ? {} : { at }) });
        if (!quiet) told.push(issue.id);
      }
      for (const issue of settlement.resolve) {
        const note = {
          at: at.toISOString(),
          by: scope.actor.name,
          state: 'resolved',
          text: issue.rule === RUN_HELD ? PUBLISHED_NOTE : GONE_NOTE,
        } as const;
        const notes = [...issue.notes, note].slice(-NOTES_MAX);
        await issues.update(scope, issue.id, { state: 'resolved', rows: 0, lastRun: run, notes, at });
        told.push(issue.id);
      }
    });
    const changed = await Promise.all(told.map((id) => store.find(scope, id)));
    return changed.flatMap((issue) => issue ?? []);
  }

  return {
    /**
     * Opens, updates and resolves the issues of a source after its run was published. Doing it again changes nothing.
     * @throws NOT_FOUND (run)
     */
    async settle(scope: Scope, id: string): Promise<void> {
      demand(scope, 'fuse:run:write');
      const run = await places.run(scope, id);
      if (!run) throw new AppError('NOT_FOUND', { thing: `run ${id}` });
      const { source, number, mode, from } = run;
      const numbers = await places.published(scope, source, number + 1);
      const base = await engine.base(scope, { source, numbers });
      const settlement = settle(await store.unresolved(scope, source), {
        mode,
        from,
        judged: await results.judged(scope, id),
        found: await engine.foundBy(scope, { source, numbers, base }),
        rejected: await engine.rejectedBy(scope, { source, number }),
      });
      for (const issue of await write(scope, { run: id, source }, settlement)) tell(issue);
    },

    /**
     * Opens, updates and resolves the issues of what only fusing shows, after the rows of a run were fused. Doing it again
     * changes nothing.
     */
    async settleFusing(scope: Scope, { run, source }: { run: string; source: string }): Promise<void> {
      demand(scope, 'fuse:run:write');
      const settlement = settleFusing(
        await store.unresolved(scope, source),
        await store.fusingFindings(scope, source),
      );
      for (const issue of await write(scope, { run, source }, settlement)) tell(issue);
    },

    async list(scope: Scope, query: IssueQuery): Promise<Page<QualityIssue>> {
      demand(scope, 'fuse:quality:read');
      return store.list(scope, query);
    },

    /** @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<QualityIssue> {
      demand(scope, 'fuse:quality:read');
      const issue = await store.find(scope, id);
      if (!issue) throw new AppError('NOT_FOUND', { thing: `issue ${id}` });
      return issue;
    },

    /** A person's word on an issue, kept with those before it. @throws NOT_FOUND, CONFLICT (another one is open) */
    async change(scope: Scope, id: string, { state, text, dueAt }: IssueChange): Promise<QualityIssue> {
      demand(scope, 'fuse:quality:write');
      const at = clock.now();
      await db.transaction().execute(async (transaction) => {
        const issues = createIssueStore(transaction);
        const before = await issues.findForChange(scope, id);
        if (!before) throw new AppError('NOT_FOUND', { thing: `issue ${id}` });
        if (before.state === 'resolved' && state !== 'resolved') {
          const open = await issues.unresolved(scope, before.source);
          if (open.some(({ rule }) => rule === before.rule))
            throw new AppError('CONFLICT', { thing: `${before.sourceName} ${before.rule}` });
        }
        const note = { at: at.toISOString(), by: scope.actor.name, state, text };
        const notes = [...before.notes, note].slice(-NOTES_MAX);
        const due = dueAt === undefined ? {} : { dueAt: dueAt === null ? null : new Date(dueAt) };
        await issues.update(scope, id, { state, notes, at, ...due });
        const change = {
          action: 'fuse:quality-issue:update',
          target: `quality-issue:${id}`,
          organisation: before.organisation,
          before: { state: before.state, dueAt: before.dueAt },
          after: { state, text, ...(dueAt === undefined ? {} : { dueAt }) },
        };
        await audit.record(scope, change, transaction);
      });
      const issue = await store.find(scope, id);
      if (!issue) throw new AppError('NOT_FOUND', { thing: `issue ${id}` });
      tell(issue);
      return issue;
    },
  };
}
export type Issues = ReturnType<typeof createIssues>;
