import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectRecording, type RecordedRow, readRecording } from './recording.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-recording-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
async function recorded(text: string) {
  const file = join(folder, `${Math.random()}.csv`);
  await writeFile(file, text);
  const recording = await inspectRecording(file);
  return { recording, rows: await all(readRecording(recording)) };
}
async function all(rows: AsyncIterable<RecordedRow>): Promise<RecordedRow[]> {
  const collected: RecordedRow[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}
const iso = (timeMs: number | null | undefined) =>
  typeof timeMs === 'number' ? new Date(timeMs).toISOString() : null;

it('reads semicolons, CRLF, a BOM and a time column that is not the first', async () => {
  const { recording, rows } = await recorded(
    '\uFEFF泵;时间;压力 (bar)\r\nP1;2026-03-01 08:00:00;1.5\r\nP1;2026-03-01 08:00:01;-2e-1\r\nP1;2026-03-01 08:00:02;\r\n',
  );
  expect(recording).toMatchObject({
    separator: ';',
    headed: true,
    timeIndex: 1,
    timeFormat: 'iso',
    stepMs: 1000,
  });
  expect(recording.columns).toMatchObject([
    { key: '泵', type: 'text' },
    { key: '压力 (bar)', type: 'number' },
  ]);
  expect(rows.map(({ values }) => values)).toEqual([
    ['P1', 1.5],
    ['P1', -0.2],
    ['P1', null],
  ]);
  expect(iso(rows[0]?.timeMs)).toBe('2026-03-01T00:00:00.000Z');
});

it('keeps holes, a clock that runs backwards, cells that are no number and rows without a time', async () => {
  const { recording, rows } = await recorded(
    'time,a,b\n2026-01-01T00:00:00Z,1,2\n2026-01-01T00:00:01Z,n/a,3\n2026-01-01T00:00:05Z,2,\nbroken,3,4\n2026-01-01T00:00:04Z,4,NaN\n2026-01-01T00:00:05Z,5,6\n',
  );
  expect(recording.stepMs).toBe(1000);
  expect(rows.map(({ timeMs }) => iso(timeMs)?.slice(17, 19) ?? null)).toEqual([
    '00',
    '01',
    '05',
    null,
    '04',
    '05',
  ]);
  expect(rows.map(({ values }) => values)).toEqual([
    [1, 2],
    [null, 3],
    [2, null],
    [3, 4],
    [4, null],
    [5, 6],
  ]);
});

it.each([
  ['day first, shown by a day over 12', '13/01/2026 10:00', '14/01/2026 10:00', '2026-01-13T02:00:00.000Z'],
  ['month first, shown by a day over 12', '01/13/2026 10:00', '01/14/2026 10:00', '2026-01-13T02:00:00.000Z'],
  ['day first, shown by steps of a day', '01/02/2026 10:00', '02/02/2026 10:00', '2026-02-01T02:00:00.000Z'],
  [
    'month first, shown by steps of a day',
    '02/01/2026 10:00',
    '02/02/2026 10:00',
    '2026-02-01T02:00:00.000Z',
  ],
  ['epoch seconds', '1767225600', '1767225601', '2026-01-01T00:00:00.000Z'],
  ['epoch milliseconds', '1767225600000', '1767225601000', '2026-01-01T00:00:00.000Z'],
  [
    'an offset of its own',
    '2026-01-01 00:00:00+09:00',
    '2026-01-01 00:00:01+09:00',
    '2025-12-31T15:00:00.000Z',
  ],
  ['slashes, year first', '2026/1/2 3:04', '2026/1/2 3:05', '2026-01-01T19:04:00.000Z'],
])('understands times: %s', async (_, first, second, expected) => {
  const { rows } = await recorded(`time,x\n${first},a\n${second},b\n`);
  expect(iso(rows[0]?.timeMs)).toBe(expected);
});

it.each([
  ['no time column', 'a,b\n1,2\n3,4\n', /no time column/],
  ['nothing but a header', 'time,a\n', /two rows/],
  ['nothing at all', '', /two rows/],
])('refuses a file with %s', async (_, text, message) => {
  await expect(recorded(text)).rejects.toThrow(message);
});

it('gives columns with the same or a strange name keys of their own', async () => {
  const { recording } = await recorded('time,t,t,"«x»",\n2026-01-01,1,2,3,4\n2026-01-02,1,2,3,4\n');
  const keys = recording.columns.map(({ key }) => key);
  expect(keys).toEqual(['t', 't-3', 'x-', 'column-5']);
});

const shared = join(import.meta.dirname, '../../../../shared/data/collect');
const absent = existsSync(shared) ? '' : ' (SKIPPED: the shared recordings are absent)';
describe.skipIf(absent)(`real recordings${absent}`, () => {
  it.each([
    ['skab/valve1-0.csv', { separator: ';', rows: 1147, holes: 53, backwards: 0, columns: 10, step: 1000 }],
    [
      'skab/anomaly-free.csv',
      { separator: ';', rows: 9405, holes: 556, backwards: 0, columns: 8, step: 1000 },
    ],
    ['ett/ETTh1.csv', { separator: ',', rows: 17_420, holes: 0, backwards: 0, columns: 7, step: 3_600_000 }],
    [
      'steel/Steel_industry_data.csv',
      { separator: ',', rows: 35_040, holes: 364, backwards: 365, columns: 10, step: 900_000 },
    ],
  ])(
    'understands %s with all its defects',
    async (name, expected) => {
      const recording = await inspectRecording(join(shared, name));
      const times = (await all(readRecording(recording))).map(({ timeMs }) => timeMs ?? Number.NaN);
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));
      expect({
        separator: recording.separator,
        rows: times.length,
        holes: steps.filter((step) => step > recording.stepMs * 1.5).length,
        backwards: steps.filter((step) => step < 0).length,
        columns: recording.columns.length,
        step: recording.stepMs,
      }).toEqual(expected);
      expect(times.every(Number.isFinite)).toBe(true);
    },
    30_000,
  );
});
