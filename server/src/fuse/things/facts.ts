import type { StoredVersion } from '../sources/records.ts';

/** One present row of a source that speaks for an enterprise, with what its columns became. */
export type Fact = {
  source: string;
  priority: number;
  run: string;
  rowKey: string;
  values: ReadonlyMap<string, FactValue>;
};
export type FactValue = { value: string; raw: string; field: string; valid: boolean };

/** The newest month of each record; rows of sources without months are all of now. */
export function newestOf(versions: readonly StoredVersion[]): StoredVersion[] {
  const newest = new Map<string, StoredVersion>();
  for (const version of versions) {
    const before = newest.get(version.entityKey);
    if (!before || isNewer(version, before)) newest.set(version.entityKey, version);
  }
  return [...newest.values()];
}

const isNewer = (a: StoredVersion, b: StoredVersion): boolean => {
  const [one, other] = [a.period ?? '', b.period ?? ''];
  return one > other || (one === other && a.rowKey < b.rowKey);
};

/** PostgreSQL keeps no NUL in text. */
const plain = (text: string): string => text.replaceAll('\0', '');

/** A version as a fact; of two columns with one target the first counts. */
export function factOf(
  version: StoredVersion,
  { priority, runOf }: { priority: number; runOf: (number: number) => string },
): Fact {
  const values = new Map<string, FactValue>();
  for (const [at, to] of version.to.entries())
    if (!values.has(to))
      values.set(to, {
        value: plain(version.text[at] ?? ''),
        raw: plain(version.raw[at] || version.text[at] || ''),
        field: version.field[at] ?? '',
        valid: version.valid[at] === 1,
      });
  return { source: version.source, priority, run: runOf(version.number), rowKey: version.rowKey, values };
}

/** The most trusted source first; the order does not depend on that of the rows. */
export const byTrust = (a: Fact, b: Fact): number =>
  b.priority - a.priority || compareTexts(a.source, b.source) || compareTexts(a.rowKey, b.rowKey);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
