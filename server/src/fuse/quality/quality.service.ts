import type {
  BreachQuery,
  EnterpriseQuality,
  Page,
  QualityBoard,
  QualityBreach,
  RunQuality,
  SourceQuality,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Audit } from './audit.service.ts';
import { createAuditedStore } from './audited.store.ts';
import { createBoardStore } from './board.store.ts';
import { toBreach } from './breaches.ts';
import { createResultStore } from './results.store.ts';
import { createRuleStore } from './rules.store.ts';

type Parts = { platform: Platform; audit: Audit };

/** What people read of quality: the board, a source, a run, the rows that break a rule, an enterprise. */
export function createQuality({ platform: { relational, analytics }, audit }: Parts) {
  const db = relational.as<FuseTables>();
  const [places, results] = [createAuditedStore(db), createResultStore(db, analytics)];
  const [rules, board] = [createRuleStore(db), createBoardStore(db)];

  async function demandSource(scope: Scope, id: string): Promise<void> {
    if (!(await places.source(scope, id))) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
  }

  return {
    async board(scope: Scope): Promise<QualityBoard> {
      demand(scope, 'fuse:quality:read');
      return { items: await board.board(scope) };
    },

    /** @throws NOT_FOUND */
    async ofSource(scope: Scope, id: string): Promise<SourceQuality> {
      demand(scope, 'fuse:quality:read');
      await demandSource(scope, id);
      const [history, newest] = await Promise.all([results.history(scope, id), results.newest(scope, id)]);
      return { history, newest: newest ? await results.of(scope, newest.run) : null };
    },

    /** @throws NOT_FOUND (run, or one that was not audited) */
    async ofRun(scope: Scope, id: string): Promise<RunQuality> {
      demand(scope, 'fuse:quality:read');
      const quality = await results.of(scope, id);
      if (!quality) throw new AppError('NOT_FOUND', { thing: `quality of run ${id}` });
      return quality;
    },

    /** Rows that break a rule, of the newest audit that readers see or of one run. @throws NOT_FOUND */
    async breaches(
      scope: Scope,
      id: string,
      { rule, run, cursor, limit }: BreachQuery,
    ): Promise<Page<QualityBreach>> {
      demand(scope, 'fuse:quality:read');
      await demandSource(scope, id);
      const known = (await rules.list(scope, id)).filter((one) => one.id === rule || one.key === rule);
      // a rule of the source's own stands before the rule of every source under the same key
      const found = known.find(({ source }) => source !== null) ?? known[0];
      if (!found) throw new AppError('NOT_FOUND', { thing: `quality rule ${rule}` });
      const asked = run === undefined ? await results.newest(scope, id) : await places.run(scope, run);
      if (run !== undefined && (!asked || ('source' in asked && asked.source !== id)))
        throw new AppError('NOT_FOUND', { thing: `run ${run}` });
      if (!asked) return { items: [], next: null, total: 0 };
      const page = await results.breaches(scope, {
        ...{ source: id, rule: found.id, number: asked.number },
        ...{ cursor, limit },
      });
      return { ...page, items: page.items.map(toBreach) };
    },

    /** How one enterprise fares in each source that the caller may see. @throws NOT_FOUND */
    async ofEnterprise(scope: Scope, id: string): Promise<EnterpriseQuality> {
      demand(scope, 'fuse:quality:read');
      const records = await board.recordsOf(scope, id);
      if (!records) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
      const items: EnterpriseQuality['items'] = [];
      for (const { source, sourceName, keys } of records) {
        const found = await audit.ofEntities(scope, source, keys);
        if (found)
          items.push({ source, sourceName, scores: found.scores, breaches: found.breaches.map(toBreach) });
      }
      return { items };
    },
  };
}
export type Quality = ReturnType<typeof createQuality>;
