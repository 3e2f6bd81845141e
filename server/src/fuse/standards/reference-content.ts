import {
  type DivisionEntry,
  type IndustryEntry,
  type KeyIndustryEntry,
  REFERENCE_ENTRIES,
  REFERENCE_ENTRIES_MAX,
  type ReferenceData,
  type ReferenceDifferences,
  type ReferenceSet,
  type SizeEntry,
  type UnitEntry,
} from '@ronghe/contracts';

type Value = Record<string, unknown>;
export type Fault = { path: string; message: string };

/** Most faults that are told at once. */
const FAULTS_MAX = 50;
/** Steps that successors may take; more is a circle. */
const SUCCESSIONS_MAX = 10;

const KEYS: { [Set in ReferenceSet]: (entry: ReferenceData[Set][number]) => string } = {
  divisions: ({ code, name }) => `${code} ${name}`,
  industries: ({ code }) => code,
  'key-industries': ({ prefix }) => prefix,
  units: ({ unit }) => unit,
  sizes: ({ size }) => size,
  completeness: ({ part }) => part,
};

/** The key of an entry within its set. */
export const keyOf = (set: ReferenceSet, entry: unknown): string =>
  (KEYS[set] as (one: unknown) => string)(entry);

export type Change = { put: readonly Value[]; remove: readonly string[] };

/**
 * The content of a set after a change, or what is wrong with it: entries that are not of their shape, keys that are not
 * there, and rules that hold between entries. Nothing is changed in place.
 */
export function applyChange<Set extends ReferenceSet>(
  set: Set,
  data: ReferenceData,
  { put, remove }: Change,
): { content: ReferenceData[Set] } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const content = new Map(data[set].map((entry) => [keyOf(set, entry), entry as unknown]));
  for (const [index, key] of remove.entries())
    if (!content.delete(key))
      faults.push({ path: `remove[${index}]`, message: `没有 ${key} / there is no ${key}` });
  for (const [index, value] of put.entries()) {
    const parsed = REFERENCE_ENTRIES[set].safeParse(value);
    if (parsed.success) content.set(keyOf(set, parsed.data), parsed.data);
    else
      for (const { path, message } of parsed.error.issues)
        faults.push({ path: [`put[${index}]`, ...path].join('.'), message });
  }
  const next = [...content.values()] as unknown as ReferenceData[Set];
  if (faults.length === 0) faults.push(...faultsOf(set, { ...data, [set]: next }));
  return faults.length > 0 ? { faults: faults.slice(0, FAULTS_MAX) } : { content: next };
}

/** What does not hold between the entries of a set, each with the key it concerns. */
export function faultsOf(set: ReferenceSet, data: ReferenceData): Fault[] {
  if (data[set].length > REFERENCE_ENTRIES_MAX)
    return [
      { path: set, message: `最多 ${REFERENCE_ENTRIES_MAX} 条 / at most ${REFERENCE_ENTRIES_MAX} entries` },
    ];
  if (data[set].length === 0) return [{ path: set, message: '不能为空 / it may not be empty' }];
  switch (set) {
    case 'divisions':
      return divisionFaults(data.divisions);
    case 'industries':
      return [
        ...industryFaults(data.industries),
        ...keyIndustryFaults(data['key-industries'], data.industries),
      ];
    case 'key-industries':
      return keyIndustryFaults(data['key-industries'], data.industries);
    case 'units':
      return unitFaults(data.units);
    case 'sizes':
      return sizeFaults(data.sizes);
    case 'completeness':
      return data.completeness.some(({ weight }) => weight > 0)
        ? []
        : [{ path: set, message: '权重不能全为 0 / not all weights may be 0' }];
  }
}

function divisionFaults(entries: readonly DivisionEntry[]): Fault[] {
  const present = new Set(entries.filter(({ until }) => until === null).map(({ code }) => code));
  const successors = new Map(
    entries.flatMap(({ code, until, successor }) => (until === null ? [] : [[code, successor] as const])),
  );
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    const path = keyOf('divisions', entry);
    const { code, since, until, successor } = entry;
    if (until === null) {
      const twice = seen.has(code);
      seen.add(code);
      const above = present.has(`${code.slice(0, 2)}0000`);
      return [
        ...(twice ? [{ path, message: '同一代码有两个现行名称 / two names hold for this code' }] : []),
        ...(above ? [] : [{ path, message: '缺少所属省份 / its province is missing' }]),
      ];
    }
    if (since !== null && since >= until)
      return [{ path, message: '起始年份晚于截止年份 / it ends before it begins' }];
    if (successor !== null && !endsToday(successor, successors, present))
      return [{ path, message: '承继代码不通向现行区划 / its successor leads to no present division' }];
    return [];
  });
}

function endsToday(
  code: string,
  successors: ReadonlyMap<string, string | null>,
  present: ReadonlySet<string>,
): boolean {
  let at: string | null = code;
  for (let step = 0; at !== null && step < SUCCESSIONS_MAX; step += 1) {
    if (present.has(at)) return true;
    at = successors.get(at) ?? null;
  }
  return false;
}

function industryFaults(entries: readonly IndustryEntry[]): Fault[] {
  const codes = new Set(entries.map(({ code }) => code));
  return entries
    .filter(({ code }) => code.length > 2 && !codes.has(code.slice(0, -1)))
    .map(({ code }) => ({ path: code, message: '缺少上级代码 / the code above it is missing' }));
}

function keyIndustryFaults(
  entries: readonly KeyIndustryEntry[],
  industries: readonly IndustryEntry[],
): Fault[] {
  const codes = new Set(industries.map(({ code }) => code));
  return entries
    .filter(({ prefix }) => !codes.has(prefix))
    .map(({ prefix }) => ({ path: prefix, message: '行业代码不存在 / there is no such industry' }));
}

function unitFaults(entries: readonly UnitEntry[]): Fault[] {
  const owners = new Map<string, string>();
  return entries.flatMap(({ unit, factor, names }) => [
    ...(Number(factor) > 0 ? [] : [{ path: unit, message: '换算系数应大于 0 / the factor must be above 0' }]),
    ...names.flatMap((name) => {
      const owner = owners.get(name);
      owners.set(name, unit);
      return owner && owner !== unit
        ? [{ path: unit, message: `名称 ${name} 已属于 ${owner} / ${name} belongs to ${owner}` }]
        : [];
    }),
  ]);
}

function sizeFaults(entries: readonly SizeEntry[]): Fault[] {
  const bySize = new Map(entries.map((entry) => [entry.size, entry]));
  const order = (['large', 'medium', 'small', 'micro'] as const).map((size) => bySize.get(size));
  return order.flatMap((entry, index) => {
    const below = order[index + 1];
    if (!entry) return [{ path: 'sizes', message: '四种规模缺一不可 / all four classes are needed' }];
    const falls =
      !below || (entry.employeesMin >= below.employeesMin && entry.revenueMin >= below.revenueMin);
    return falls
      ? []
      : [{ path: entry.size, message: '下限低于较小规模 / its limits lie below the smaller class' }];
  });
}

/** Most differences that are listed. */
const DIFFERENCES_MAX = 200;

/** Entries that differ between two contents of a set, by key. */
export function differencesOf(
  set: ReferenceSet,
  before: readonly unknown[],
  after: readonly unknown[],
): ReferenceDifferences & { added: number; changed: number; removed: number } {
  const [old, next] = [before, after].map(
    (list) => new Map(list.map((entry) => [keyOf(set, entry), entry as Value])),
  );
  const items: ReferenceDifferences['items'] = [];
  for (const [key, value] of next ?? []) {
    const was = old?.get(key) ?? null;
    if (was === null || !sameValue(was, value)) items.push({ key, before: was, after: value });
  }
  for (const [key, value] of old ?? []) if (!next?.has(key)) items.push({ key, before: value, after: null });
  const count = (holds: (item: (typeof items)[number]) => boolean) => items.filter(holds).length;
  return {
    items: items.slice(0, DIFFERENCES_MAX),
    more: Math.max(0, items.length - DIFFERENCES_MAX),
    added: count(({ before: was }) => was === null),
    removed: count(({ after: will }) => will === null),
    changed: count(({ before: was, after: will }) => was !== null && will !== null),
  };
}

/** Equal whatever the order of the fields, which the database does not keep. */
const sameValue = (a: Value, b: Value): boolean => sorted(a) === sorted(b);
const sorted = (value: Value): string =>
  JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
