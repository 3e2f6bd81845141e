import type { EnterpriseAttribute, IndicatorCode } from '@ronghe/contracts';
import { ENTERPRISE_ATTRIBUTE_NAMES } from '@ronghe/contracts';
import { indicatorOf } from './rows.ts';

/** Runs whose rows readers may see: published ones. `except` are those up to the newest that were never published. */
export type Visible = { upTo: number; except: readonly number[] };

/** One version of a row as ClickHouse keeps it; the lists of values and of findings run in parallel. */
export type StoredVersion = {
  source: string;
  number: number;
  rowKey: string;
  entityKey: string;
  period: string | null;
  gone: boolean;
  mapping: number;
  to: string[];
  text: string[];
  raw: string[];
  field: string[];
  valid: number[];
  rules: string[];
  fields: string[];
  faults: string[];
};

/** A run by its number: its id and when it began, RFC 3339. */
export type RunMoments = ReadonlyMap<number, { id: string; at: string }>;

/** `run` and `since` name the run that first brought this value in this row, without a break. */
export type CleanValue = {
  value: string;
  raw: string;
  field: string;
  valid: boolean;
  run: string;
  since: string;
};
export type IndicatorValue = { value: number; raw: string; field: string };
/** What a row says of an enterprise. */
export type CleanRow = {
  values: Partial<Record<EnterpriseAttribute, CleanValue>>;
  indicators: Partial<Record<IndicatorCode, IndicatorValue>>;
};

/**
 * The newest row of a record as its link keeps it, so that what stands behind an enterprise is one look-up: what became of each column, as
 * target, text, raw, field, 1 when valid, and number of the run that first brought it. Of two columns with one target the first counts.
 */
export type KeptRow = {
  number: number;
  rowKey: string;
  period: string | null;
  values: (readonly [to: string, text: string, raw: string, field: string, valid: 0 | 1, first: number])[];
};

const ATTRIBUTES: ReadonlySet<string> = new Set(ENTERPRISE_ATTRIBUTE_NAMES);
/** What the source said; kept only where it differs from what was made of it. */
const rawOf = ({ raw, text }: StoredVersion, at: number): string => raw[at] || text[at] || '';
/** PostgreSQL keeps no NUL in text. */
const plain = (text: string): string => text.replaceAll('\0', '');

/**
 * What is kept of a row, from its versions, newest first, at least one. A value carries the run that first brought it and every run since
 * kept, so that only what changed looks changed.
 */
export function keptRowOf([now, ...before]: readonly [StoredVersion, ...StoredVersion[]]): KeptRow {
  const values = new Map<string, KeptRow['values'][number]>();
  for (const [at, to] of now.to.entries()) {
    if (values.has(to)) continue;
    const text = plain(now.text[at] ?? '');
    const raw = plain(rawOf(now, at));
    const first = firstOf(to, at, now, before);
    values.set(to, [
      to,
      text,
      raw === text ? '' : raw,
      now.field[at] ?? '',
      now.valid[at] === 1 ? 1 : 0,
      first,
    ]);
  }
  return { number: now.number, rowKey: now.rowKey, period: now.period, values: [...values.values()] };
}

/** Numbers of all runs that a kept row names. */
export const runsNamedBy = ({ number, values }: KeptRow): number[] => [
  number,
  ...values.map(([, , , , , first]) => first),
];

/** What a kept row says of an enterprise. */
export function cleanRowOf({ values }: KeptRow, runs: RunMoments): CleanRow {
  const clean: CleanRow = { values: {}, indicators: {} };
  for (const [to, text, raw, field, valid, first] of values) {
    const code = indicatorOf(to);
    if (code) clean.indicators[code] = { raw: raw || text, field, value: Number(text) };
    else if (ATTRIBUTES.has(to)) {
      const run = runs.get(first);
      clean.values[to as EnterpriseAttribute] = {
        ...{ value: text, raw: raw || text, field, valid: valid === 1 },
        run: run?.id ?? '',
        since: run?.at ?? new Date(0).toISOString(),
      };
    }
  }
  return clean;
}

/** Number of the oldest version of an unbroken line of versions that say the same. */
function firstOf(to: string, at: number, now: StoredVersion, before: readonly StoredVersion[]): number {
  let first = now.number;
  for (const version of before) {
    const there = version.gone ? -1 : version.to.indexOf(to);
    const same =
      there >= 0 &&
      version.text[there] === now.text[at] &&
      rawOf(version, there) === rawOf(now, at) &&
      version.field[there] === now.field[at] &&
      version.valid[there] === now.valid[at];
    if (!same) break;
    first = version.number;
  }
  return first;
}
