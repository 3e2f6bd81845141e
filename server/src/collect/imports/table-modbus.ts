import type { Issues } from './issues.ts';
import {
  addressOf,
  encodingNamed,
  isBits,
  MODBUS_ENCODING_NAMES,
  modbusSettings,
  type Orders,
  ordersOf,
  parseReference,
  TABLE_BY_FUNCTION,
  type Table,
} from './modbus-points.ts';
import { type Found, type Row, refuse, typeCell } from './table-row.ts';
import { lookUp, textOf } from './values.ts';

/** A row as a point of Modbus; null, and told, when it cannot be one. */
export function modbusOf(row: Row, issues: Issues): Found | null {
  const { place } = row;
  const where = modbusPlace(row, issues);
  if (where === null) return null;
  const { value, encoding: written } = typeCell(row);
  if (isBits(where.table)) return { fields: { address: where.address }, type: 'boolean' };
  if (where.bit !== null) return { fields: modbusSettings(where, 'bit', {}), type: 'boolean' };
  if (value === 'text') {
    issues.error(place, 'type-unsupported', { value: 'text' });
    return null;
  }
  const encoding = written === '' ? (value === 'boolean' ? 'boolean' : 'uint16') : encodingNamed(written);
  if (encoding === null || encoding === 'bit') {
    issues.error(place, 'type-unknown', { value: written, allowed: MODBUS_ENCODING_NAMES });
    return null;
  }
  const orders = ordersIn(row, issues);
  if (orders === null) return null;
  return {
    fields: modbusSettings(where, encoding, orders),
    type: encoding === 'boolean' ? 'boolean' : 'number',
  };
}

function modbusPlace(row: Row, issues: Issues): { table: Table; address: string; bit: number | null } | null {
  const { cellOf, sheet } = row;
  const text = textOf(cellOf('address')).replaceAll('：', ':');
  const example = 'holding:100, holding:12.5, 400101';
  const [, table, start, bitText] =
    /^(coil|discrete|input|holding):(\d{1,5})(?:\.(\d{1,2}))?$/i.exec(text) ?? [];
  const own = (name: Table, number: number, bit: number | null) => {
    const address = addressOf(name, number, bit);
    return address === null ? refuse(row, issues, text, example) : { table: name, address, bit };
  };
  if (start !== undefined)
    return own(table?.toLowerCase() as Table, Number(start), bitText === undefined ? null : Number(bitText));
  const byFunction = functionOf(textOf(cellOf('function')));
  const reference = parseReference(text);
  // With a function code beside it, a number of five digits may be an address of its own.
  if (reference !== null && (byFunction === null || byFunction === reference.table)) {
    const found = own(reference.table, reference.number - 1, reference.bit);
    if (found) issues.once(sheet, 'address-reference', { value: '400001', used: 'holding:0' });
    return found;
  }
  const [, plain, bit] = /^(\d{1,5}|0x[0-9a-f]{1,4})(?:\.(\d{1,2}))?$/i.exec(text) ?? [];
  if (plain === undefined || byFunction === null) return refuse(row, issues, text, example);
  issues.once(sheet, 'address-from-zero');
  return own(byFunction, Number(plain), bit === undefined ? null : Number(bit));
}

function functionOf(text: string): Table | null {
  const number = Number(/^(?:fc)?0?([1-4])$/i.exec(text)?.[1]);
  if (Number.isInteger(number)) return TABLE_BY_FUNCTION[number] ?? null;
  if (/^(3x|input|输入寄存器)/i.test(text)) return 'input';
  if (/^(4x|holding|保持)/i.test(text)) return 'holding';
  if (/^(0x|coil|线圈)/i.test(text)) return 'coil';
  return /^(1x|discrete|离散)/i.test(text) ? 'discrete' : null;
}

function ordersIn({ cellOf, place }: Row, issues: Issues): Orders | null {
  const written = textOf(cellOf('order'));
  const words: Readonly<Record<string, string>> = { 大端: 'ABCD', big: 'ABCD', 小端: 'DCBA', little: 'DCBA' };
  const whole = written === '' ? {} : ordersOf(lookUp(words, written.toLowerCase()) ?? written);
  if (whole === null) {
    issues.error(place, 'order-unknown', { value: written });
    return null;
  }
  const orders: Orders = { ...whole };
  for (const field of ['wordOrder', 'byteOrder'] as const) {
    const text = textOf(cellOf(field)).toLowerCase();
    if (text === '') continue;
    if (/^(little|小端|低字在前|low)/.test(text)) orders[field] = 'little';
    else if (/^(big|大端|高字在前|high)/.test(text)) orders[field] = undefined;
    else issues.warning(place, 'value-invalid', { field, value: text, allowed: 'big, little' });
  }
  return orders;
}
