import type { Bilingual } from '@ronghe/contracts';
import type { ColumnName } from './columns.data.ts';
import type { Settings } from './draft.ts';
import type { Issues } from './issues.ts';
import type { Cell } from './table.ts';
import { lookUp, textOf } from './values.ts';

/** One row of a table of points. */
export type Row = { cellOf(column: ColumnName): Cell; place: Bilingual; sheet: Bilingual };
export type ValueType = 'number' | 'boolean' | 'text';
/** Settings of a protocol, and what its values are. */
export type Found = { fields: Settings; type: ValueType };

const TYPE_WORDS: Readonly<Record<string, ValueType>> = {
  number: 'number',
  数值: 'number',
  数字: 'number',
  模拟量: 'number',
  遥测: 'number',
  analog: 'number',
  ai: 'number',
  boolean: 'boolean',
  bool: 'boolean',
  布尔: 'boolean',
  布尔型: 'boolean',
  开关量: 'boolean',
  遥信: 'boolean',
  digital: 'boolean',
  di: 'boolean',
  text: 'text',
  文本: 'text',
  字符串: 'text',
  字符: 'text',
  string: 'text',
};

/** What the column type says: a type of values, or else a name for `encoding`. */
export function typeCell({ cellOf }: Row): { value: ValueType | null; encoding: string } {
  const type = textOf(cellOf('type'));
  const value = lookUp(TYPE_WORDS, type.toLowerCase()) ?? null;
  return { value, encoding: textOf(cellOf('encoding')) || (value === null ? type : '') };
}

/** Tells that the address is missing or cannot be used. */
export function refuse({ place }: Row, issues: Issues, value: string, example: string): null {
  if (value === '') issues.error(place, 'address-missing');
  else issues.error(place, 'address-invalid', { value, example });
  return null;
}
