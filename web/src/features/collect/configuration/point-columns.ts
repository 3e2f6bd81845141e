import { fieldRank, isBasic } from '../../../i18n/connectors/index.ts';
import { type Dict, isDict, type JsonSchema, kindOf, objectOf } from '../form/json-schema.ts';

/** Fields of every protocol's points that say nothing of where a value is read. */
const COMMON = new Set([
  'key',
  'name',
  'unit',
  'equipment',
  'deadband',
  'swingingDoor',
  'expectedIntervalMs',
  'type',
]);
/** Columns of the table that are a protocol's own. */
const OWN_COLUMNS_MAX = 3;
const IN_A_CELL = new Set(['text', 'enum', 'number', 'scalar', 'boolean']);

export const itemOf = (schema: JsonSchema): JsonSchema => objectOf(schema.items ?? {}, {});

/** Fields of a point that fit into a cell, the key first: what a pasted row without titles is read by. */
export function cellFields(item: JsonSchema): string[] {
  const fits = Object.entries(item.properties ?? {}).flatMap(([key, part]) =>
    IN_A_CELL.has(kindOf(part)) && key !== 'key' ? [key] : [],
  );
  const needed = item.required ?? [];
  const own = fits
    .filter((key) => !COMMON.has(key))
    .sort((one, other) => Number(needed.includes(other)) - Number(needed.includes(one)));
  const common = fits.filter((key) => COMMON.has(key));
  return ['key', ...own.slice(0, 1), ...common, ...own.slice(1)];
}

/** The protocol's own fields that are shown beside the key: address, encoding, topic, column. */
export function ownColumns(item: JsonSchema, protocol: string): string[] {
  const shown = ([key, part]: [string, JsonSchema]) =>
    !COMMON.has(key) &&
    ['text', 'enum', 'scalar'].includes(kindOf(part)) &&
    ((item.required ?? []).includes(key) || isBasic(protocol, `points[].${key}`));
  return Object.entries(item.properties ?? {})
    .filter(shown)
    .map(([key]) => key)
    .sort((one, other) => fieldRank(protocol, `points[].${one}`) - fieldRank(protocol, `points[].${other}`))
    .slice(0, OWN_COLUMNS_MAX);
}

/** Fields that may be set for many points at once, as far as this protocol has them. */
export const bulkFields = (item: JsonSchema): string[] =>
  ['unit', 'equipment', 'type', 'deadband', 'expectedIntervalMs'].filter((key) => item.properties?.[key]);

/** Which field of a point says where it is read; what was browsed goes there. */
export const addressField = (item: JsonSchema): string | null =>
  ['address', 'topic', 'column', 'tag', 'path'].find((key) => item.properties?.[key] !== undefined) ?? null;

export const cellText = (point: unknown, field: string): string => {
  const value = isDict(point) ? point[field] : undefined;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Whether any text of the point has the words, whatever their order and case. */
export function pointMatches(point: unknown, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = (isDict(point) ? Object.values(point as Dict) : [])
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
