import type { PointTableProtocol } from '@ronghe/contracts';
import { isCommonIdentifier } from './dlt645-points.ts';
import type { DraftPoint, Settings } from './draft.ts';
import type { Issues } from './issues.ts';
import { encodingNamed, parseReference } from './modbus-points.ts';
import { isTopicFilter } from './mqtt-points.ts';
import { isNodeId } from './opcua-points.ts';
import { isNumeric, isS7Address, S7_ENCODING_NAMES, s7Named } from './s7-points.ts';
import { conditioningOf } from './table-conditions.ts';
import { modbusOf } from './table-modbus.ts';
import { type Found, type Row, refuse, typeCell, type ValueType } from './table-row.ts';
import { bounded, lookUp, numberOf, textOf } from './values.ts';

const PROTOCOLS: readonly [RegExp, PointTableProtocol][] = [
  [/modbus/i, 'modbus'],
  [/^(siemens|西门子)?\s*s7|西门子/i, 's7'],
  [/opc\s*-?ua/i, 'opcua'],
  [/104/, 'iec104'],
  [/645/, 'dlt645'],
  [/mqtt/i, 'mqtt'],
];

/** A protocol from how people write it; null when it is none that a table can hold. */
export const protocolNamed = (text: string): PointTableProtocol | null =>
  PROTOCOLS.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** The protocol that writes addresses like this; null when several could. */
export function protocolOfAddress(address: string, path: string): PointTableProtocol | null {
  if (isNodeId(address)) return 'opcua';
  if (/^(coil|discrete|input|holding):/.test(address) || parseReference(address) !== null) return 'modbus';
  if (isS7Address(address)) return 's7';
  if (/^\d+\/(0x[0-9a-f]+|\d+(\.\d+){0,2})$/i.test(address)) return 'iec104';
  if (/^[0-9a-f]{8}$/i.test(address)) return 'dlt645';
  return address === '' && /^\/[^/]/.test(path) ? 'opcua' : null;
}

const READ: Readonly<Record<PointTableProtocol, (row: Row, issues: Issues) => Found | null>> = {
  modbus: modbusOf,
  s7: s7Of,
  opcua: opcuaOf,
  iec104: iec104Of,
  dlt645: dlt645Of,
  mqtt: mqttOf,
};

/** A row as a point of its protocol; null, and told, when it cannot be one. */
export function pointFields(row: Row, protocol: PointTableProtocol, issues: Issues): DraftPoint | null {
  const { cellOf, place } = row;
  const name = textOf(cellOf('name'));
  const key = textOf(cellOf('key')) || name;
  if (key === '') {
    issues.error(place, 'key-missing');
    return null;
  }
  const found = READ[protocol](row, issues);
  if (found === null) return null;
  if (textOf(cellOf('key')) === '') issues.warning(place, 'key-from-name', { key });
  return {
    key,
    name: name || undefined,
    unit: textOf(cellOf('unit')) || undefined,
    equipment: textOf(cellOf('equipment')) || undefined,
    ...found.fields,
    ...(protocol === 'opcua' || protocol === 'dlt645' ? {} : scalingOf(row, found.type, issues)),
    ...conditioningOf(row, issues),
  };
}

function scalingOf({ cellOf, place }: Row, type: ValueType, issues: Issues): Settings {
  const scaling: Record<string, number> = {};
  for (const [field, usual] of [
    ['scale', 1],
    ['offset', 0],
  ] as const) {
    const text = textOf(cellOf(field));
    const number = numberOf(cellOf(field));
    if (text !== '' && number === null) issues.warning(place, 'number-invalid', { field, value: text });
    if (number !== null && number !== usual) scaling[field] = number;
  }
  if (type === 'number' || Object.keys(scaling).length === 0) return scaling;
  issues.warning(place, 'scaling-of-boolean');
  return {};
}

function s7Of(row: Row, issues: Issues): Found | null {
  const { cellOf, place } = row;
  const address = textOf(cellOf('address'))
    .replace(/\s/g, '')
    .replace(/^(DB\d+),/i, '$1.');
  if (!isS7Address(address)) return refuse(row, issues, address, 'DB1.DBX0.3, DB1.DBD8, M0.1, MW10');
  const { value, encoding: written } = typeCell(row);
  const encoding = written === '' ? (value === 'text' ? 'string' : undefined) : s7Named(written);
  if (encoding === null) {
    issues.error(place, 'type-unknown', { value: written, allowed: S7_ENCODING_NAMES });
    return null;
  }
  const isBit = /\.[0-7]$/.test(address);
  const fits = fitsS7(address, encoding, isBit);
  if (!fits) {
    issues.error(place, 'type-contradicts', { value: written || value || '-' });
    return null;
  }
  const isText = encoding !== undefined && ['string', 'wstring', 'char'].includes(encoding);
  const length = isText
    ? bounded(
        cellOf('length'),
        { field: 'length', low: 1, high: encoding === 'string' ? 254 : 4_096 },
        issues,
        place,
      )
    : undefined;
  const type =
    encoding === undefined
      ? isBit
        ? 'boolean'
        : 'number'
      : isNumeric(encoding)
        ? 'number'
        : encoding === 'bool'
          ? 'boolean'
          : 'text';
  return { fields: { address, encoding: encoding === 'bool' ? undefined : encoding, length }, type };
}

/** A word holds two bytes, a double word four; every other type begins at a byte. */
function fitsS7(address: string, encoding: string | null | undefined, isBit: boolean): boolean {
  if (encoding === undefined || encoding === null) return true;
  if (isBit) return encoding === 'bool' || /X\d+\.0$/i.test(address);
  if (encoding === 'bool') return false;
  if (/^%?[TCZ]\d/i.test(address))
    return ['word', 'uint', 'int', 's5time', 'counter', 'date'].includes(encoding) && encoding !== 'date';
  const TWO = ['word', 'uint', 'int', 's5time', 'counter', 'date'];
  const FOUR = ['dword', 'udint', 'dint', 'real', 'time', 'time_of_day'];
  const [, width = 'B'] = /([BWD])\d+$/i.exec(address) ?? [];
  return width.toUpperCase() === 'W'
    ? TWO.includes(encoding)
    : width.toUpperCase() === 'D'
      ? FOUR.includes(encoding)
      : true;
}

/** What a type means where the peer itself knows how a value lies: a name of any numeric kind is a number. */
function valueType(row: Row, issues: Issues): ValueType | null {
  const { value, encoding } = typeCell(row);
  if (value !== null) return value;
  const kind = s7Named(encoding);
  if (encoding === '' || (kind !== null && isNumeric(kind)) || encodingNamed(encoding) !== null)
    return kind === 'bool' ? 'boolean' : 'number';
  if (kind === 'bool') return 'boolean';
  if (kind !== null) return 'text';
  issues.error(row.place, 'type-unknown', { value: encoding, allowed: 'number, boolean, text' });
  return null;
}

const isYes = (text: string): boolean => /^(是|yes|y|true|1|on)$/i.test(text);

function opcuaOf(row: Row, issues: Issues): Found | null {
  const { cellOf, place } = row;
  const address = textOf(cellOf('address'));
  const path = textOf(cellOf('path'));
  const byPath = address === '' && /^\/([^/&]|&.)+(\/([^/&]|&.)+)*$/.test(path);
  if (!byPath && !isNodeId(address)) return refuse(row, issues, address || path, 'ns=2;s=Kiln1.Temperature');
  const type = valueType(row, issues);
  if (type === null) return null;
  const history = textOf(cellOf('history'));
  const deadband = textOf(cellOf('serverDeadband'));
  const isDeadband = /^\d+(\.\d+)?%$/.test(deadband) || (numberOf(deadband) ?? 0) > 0;
  if (deadband !== '' && !isDeadband)
    issues.warning(place, 'value-invalid', { field: 'serverDeadband', value: deadband, allowed: '0.5, 2%' });
  return {
    fields: {
      ...(byPath ? { path } : { address }),
      type: type === 'number' ? undefined : type,
      history: history === '' || isYes(history) ? undefined : false,
      serverDeadband: isDeadband ? (deadband.endsWith('%') ? deadband : Number(deadband)) : undefined,
    },
    type,
  };
}

const IEC104_ENCODINGS = [
  'single',
  'double',
  'step',
  'bitstring',
  'normalised',
  'scaled',
  'float',
  'counter',
];
const IEC104_WORDS: Readonly<Record<string, string>> = {
  单点: 'single',
  单点遥信: 'single',
  遥信: 'single',
  双点: 'double',
  双点遥信: 'double',
  归一化: 'normalised',
  归一化值: 'normalised',
  normalized: 'normalised',
  标度化: 'scaled',
  标度化值: 'scaled',
  短浮点: 'float',
  浮点: 'float',
  浮点数: 'float',
  遥脉: 'counter',
  电度: 'counter',
  累计量: 'counter',
};

function iec104Of(row: Row, issues: Issues): Found | null {
  const { cellOf, place } = row;
  const written = textOf(cellOf('address'));
  const common = textOf(cellOf('commonAddress'));
  const isAlone = !written.includes('/') && written !== '';
  if (isAlone && common === '') issues.once(row.sheet, 'common-address-assumed');
  const address = isAlone ? `${common || '1'}/${written}` : written;
  if (!isObjectAddress(address)) return refuse(row, issues, written, '1/16385');
  const { value, encoding: name } = typeCell(row);
  const encoding = IEC104_ENCODINGS.includes(name.toLowerCase())
    ? name.toLowerCase()
    : lookUp(IEC104_WORDS, name);
  if (name !== '' && encoding === undefined) {
    issues.error(place, 'type-unknown', { value: name, allowed: IEC104_ENCODINGS.join(', ') });
    return null;
  }
  const states = encoding === undefined || encoding === 'single' || encoding === 'double';
  if (value === 'text' || (value === 'boolean' && !states)) {
    issues.error(place, 'type-contradicts', { value });
    return null;
  }
  const type = value ?? (encoding === 'single' ? 'boolean' : 'number');
  return { fields: { address, encoding, type: value ?? undefined }, type };
}

function isObjectAddress(text: string): boolean {
  const [, common, object = ''] =
    /^(\d{1,5})\/(0x[0-9a-f]{1,6}|\d{1,8}|\d{1,3}(?:\.\d{1,3}){2})$/i.exec(text) ?? [];
  const octets = object.split('.').map(Number);
  const number = octets.length === 3 ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : Number(object);
  const fits = octets.length !== 3 || octets.every((octet) => octet <= 255);
  return Number(common) >= 1 && Number(common) <= 65_534 && fits && number >= 1 && number <= 0xff_ff_ff;
}

function dlt645Of(row: Row, issues: Issues): Found | null {
  const { cellOf, place } = row;
  const address = textOf(cellOf('address')).replace(/[\s-]/g, '').toUpperCase();
  if (!/^[0-9A-F]{8}$/.test(address)) return refuse(row, issues, address, '02010100');
  const digits = textOf(cellOf('meter'));
  // Excel leaves out zeros in front of what it takes for a number.
  const meter = /^\d{1,12}$/.test(digits) ? digits.padStart(12, '0') : null;
  if (meter === null || meter === '999999999999') {
    issues.error(place, 'meter-missing');
    return null;
  }
  const format = textOf(cellOf('format')) || undefined;
  if (format === undefined && !isCommonIdentifier(address)) {
    issues.error(place, 'format-needed', { value: address });
    return null;
  }
  if (format !== undefined && !/^(X+(\.X+)?|N+(\.N+)?|[YMDWhmsN]+)$/.test(format)) {
    issues.error(place, 'type-unknown', { value: format, allowed: 'XXXXXX.XX, NN, YYMMDDWW, hhmmss' });
    return null;
  }
  const signed = textOf(cellOf('signed'));
  const { value } = typeCell(row);
  return {
    fields: {
      address,
      meter,
      format,
      signed: isYes(signed) ? true : undefined,
      type: value === 'text' ? 'text' : undefined,
    },
    type: value === 'text' ? 'text' : 'number',
  };
}

function mqttOf(row: Row, issues: Issues): Found | null {
  const { cellOf, place } = row;
  const topic = textOf(cellOf('topic'));
  if (!isTopicFilter(topic) || topic.includes('#')) return refuse(row, issues, topic, 'plant/kiln-1/data');
  const type = valueType(row, issues);
  if (type === null) return null;
  const format = textOf(cellOf('format')).toLowerCase() || 'json';
  if (!['json', 'plain', 'neuron'].includes(format)) {
    issues.error(place, 'type-unknown', { value: format, allowed: 'json, plain, neuron' });
    return null;
  }
  const pointers: Record<string, string> = {};
  for (const field of ['path', 'records', 'time', 'quality'] as const) {
    const text = textOf(cellOf(field));
    if (text === '') continue;
    if (format !== 'json' && field !== 'path') continue;
    const pointer = text.startsWith('/') ? text : `/${text.replaceAll('.', '/')}`;
    if (/~(?![01])/.test(pointer) || pointer.length > 500) {
      issues.error(place, 'path-invalid', { value: text });
      return null;
    }
    pointers[field] = pointer;
  }
  if (format === 'plain') delete pointers.path;
  if (format === 'neuron' && pointers.path?.split('/').length !== 4) {
    issues.error(place, 'path-invalid', { value: textOf(cellOf('path')) || '-' });
    return null;
  }
  const timeFormat = textOf(cellOf('timeFormat')).toLowerCase();
  const isTime = ['ms', 's', 'us', 'iso8601'].includes(timeFormat);
  if (timeFormat !== '' && !isTime) issues.warning(place, 'time-format', { value: timeFormat });
  if (timeFormat !== '' && !isTime) delete pointers.time;
  return {
    fields: {
      topic,
      ...pointers,
      format: format === 'json' ? undefined : format,
      timeFormat: isTime && timeFormat !== 'ms' ? timeFormat : undefined,
      type: type === 'number' ? undefined : type,
    },
    type,
  };
}
