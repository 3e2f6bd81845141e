import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinkSettings } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import { silentLog } from '#platform/log/log.ts';
import { proposeSettings } from './auto.service.ts';
import { evaluateRun } from './evaluating.service.ts';
import { explain } from './explaining.service.ts';
import { closeInputs, openInputs } from './inputs.reader.ts';
import { type Linked, type LinkRequest, link } from './linking.service.ts';
import { writeClusters, writePairs } from './outputs.service.ts';
import { type Person, people, writeTable } from './persons.fixture.ts';

let folder: string;
let analytics: Analytics;
let runs = 0;
/** Each run makes some sixty statements; other work on the machine makes them slow. */
vi.setConfig({ testTimeout: 180_000 });
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-linking-'));
  analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
});
afterAll(async () => {
  await analytics.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Asked = { settings?: LinkSettings; oneToOne?: boolean };

/** Links tables and evaluates by the column `entity`, which is hidden from the settings. */
async function run(tables: readonly (readonly Readonly<Record<string, string>>[])[], asked: Asked = {}) {
  runs += 1;
  const paths = await Promise.all(
    tables.map(async (rows, at) => {
      const path = join(folder, `table-${runs}-${at}.csv`);
      await writeTable(path, rows);
      return path;
    }),
  );
  const inputs = await openInputs(paths, 'id');
  try {
    const request: LinkRequest = {
      inputs,
      settings: asked.settings ?? (await proposeSettings(inputs, { hidden: ['entity'] })).proposal,
      oneToOne: asked.oneToOne ?? false,
      truth: 'entity',
      database: `linking_${runs}`,
      folder,
    };
    const linked = await link(analytics, request);
    return { linked, scores: await evaluateRun(linked, { truth: 'entity', truthPattern: null }) };
  } finally {
    await closeInputs(inputs);
  }
}

const SETTINGS = LinkSettings.parse({
  columns: [
    { name: 'first', kind: 'person' },
    { name: 'last', kind: 'person' },
    { name: 'born', kind: 'date' },
    { name: 'phone', kind: 'phone' },
  ],
  comparisons: [
    {
      name: 'first',
      levels: [
        { all: [{ is: 'equal', on: 'first' }], frequency: true },
        { all: [{ is: 'edits', on: 'first', most: 1 }] },
      ],
    },
    {
      name: 'last',
      levels: [
        { all: [{ is: 'equal', on: 'last' }], frequency: true },
        { all: [{ is: 'edits', on: 'last', most: 1 }] },
      ],
    },
    { name: 'born', levels: [{ all: [{ is: 'equal', on: 'born' }] }] },
    { name: 'phone', levels: [{ all: [{ is: 'equal', on: 'phone' }] }] },
  ],
  blocking: [{ on: ['born'] }, { on: ['phone'], blockMax: 50 }, { on: ['first', 'last'] }],
});

describe('linking', () => {
  const rows = people(300);

  test('by settings: people with slips of the pen come together', async () => {
    const { scores } = await run([rows], { settings: SETTINGS });
    expect(scores.clusters.precision).toBeGreaterThan(0.98);
    expect(scores.clusters.recall).toBeGreaterThan(0.93);
    expect(scores.blockingRecall).toBeGreaterThan(0.93);
  });

  test('by itself: columns, comparisons and rules are chosen without the truth', async () => {
    const { linked, scores } = await run([rows]);
    expect(linked.settings.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'first person',
      'last person',
      'born date',
      'town category',
      'phone phone',
    ]);
    expect(scores.clusters.f1).toBeGreaterThan(0.97);
  });

  test('empty columns, one value everywhere, ids mixed in and a phone that hundreds share do no harm', async () => {
    const spoiled = rows.map((row, at) => ({
      ...row,
      phone: at % 2 === 0 ? '02211234567' : row.phone,
      nothing: '',
      country: 'DE',
      row_number: String(at + 1),
    }));
    const { linked, scores } = await run([spoiled], { settings: SETTINGS });
    const phone = linked.paired.rules.find(({ name }) => name === 'phone');
    expect([phone?.over, phone?.largest[0]?.value]).toEqual([1, '02211234567']);
    expect(linked.paired.pairs).toBeLessThan(8_000);
    expect(scores.clusters.precision).toBeGreaterThan(0.97);
    const auto = await run([spoiled]);
    expect(auto.linked.settings.columns.map(({ name }) => name)).toEqual([
      'first',
      'last',
      'born',
      'town',
      'phone',
    ]);
    expect(auto.scores.clusters.f1).toBeGreaterThan(0.9);
  });

  test('two inputs, other headers, names that changed places; one to one', async () => {
    const [left, right] = halves(people(240, 88172645));
    const renamed = right.map(({ id, first, last, born, town, phone, entity }, at) => ({
      id,
      surname: at % 10 === 0 ? first : last,
      firstname: at % 10 === 0 ? last : first,
      'date of birth': born.split('-').reverse().join('.'),
      city: town,
      telephone: phone,
      entity,
    }));
    const named = left.map(({ id, first, last, born, town, phone, entity }) => ({
      id,
      given_name: first,
      last_name: last,
      dob: born,
      city: town,
      phone,
      entity,
    }));
    const { linked, scores } = await run([named, renamed], { oneToOne: true });
    expect(linked.settings.columns.length).toBeGreaterThanOrEqual(4);
    expect(scores.pairs.f1).toBeGreaterThan(0.93);
    const { scored, links } = linked.decided;
    for (const side of [scored.a, scored.b])
      expect(new Set(links.map((at) => side[at])).size).toBe(links.length);
    const loose = await run([named, renamed]);
    expect(loose.scores.pairs.f1).toBeGreaterThan(0.93);
  });

  test('the same inputs give the same bytes', async () => {
    const written = async () => {
      const { linked } = await run([people(200)], { settings: SETTINGS });
      const paths = [join(folder, 'clusters.csv'), join(folder, 'pairs.csv')] as const;
      await writeClusters(paths[0], linked);
      await writePairs(paths[1], linked, { settings: SETTINGS, review: 0.01 });
      // the input's name holds the number of the run
      return (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).map((text) =>
        text.replace(/table-\d+/g, 'table'),
      );
    };
    const [one, two] = [await written(), await written()];
    expect(one).toEqual(two);
    expect(one[0]?.split('\n').length).toBe(people(200).length + 2);
    expect(one[1]?.split('\n')[0]).toBe(
      'source_l,id_l,source_r,id_r,weight,probability,rule,level_first,level_last,level_born,level_phone,decision',
    );
  });

  test('too few pairs to learn from: defaults, and it says so', async () => {
    const few = people(4).slice(0, 6);
    const { linked } = await run([few], { settings: SETTINGS });
    expect(linked.trained.learned).toBe(false);
    expect(linked.trained.warnings[0]?.en).toContain('nothing was learned');
  });

  test('decisions of people and deterministic rules count in the same pass', async () => {
    const [one, two, three] = [
      rows[0],
      rows.find(({ entity }) => entity === 'e9'),
      rows.find(({ entity }) => entity === 'e30'),
    ];
    const same = rows.filter(({ entity }) => entity === rows[0]?.entity).map(({ id }) => id);
    const { linked } = await run([rows], {
      settings: {
        ...SETTINGS,
        deterministic: [{ on: ['phone'], unless: ['born'] }],
        mustLink: [[two?.id ?? '', three?.id ?? '']],
        ...(same[1] ? { cannotLink: [[one?.id ?? '', same[1]] as [string, string]] } : {}),
      },
    });
    const clusterOf = (id = '') => linked.decided.clustered.cluster[linked.loaded.ids.indexOf(id)];
    expect(clusterOf(two?.id)).toBe(clusterOf(three?.id));
    if (same[1]) expect(clusterOf(one?.id)).not.toBe(clusterOf(same[1]));
    expect(linked.paired.certain).toEqual([3]);
  });

  test('a waterfall adds up to the weight, and any two records are explained', async () => {
    const { linked } = await run([rows], { settings: SETTINGS });
    const { scored, links } = linked.decided;
    for (const at of links.slice(0, 5)) {
      const { waterfall, together } = await explainIds(linked, scored.a[at] ?? 0, scored.b[at] ?? 0);
      const sum = waterfall.bars.reduce((total, bar) => total + bar.weight + bar.frequency, waterfall.prior);
      expect(Math.abs(sum - waterfall.weight)).toBeLessThan(1e-6);
      expect(waterfall.weight).toBeCloseTo(scored.weight[at] ?? 0, 3);
      expect(together).toBe(true);
    }
    const far = await explainIds(linked, 0, linked.loaded.ids.length - 1);
    expect(far.together).toBe(false);
    expect(far.rules.map(({ state }) => state)).not.toContain('found');
    expect(far.reason.en).toContain('no rule would bring them together');
  });
});

const explainIds = (linked: Linked, a: number, b: number) =>
  explain(linked, { one: linked.loaded.ids[a] ?? '', two: linked.loaded.ids[b] ?? '' });

/** The first record of each entity on one side, the second on the other. */
function halves(rows: readonly Person[]): [Person[], Person[]] {
  const seen = new Map<string, number>();
  const sides: [Person[], Person[]] = [[], []];
  for (const row of rows) {
    const count = seen.get(row.entity) ?? 0;
    seen.set(row.entity, count + 1);
    if (count < 2) sides[count as 0 | 1].push(row);
  }
  return sides;
}
