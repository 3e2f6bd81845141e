import { type Bilingual, ENTERPRISE_ATTRIBUTE_NAMES, type EnterpriseAttribute } from '@ronghe/contracts';
import type { CleanRow } from '../sources/rows.ts';
import { periodEndMs } from '../standards/dates.ts';
import { numberText } from '../standards/numbers.ts';
import { sizeOf } from '../standards/size.ts';

/** Why one candidate wins over another, in the order they are asked. The same words tell why another lost. */
export const SURVIVORSHIP_RULES = {
  only: { zh: '只有一个来源提供', en: 'Only one source has it' },
  agreed: { zh: '各来源一致', en: 'All sources agree' },
  valid: { zh: '通过校验的优先', en: 'A value that passed its checks goes first' },
  priority: { zh: '来源优先级高的优先', en: 'The source with the higher priority goes first' },
  recent: { zh: '较新的优先', en: 'The more recent value goes first' },
  complete: { zh: '较完整的优先', en: 'The more complete value goes first' },
  order: { zh: '条件相同，按来源登记次序', en: 'All else equal, in the order of source and row' },
  'size-2017': {
    zh: '按统计上大中小微型企业划分办法（2017）由从业人数与营业收入计算',
    en: 'Computed from employees and revenue by the statistical size classes of 2017',
  },
} as const satisfies Record<string, Bilingual>;
export type SurvivorshipRule = keyof typeof SURVIVORSHIP_RULES;

/** Most losers kept with one value. */
const OTHERS_MAX = 50;

/** One record behind an enterprise with the weight of its source. */
export type MemberRecord = {
  source: string;
  priority: number;
  rowKey: string;
  period: string | null;
  values: CleanRow['values'];
};
type Candidate = {
  value: string;
  raw: string;
  field: string;
  valid: boolean;
  run: string;
  source: string;
  priority: number;
  rowKey: string;
  recentMs: number;
};
export type Loser = { value: string; source: string; rowKey: string; reason: SurvivorshipRule };
/** A chosen value with all that explains it. */
export type Chosen = {
  value: string;
  valid: boolean;
  source: string;
  run: string;
  rowKey: string;
  field: string;
  raw: string;
  rule: SurvivorshipRule;
  others: Loser[];
};
export type Golden = Partial<Record<EnterpriseAttribute, Chosen>>;

const CRITERIA: readonly (readonly [SurvivorshipRule, (a: Candidate, b: Candidate) => number])[] = [
  ['valid', (a, b) => Number(b.valid) - Number(a.valid)],
  ['priority', (a, b) => b.priority - a.priority],
  ['recent', (a, b) => b.recentMs - a.recentMs],
  ['complete', (a, b) => [...b.value].length - [...a.value].length],
  ['order', (a, b) => compareTexts(a.source, b.source) || compareTexts(a.rowKey, b.rowKey)],
];

/**
 * Chooses each attribute by itself: valid first, then the source's priority, then recency (end of the reported month, else
 * when this value first came), then completeness. The result depends only on the records, not on their order.
 */
export function goldenOf(members: readonly MemberRecord[]): Golden {
  const golden: Golden = {};
  for (const attribute of ENTERPRISE_ATTRIBUTE_NAMES) {
    const chosen = choose(members.flatMap((member) => candidatesOf(member, attribute)));
    if (chosen) golden[attribute] = chosen;
  }
  const size = deriveSize(golden);
  if (size) golden.size = size;
  return golden;
}

function candidatesOf(member: MemberRecord, attribute: EnterpriseAttribute): Candidate[] {
  const value = member.values[attribute];
  if (!value) return [];
  const recentMs = member.period === null ? Date.parse(value.since) : periodEndMs(member.period);
  return [
    {
      value: value.value,
      raw: value.raw,
      field: value.field,
      valid: value.valid,
      run: value.run,
      source: member.source,
      priority: member.priority,
      rowKey: member.rowKey,
      recentMs,
    },
  ];
}

function choose(candidates: readonly Candidate[]): Chosen | null {
  const [winner, ...losers] = [...candidates].sort(
    (a, b) => CRITERIA.map(([, compare]) => compare(a, b)).find((order) => order !== 0) ?? 0,
  );
  if (!winner) return null;
  const reasonOf = (loser: Candidate): SurvivorshipRule =>
    loser.value === winner.value
      ? 'agreed'
      : (CRITERIA.find(([, compare]) => compare(winner, loser) !== 0)?.[0] ?? 'order');
  const others = losers.slice(0, OTHERS_MAX).map((loser) => ({
    value: loser.value,
    source: loser.source,
    rowKey: loser.rowKey,
    reason: reasonOf(loser),
  }));
  const rival = losers.find((loser) => loser.value !== winner.value);
  const agreed = losers.length > 0 ? 'agreed' : 'only';
  return {
    value: winner.value,
    valid: winner.valid,
    source: winner.source,
    run: winner.run,
    rowKey: winner.rowKey,
    field: winner.field,
    raw: winner.raw,
    rule: rival ? reasonOf(rival) : agreed,
    others,
  };
}

/** The class that follows from employees and revenue replaces what sources claim. */
function deriveSize({ employees, revenue, size: claimed }: Golden): Chosen | null {
  if (!employees || !revenue) return null;
  const value = sizeOf(Number(employees.value), Number(revenue.value));
  const claims: Loser[] = claimed
    ? [
        {
          value: claimed.value,
          source: claimed.source,
          rowKey: claimed.rowKey,
          reason: 'size-2017' as const,
        },
        ...claimed.others,
      ]
    : [];
  return {
    value,
    valid: true,
    source: revenue.source,
    run: revenue.run,
    rowKey: revenue.rowKey,
    field: [...new Set([employees.field, revenue.field])].join(' + '),
    raw: `${numberText(Number(employees.value))} + ${numberText(Number(revenue.value))}`,
    rule: 'size-2017',
    others: claims.slice(0, OTHERS_MAX),
  };
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
