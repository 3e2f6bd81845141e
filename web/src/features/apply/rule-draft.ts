import type { AlertColour, AlertCondition, AlertRule, NewAlertRule, TellStep } from '@ronghe/contracts';

export const CONDITION_KINDS = ['above', 'below', 'outside', 'equal', 'unequal', 'silent', 'bad'] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** A rule as it is being written; numbers are null until they are filled in. */
export type RuleDraft = {
  name: string;
  organisation: string;
  colour: AlertColour;
  cause: string;
  enabled: boolean;
  watch: 'points' | 'search';
  points: number[];
  search: string;
  kind: ConditionKind;
  limit: number | null;
  clear: number | null;
  low: number | null;
  high: number | null;
  margin: number | null;
  value: number | null;
  silentSeconds: number | null;
  forSeconds: number | null;
  clearSeconds: number | null;
  missing: 'none' | 'alert' | 'clear';
  missingSeconds: number | null;
  tell: TellStep[];
  tellEnd: boolean;
};
export const MISSING_FIELDS = ['name', 'organisation', 'points', 'limit', 'low', 'high', 'valueOf'] as const;
export type MissingField = (typeof MISSING_FIELDS)[number];

export const emptyRule = (organisation: string): RuleDraft => ({
  ...{ name: '', organisation, colour: 'yellow', cause: '', enabled: true },
  ...{ watch: 'points', points: [], search: '', kind: 'above' },
  ...{ limit: null, clear: null, low: null, high: null, margin: 0, value: null },
  ...{ silentSeconds: 300, forSeconds: 0, clearSeconds: 0, missing: 'none', missingSeconds: 300 },
  ...{ tell: [], tellEnd: true },
});

/** The draft of a rule that is there already. */
export function draftOf(rule: AlertRule): RuleDraft {
  const { condition, watch, missing } = rule;
  const base: RuleDraft = {
    ...emptyRule(rule.organisation),
    ...{ name: rule.name, colour: rule.colour, cause: rule.cause, enabled: rule.enabled },
    ...('points' in watch
      ? { watch: 'points', points: watch.points }
      : { watch: 'search', search: watch.search }),
    ...{ tell: rule.tell, tellEnd: rule.tellEnd },
    ...{ kind: condition.kind, forSeconds: rule.forSeconds, clearSeconds: rule.clearSeconds },
    ...(missing && missing.behaviour !== 'hold'
      ? { missing: missing.behaviour, missingSeconds: missing.seconds }
      : {}),
  };
  switch (condition.kind) {
    case 'above':
    case 'below':
      return { ...base, limit: condition.limit, clear: condition.clear ?? null };
    case 'outside':
      return { ...base, low: condition.low, high: condition.high, margin: condition.margin };
    case 'equal':
    case 'unequal':
      return { ...base, value: Number(condition.value) };
    case 'silent':
      return { ...base, silentSeconds: condition.seconds };
    case 'bad':
      return base;
  }
}

/** Fields that must be filled in before the rule says anything. */
export function missingOf(draft: RuleDraft): MissingField[] {
  const { kind } = draft;
  const wanted: Record<MissingField, boolean> = {
    name: draft.name.trim() === '',
    organisation: draft.organisation === '',
    points: draft.watch === 'points' ? draft.points.length === 0 : draft.search.trim() === '',
    limit: (kind === 'above' || kind === 'below') && draft.limit === null,
    low: kind === 'outside' && draft.low === null,
    high: kind === 'outside' && draft.high === null,
    valueOf: (kind === 'equal' || kind === 'unequal') && draft.value === null,
  };
  return MISSING_FIELDS.filter((field) => wanted[field]);
}

/** The rule that a complete draft means. */
export function ruleOf(draft: RuleDraft): NewAlertRule {
  const { kind, missing } = draft;
  return {
    organisation: draft.organisation,
    name: draft.name.trim(),
    cause: draft.cause,
    colour: draft.colour,
    enabled: draft.enabled,
    watch: draft.watch === 'points' ? { points: draft.points } : { search: draft.search.trim() },
    condition: conditionOf(draft),
    // a step without anybody tells nobody
    tell: draft.tell.filter(({ channels }) => channels.length > 0),
    tellEnd: draft.tellEnd,
    forSeconds: draft.forSeconds ?? 0,
    clearSeconds: draft.clearSeconds ?? 0,
    missing:
      missing === 'none' || kind === 'silent'
        ? null
        : { behaviour: missing, seconds: draft.missingSeconds ?? 300 },
  };
}

function conditionOf({
  kind,
  limit,
  clear,
  low,
  high,
  margin,
  value,
  silentSeconds,
}: RuleDraft): AlertCondition {
  switch (kind) {
    case 'above':
    case 'below':
      return { kind, limit: limit ?? 0, ...(clear === null ? {} : { clear }) };
    case 'outside':
      return { kind, low: low ?? 0, high: high ?? 0, margin: margin ?? 0 };
    case 'equal':
    case 'unequal':
      return { kind, value: value ?? 0 };
    case 'silent':
      return { kind, seconds: silentSeconds ?? 300 };
    case 'bad':
      return { kind };
  }
}
