/** Fields of a group in the order of the sender. Groups with the same fields share one object. */
export type FieldSet = {
  /** last parts of the keys, each once */
  keys: readonly string[];
  /** the same as people read them */
  labels: readonly string[];
};

/**
 * Points of one series: numbers whose keys differ in what comes behind the last dot. Those that are made together have
 * consecutive point numbers in the order of `fields`.
 */
export type PointGroup = {
  /** what stands before the last dot of the keys */
  key: string;
  fields: FieldSet;
  /** name of the points, with `LABEL` in the place of the field's label */
  name: string;
  equipment?: string | undefined;
};

/**
 * Numbers of the points of a group by field; 0 for a field that is a point of another type. A field left out would pass
 * the limit of points.
 */
export type ResolvedGroup = { keys: readonly string[]; numbers: readonly number[] };

/** Stands in a group's `name`; names that are delivered hold no control characters. */
export const LABEL = '\u0001';
/** Fields in one row of the table; a group with more has several rows. */
export const GROUP_FIELDS_MAX = 100;
const NAME_CHARACTERS_MAX = 200;

export const nameOfField = (pattern: string, label: string): string =>
  pattern.replace(LABEL, () => label).slice(0, NAME_CHARACTERS_MAX);

/** The group a key would belong to, and its field; null for a key without a dot. */
export function splitKey(key: string): { stem: string; field: string } | null {
  const dot = key.lastIndexOf('.');
  return dot > 0 ? { stem: key.slice(0, dot), field: key.slice(dot + 1) } : null;
}

/** What is known of a group: its fields' points, and how many rows it has. */
export type KnownGroup = { numbers: Map<string, number>; parts: number };
/** A row to be made; `offset` counts points from the first new number. */
export type NewGroup = {
  key: string;
  part: number;
  offset: number;
  fields: FieldSet;
  name: string;
  equipment: string | null;
};
export type GroupPlan = {
  rows: NewGroup[];
  points: number;
  /** @param first number of the first new point */
  resolved(first: number): Map<string, ResolvedGroup>;
};

/** Decides which rows are to be made, at most `room` points. `groups` have different keys. */
export function planGroups(
  groups: readonly PointGroup[],
  known: ReadonlyMap<string, KnownGroup>,
  room: number,
): GroupPlan {
  const rows: NewGroup[] = [];
  const before = new Map<string, { keys: string[]; numbers: number[] }>();
  let points = 0;
  for (const { key, fields, name, equipment = null } of groups) {
    const found = known.get(key);
    let part = found?.parts ?? 0;
    for (const missing of partsOf(found ? withoutKnown(fields, found) : fields)) {
      const some = firstOf(missing, room - points);
      if (some.keys.length === 0) break;
      rows.push({ key, part, offset: points, fields: some, name, equipment });
      points += some.keys.length;
      part += 1;
    }
    if (!found) continue;
    const keys = fields.keys.filter((field) => found.numbers.has(field));
    before.set(key, { keys, numbers: keys.map((field) => found.numbers.get(field) as number) });
  }
  return { rows, points, resolved: (first) => numbered(rows, before, first) };
}

function numbered(
  rows: readonly NewGroup[],
  before: ReadonlyMap<string, ResolvedGroup>,
  first: number,
): Map<string, ResolvedGroup> {
  const resolved = new Map(before);
  for (const { key, offset, fields } of rows) {
    const numbers = fields.keys.map((_, place) => first + offset + place);
    const others = resolved.get(key);
    if (!others) resolved.set(key, { keys: fields.keys, numbers });
    else
      resolved.set(key, {
        keys: [...others.keys, ...fields.keys],
        numbers: [...others.numbers, ...numbers],
      });
  }
  return resolved;
}

function withoutKnown({ keys, labels }: FieldSet, { numbers }: KnownGroup): FieldSet {
  const places = [...keys.keys()].filter((place) => !numbers.has(keys[place] as string));
  const pick = (from: readonly string[]) => places.map((place) => from[place] as string);
  return { keys: pick(keys), labels: pick(labels) };
}

function partsOf(fields: FieldSet): FieldSet[] {
  const { length } = fields.keys;
  if (length <= GROUP_FIELDS_MAX) return length === 0 ? [] : [fields];
  const starts = Array.from({ length: Math.ceil(length / GROUP_FIELDS_MAX) }, (_, i) => i * GROUP_FIELDS_MAX);
  return starts.map((start) => ({
    keys: fields.keys.slice(start, start + GROUP_FIELDS_MAX),
    labels: fields.labels.slice(start, start + GROUP_FIELDS_MAX),
  }));
}

const firstOf = (fields: FieldSet, count: number): FieldSet =>
  count >= fields.keys.length
    ? fields
    : { keys: fields.keys.slice(0, Math.max(0, count)), labels: fields.labels.slice(0, Math.max(0, count)) };

/** Groups told more than once in a request become one with the fields of all. */
export function uniqueGroups(groups: readonly PointGroup[]): PointGroup[] {
  const unique = new Map<string, PointGroup>();
  for (const group of groups) {
    const before = unique.get(group.key);
    unique.set(group.key, before ? { ...group, fields: joined(before.fields, group.fields) } : group);
  }
  return [...unique.values()];
}

function joined(one: FieldSet, other: FieldSet): FieldSet {
  if (one === other) return one;
  const labels = new Map(one.keys.map((key, place) => [key, one.labels[place] as string]));
  for (const [place, key] of other.keys.entries()) labels.set(key, other.labels[place] as string);
  return { keys: [...labels.keys()], labels: [...labels.values()] };
}
