import { join } from 'node:path';
import type { LinkSettings } from '@ronghe/contracts';
import type { Analytics, Column } from '#platform/db/analytics.ts';
import { chooseRules } from './auto.service.ts';
import { type Proposal, settingsFrom } from './auto.ts';
import { competitors } from './competition.ts';
import { type Decided, decide } from './deciding.service.ts';
import { deriveHere, deriveInThreads } from './derive.process.ts';
import { refuse } from './failure.ts';
import type { PartType } from './features.ts';
import { type Batch, type Input, type Loaded, readBatches } from './inputs.reader.ts';
import { createUnscopedLinkingStore, type LinkingStore } from './linking.store.ts';
import { findPairs, type Paired } from './pairing.service.ts';
import { comparedSql, readScored } from './scored.reader.ts';
import { loadSteps, type Population, pairsPossible, partsUsed, recordSteps, tableColumns } from './tables.ts';
import { compareAndSample, relearn, type Trained, train } from './training.service.ts';

export type LinkRequest = {
  inputs: readonly Input[];
  /** settings, or what `auto` proposes: its rules are chosen when pairs can be counted */
  settings: LinkSettings | Proposal;
  oneToOne: boolean;
  /** header of the entity, for evaluation only */
  truth: string | null;
  /** name of the database that the run makes */
  database: string;
  /** folder for files between the engine and us */
  folder: string;
  tell?: (what: { zh: string; en: string }) => void;
};

type Stages = { load: number; pair: number; compare: number; train: number; decide: number };

export type Linked = {
  /** the settings that were used, rules chosen */
  settings: LinkSettings;
  loaded: Loaded;
  population: Population;
  paired: Paired;
  trained: Trained;
  decided: Decided;
  store: LinkingStore;
  seconds: Stages;
  /** processor seconds of all threads, which tell more than the clock where others work beside us */
  cpuSeconds: Stages;
};

/** Most pairs whose competition is part of learning; beyond, competition counts in deciding only. */
const COMPETING_PAIRS_MAX = 4_000_000;
/** Rounds of learning from the records that were put together, until links hardly change; one where there are many pairs. */
const ROUNDS_MAX = 8;
const RELEARNED_PAIRS_MAX = 1_000_000;
/** From so many bytes of files on, values are standardised in threads. */
const THREADS_FROM_BYTES = 4_000_000;
const LINKS_CHANGE_MIN = 0.002;

/**
 * Links the records of all inputs: loads and standardises them, finds pairs worth comparing, compares them, learns what agreement means
 * without labels, decides, and puts records together. The database stays for explaining; `store.drop()` removes it.
 * @throws AppError LINK_INPUT_INVALID, TABLE_UNREADABLE
 */
export async function link(analytics: Analytics, request: LinkRequest): Promise<Linked> {
  const { tell = () => {} } = request;
  const store = createUnscopedLinkingStore(analytics, { database: request.database });
  const seconds: Stages = { load: 0, pair: 0, compare: 0, train: 0, decide: 0 };
  const cpuSeconds: Stages = { ...seconds };
  const timed = async <Result>(stage: keyof Stages, work: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const result = await work();
    seconds[stage] += (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    cpuSeconds[stage] += (user + system) / 1e6;
    return result;
  };
  const proposed =
    'rules' in request.settings ? settingsFrom(request.settings, request.settings.rules) : request.settings;
  const { loaded, population } = await timed('load', () => load(store, { ...request, settings: proposed }));
  tell({ zh: `已读入 ${population.records} 条记录`, en: `${population.records} records read` });
  const settings =
    'rules' in request.settings
      ? await timed('pair', () =>
          chooseRules(store, {
            proposal: request.settings as Proposal,
            records: population.records,
            possible: pairsPossible(population),
          }),
        )
      : request.settings;
  const paired = await timed('pair', () => findPairs(store, { settings, population }));
  tell({ zh: `待比较 ${paired.pairs} 对`, en: `${paired.pairs} pairs to compare` });
  await timed('compare', () => compareAndSample(store, { settings, population }));
  const used = paired.rules.flatMap(({ state }, number) => (state === 'used' ? [number] : []));
  let trained = await timed('train', async () =>
    train(store, {
      settings,
      population,
      pairs: paired.pairs,
      used,
      competition:
        !population.within && paired.pairs <= COMPETING_PAIRS_MAX
          ? await competitionOf(store, { folder: request.folder, settings, population })
          : null,
    }),
  );
  const deciding = (scorer: Trained['scorer']) =>
    decide(store, {
      settings,
      population,
      scorer,
      certain: paired.certain,
      oneToOne: request.oneToOne,
      sources: Uint16Array.from(loaded.sourceOf),
      inputs: Uint16Array.from(loaded.sourceOf, (source) => loaded.sources[source]?.input ?? 0),
      mustLink: recordPairs(settings.mustLink ?? [], loaded, 'mustLink'),
      cannotLink: recordPairs(settings.cannotLink ?? [], loaded, 'cannotLink'),
      folder: request.folder,
    });
  let decided = await timed('decide', () => deciding(trained.scorer));
  const rounds = paired.pairs > RELEARNED_PAIRS_MAX ? 1 : ROUNDS_MAX;
  for (let round = 0; round < rounds && population.within && trained.learned; round += 1) {
    const before = decided.links.length;
    trained = relearn(trained, { settings, levels: decided.scored.levels, links: decided.links });
    decided = await timed('decide', () => deciding(trained.scorer));
    if (Math.abs(decided.links.length - before) <= before * LINKS_CHANGE_MIN) break;
  }
  return { settings, loaded, population, paired, trained, decided, store, seconds, cpuSeconds };
}

async function load(
  store: LinkingStore,
  { inputs, settings, truth }: Pick<LinkRequest, 'inputs' | 'truth'> & { settings: LinkSettings },
): Promise<{ loaded: Loaded; population: Population }> {
  await store.run(loadSteps(store.database, settings));
  const columns = tableColumns(settings);
  const loaded: Loaded = { ids: [], sources: [], sourceOf: [], truth: [], problems: 0 };
  const used = partsUsed(settings);
  const wanted = settings.columns.map(({ kind, dayFirst }, at) => ({
    column: { kind, dayFirst },
    parts: used[at] ?? [],
  }));
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const derivers = bytes > THREADS_FROM_BYTES ? deriveInThreads(wanted) : deriveHere(wanted);
  try {
    let written: Promise<void> = Promise.resolve();
    for await (const batch of readBatches(inputs, { settings, truth, derivers }, loaded)) {
      await written;
      written = insertBatch(store, { batch, columns, first: loaded.ids.length - batch.ids.length });
      written.catch(() => {});
    }
    await written;
  } finally {
    await derivers.stop();
  }
  await store.run(recordSteps(store.database, settings));
  const names = settings.duplicateFree;
  return {
    loaded,
    population: {
      records: loaded.ids.length,
      inputs: inputs.map((_input, at) =>
        loaded.sources.reduce((sum, { input, records }) => sum + (input === at ? records : 0), 0),
      ),
      sources: loaded.sources.map(({ records }) => records),
      duplicateFree: loaded.sources.flatMap(({ name }, at) =>
        names === true || names?.includes(name) ? [at] : [],
      ),
      within: settings.within ?? inputs.length === 1,
    },
  };
}

type BatchColumns = { batch: Batch; columns: readonly { name: string; type: PartType }[]; first: number };
const insertBatch = (store: LinkingStore, { batch, columns, first }: BatchColumns): Promise<void> =>
  store.insert('load', [
    { name: 'id', type: 'UInt32', values: Uint32Array.from(batch.ids, (_id, at) => first + at) },
    { name: 'src', type: 'UInt16', values: Uint16Array.from(batch.sources) },
    ...columns.map(({ name, type }, at): Column => ({ name, type, values: batch.values[at] ?? [] })),
  ]);

async function competitionOf(
  store: LinkingStore,
  { settings, folder, population }: { settings: LinkSettings; folder: string; population: Population },
) {
  const { records } = population;
  const comparisons = settings.comparisons.length;
  const file = join(folder, 'compared.bin');
  await store.export({ name: 'take compared', sql: comparedSql(store.database, comparisons) }, file);
  const { a, b, levels } = await readScored(file, comparisons);
  return {
    patterns: { comparisons, levels, counts: new Float64Array(a.length).fill(1) },
    compete: competitors({ a, b }, records),
  };
}

/** Ids of people's decisions as records; `input:id` where several inputs are linked. */
function recordPairs(
  pairs: readonly (readonly [string, string])[],
  { ids, sources, sourceOf }: Loaded,
  option: string,
): [number, number][] {
  if (pairs.length === 0) return [];
  const records = new Map<string, number>();
  for (const [record, id] of ids.entries()) {
    const input = sources[sourceOf[record] ?? 0]?.input ?? 0;
    records.set(`${input + 1}:${id}`, record);
    if (!records.has(id)) records.set(id, record);
  }
  return pairs.map((pair) => {
    const [one, two] = pair.map((id) => {
      const record = records.get(id);
      if (record !== undefined) return record;
      throw refuse(
        [
          `设置 ${option} 中的标识“${id}”在文件中不存在`,
          `the id "${id}" in ${option} of the settings is in no file`,
        ],
        ['改正该标识；多个文件时写成 序号:标识', 'Correct it; with several files write it as place:id'],
      );
    });
    return [one ?? 0, two ?? 0];
  });
}
