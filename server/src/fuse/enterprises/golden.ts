import { hash } from 'node:crypto';
import {
  type Bilingual,
  DEFAULT_SURVIVORSHIP,
  ENTERPRISE_ATTRIBUTE_NAMES,
  type EnterpriseAttribute,
  type Survivorship,
  type SurvivorshipCriterion,
} from '@ronghe/contracts';
import type { CleanRow } from '../sources/records.ts';
import { periodEndMs } from '../standards/dates.ts';
import { numberText } from '../standards/numbers.ts';
import { sizeOf } from '../standards/size.ts';

/** Why one candidate wins over another, in the order they are asked. The same words tell why another lost. */
export const SURVIVORSHIP_RULES = {
  pinned: { zh: '人工固定的值优先', en: 'A value that a person pinned goes first' },
  only: { zh: '只有一个来源提供', en: 'Only one source has it' },
  agreed: { zh: '各来源一致', en: 'All sources agree' },
  valid: { zh: '通过校验的优先', en: 'A value that passed its checks goes first' },
  priority: { zh: '来源优先级高的优先', en: 'The source with the higher priority goes first' },
  recent: { zh: '较新的优先', en: 'The more recent value goes first' },
  agreement: { zh: '更多来源一致的优先', en: 'What more sources say goes first' },
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
/** A value that a person fixed for an attribute. */
export type PinnedValue = { id: string; attribute: EnterpriseAttribute; value: string; raw: string };
/** How to choose, and what people fixed of this one enterprise. */
export type Choosing = { survivorship: Survivorship; pins: readonly PinnedValue[] };

type Candidate = {
  value: string;
  raw: string;
  field: string;
  valid: boolean;
  run: string;
  source: string;
  /** the trust in the source for this attribute */
  priority: number;
  rowKey: string;
  recentMs: number;
  /** sources that say the same */
  agreement: number;
};
export type Loser = { value: string; source: string; rowKey: string; reason: SurvivorshipRule };
/** A chosen value with all that explains it. */
export type Chosen = {
  value: string;
  valid: boolean;
  /** null when a person pinned it, or it follows from such a value */
  source: string | null;
  run: string | null;
  rowKey: string;
  field: string;
  raw: string;
  rule: SurvivorshipRule;
  pin: string | null;
  /** another trusted source says something else */
  conflict: boolean;
  others: Loser[];
};
export type Golden = Partial<Record<EnterpriseAttribute, Chosen>>;

type Compared = SurvivorshipCriterion | 'order';
const COMPARE: Readonly<Record<Compared, (a: Candidate, b: Candidate) => number>> = {
  valid: (a, b) => Number(b.valid) - Number(a.valid),
  priority: (a, b) => b.priority - a.priority,
  recent: (a, b) => b.recentMs - a.recentMs,
  agreement: (a, b) => b.agreement - a.agreement,
  complete: (a, b) => [...b.value].length - [...a.value].length,
  order: (a, b) => compareTexts(a.source, b.source) || compareTexts(a.rowKey, b.rowKey),
};
const AS_SHIPPED: Choosing = { survivorship: DEFAULT_SURVIVORSHIP, pins: [] };

/**
 * Chooses each attribute by itself: what a person pinned, else by the criteria of the attribute in their order (as shipped:
 * valid, then the source's priority, then recency, which is the end of the reported month or else when this value first
 * came, then completeness). The result depends only on the records, not on their order.
 */
export function goldenOf(members: readonly MemberRecord[], choosing: Choosing = AS_SHIPPED): Golden {
  const golden: Golden = {};
  for (const attribute of ENTERPRISE_ATTRIBUTE_NAMES) {
    const chosen = chosenOf(members, attribute, choosing);
    if (chosen) golden[attribute] = chosen;
  }
  const size = golden.size?.pin ? null : deriveSize(golden);
  if (size) golden.size = size;
  return golden;
}

/** The same for one attribute; a size that follows from other values is not among what is chosen here. */
export function chosenOf(
  members: readonly MemberRecord[],
  attribute: EnterpriseAttribute,
  { survivorship, pins }: Choosing = AS_SHIPPED,
): Chosen | null {
  const own = survivorship.attributes[attribute];
  const candidates = members.flatMap((member) => candidatesOf(member, attribute, own?.trust));
  const chosen = choose(withAgreement(candidates), {
    criteria: own?.criteria ?? survivorship.criteria,
    trustedFrom: survivorship.trustedFrom,
  });
  const pin = pins.find((one) => one.attribute === attribute);
  return pin ? pinnedOver(pin, chosen) : chosen;
}

type Trust = Readonly<Record<string, number>> | undefined;
function candidatesOf(member: MemberRecord, attribute: EnterpriseAttribute, trust: Trust): Candidate[] {
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
      priority: trust?.[member.source] ?? member.priority,
      rowKey: member.rowKey,
      recentMs,
      agreement: 1,
    },
  ];
}

function withAgreement(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const sources = new Map<string, Set<string>>();
  for (const { value, source } of candidates)
    sources.set(value, (sources.get(value) ?? new Set()).add(source));
  return candidates.map((one) => ({ ...one, agreement: sources.get(one.value)?.size ?? 1 }));
}

type By = { criteria: readonly SurvivorshipCriterion[]; trustedFrom: number };
function choose(candidates: readonly Candidate[], { criteria, trustedFrom }: By): Chosen | null {
  const deciding = (a: Candidate, b: Candidate): Compared =>
    criteria.find((name) => COMPARE[name](a, b) !== 0) ?? 'order';
  const [winner, ...losers] = [...candidates].sort((a, b) => COMPARE[deciding(a, b)](a, b));
  if (!winner) return null;
  const reasonOf = (loser: Candidate): SurvivorshipRule =>
    loser.value === winner.value ? 'agreed' : deciding(winner, loser);
  const others = losers.slice(0, OTHERS_MAX).map((loser) => ({
    value: loser.value,
    source: loser.source,
    rowKey: loser.rowKey,
    reason: reasonOf(loser),
  }));
  const rival = losers.find((loser) => loser.value !== winner.value);
  const agreed = losers.length > 0 ? 'agreed' : 'only';
  const isTrusted = ({ valid, priority }: Candidate) => valid && priority >= trustedFrom;
  return {
    value: winner.value,
    valid: winner.valid,
    source: winner.source,
    run: winner.run,
    rowKey: winner.rowKey,
    field: winner.field,
    raw: winner.raw,
    rule: rival ? reasonOf(rival) : agreed,
    pin: null,
    conflict:
      isTrusted(winner) &&
      losers.some((one) => isTrusted(one) && one.value !== winner.value && one.source !== winner.source),
    others,
  };
}

/** 96 bits: two explanations of one value of one enterprise never share them by chance. */
const MARK_LENGTH = 16;
/** A mark of a value and of all that explains it; the same marks mean that nothing need be written. */
export function markOf(
  chosen: Pick<
    Chosen,
    'value' | 'source' | 'run' | 'rowKey' | 'field' | 'raw' | 'rule' | 'pin' | 'conflict' | 'others'
  >,
): string {
  const losers = chosen.others.flatMap(({ value, source, rowKey, reason }) => [
    value,
    source,
    rowKey,
    reason,
  ]);
  const parts = [
    ...[chosen.value, chosen.source, chosen.run, chosen.rowKey, chosen.field, chosen.raw],
    ...[chosen.rule, chosen.pin, chosen.conflict, ...losers],
  ];
  return hash('sha1', JSON.stringify(parts), 'base64').slice(0, MARK_LENGTH);
}

/** A pinned value wins over what would have been chosen, which stays visible with all its losers. */
function pinnedOver(pin: PinnedValue, chosen: Chosen | null): Chosen {
  const beaten = chosen?.source
    ? [{ value: chosen.value, source: chosen.source, rowKey: chosen.rowKey, reason: 'pinned' as const }]
    : [];
  const others = [...beaten, ...(chosen?.others ?? [])].map((loser) => ({
    ...loser,
    reason: loser.value === pin.value ? ('agreed' as const) : ('pinned' as const),
  }));
  return {
    ...{ value: pin.value, valid: true, source: null, run: null, rowKey: '', field: '', raw: pin.raw },
    ...{ rule: 'pinned', pin: pin.id, conflict: false, others: others.slice(0, OTHERS_MAX) },
  };
}

/** The class that follows from employees and revenue replaces what sources claim. */
function deriveSize({ employees, revenue, size: claimed }: Golden): Chosen | null {
  if (!employees || !revenue) return null;
  const value = sizeOf(Number(employees.value), Number(revenue.value));
  const claims: Loser[] = claimed?.source
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
    pin: null,
    conflict: false,
    others: claims.slice(0, OTHERS_MAX),
  };
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
