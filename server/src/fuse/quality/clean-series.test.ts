import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuditStore } from './audit.store.ts';
import { countRows } from './compile.ts';
import { countSeries, seriesBreaches } from './compile-series.ts';
import { type QualityTest, startQuality, type TestRow } from './quality.fixture.ts';
import { type AuditRule, isRowRule, isSeriesRule } from './rules.ts';
import { SHIPPED_RULES } from './shipped.data.ts';

let quality: QualityTest;
beforeAll(async () => {
  quality = await startQuality();
}, 120_000);
afterAll(() => quality.stop());

/** An enterprise as honest statistics show it: a season, growth, noise, cumulative figures without January. */
const enterprise = fc.record({
  level: fc.double({ min: 50, max: 500_000, noNaN: true }),
  growth: fc.double({ min: -0.15, max: 0.4, noNaN: true }),
  swing: fc.double({ min: 0, max: 0.35, noNaN: true }),
  peak: fc.integer({ min: 0, max: 11 }),
  noise: fc.double({ min: 0.005, max: 0.08, noNaN: true }),
  months: fc.integer({ min: 3, max: 60 }),
  start: fc.integer({ min: 0, max: 11 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});
type Enterprise = Parameters<Parameters<typeof enterprise.map>[0]>[0];

function monthsOf(one: Enterprise, entity: string): TestRow[] {
  let seed = one.seed;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647) * 2 - 1;
  };
  let [sum, power] = [0, 0];
  // the year before counts into the first cumulative figure
  return Array.from({ length: one.start + one.months }, (_value, at) => {
    const season = 1 + one.swing * Math.cos(((at - one.peak) / 12) * 2 * Math.PI);
    const value = one.level * (1 + one.growth) ** (at / 12) * season * (1 + one.noise * random());
    sum = at % 12 === 0 ? value : sum + value;
    power = value * 0.1 * (1 + one.noise * random());
    const cumulative = {
      'indicator:REVENUE': sum * 1.02,
      'indicator:COST': sum * 0.8,
      'indicator:PROFIT': sum * 0.05,
      'indicator:GROSS_OUTPUT': sum,
      'indicator:SALES_OUTPUT': sum * 0.97,
    };
    const period = `${2019 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
    return {
      entity,
      period,
      at,
      values: {
        'indicator:ELECTRICITY': power,
        'indicator:ASSETS': one.level * 20,
        'indicator:LIABILITIES': one.level * 11,
        ...(at % 12 === 0 ? {} : cumulative),
      },
    };
  }).filter(({ at }) => at >= one.start);
}

test('an honest series breaks none of the rules shipped', async () => {
  const store = createAuditStore(quality.platform.analytics);
  const rules: AuditRule[] = SHIPPED_RULES.map((rule) => ({ ...rule, id: rule.key, version: 1 }));
  const [series, rows] = [rules.filter(isSeriesRule), rules.filter(isRowRule)];
  const values = rows.filter(({ check }) => check.kind === 'compare' || check.kind === 'range');
  let source = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(enterprise, { minLength: 150, maxLength: 150 }), async (enterprises) => {
      source += 1;
      const audited = { source: `clean ${source}`, numbers: [1] };
      await quality.rows(
        audited.source,
        enterprises.flatMap((one, at) => monthsOf(one, `E${at}`)),
      );
      const { counts } = await store.count(quality.scope, countSeries(audited, series), series.length);
      const failed = series.filter((_rule, at) => counts[at]?.failed).map(({ key }) => key);
      if (failed.length > 0)
        expect(await store.examples(quality.scope, seriesBreaches(audited, series, 5))).toEqual([]);
      expect(failed).toEqual([]);
      const asked = series.filter((_rule, at) => (counts[at]?.checked ?? 0) > 500).map(({ key }) => key);
      expect(asked).toEqual(
        expect.arrayContaining([
          'revenue-outlier',
          'electricity-unit',
          'revenue-cumulative',
          'electricity-output-diverging',
          'months-missing',
        ]),
      );
      const plain = await store.count(quality.scope, countRows(audited, values), values.length);
      expect(plain.counts.map(({ failed }) => failed)).toEqual(values.map(() => 0));
    }),
    { numRuns: 2, seed: 20_260_301 },
  );
}, 60_000);
