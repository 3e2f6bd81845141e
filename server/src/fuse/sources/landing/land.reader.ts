import { createReadStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { TableProfile } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import { createProfiler } from '../../profile/profile.ts';
import type { OpenTableFile, SpoolOptions } from '../delivery.ts';
import type { Chunk } from './chunk-tables.ts';
import { createChunkWriter } from './chunks.service.ts';
import { type LandedCounts, Lander, type LandingOf } from './lander.ts';
import { type Hash64, INDEX_ROWS_MAX, loadIndex, RowIndex } from './row-index.ts';

/** Formats whose rows each bring their own fields. */
const LOOSE: ReadonlySet<string> = new Set(['rows', 'json', 'jsonl']);
/** Rows that are profiled whole; of what follows only every so manieth page is, because a look at each cell costs more than landing it. */
const PROFILED_ROWS = 20_000;
const PROFILED_EVERY = 25;

/** A file of a delivery, as its manifest lists it. */
export type DeliveredFile = { path: string; name: string; options: SpoolOptions };

export type LandingRequest = {
  of: LandingOf;
  sourceName: string;
  files: readonly DeliveredFile[];
  /** RowBinary of `key_hash, row_hash, current` of every row the source has */
  indexFile: string;
  /** folder for chunks, empty */
  folder: string;
  rowsMax: number;
};

/** What comes out of landing beside the chunks. `gone` are hashes of row keys. */
export type LandingResult = {
  counts: LandedCounts;
  gone: Hash64[];
  /** of all rows, also those of other shards; null but for the first shard */
  profile: TableProfile | null;
  /** rows of its shard that the source had */
  known: number;
  /** hashes of the keys of rows that the source itself called gone */
  deleted: Hash64[];
  /** refused rows whose key could not be read */
  unnamed: number;
};

export type LandingCalls = {
  signal: AbortSignal;
  /** Takes a chunk over; the file may be removed when it resolves. */
  chunk(chunk: Chunk): Promise<void>;
  tell(share: number, counts: LandedCounts): Promise<void>;
  openTable: OpenTableFile;
};

/**
 * Lands one delivery: reads its files in order, compares with the index, and hands chunks over as they fill.
 * @throws AppError SOURCE_TOO_LARGE, TABLE_UNREADABLE
 */
export async function landDelivery(request: LandingRequest, calls: LandingCalls): Promise<LandingResult> {
  const { of, folder, sourceName } = request;
  const index = await loadIndex(createReadStream(request.indexFile), of.shard);
  const last = of.mode === 'incremental' ? await lastOfEachKey(request, calls) : null;
  const lander = new Lander(of, index, last);
  const write = createChunkWriter(folder, lander.tables);
  const profiler = createProfiler();
  let [pages, rows] = [0, 0];
  for await (const { page, file, share } of pagesOf(request, calls, lander)) {
    lander.page(page, file);
    pages += 1;
    rows += page.rows.length;
    if (of.shard.index === 0 && (rows <= PROFILED_ROWS || pages % PROFILED_EVERY === 0)) profiler.add(page);
    if (lander.counts.rowsIn > request.rowsMax || index.size > INDEX_ROWS_MAX)
      throw new AppError('SOURCE_TOO_LARGE', {
        source: sourceName,
        reason: `more than ${request.rowsMax} rows`,
      });
    for await (const chunk of write({ all: false })) await calls.chunk(chunk);
    await calls.tell(share, lander.counts);
  }
  for await (const chunk of write({ all: true })) await calls.chunk(chunk);
  return {
    counts: lander.counts,
    gone: [...lander.gone()],
    profile: of.shard.index === 0 ? profiler.result() : null,
    known: index.known,
    deleted: lander.deleted,
    unnamed: lander.unnamed,
  };
}

/** Pages of all files, with a pause after each so that others get a turn. */
async function* pagesOf(
  { files }: LandingRequest,
  { signal, openTable }: Pick<LandingCalls, 'signal' | 'openTable'>,
  lander?: Lander,
) {
  for (const [number, { path, name, options }] of files.entries()) {
    const table = await openTable({ path, name, options });
    try {
      if (!LOOSE.has(options.format ?? table.options.format ?? '')) lander?.demandKey(table.columns, name);
      for await (const page of table.pages(signal)) {
        signal.throwIfAborted();
        const share = (number + (page.bytesAll > 0 ? page.bytes / page.bytesAll : 1)) / files.length;
        yield { page, file: name, share };
        await setImmediate();
      }
    } finally {
      await table.close();
    }
  }
}

/** In change events the last word on a key counts: its ordinal among all rows, from 1. */
async function lastOfEachKey(request: LandingRequest, calls: LandingCalls): Promise<Map<string, number>> {
  const names = new Lander(request.of, new RowIndex());
  const last = new Map<string, number>();
  let ordinal = 0;
  for await (const { page } of pagesOf(request, calls)) {
    // rows that could not be read are counted before the rows of their page, as the lander does
    ordinal += page.problems.filter(({ rule }) => rule === 'json-broken' || rule === 'row-too-large').length;
    for (const name of names.names(page)) {
      ordinal += 1;
      if (name !== null) last.set(name, ordinal);
    }
  }
  return last;
}
