import {
  HOUR_MS,
  type HourCount,
  type Ledger,
  type LedgerOverview,
  type Quality,
  type SampleValue,
  sampleCrc,
} from '@ronghe/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../doors/doors.fixture.ts';
import { call, OTHER_PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';

type Sample = [timeMs: number, value: SampleValue, quality: Quality, reason?: string];
const HOUR = Date.UTC(2026, 1, 3, 4);
let server: TestIngest;
let reader: string;
beforeAll(async () => {
  server = await startTestIngest();
  reader = await keyOf(server, { permissions: ['ingest:observation:read', 'collect:point:read'] });
});
afterAll(() => server.stop());

let sequence = 0;
/** What a collector tells of samples that it read and sends, in their hours; `more` is added to the first of them. */
function countsOf(
  samples: readonly Sample[],
  more: Partial<Record<'read' | 'filtered' | 'lost', number>> = {},
) {
  const hours = new Map<number, HourCount>();
  for (const [timeMs, value, quality] of samples) {
    const hourMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS;
    const entry = hours.get(hourMs) ?? [hourMs, 0, 0, 0, 0, 0];
    hours.set(hourMs, entry);
    entry[1] += 1;
    entry[3] += 1;
    entry[5] += sampleCrc(Math.round(timeMs * 1000), value, quality);
  }
  const counts = [...hours.values()];
  const [first] = counts;
  if (first) {
    first[1] += more.read ?? 0;
    first[2] += more.filtered ?? 0;
    first[4] += more.lost ?? 0;
  }
  return counts;
}
async function deliver(
  point: { key: string; type: string; samples: Sample[]; counts?: unknown },
  at = sequence + 1,
) {
  sequence = Math.max(sequence, at);
  return call(server, '/api/ingest/batches', {
    key: server.keys.copper,
    body: { source: 'copper', epoch: 'ledger', sequence: at, points: [point] },
  });
}
async function ledger(point: string, range = '', key = reader) {
  const asked =
    range ||
    `&from=${new Date(HOUR - HOUR_MS).toISOString()}&to=${new Date(HOUR + 3 * HOUR_MS).toISOString()}`;
  return call(server, `/api/collect/ledger?point=${encodeURIComponent(point)}${asked}`, { key });
}
const hoursOf = async (point: string) => ((await ledger(point)).body as Ledger).hours;

describe('the ledger of a point', () => {
  it('says that what is stored is what was sent, for values of every type and quality', async () => {
    const time = fc.integer({ min: 0, max: 2 * HOUR_MS * 1000 - 1 }).map((us) => HOUR + us / 1000);
    const quality = fc.constantFrom<Quality>('good', 'uncertain', 'bad');
    const ofType = {
      number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(-0)),
      boolean: fc.boolean(),
      text: fc.string({ unit: 'grapheme', maxLength: 20 }),
    };
    let points = 0;
    for (const [type, values] of Object.entries(ofType)) {
      const samples = fc.uniqueArray(fc.tuple(time, values, quality, fc.boolean()), {
        minLength: 1,
        maxLength: 60,
        selector: ([timeMs]) => Math.round(timeMs * 1000),
      });
      await fc.assert(
        fc.asyncProperty(samples, async (told) => {
          const key = `all.${type}.${++points}`;
          const sent = told.map(
            ([timeMs, value, grade, empty]): Sample => [
              timeMs,
              grade !== 'good' && empty ? null : value,
              grade,
            ],
          );
          expect((await deliver({ key, type, samples: sent, counts: countsOf(sent) })).status).toBe(200);
          const hours = await hoursOf(key);
          expect(hours.every(({ checksum }) => checksum === 'equal')).toBe(true);
          expect(hours.reduce((sum, { stored }) => sum + stored, 0)).toBe(sent.length);
          expect(hours.every(({ missing, rejected, lost }) => missing + rejected + lost === 0)).toBe(true);
        }),
        { numRuns: 8 },
      );
    }
  });

  it('adds up over batches, and tells what was filtered, lost and rejected', async () => {
    const first: Sample[] = [
      [HOUR, 1, 'good'],
      [HOUR + 1, 2, 'good'],
    ];
    await deliver({
      key: 'sum',
      type: 'number',
      samples: first,
      counts: countsOf(first, { read: 7, filtered: 5, lost: 2 }),
    });
    const second: Sample[] = [
      [HOUR + 2, 3, 'good'],
      [HOUR + 3, 'four', 'good'],
      [HOUR + HOUR_MS, 5, 'good'],
    ];
    await deliver({ key: 'sum', type: 'number', samples: second, counts: countsOf(second) });
    expect(await hoursOf('sum')).toEqual([
      {
        hour: new Date(HOUR).toISOString(),
        read: 11,
        filtered: 5,
        sent: 4,
        lost: 2,
        rejected: 1,
        stored: 3,
        bad: 0,
        missing: 0,
        checksum: 'equal',
      },
      expect.objectContaining({ read: 1, sent: 1, stored: 1, checksum: 'equal' }),
    ]);
  });

  it('counts a batch once that comes twice', async () => {
    const samples: Sample[] = [[HOUR, 1, 'good']];
    const point = { key: 'twice', type: 'number', samples, counts: countsOf(samples) };
    const at = sequence + 1;
    expect((await deliver(point, at)).body).toMatchObject({ duplicate: false });
    expect((await deliver(point, at)).body).toMatchObject({ duplicate: true });
    expect(await hoursOf('twice')).toMatchObject([{ read: 1, sent: 1, stored: 1, checksum: 'equal' }]);
  });

  it('balances when the collector tells what was replaced, in its batch and in a later one', async () => {
    const crc = ([timeMs, value, quality]: Sample) => sampleCrc(timeMs * 1000, value, quality);
    const [early, late, other, later]: Sample[] = [
      [HOUR, 1, 'good'],
      [HOUR, 2, 'good'],
      [HOUR + 1, 3, 'bad', 'stale'],
      [HOUR + 1, 4, 'good'],
    ] as const satisfies Sample[];
    const point = { key: 'told-replaced', type: 'number' };
    await deliver({
      ...point,
      samples: [early, late, other],
      counts: [[HOUR, 3, 1, 2, 0, crc(late) + crc(other)]],
    });
    const first = await hoursOf('told-replaced');
    expect(first).toMatchObject([
      { read: 3, filtered: 1, sent: 2, stored: 2, missing: 0, checksum: 'equal' },
    ]);
    const replacing: HourCount = [HOUR, 1, 1, 0, 0, crc(later) - crc(other)];
    // What is taken back may be more than what is added.
    const again: HourCount = [HOUR, 1, 1, 0, 0, 0];
    await deliver({ ...point, samples: [later], counts: [replacing] });
    await deliver({ ...point, samples: [later], counts: [again] });
    expect(await hoursOf('told-replaced')).toMatchObject([
      { read: 5, filtered: 3, sent: 2, stored: 2, bad: 0, missing: 0, checksum: 'equal' },
    ]);
    const negative = { ...point, samples: [later], counts: [[HOUR, 1, 1, 0, 0, -crc(later)]] };
    expect((await deliver({ ...negative, key: 'told-negative' })).status).toBe(200);
    expect((await deliver({ ...negative, counts: [[HOUR, 1, 1, -1, 0, 0]] })).status).toBe(400);
  });

  it('sees a sample that replaced another one, and one that is not there', async () => {
    const samples: Sample[] = [
      [HOUR, 1, 'good'],
      [HOUR, 2, 'good'],
      [HOUR + 1, 3, 'good'],
    ];
    await deliver({ key: 'replaced', type: 'number', samples, counts: countsOf(samples) });
    expect(await hoursOf('replaced')).toMatchObject([
      { sent: 3, stored: 2, missing: 1, checksum: 'different' },
    ]);
    const changed = samples.slice(2);
    await deliver({
      key: 'changed',
      type: 'number',
      samples: changed,
      counts: countsOf([[HOUR + 1, 4, 'good']]),
    });
    expect(await hoursOf('changed')).toMatchObject([{ missing: 0, checksum: 'different' }]);
  });

  it('knows what came by other doors as stored only', async () => {
    await call(server, '/api/v2/write?precision=ms', { key: server.keys.copper, body: `other v=1 ${HOUR}` });
    expect(await hoursOf('other.v')).toMatchObject([
      { read: 0, sent: 0, stored: 1, missing: 0, checksum: 'none' },
    ]);
  });
});

it('shows of many points those first that lack most', async () => {
  const overview = async (more = '', key = reader) =>
    (
      await call(
        server,
        `/api/collect/ledger/overview?search=over.&from=${new Date(HOUR).toISOString()}&to=${new Date(HOUR + HOUR_MS).toISOString()}${more}`,
        { key },
      )
    ).body as LedgerOverview;
  const samples: Sample[] = [[HOUR, 1, 'good']];
  await deliver({ key: 'over.whole', type: 'number', samples, counts: countsOf(samples) });
  await deliver({
    key: 'over.lost',
    type: 'number',
    samples,
    counts: countsOf(samples, { read: 9, lost: 9 }),
  });
  const stale: Sample[] = [[HOUR, null, 'bad', 'stale']];
  await deliver({ key: 'over.stale', type: 'number', samples: stale, counts: countsOf(stale) });
  await deliver({
    key: 'over.text',
    type: 'text',
    samples: [[HOUR, 'x', 'good']],
    counts: countsOf([[HOUR, 'x', 'good']]),
  });
  const { items, points, truncated } = await overview();
  expect(items.map(({ key, lacking, bad }) => [key, lacking, bad])).toEqual([
    ['over.lost', 9, 0],
    ['over.stale', 0, 1],
    ['over.whole', 0, 0],
    ['over.text', 0, 0],
  ]);
  expect({ points, truncated }).toEqual({ points: 4, truncated: false });
  expect(items.every(({ hours }) => hours.length === 1 && hours[0]?.checksum === 'equal')).toBe(true);
  expect((await overview('&limit=1')).items.map(({ key }) => key)).toEqual(['over.lost']);
  expect((await overview('&collector=magnet')).items).toEqual([]);
  const other = await keyOf(server, {
    organisation: OTHER_PLANT,
    permissions: ['ingest:observation:read', 'collect:point:read'],
  });
  expect((await overview('', other)).items).toEqual([]);
});

describe('it refuses', () => {
  it.each([
    ['no list', 5],
    ['too few numbers', [[HOUR, 1, 0, 1, 0]]],
    ['a count below nothing', [[HOUR, 1, -1, 1, 0, 5]]],
    ['a text', [[HOUR, 1, 0, '1', 0, 5]]],
  ])('counts that are %s, with the place', async (_, counts) => {
    const samples: Sample[] = [[HOUR, 1, 'good']];
    const { status, body } = await deliver({ key: 'odd', type: 'number', samples, counts });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('points[0].counts');
  });

  it('a point of another plant, and too long a range', async () => {
    const samples: Sample[] = [[HOUR, 1, 'good']];
    await deliver({ key: 'mine', type: 'number', samples, counts: countsOf(samples) });
    const other = await keyOf(server, {
      organisation: OTHER_PLANT,
      permissions: ['ingest:observation:read', 'collect:point:read'],
    });
    expect((await ledger('mine', '', other)).status).toBe(404);
    expect((await ledger('mine', '&from=2020-01-01T00:00:00Z')).status).toBe(400);
    expect((await ledger('mine', '&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(400);
  });
});
