import { rm } from 'node:fs/promises';
import { type Run, RunOrigin } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Delivered } from './delivery.ts';
import { readManifest } from './files/spool.service.ts';
import { runFolder } from './run-folder.service.ts';
import type { RunOwner } from './run-owner.store.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import { RUN_SOURCE_JOB } from './runs.ts';
import { createSourceStore, type SourceRow } from './sources.store.ts';

/** A reserved run without a job after this long was left by a process that died in between. */
const RESERVED_MS_MAX = 60_000;
const INTERRUPTED = '运行在取数时被中断（进程结束），没有任何数据生效；请重新运行';
const REPLACED = '同一数据源的新运行取代了它';

/** Who is told that a held run was thrown away. */
type Issues = {
  discarded(scope: Scope, told: { source: string; by: string; note: string }): Promise<void>;
};
type Parts = { platform: Platform; owner: RunOwner; system: Scope; issues: Issues };
type Asked = {
  requestedBy: string;
  from?: RunOrigin;
  id?: string;
  delivered?: Delivered;
  withdraws?: string;
  decision?: Run['decision'];
};

/** Opens runs, at most one a source, lets those go on whose process is gone, and closes those that cannot. */
export function createRunOpening({ platform, owner, system, issues }: Parts) {
  const { relational, clock, files, ids, jobs } = platform;
  const db = relational.as<FuseTables>();
  const [runs, progress, sources] = [createRunStore(db), createRunProgressStore(db), createSourceStore(db)];
  const log = platform.log.child({ scope: 'fuse' });

  /** What happened to a run nobody works on any more; null while somebody does or will. */
  async function fateOf(run: RunRow): Promise<Run['state'] | 'interrupted' | null> {
    if (run.owner !== null) return (await owner.isAlive(run.owner)) ? null : 'interrupted';
    if (run.job === null) {
      return clock.now().getTime() - Date.parse(run.startedAt) > RESERVED_MS_MAX ? 'interrupted' : null;
    }
    try {
      const { state } = await jobs.get(system, run.job);
      if (state === 'queued' || state === 'running') return null;
      return state === 'cancelled' ? 'cancelled' : 'failed';
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return 'failed';
      throw error;
    }
  }

  /** A delivery that was complete is landed and published by another process; one that was not is given up. */
  async function closeAbandoned(filter: { source?: string; job?: string } = {}): Promise<void> {
    for (const run of await runs.running(system, filter)) {
      const fate = await fateOf(run);
      if (fate === null) continue;
      if (fate === 'interrupted' && run.stage !== 'deliver') {
        await goOn(run);
        continue;
      }
      const state = fate === 'interrupted' ? 'failed' : fate;
      const error = state === 'cancelled' ? null : INTERRUPTED;
      if (!(await runs.end(system, run.id, { state, at: clock.now(), error }))) continue;
      // what was pushed into a run that failed is nowhere else; see `reopen`
      const isPushed = (await sources.find(system, run.source))?.kind === 'push';
      if (!(isPushed && state === 'failed')) await forgetDelivery(run.id);
      log.warn({ run: run.id, source: run.source, state }, 'a run without a worker was closed');
    }
  }

  /** What was fetched for a run that nobody will look at any more. */
  const forgetDelivery = async (run: string): Promise<void> =>
    rm(await runFolder(files, run), { recursive: true, force: true });

  async function goOn(run: RunRow): Promise<void> {
    // several processes may find it at once; the one that gives it back lets it go on
    if (!(await progress.giveBack(system, run, clock.now()))) return;
    const source = await sources.find(system, run.source);
    const job = await jobs.enqueue(system, {
      kind: RUN_SOURCE_JOB,
      params: { source: run.source, run: run.id, from: run.from },
      ...(source ? { organisation: source.organisation } : {}),
    });
    await runs.setJob(system, { run: run.id, job });
    log.warn({ run: run.id, source: run.source, stage: run.stage }, 'an interrupted run goes on');
  }

  /**
   * Opens a run of the source. A run that is held gives way to a new one that fetches everything it needs again; rows that
   * were pushed are nowhere else, so they wait for a person. @throws RUN_ACTIVE, RUN_HELD
   */
  async function reserve(source: SourceRow, asked: Asked): Promise<string> {
    // the job of a withdrawal that failed, retried: somebody has to ask for it again
    if (asked.from === 'withdrawal' && asked.withdraws === undefined) throw notWithdrawable(FAILED_BEFORE);
    const run = {
      id: asked.id ?? ids.next(),
      source: source.id,
      requestedBy: asked.requestedBy,
      at: clock.now(),
      stage: asked.withdraws
        ? ('publish' as const)
        : asked.delivered
          ? ('land' as const)
          : ('deliver' as const),
      withdraws: asked.withdraws,
      decision: asked.decision,
      mode: asked.from === 'landed' ? ('incremental' as const) : (asked.delivered?.mode ?? source.mode),
      from: asked.from ?? 'source',
      mapping: source.mapping,
      delivered: asked.delivered ?? null,
    };
    if (await runs.reserve(system, run)) return run.id;
    await closeAbandoned({ source: source.id });
    if (source.kind !== 'push' && asked.withdraws === undefined) await replaceHeld(source);
    if (await runs.reserve(system, run)) return run.id;
    const isHeld = (await runs.held(system, source.id)) !== null;
    throw new AppError(isHeld ? 'RUN_HELD' : 'RUN_ACTIVE', { source: source.name });
  }

  /** Its issue stays: the run that takes the place resolves it when it is published, and takes it over when it is held. */
  async function replaceHeld(source: SourceRow): Promise<void> {
    await throwAway(source.id, { by: system.actor.name, note: REPLACED });
  }

  /** Throws away what is held of a source, with its reason; nothing when no run is. */
  async function discardHeld(source: string, word: { by: string; note: string }): Promise<void> {
    if (await throwAway(source, word)) await issues.discarded(system, { source, ...word });
  }

  async function throwAway(source: string, { by, note }: { by: string; note: string }): Promise<boolean> {
    const held = await runs.held(system, source);
    if (!held) return false;
    const at = clock.now();
    const decision = { by, at: at.toISOString(), note };
    if (!(await progress.decide(system, held.id, { publish: false, decision, at }))) return false;
    await forgetDelivery(held.id);
    return true;
  }

  /** After a person discarded the run: what it read is removed, and its issue closed. */
  async function discarded(run: RunRow, word: { by: string; note: string }): Promise<void> {
    await forgetDelivery(run.id);
    await issues.discarded(system, { source: run.source, ...word });
  }

  /** Takes the run over that the job was queued with; when it has ended (a retry, a restart), opens another. */
  async function open(source: SourceRow, { job }: JobContext): Promise<RunRow> {
    const number = await owner.acquire();
    const reserved = String(job.params.run ?? '');
    const begin = (run: string) => runs.begin(system, { run, owner: number, at: clock.now() });
    if (source.kind === 'push' && reserved !== '') await reopen(reserved);
    const run =
      reserved !== '' && (await begin(reserved))
        ? reserved
        : await reserve(source, { requestedBy: job.requestedBy, from: fromOf(job.params) });
    if (run !== reserved) {
      await runs.setJob(system, { run, job: job.id });
      await begin(run);
    }
    const opened = await runs.find(system, run);
    if (!opened) throw new AppError('NOT_FOUND', { thing: `run ${run}` });
    return opened;
  }

  /** What was pushed into a run that failed is nowhere else: its job, retried, lands the delivery that was kept. */
  async function reopen(id: string): Promise<void> {
    const run = await runs.find(system, id);
    if (run?.state !== 'failed' || run.stage === 'deliver') return;
    if ((await readManifest(await runFolder(files, id))) === null) return;
    await progress.reopen(system, id);
  }

  return { reserve, open, closeAbandoned, discardHeld, discarded };
}
export type RunOpening = ReturnType<typeof createRunOpening>;

const FAILED_BEFORE = { zh: '撤回曾经失败，请重新发起', en: 'it failed before; ask for it again' };
export const notWithdrawable = (reason: { zh: string; en: string }): AppError =>
  new AppError('RUN_NOT_WITHDRAWABLE', { reason: reason.en, 'reason.zh': reason.zh, 'reason.en': reason.en });

/** What the run of a job was asked to read; jobs of before say nothing. */
const fromOf = ({ from }: Record<string, unknown>): RunOrigin => RunOrigin.catch('source').parse(from);
