import type { IndicatorCode } from '@ronghe/contracts';
import type { CleanRow } from '../sources/records.ts';
import type { Finding } from '../standards/findings.ts';

/** Times the usual value from which a wrong unit is likelier than growth. A cumulative year grows twelvefold at most. */
const FACTOR_MIN = 200;
const PERIODS_MIN = 3;
/** Profit passes through zero, so that a small one beside a large one means nothing. */
const NOT_JUDGED: readonly IndicatorCode[] = ['PROFIT'];

type Month = { rowKey: string; indicators: CleanRow['indicators'] };

/**
 * Values about a thousand times larger or smaller than the enterprise's other months (the median of them), by row key:
 * 千元 written where 元 was meant, or the other way round. Three other months are needed to judge.
 */
export function unitJumps(months: readonly Month[]): Map<string, Finding[]> {
  const findings = new Map<string, Finding[]>(months.map(({ rowKey }) => [rowKey, []]));
  const codes = new Set(months.flatMap(({ indicators }) => Object.keys(indicators) as IndicatorCode[]));
  for (const code of codes) {
    if (NOT_JUDGED.includes(code)) continue;
    for (const month of months) {
      const own = month.indicators[code];
      const others = months
        .filter((other) => other !== month)
        .flatMap((other) => Math.abs(other.indicators[code]?.value ?? 0) || []);
      if (!own || own.value === 0 || others.length < PERIODS_MIN) continue;
      const factor = Math.abs(own.value) / median(others);
      if (factor >= FACTOR_MIN || factor <= 1 / FACTOR_MIN)
        findings.get(month.rowKey)?.push({ rule: 'unit-jump', field: own.field, value: own.raw });
    }
  }
  return findings;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}
