import type { RunStarted, RunWithdrawal } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { notWithdrawable, type RunOpening } from './run-opening.service.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import type { SourceRow } from './sources.store.ts';
import { createWithdrawalStore, type PublishedRun } from './withdrawal.store.ts';

type Parts = {
  platform: Platform;
  opening: RunOpening;
  system: Scope;
  findRun: (scope: Scope, id: string) => Promise<RunRow>;
  findSource: (scope: Scope, id: string) => Promise<SourceRow>;
  queue: (
    scope: Scope,
    source: SourceRow,
    reserved: { run: string; from: 'withdrawal' },
  ) => Promise<RunStarted>;
};

/**
 * Takes the newest published run of a source back, by a run of its own that keeps others out meanwhile.
 * @throws NOT_FOUND, RUN_NOT_WITHDRAWABLE, RUN_ACTIVE, RUN_HELD
 */
export function createWithdrawal({ platform, opening, system, findRun, findSource, queue }: Parts) {
  const { relational, audit, clock } = platform;
  const db = relational.as<FuseTables>();
  const [store, runs] = [createWithdrawalStore(db), createRunStore(db)];
  return async (scope: Scope, id: string, { note }: RunWithdrawal): Promise<RunStarted> => {
    demand(scope, 'fuse:run:decide');
    const target = await findRun(scope, id);
    const source = await findSource(scope, target.source);
    const decision = { by: scope.actor.name, at: clock.now().toISOString(), note };
    const asked = { requestedBy: scope.actor.name, from: 'withdrawal' as const, withdraws: id, decision };
    const run = await opening.reserve(source, asked);
    try {
      // from here on nobody else publishes anything of the source
      const [newest] = await store.published(system, source.id, 1);
      const why = whyNot(target, newest, await store.removedBelow(system, source.id));
      if (why) throw notWithdrawable(why);
    } catch (error) {
      await runs.forget(scope, run);
      throw error;
    }
    const started = await queue(system, source, { run, from: 'withdrawal' });
    await audit.record(scope, {
      action: 'fuse:run:withdraw',
      target: `run:${id}`,
      organisation: source.organisation,
      before: { publishedAt: target.publishedAt, rowsNew: target.rowsNew, rowsChanged: target.rowsChanged },
      after: { note, by: run },
    });
    return started;
  };
}

/** Why a run cannot be taken back; null when it can. */
function whyNot(target: RunRow, newest: PublishedRun | undefined, removedBelow: number) {
  if (target.publishedAt === null) return { zh: '它没有发布', en: 'it is not published' };
  if (newest?.id !== target.id) return { zh: '之后又有运行发布', en: 'a later run was published' };
  if (target.state !== 'succeeded') return { zh: '它还没有结束', en: 'it has not ended' };
  if (removedBelow > target.number)
    return { zh: '它取代的行已按保存期限清除', en: 'the rows it replaced were removed after their time' };
  return null;
}
