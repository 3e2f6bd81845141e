import type { Bilingual, Drift, TableProfile } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Sealer } from '#platform/files/seal.ts';
import type { JobContext } from '#platform/jobs/jobs.ts';
import type { Platform } from '#platform/platform.ts';
import { createBelonging, nodeCodesOf } from '../enterprises/belonging.ts';
import type { Fusing } from '../enterprises/fusing.service.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type DelivererOf, openSecrets } from './deliverers.service.ts';
import { readManifest } from './files/spool.service.ts';
import { createLandedDeliverer } from './landing/landed.deliverer.ts';
import type { Landings } from './landing/landing.service.ts';
import { INDEX_ROWS_MAX } from './landing/row-index.ts';
import type { Publishing } from './publish.service.ts';
import { fillSpool, runFolder } from './run-folder.service.ts';
import type { RunOpening } from './run-opening.service.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import type { RunCounts } from './runs.ts';
import type { SourceRow } from './sources.store.ts';

/** Share of a run's progress bar that each stage begins and ends at. */
const SHARES = { deliver: [0, 0.3], land: [0.3, 0.6], fuse: [0.7, 1] } as const;
/** Longest time that fetching one delivery may take. */
const DELIVERY_MS_MAX = 4 * 3_600_000;

/** Looks at what landed before anybody reads it. */
export type Audit = {
  /** Keeps the profile and tells how columns moved since the run before. */
  drift(run: RunRow, source: SourceRow, profile: TableProfile): Promise<Drift[]>;
  /** Why the run must not be published; empty when it may. */
  hold(run: RunRow, source: SourceRow, counts: RunCounts): Promise<Bilingual[]>;
  /** Tells the owners of the data that the run waits for a decision; before it does, so that no crash keeps it quiet. */
  held(run: RunRow, heldFor: readonly Bilingual[], counts: RunCounts): Promise<void>;
  /** Tells the owners of the data what is wrong, after it was published. */
  settle(run: RunRow, source: SourceRow): Promise<void>;
  /** The same for what only showed when rows were seen together. */
  settleFusing(run: RunRow): Promise<void>;
};
export type RunParts = {
  platform: Platform;
  opening: RunOpening;
  sealer: Sealer;
  delivererOf: DelivererOf;
  landings: Landings;
  publishing: Publishing;
  audit: Audit;
  fusing: Fusing;
  /** Brings figures, copies and relations up to date with what was fused; while batches are fused, and a last time in the end. */
  refreshFigures: (signal: AbortSignal) => Promise<unknown>;
  system: Scope;
};
export type RunWork = { run: RunRow; source: SourceRow; counts: RunCounts; context: JobContext };

/** The stages of a run, each for itself; what they reached is kept in the ledger. */
export function createRunStages(parts: RunParts) {
  const { platform, landings, audit, fusing, system } = parts;
  const { relational, analytics, auth, files, config } = platform;
  const db = relational.as<FuseTables>();
  const [runs, progress] = [createRunStore(db), createRunProgressStore(db)];
  const folderOf = (run: RunRow) => runFolder(files, run.id);

  async function deliver({ run, source, context, counts }: RunWork): Promise<void> {
    const deliverer =
      run.from === 'landed'
        ? createLandedDeliverer({ db, analytics }, source)
        : parts.delivererOf({
            ...source,
            watermarkField: source.mode === 'incremental' ? source.watermarkField : null,
            secrets: await openSecrets(parts.sealer, source),
          });
    const folder = await folderOf(run);
    const { delivered, bytes } = await fillSpool(folder, (spool) =>
      deliverer.deliver(spool, {
        signal: context.signal,
        bookmark: source.mode === 'incremental' ? source.bookmark : null,
        limits: {
          rowsMax: config.fuseRowsMax,
          bytesMax: config.fuseDeliveryBytesMax,
          timeMsMax: DELIVERY_MS_MAX,
        },
        tell: (share, text) => context.progress(shareOf('deliver', share ?? 0.5), text),
      }),
    );
    counts.bytes = bytes;
    await runs.saveCounts(system, run.id, counts);
    await progress.reach(system, run.id, { stage: 'land', delivered });
    run.delivered = delivered;
    run.mode = delivered.mode;
  }

  async function land({ run, source, context, counts }: RunWork): Promise<void> {
    const folder = await folderOf(run);
    const files = await readManifest(folder);
    if (!files) throw new Error(`The delivery of run ${run.id} is not whole`);
    const landed = await landings.land(
      {
        of: {
          source: source.id,
          run: run.id,
          number: run.number,
          atMs: Date.parse(run.startedAt),
          mapping: source.mapping,
          content: source,
          target: source.target,
          // all rows there are: one that is named otherwise by the newest mapping leaves its older name
          mode: run.from === 'landed' ? 'full' : run.mode,
          landed: run.from === 'landed',
        },
        sourceName: source.name,
        files,
        folder,
        // an incremental source has more rows than one of its deliveries
        rowsMax: run.from === 'landed' ? INDEX_ROWS_MAX : config.fuseRowsMax,
        mayBeEmpty: source.kind === 'push',
      },
      {
        signal: context.signal,
        async tell(share, now) {
          await runs.saveCounts(system, run.id, { ...counts, ...now });
          await context.progress(shareOf('land', share), `已读取 ${now.rowsIn} 行`);
        },
      },
    );
    const { rowsGone, rowsUntold, rowsUnnamed } = landed;
    Object.assign(counts, landed.counts, { rowsGone, rowsUntold });
    await progress.unnamed(system, run.id, rowsUnnamed);
    await runs.saveCounts(system, run.id, counts);
    // rows that were here before are no news of how a source's columns move
    const drift = run.from === 'landed' ? [] : await audit.drift(run, source, landed.profile);
    run.drift = drift;
    await progress.reach(system, run.id, { stage: 'audit', drift });
  }

  /** True when the run may go on to its readers. */
  async function check({ run, source, counts, context }: RunWork): Promise<boolean> {
    await context.progress(shareOf('land', 1), '正在检查');
    const breaking = run.drift.filter(({ breaks }) => breaks).map(textOfDrift);
    const heldFor = [...breaking, ...(await audit.hold(run, source, counts))];
    if (heldFor.length === 0) {
      await progress.reach(system, run.id, { stage: 'publish' });
      return true;
    }
    await audit.held(run, heldFor, counts);
    await progress.hold(system, run.id, heldFor);
    return false;
  }

  async function fuse({ run, source, counts, context }: RunWork): Promise<void> {
    if (source.target === 'dataset') return;
    const { signal } = context;
    const organisations = await auth.organisations(system);
    const target = {
      id: run.id,
      number: run.number,
      source: source.id,
      organisation: source.organisation,
      monthly: source.periodField !== null,
      duplicateFree: source.duplicateFree,
      belonging: createBelonging(organisations),
      nodeCodes: nodeCodesOf(organisations),
    };
    const tell = async (share: number) => {
      await runs.saveCounts(system, run.id, counts);
      await context.progress(shareOf('fuse', share), '正在融合');
    };
    const following = follow(() => parts.refreshFigures(signal));
    try {
      await fusing.fusePending(system, target, {
        ...{ signal, counts },
        async tell(share) {
          following.begin();
          await tell(share);
        },
      });
      await fusing.settle(target, signal);
      await audit.settleFusing(run);
    } finally {
      await following.end();
    }
    await parts.refreshFigures(signal);
  }

  return { deliver, land, check, fuse };
}

/**
 * Something done beside the main work, once at a time, whenever it is begun; a failure is left to the next time, and the main work does it a last time
 * itself.
 */
function follow(work: () => Promise<unknown>) {
  let underWay: Promise<unknown> | null = null;
  return {
    begin(): void {
      underWay ??= work()
        .catch(() => {})
        .finally(() => {
          underWay = null;
        });
    },
    async end(): Promise<void> {
      await underWay;
    },
  };
}

function shareOf(stage: keyof typeof SHARES, share: number): number {
  const [from, to] = SHARES[stage];
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

const textOfDrift = ({ kind, column, after }: Drift): Bilingual =>
  kind === 'column-renamed'
    ? {
        zh: `映射用到的列“${column}”疑似改名为“${after}”`,
        en: `The column "${column}" that the mapping needs was probably renamed to "${after}"`,
      }
    : {
        zh: `映射用到的列“${column}”有变化`,
        en: `The column "${column}" that the mapping needs changed`,
      };
