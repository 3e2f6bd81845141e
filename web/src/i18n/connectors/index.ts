import type { Locale } from '@ronghe/contracts';
import {
  DLT645_FIELDS,
  HJ212_FIELDS,
  IEC104_FIELDS,
  MODBUS_FIELDS,
  OPCUA_FIELDS,
  S7_FIELDS,
} from './industrial.ts';
import { HTTP_FIELDS, MQTT_FIELDS, SPARKPLUG_FIELDS } from './messages.ts';
import { type FieldText, type FieldTexts, SHARED_FIELDS, VALUE_TEXTS } from './shared.ts';
import { FILE_FIELDS, SQL_FIELDS } from './tables.ts';

type ProtocolText = {
  title: string;
  /** where Chinese has a name of its own */
  zhTitle?: string;
  zh: string;
  en: string;
  /** an address as one writes it */
  example: string;
  fields: FieldTexts;
  /** optional fields that most people set; the others are folded away */
  basic: readonly string[];
};

const POLLED = ['intervalMs', 'onChange'];
/** Fields of a point that are shown at once in every protocol. */
const POINT_BASIC = ['name', 'unit', 'equipment', 'type', 'address', 'encoding', 'scale', 'column', 'path'];

/** What the portal says of each protocol, in the order in which they are offered. */
const PROTOCOL_TEXTS: Readonly<Record<string, ProtocolText>> = {
  opcua: {
    title: 'OPC UA',
    zh: '新型 PLC、DCS、SCADA 和网关；按节点订阅变化，可浏览点位，可补读历史',
    en: 'Newer PLCs, DCS, SCADA and gateways; subscribes to changes, browses points, fills gaps from history',
    example: 'opc.tcp://192.168.1.20:4840',
    fields: OPCUA_FIELDS,
    basic: ['security', 'mode', 'publishingIntervalMs'],
  },
  modbus: {
    title: 'Modbus TCP / RTU over TCP',
    zh: '多数 PLC、仪表和变频器；按寄存器地址轮询',
    en: 'Most PLCs, meters and drives; polls registers by address',
    example: 'tcp://192.168.1.10:502',
    fields: MODBUS_FIELDS,
    basic: ['framing', 'unitId', ...POLLED],
  },
  s7: {
    title: 'Siemens S7',
    zh: '西门子 S7-300、400、1200、1500；按变量地址轮询',
    en: 'Siemens S7-300, 400, 1200 and 1500; polls tags by address',
    example: 'tcp://192.168.1.30:102',
    fields: S7_FIELDS,
    basic: ['rack', 'slot', ...POLLED],
  },
  iec104: {
    title: 'IEC 60870-5-104',
    zh: '电力调度、变电站和远动装置；站端主动上送并定时总召唤',
    en: 'Power dispatch, substations and RTUs; spontaneous data and interrogations',
    example: 'tcp://192.168.1.40:2404',
    fields: IEC104_FIELDS,
    basic: ['discover', 'keyPrefix', 'timeZone'],
  },
  dlt645: {
    title: 'DL/T 645-2007',
    zh: '国内电能表；经串口服务器按数据标识读取',
    en: 'Chinese electricity meters, read by data identifier through a serial server',
    example: 'tcp://192.168.1.50:4196',
    fields: DLT645_FIELDS,
    basic: ['meter', ...POLLED],
  },
  hj212: {
    title: 'HJ 212',
    zh: '污染源在线监测；数采仪连到采集器上报',
    en: 'Environmental monitoring; data loggers connect to the collector and report',
    example: 'tcp://0.0.0.0:9212',
    fields: HJ212_FIELDS,
    basic: ['endpoint', 'discover', 'stations[].password', 'stations[].equipment'],
  },
  mqtt: {
    title: 'MQTT',
    zh: '网关和物联网设备发布的主题；按主题和字段取值，可自动发现',
    en: 'Topics of gateways and devices; values by topic and field, can discover by itself',
    example: 'mqtt://192.168.1.60:1883',
    fields: MQTT_FIELDS,
    basic: ['username', 'password', 'points[].topic'],
  },
  sparkplug: {
    title: 'Sparkplug B',
    zh: '基于 MQTT 的工业规范；指标自带名称、类型和状态',
    en: 'Industrial specification on MQTT; metrics bring name, type and state',
    example: 'mqtt://192.168.1.60:1883',
    fields: SPARKPLUG_FIELDS,
    basic: ['username', 'password', 'role'],
  },
  http: {
    title: 'HTTP / JSON',
    zh: '其他系统的接口；定时去取，或接收推送',
    en: 'Interfaces of other systems; asked at intervals, or pushing to the collector',
    example: 'http://192.168.1.70/api/values',
    fields: HTTP_FIELDS,
    basic: ['method', 'intervalMs', 'authentication', 'lists'],
  },
  sql: {
    title: 'SQL',
    zh: 'PostgreSQL、MySQL、MariaDB 中的表；定时查询新行',
    en: 'Tables of PostgreSQL, MySQL and MariaDB; asked for new rows',
    example: 'postgres://192.168.1.80:5432/mes',
    fields: SQL_FIELDS,
    basic: ['password', 'intervalMs', 'queries[].points', 'queries[].watermark', 'queries[].time'],
  },
  file: {
    title: 'Files',
    zhTitle: '文件',
    zh: '文件夹中的 CSV、Excel 和 Parquet 文件',
    en: 'CSV, Excel and Parquet files in a folder',
    example: 'file:///data/in',
    fields: FILE_FIELDS,
    basic: ['pattern', 'mode', 'format', 'time.columns', 'time.format', 'keyColumn', 'valueColumn'],
  },
};

export function protocolTitle(protocol: string, locale: Locale): string {
  const text = PROTOCOL_TEXTS[protocol];
  return (locale === 'en' ? undefined : text?.zhTitle) ?? text?.title ?? protocol;
}
export const protocolExample = (protocol: string): string => PROTOCOL_TEXTS[protocol]?.example ?? '';
export const protocolAbout = (protocol: string, locale: Locale): string =>
  PROTOCOL_TEXTS[protocol]?.[locale === 'en' ? 'en' : 'zh'] ?? '';

/** Protocols in the order in which they are offered; those that nobody described come last. */
export function orderedProtocols(protocols: readonly string[]): string[] {
  const known = Object.keys(PROTOCOL_TEXTS).filter((name) => protocols.includes(name));
  return [...known, ...protocols.filter((name) => !known.includes(name)).sort()];
}

/** Whether an optional field is shown at once; `pattern` is its place without numbers. */
export function isBasic(protocol: string, pattern: string): boolean {
  if (PROTOCOL_TEXTS[protocol]?.basic.includes(pattern)) return true;
  const [, field] = /^(?:points|lists|.*\.points|.*\.tags)\[\]\.([^.[]+)$/.exec(pattern) ?? [];
  return field !== undefined && POINT_BASIC.includes(field);
}

/** Fields that come first, whatever the protocol; in a database the order of keys is lost. */
const FIRST = [
  'key',
  'name',
  'protocol',
  'mode',
  'endpoint',
  'listen',
  'address',
  'topic',
  'path',
  'column',
  'tag',
  'encoding',
  'type',
  'unit',
  'equipment',
  'scale',
  'offset',
];

/** Where a field stands among its neighbours: as in the texts of its protocol, the usual ones first. */
export function fieldRank(protocol: string, pattern: string): number {
  const key = pattern.split('.').at(-1) ?? pattern;
  const first = FIRST.indexOf(key);
  if (first >= 0) return first;
  const ends = endingsOf(pattern);
  const rankIn = (texts: FieldTexts) => Object.keys(texts).findIndex((each) => ends.includes(each));
  const own = rankIn(PROTOCOL_TEXTS[protocol]?.fields ?? {});
  const shared = rankIn(SHARED_FIELDS);
  return FIRST.length + (own >= 0 ? own : 1_000 + (shared >= 0 ? shared : 1_000));
}

/**
 * Chinese texts of a field. The longest ending of its place that is known counts: first among the protocol's own, then
 * among those of all.
 */
export function chineseField(protocol: string, pattern: string): FieldText | undefined {
  const ends = endingsOf(pattern);
  return found(PROTOCOL_TEXTS[protocol]?.fields, ends) ?? found(SHARED_FIELDS, ends);
}

function found(texts: FieldTexts | undefined, ends: readonly string[]): FieldText | undefined {
  const end = ends.find((each) => texts !== undefined && Object.hasOwn(texts, each));
  return end === undefined ? undefined : texts?.[end];
}

/** `points[].deadband.range` ends with itself, `deadband.range` and `range`. */
function endingsOf(pattern: string): string[] {
  const parts = pattern.split('.');
  return parts.map((_, at) => parts.slice(at).join('.'));
}

/** Name of a field as people read it: Chinese, or the key in words: `intervalMs` is Interval (ms). */
export function fieldLabel(protocol: string, pattern: string, locale: Locale): string {
  const key = pattern.split('.').at(-1)?.replace('[]', '') ?? pattern;
  if (locale !== 'en') return chineseField(protocol, pattern)?.[0] ?? key;
  const unit = UNITS.find(([end]) => key.endsWith(end) && key.length > end.length);
  const words = (unit ? key.slice(0, -unit[0].length) : key)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase();
  const name = ACRONYMS.has(words)
    ? words.toUpperCase()
    : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return unit ? `${name} (${unit[1]})` : name;
}
const ACRONYMS = new Set(['tls', 'sql', 'csv', 'url', 'mn']);
const UNITS = [
  ['Ms', 'ms'],
  ['Seconds', 's'],
] as const;

/** What to write into a field; in English the words of the collector's schema. */
export const fieldHelp = (
  protocol: string,
  pattern: string,
  locale: Locale,
  description: string | undefined,
): string =>
  locale === 'en' || !chineseField(protocol, pattern)
    ? (description ?? '')
    : (chineseField(protocol, pattern)?.[1] ?? '');

/** A value to choose, with what it means where the word says too little. */
export function valueLabel(value: unknown, locale: Locale): string {
  const text = value === '\t' ? 'Tab' : String(value);
  const known = locale === 'en' ? undefined : VALUE_TEXTS[text];
  return known === undefined ? text : `${known} ${text}`;
}
