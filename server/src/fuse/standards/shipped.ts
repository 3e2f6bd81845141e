import type { DivisionEntry, IndustryEntry, ReferenceData, ReferenceSet } from '@ronghe/contracts';
import { COMPLETENESS } from './completeness.data.ts';
import {
  CITIES,
  ENDED_DIVISIONS,
  ENDED_PREFECTURES,
  PLACEHOLDER_DIVISIONS,
  RENAMED_DIVISIONS,
} from './divisions.data.ts';
import { PROVINCES } from './divisions-china.data.ts';
import { INDUSTRY_SECTIONS } from './industries.data.ts';
import { KEY_INDUSTRY_PREFIXES } from './key-industries.data.ts';
import { SIZE_LIMITS } from './size.data.ts';
import { UNITS } from './units.data.ts';

/** Raised by one whenever data shipped with the platform change. */
export const SHIPPED_EDITION = 1;

/** Where the data shipped come from, as the history of each set shows it. */
export const SHIPPED_SOURCES: Readonly<Record<ReferenceSet, string>> = {
  divisions: 'GB/T 2260，国家统计局区划代码（截至 2023-06-30）；江西县级历史沿革',
  industries: 'GB/T 4754-2017，B、C、D 门类',
  'key-industries': '2020 年政策所列六大产业，编码范围待数据主管确认',
  units: 'GB 3100-1993 与统计报表常用单位',
  sizes: '统计上大中小微型企业划分办法（2017），工业',
  completeness: '平台随附的初始权重，待数据主管确认',
};

/** The reference data that come with the platform. */
export function shippedReference(): ReferenceData {
  return {
    divisions: withBeginnings(presentDivisions(), pastDivisions()),
    industries: industries(),
    'key-industries': KEY_INDUSTRY_PREFIXES,
    units: UNITS,
    sizes: SIZE_LIMITS,
    completeness: COMPLETENESS,
  };
}

const present = (code: string, name: string): DivisionEntry => ({
  code,
  name,
  since: null,
  until: null,
  successor: null,
});

function presentDivisions(): DivisionEntry[] {
  const placeholders: readonly string[] = PLACEHOLDER_DIVISIONS;
  const china = PROVINCES.flatMap(({ code, name, cities }) => [
    present(`${code}0000`, name),
    ...cities
      .split('|')
      .filter((city) => city !== '')
      .flatMap((text) => {
        const [city = '', counties = ''] = text.split(':');
        return [
          present(`${code}${city.slice(0, 2)}00`, city.slice(2)),
          ...counties
            .split(' ')
            .filter((county) => county !== '' && !county.startsWith('00'))
            .map((county) => present(code + city.slice(0, 2) + county.slice(0, 2), county.slice(2))),
        ];
      }),
  ]);
  const jiangxi = CITIES.flatMap(({ code, name, counties }) => [
    present(code, name),
    ...counties.split(' ').map((county) => present(code.slice(0, 4) + county.slice(0, 2), county.slice(2))),
  ]);
  return [...china, ...jiangxi]
    .filter(({ name }) => !placeholders.includes(name))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

const pastDivisions = (): DivisionEntry[] => [
  ...ENDED_DIVISIONS.map(({ code, name, ended, successor }) => ({
    code,
    name,
    since: null,
    until: ended,
    successor,
  })),
  ...RENAMED_DIVISIONS.map(({ code, name, ended }) => ({
    code,
    name,
    since: null,
    until: ended,
    successor: code,
  })),
  ...ENDED_PREFECTURES.map(({ prefix, name, ended, successor }) => ({
    code: `${prefix}00`,
    name,
    since: null,
    until: ended,
    successor,
  })),
];

/** A division that followed another holds since the first of those it followed ended. */
function withBeginnings(now: readonly DivisionEntry[], past: readonly DivisionEntry[]): DivisionEntry[] {
  const since = new Map<string, number>();
  for (const { successor, until } of past)
    if (successor && until !== null) since.set(successor, Math.min(until, since.get(successor) ?? until));
  return [...now.map((entry) => ({ ...entry, since: since.get(entry.code) ?? null })), ...past];
}

/** A group without classes has one class of its own name, `xxx0`; a section is its letter. */
function industries(): IndustryEntry[] {
  return INDUSTRY_SECTIONS.flatMap((section) => [
    { code: section.key, name: section.name },
    ...section.divisions.flatMap((line) => {
      const entries = line.split('|').map((entry) => {
        const code = /^\d+/.exec(entry)?.[0] ?? '';
        return { code, name: entry.slice(code.length) };
      });
      return entries.flatMap((entry) => {
        const alone =
          entry.code.length === 3 &&
          !entries.some(({ code }) => code.length === 4 && code.startsWith(entry.code));
        return alone ? [entry, { code: `${entry.code}0`, name: entry.name }] : [entry];
      });
    }),
  ]);
}
