import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProvince } from '../province/province.ts';
import { operationFileName, writeOperationFiles } from './operation-monitor.ts';
import { OPERATION_HEADERS, operationMonths, reportingPeriods, reportsMonthly } from './operation-rows.ts';
import { isInPark } from './park-records.ts';
import { PLANTED_FAULTS } from './planted-faults.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const { enterprises } = createProvince();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-months-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('covers the last 25 full months, without a row of its own for January', () => {
  expect(reportingPeriods(NOW)).toEqual([
    ...['2024-10', '2024-11', '2024-12'],
    ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((m) => `2025-${String(m).padStart(2, '0')}`),
    ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((m) => `2026-${String(m).padStart(2, '0')}`),
  ]);
});

it('writes a file a month that Excel readers can read, once', async () => {
  const options = { folder, now: NOW, dirty: false, rewriteNewest: false };
  const written = await writeOperationFiles(options);
  expect(written).toEqual(reportingPeriods(NOW).map(operationFileName));
  expect((await readdir(folder)).sort()).toEqual(written);
  expect(await writeOperationFiles(options)).toEqual([]);
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(join(folder, operationFileName('2026-10')));
  const sheet = workbook.worksheets[0];
  expect(sheet?.getRow(1).values).toEqual([undefined, ...OPERATION_HEADERS]);
  expect(sheet?.rowCount).toBe(enterprises.filter(reportsMonthly).length);
}, 30_000);

it('writes the newest month again when the scenario changes, and no other', async () => {
  const options = { folder, now: NOW, dirty: true, rewriteNewest: true };
  const before = await stat(join(folder, operationFileName('2026-09')));
  expect(await writeOperationFiles(options)).toEqual([operationFileName('2026-10')]);
  expect((await stat(join(folder, operationFileName('2026-09')))).mtimeMs).toBe(before.mtimeMs);
}, 30_000);

it('reports amounts from the beginning of the year, so that they grow until December', () => {
  const months = operationMonths(enterprises, { now: NOW, dirty: false });
  const revenue = months.slice(-11).map(({ rows }) => Number(rows[0]?.['营业收入(千元)']));
  expect(revenue[1]).toBeGreaterThan(revenue[0] ?? 0);
  expect(revenue[2]).toBeLessThan((revenue[1] ?? 0) / 3);
  for (const [index, value] of revenue.slice(3).entries())
    expect(value).toBeGreaterThan(revenue[index + 2] ?? 0);
});

it('gives the same month the same rows whenever it is written', () => {
  const later = operationMonths(enterprises, { now: new Date('2026-12-05T00:00:00Z'), dirty: false });
  const now = operationMonths(enterprises, { now: NOW, dirty: false });
  const september = (months: typeof now) => months.find(({ period }) => period === '2026-09');
  expect(september(later)).toEqual(september(now));
});

const cases = PLANTED_FAULTS.filter((fault) => fault.system === 'operation-monitor');
it.each(cases.map((fault) => [fault.kind, fault.enterprise, fault] as const))(
  'plants %s in enterprise %i, and it can be seen',
  (_, index, fault) => {
    const truth = enterprises[index];
    if (!truth) throw new Error('no such enterprise');
    expect(reportsMonthly(truth)).toBe(true);
    const rowOf = (enterprise: typeof truth, dirty: boolean) =>
      operationMonths([enterprise], { now: NOW, dirty }).at(-1)?.rows[0];
    const faulty = rowOf(truth, fault.system === 'operation-monitor' && fault.scenario === 'dirty-month');
    // The same enterprise under a number that has no faults and reports too.
    const clean = rowOf({ ...truth, index: 1_000_000 }, false);
    expect(clean).toBeDefined();
    expect({ ...faulty, 填报编号: faulty?.填报编号 && '' }).not.toEqual({ ...clean, 填报编号: '' });
  },
);

it('knows enterprises that the parks do not know, and the other way round', () => {
  const monthly = new Set(enterprises.filter(reportsMonthly).map(({ index }) => index));
  const parks = new Set(enterprises.filter(isInPark).map(({ index }) => index));
  expect([...monthly].some((index) => !parks.has(index))).toBe(true);
  expect([...parks].some((index) => !monthly.has(index))).toBe(true);
});
