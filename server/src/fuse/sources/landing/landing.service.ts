import { mkdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { TableProfile } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../../fuse.tables.ts';
import { createProfiler } from '../../profile/profile.ts';
import { openTableFile } from '../files/open.reader.ts';
import { createUnscopedRecordStore } from '../records.store.ts';
import type { Visible } from '../records.ts';
import type { Chunk } from './chunk-tables.ts';
import { type DeliveredFile, type LandingRequest, type LandingResult, landDelivery } from './land.reader.ts';
import { createUnscopedLandedStore } from './landed.store.ts';
import type { LandedCounts, LandingOf } from './lander.ts';
import type { Reading } from './landing.process.ts';
import { createUnscopedLandingStore } from './landing.store.ts';

/** A larger delivery is landed by a process of its own, so that nobody who looks at a page waits for it. */
const INLINE_BYTES_MAX = 2_000_000;
/** What we wrote ourselves: it may be landed here. Files of others are read by a process of its own, however small. */
const OWN_FORMATS: ReadonlySet<string> = new Set(['rows', 'compact']);
/** A larger one is shared by several, by the keys of its rows. */
const SHARED_BYTES_MIN = 30_000_000;
const SHARDS_MAX = 4;

export type Landed = {
  counts: LandedCounts;
  profile: TableProfile;
  rowsGone: number;
  /** refused rows whose key could not be read */
  rowsUnnamed: number;
  /** rows that a full delivery did not bring and that stay, because more rows than before came without a readable key */
  rowsUntold: number;
};
type Work = {
  of: Omit<LandingOf, 'shard'>;
  sourceName: string;
  files: readonly DeliveredFile[];
  /** the run's own folder */
  folder: string;
  rowsMax: number;
  /** who delivered said that there is nothing any more */
  mayBeEmpty: boolean;
};
type Parts = { db: Kysely<FuseTables>; analytics: Analytics; reading: Reading; cluster: string | undefined };
type Calls = { signal: AbortSignal; tell(share: number, counts: LandedCounts): Promise<void> };

/**
 * Lands a delivery that is complete: what is new, changed, rejected or gone is written under the run's number, where no
 * reader sees it before the run is published. Doing it again after a crash writes the same rows, which count once.
 */
export function createLandings({ db, analytics, reading, cluster }: Parts) {
  const [records, store, landed] = [
    createUnscopedRecordStore(db, analytics),
    createUnscopedLandingStore(db, analytics, cluster),
    createUnscopedLandedStore(db, analytics),
  ];

  async function takeChunk(chunk: Chunk, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await store.importChunk(chunk);
    await rm(chunk.file, { force: true });
  }

  /** All shards of a delivery at once; the first failure ends the others. */
  async function landShards(request: LandingRequest, shards: number, calls: Calls): Promise<LandingResult[]> {
    const abort = new AbortController();
    const signal = AbortSignal.any([calls.signal, abort.signal]);
    const heard: { share: number; counts: LandedCounts }[] = [];
    const landShard = async (index: number): Promise<LandingResult> => {
      const folder = join(request.folder, String(index));
      await mkdir(folder, { recursive: true, mode: 0o750 });
      const own = { ...request, folder, of: { ...request.of, shard: { index, of: shards } } };
      return reading.land(own, {
        signal,
        small: false,
        chunk: (chunk) => takeChunk(chunk, signal),
        async tell(share, counts) {
          heard[index] = { share, counts };
          const told = heard.filter((one) => one !== undefined);
          await calls.tell(
            told.reduce((sum, one) => sum + one.share, 0) / shards,
            sumOf(told.map((one) => one.counts)),
          );
        },
      });
    };
    const all = Array.from({ length: shards }, (_, index) => landShard(index));
    try {
      return await Promise.all(all);
    } catch (error) {
      abort.abort(error);
      await Promise.allSettled(all);
      throw error;
    }
  }

  /**
   * Writes which rows went away. Where more rows than before came without a key that can be read, each of them may be one that
   * seems to be gone, so only those go that the source itself called gone, or that an older row key named.
   * @returns how many rows seemed to be gone and are not known to be (0 where that is known of all), and how many moved
   */
  async function markGone(
    of: Work['of'],
    visible: Visible,
    { results, unnamed }: { results: readonly LandingResult[]; unnamed: number },
  ): Promise<{ untold: number; moved: number }> {
    const otherwise = await landed.namedOtherwise(of.source, of.mapping);
    const isUnsure = of.mode === 'full' && unnamed > 0 && unnamed > (await landed.unnamedBefore(of.source));
    for (const { gone, deleted } of results) {
      if (!isUnsure) await store.markGone(of, visible, { keys: gone });
      else {
        await store.markGone(of, visible, { keys: deleted });
        if (otherwise.length > 0) await store.markGone(of, visible, { keys: gone, madeBy: otherwise });
      }
    }
    const moved = otherwise.length > 0 ? await store.markMoved(of, visible) : 0;
    return { untold: isUnsure ? results.reduce((sum, { gone }) => sum + gone.length, 0) : 0, moved };
  }

  function landSmall(request: LandingRequest, calls: Calls): Promise<LandingResult> {
    const chunk = (one: Chunk) => takeChunk(one, calls.signal);
    const isOurs = request.files.every(({ options }) => OWN_FORMATS.has(options.format ?? ''));
    if (isOurs) return landDelivery(request, { ...calls, chunk, openTable: openTableFile });
    return reading.land(request, { ...calls, chunk, small: true });
  }

  return {
    /**
     * A full delivery of no row from a source that had some is refused: it has more likely failed than lost everything.
     * @throws SOURCE_UNREACHABLE (no rows), SOURCE_TOO_LARGE, TABLE_UNREADABLE
     */
    async land({ of, sourceName, files, folder, rowsMax, mayBeEmpty }: Work, calls: Calls): Promise<Landed> {
      const visible = (await records.visible([of.source])).get(of.source) ?? { upTo: 0, except: [] };
      const [indexFile, chunks] = [join(folder, 'index.bin'), join(folder, 'chunks')];
      // a process that was killed left it behind, and what it handed over
      if ((await stat(chunks).catch(() => null)) !== null) await store.forget(of);
      await rm(indexFile, { force: true });
      await rm(chunks, { recursive: true, force: true });
      await mkdir(chunks, { recursive: true, mode: 0o750 });
      await store.exportIndex({ source: of.source, visible, mapping: of.mapping }, indexFile);
      const whole = { ...of, shard: { index: 0, of: 1 } };
      const request: LandingRequest = { of: whole, sourceName, files, indexFile, folder: chunks, rowsMax };
      const bytes = await bytesOf(files);
      const results =
        bytes > INLINE_BYTES_MAX
          ? await landShards(request, shardsFor(bytes), calls)
          : [await landSmall(request, calls)];
      const counts = sumOf(results.map((one) => one.counts));
      const known = results.reduce((sum, one) => sum + one.known, 0);
      if (counts.rowsIn > rowsMax)
        throw new AppError('SOURCE_TOO_LARGE', { source: sourceName, reason: `more than ${rowsMax} rows` });
      if (of.mode === 'full' && counts.rowsIn === 0 && known > 0 && !mayBeEmpty)
        throw new AppError('SOURCE_UNREACHABLE', {
          source: sourceName,
          reason: `no rows, though it had ${known}`,
        });
      const unnamed = results.reduce((sum, one) => sum + one.unnamed, 0);
      const { untold, moved } = await markGone(of, visible, { results, unnamed });
      // one that moved to another enterprise is not gone
      const gone = (await store.written(of)).gone - moved;
      await rm(indexFile, { force: true });
      await rm(chunks, { recursive: true, force: true });
      const profile = results[0]?.profile ?? createProfiler().result();
      return {
        counts,
        profile,
        rowsGone: gone,
        rowsUnnamed: unnamed,
        rowsUntold: Math.max(0, untold - gone),
      };
    },
  };
}
export type Landings = ReturnType<typeof createLandings>;

const shardsFor = (bytes: number): number =>
  bytes < SHARED_BYTES_MIN ? 1 : Math.min(SHARDS_MAX, Math.max(1, availableParallelism()));

function sumOf(all: readonly LandedCounts[]): LandedCounts {
  const total: LandedCounts = {
    rowsIn: 0,
    rowsLanded: 0,
    rowsRejected: 0,
    rowsNew: 0,
    rowsChanged: 0,
    rowsUnchanged: 0,
    problems: 0,
  };
  for (const counts of all)
    for (const key of Object.keys(total) as (keyof LandedCounts)[]) total[key] += counts[key];
  return total;
}

async function bytesOf(files: readonly DeliveredFile[]): Promise<number> {
  let bytes = 0;
  for (const { path } of files) bytes += (await stat(path)).size;
  return bytes;
}
