import {
  type ColumnKind,
  type ColumnProfile,
  PART_TARGET_LIST,
  type PartTarget,
  type TransformName,
} from '@ronghe/contracts';
import type { KnownTarget } from './headers.data.ts';

/** Quantity of the numbers a target takes; its unit must measure that. */
export type Quantity = 'money' | 'energy' | 'count' | 'ratio' | 'area';
type Fitting = {
  /** transforms that make sense for it, the usual one first */
  transforms: readonly TransformName[];
  quantity?: Quantity;
  /** how far a kind of values speaks for the target, -1 to 1; kinds that are not named speak against it */
  kinds: Partial<Record<ColumnKind, number>>;
  /** logits that values of the best kind are worth where the header says nothing; see `suggest.ts` */
  alone: number;
};

const NUMBERS = { integer: 0.4, decimal: 0.4, money: 0.4, mixed: 0, list: -0.3, text: -0.5 } as const;
const MONEY: Fitting = {
  transforms: ['number', 'thousand-to-wan'],
  quantity: 'money',
  kinds: { ...NUMBERS, money: 0.6, industry: -0.4, division: -0.6 },
  alone: 0.8,
};
const COUNT: Fitting = {
  transforms: ['number'],
  quantity: 'count',
  kinds: { integer: 0.5, decimal: 0, mixed: -0.2, list: -0.2, industry: 0, text: -0.6 },
  alone: 0.8,
};

/** Kinds that speak for the parts of an enterprise, by the transform; the header must say what it is, so values alone are worth nothing. */
const PART_KINDS: Readonly<Record<(typeof PART_TARGET_LIST)[number]['transform'], Fitting['kinds']>> = {
  text: { text: 0.2, list: 0.2, person: 0.1, name: 0, integer: 0, mixed: 0, address: 0.1, phone: 0.1 },
  name: { name: 0.6, text: 0.1, person: 0.1, list: 0, mixed: 0 },
  code: { code: 0.6, 'old-code': 0.2, mixed: 0, text: -0.4 },
  date: { date: 0.6, time: 0.4, period: 0, integer: -0.4, text: -0.5 },
  phone: { phone: 0.6, mixed: 0, integer: -0.2, text: -0.3 },
  number: { ...NUMBERS },
  division: { division: 0.6, list: 0, text: -0.2, integer: -0.5 },
};
const PARTS = Object.fromEntries(
  PART_TARGET_LIST.map(({ target, transform, quantity }): [PartTarget, Fitting] => [
    target,
    {
      transforms:
        transform === 'name' ? ['name', 'text'] : transform === 'phone' ? ['text', 'phone'] : [transform],
      ...(quantity === undefined ? {} : { quantity }),
      kinds: PART_KINDS[transform],
      alone: 0,
    },
  ]),
) as Readonly<Record<PartTarget, Fitting>>;

/** What each target takes: transforms, quantity, and the kinds of values that speak for it. */
export const FITTINGS: Readonly<Record<KnownTarget, Fitting>> = {
  name: {
    transforms: ['name', 'text'],
    kinds: { name: 1, text: -0.25, list: -0.4, mixed: -0.4 },
    alone: 6.3,
  },
  code: {
    transforms: ['code'],
    kinds: { code: 1, 'old-code': 0.75, mixed: 0, text: -0.4, integer: -0.6 },
    alone: 7,
  },
  shortName: {
    transforms: ['name', 'text'],
    kinds: { text: 0.2, list: 0, name: 0.1, person: -0.3 },
    alone: 0,
  },
  formerName: { transforms: ['name', 'text'], kinds: { name: 0.5, text: 0, list: -0.3 }, alone: 0 },
  division: {
    transforms: ['division'],
    kinds: { division: 1, list: 0, integer: -0.5, text: -0.2, address: -0.5 },
    alone: 5.8,
  },
  park: {
    transforms: ['text'],
    kinds: { list: 0.2, text: 0.2, address: -0.3, name: -0.4, division: -0.6 },
    alone: 5.6,
  },
  address: { transforms: ['text'], kinds: { address: 1, text: 0, list: -0.5, mixed: -0.4 }, alone: 5.6 },
  industry: {
    transforms: ['industry'],
    kinds: { industry: 1, integer: 0, list: 0, text: -0.1, mixed: -0.1 },
    alone: 5.5,
  },
  legalPerson: { transforms: ['text'], kinds: { person: 1, text: 0.1, list: -0.2, name: -0.5 }, alone: 5.3 },
  phone: { transforms: ['phone'], kinds: { phone: 1, text: -0.3, mixed: 0, integer: -0.2 }, alone: 5.4 },
  established: {
    transforms: ['date'],
    kinds: { date: 1, time: 0.8, period: 0.2, integer: -0.4, text: -0.5 },
    alone: 5.2,
  },
  registeredCapital: { ...MONEY },
  employees: COUNT,
  revenue: MONEY,
  size: { transforms: ['text'], kinds: { list: 0.3, text: 0, integer: -0.5, person: -0.3 }, alone: 6 },
  period: {
    transforms: ['text'],
    kinds: { period: 1, date: 0.3, time: -0.2, integer: -0.6, list: -0.3, text: -0.4 },
    alone: 6,
  },
  ...PARTS,
  'indicator:GROSS_OUTPUT': MONEY,
  'indicator:SALES_OUTPUT': MONEY,
  'indicator:EXPORT_DELIVERY': MONEY,
  'indicator:REVENUE': MONEY,
  'indicator:COST': MONEY,
  'indicator:PROFIT': MONEY,
  'indicator:RD_EXPENSE': MONEY,
  'indicator:ELECTRICITY': {
    transforms: ['number'],
    quantity: 'energy',
    kinds: { ...NUMBERS, money: -1 },
    alone: 0.8,
  },
  'indicator:ASSETS': MONEY,
  'indicator:LIABILITIES': MONEY,
  'indicator:EMPLOYEES_AVG': COUNT,
  'indicator:SELLING_EXPENSE': MONEY,
  'indicator:ADMIN_EXPENSE': MONEY,
  'indicator:FINANCE_EXPENSE': MONEY,
  'indicator:INVENTORY': MONEY,
  'indicator:RECEIVABLES': MONEY,
  'indicator:CAPACITY_UTIL': {
    transforms: ['number'],
    quantity: 'ratio',
    kinds: { ...NUMBERS, money: -1 },
    alone: 0.8,
  },
};

const PARK_VALUE = /(?:开发区|工业园区?|产业园区?|产业集聚区|高新区|经开区|工业区|科技园|园区|集聚区|基地)$/;
const SIZE_VALUE = /^(?:大|中|小|微)型?(?:企业)?$|^(?:large|medium|small|micro)$/i;

/** How far the values of a column speak for a target, -1 to 1; 0 where there is nothing to go by. */
export function valuesSpeak(target: KnownTarget, column: ColumnProfile): number {
  if (column.kind === 'empty') return 0;
  const spoken = FITTINGS[target].kinds[column.kind] ?? -1;
  if (target === 'park' || target === 'size') {
    const share = shareOf(column, target === 'park' ? PARK_VALUE : SIZE_VALUE);
    return share >= 0.7 ? 1 : spoken;
  }
  // mobiles belong to persons, so of two columns of phones the one with land lines is the enterprise's
  if (target === 'phone' && column.sensitive) return spoken * 0.9;
  // short names and one-word columns read as divisions or persons now and then
  return spoken > 0 ? spoken * Math.max(0.6, column.kindShare) : spoken;
}

function shareOf({ common, samples }: ColumnProfile, pattern: RegExp): number {
  const values = [...new Set([...common.map(({ value }) => value), ...samples])];
  return values.length === 0
    ? 0
    : values.filter((value) => pattern.test(value.trim())).length / values.length;
}
