import {
  ENTERPRISE_ATTRIBUTE_NAMES,
  INDICATORS,
  type QualityDimension,
  type QualityRule,
  type RuleCheck,
  type RuleSeverity,
} from '@ronghe/contracts';
import { FINDING_RULES, type FindingRule } from '../standards/findings.ts';

/** A rule as an audit uses it: one version, with the key of the source it may belong to. */
export type AuditRule = Pick<
  QualityRule,
  'id' | 'key' | 'version' | 'name' | 'remedy' | 'tolerance' | 'weight' | 'check'
> & { dimension: QualityDimension; severity: RuleSeverity };

/** What is wrong with a rule: where and why, for a person. */
export type Fault = { path: string; message: string };

/** Checks of one row by itself; all of a source are asked in one statement. */
export const ROW_KINDS = [
  'required',
  'pattern',
  'one-of',
  'range',
  'length',
  'finding',
  'compare',
  'code-division',
  'size',
] as const satisfies readonly RuleCheck['kind'][];
/** Checks of the months of one enterprise. */
export const SERIES_KINDS = [
  'cumulative',
  'jump',
  'outlier',
  'months-missing',
  'diverging',
] as const satisfies readonly RuleCheck['kind'][];
/** Checks that need a grouping or a join of their own. */
export const JOIN_KINDS = [
  'unique',
  'other-source',
  'unit-missing',
] as const satisfies readonly RuleCheck['kind'][];
/** Checks of a run as a whole. */
export const RUN_KINDS = [
  'late',
  'rows',
  'rejected',
  'problem',
  'reachable',
] as const satisfies readonly RuleCheck['kind'][];

export type RowCheck = Extract<RuleCheck, { kind: (typeof ROW_KINDS)[number] }>;
export type SeriesCheck = Extract<RuleCheck, { kind: (typeof SERIES_KINDS)[number] }>;
export type JoinCheck = Extract<RuleCheck, { kind: (typeof JOIN_KINDS)[number] }>;
export type RunCheck = Extract<RuleCheck, { kind: (typeof RUN_KINDS)[number] }>;
/** A rule with its check narrowed to one of the groups. */
export type RuleOf<Check extends RuleCheck> = AuditRule & { check: Check };

const isKind = <Check extends RuleCheck>(kinds: readonly string[], rule: AuditRule): rule is RuleOf<Check> =>
  kinds.includes(rule.check.kind);
export const isRowRule = (rule: AuditRule): rule is RuleOf<RowCheck> => isKind<RowCheck>(ROW_KINDS, rule);
export const isSeriesRule = (rule: AuditRule): rule is RuleOf<SeriesCheck> =>
  isKind<SeriesCheck>(SERIES_KINDS, rule);
export const isJoinRule = (rule: AuditRule): rule is RuleOf<JoinCheck> => isKind<JoinCheck>(JOIN_KINDS, rule);
export const isRunRule = (rule: AuditRule): rule is RuleOf<RunCheck> => isKind<RunCheck>(RUN_KINDS, rule);

/** Findings that come when rows are fused, after the audit: no rule can ask for them, they open issues of their own. */
export const FUSING_FINDINGS: readonly string[] = ['name-ambiguous', 'unit-jump'];
/** The target whose values a finding is about, where it is one; without it the finding says nothing about a source. */
const FINDING_FIELDS: Partial<Record<FindingRule, string>> = {
  'name-missing': 'name',
  'code-missing': 'code',
  'code-format': 'code',
  'code-check-digit': 'code',
  'code-outdated': 'code',
  'division-unknown': 'division',
  'division-outdated': 'division',
  'industry-unknown': 'industry',
  'phone-invalid': 'phone',
};

export const isFindingRule = (rule: string): rule is FindingRule => Object.hasOwn(FINDING_RULES, rule);
/** True for a finding that keeps rows out: it is counted among rejected rows. */
export const isBlocking = (check: RuleCheck): boolean =>
  check.kind === 'finding' && isFindingRule(check.rule) && FINDING_RULES[check.rule].severity === 'block';

/** Targets that a check reads. */
export function fieldsOf(check: RuleCheck): string[] {
  switch (check.kind) {
    case 'required':
    case 'unique':
      return [...new Set(check.fields)];
    case 'pattern':
    case 'one-of':
    case 'range':
    case 'length':
    case 'cumulative':
    case 'jump':
    case 'outlier':
      return [check.field];
    case 'other-source':
      return [check.field, 'code'];
    case 'compare':
      return typeof check.right === 'string' ? [check.left, check.right] : [check.left];
    case 'code-division':
      return [check.code, check.division];
    case 'size':
      return [check.size, check.employees, check.revenue];
    case 'diverging':
      return [check.field, check.other];
    case 'finding':
      return isFindingRule(check.rule) && FINDING_FIELDS[check.rule]
        ? [FINDING_FIELDS[check.rule] ?? '']
        : [];
    case 'unit-missing':
    case 'months-missing':
    case 'late':
    case 'rows':
    case 'rejected':
    case 'problem':
    case 'reachable':
      return [];
  }
}

/** Rules of one source: where it has one of its own under a key, the rule of every source is not asked. */
export function effectiveRules<One extends { key: string; source: string | null; active: boolean }>(
  rules: readonly One[],
): One[] {
  const own = new Set(rules.flatMap(({ key, source }) => (source === null ? [] : [key])));
  return rules.filter(({ key, source, active }) => active && (source !== null || !own.has(key)));
}

export type SourceShape = {
  targets: readonly string[];
  monthly: boolean;
  /** targets that are numbers of columns whose header names no unit, and the unit that the mapping says they are in */
  unitless?: ReadonlyMap<string, string | null> | undefined;
};
const NEEDS_MONTHS: readonly RuleCheck['kind'][] = [...SERIES_KINDS, 'late'];

/** Why a rule cannot be asked of a source, in words; null when it can. */
export function skipReason(check: RuleCheck, { targets, monthly, unitless }: SourceShape): string | null {
  const missing = fieldsOf(check).filter((field) => !targets.includes(field));
  if (missing.length > 0) return `映射中没有 / the mapping lacks ${missing.join(', ')}`;
  if (check.kind === 'unit-missing' && !unitless?.size)
    return '没有未注明单位的数值列 / no column of numbers without a unit';
  if (NEEDS_MONTHS.includes(check.kind) && !monthly) return '数据不按月报送 / rows are not monthly';
  return null;
}

/**
 * Faults of a check that its schema cannot see. Whether a pattern is one is the engine's to say (`patternFault` of the
 * audit's store).
 */
export function checkRule({ check }: { check: RuleCheck }): Fault[] {
  const faults = fieldsOf(check).flatMap((field) => fieldFault(field));
  switch (check.kind) {
    case 'range':
      if (check.least === null && check.most === null)
        faults.push({ path: 'check', message: '上下限至少填一个 / give least or most' });
      else if (check.least !== null && check.most !== null && check.least > check.most)
        faults.push(orderFault);
      break;
    case 'length':
      if (check.least > check.most) faults.push(orderFault);
      break;
    case 'finding':
      if (!isFindingRule(check.rule))
        faults.push({
          path: 'check.rule',
          message: `没有标准规则 / no rule of the standards: ${check.rule}`,
        });
      else if (FUSING_FINDINGS.includes(check.rule))
        faults.push({
          path: 'check.rule',
          message: '该规则在融合时检查，此时尚无结果 / it is asked when rows are fused, after the audit',
        });
      break;
    case 'diverging':
      if (check.field === check.other)
        faults.push({ path: 'check.other', message: '须是另一个字段 / must be another field' });
      break;
    default:
  }
  return faults;
}

const orderFault: Fault = { path: 'check.most', message: '上限小于下限 / most is below least' };

/** A target is an attribute, a known indicator, or a column of the source's own. */
function fieldFault(field: string): Fault[] {
  const known =
    (ENTERPRISE_ATTRIBUTE_NAMES as readonly string[]).includes(field) ||
    (field.startsWith('indicator:') && Object.hasOwn(INDICATORS, field.slice('indicator:'.length))) ||
    (field.startsWith('column:') && field.length > 'column:'.length);
  return known ? [] : [{ path: 'check', message: `没有这个字段 / no such field: ${field}` }];
}

/** True for an indicator that grows over the year and carries January and February together in February. */
export function isCumulative(field: string): boolean {
  const code = field.startsWith('indicator:') ? field.slice('indicator:'.length) : '';
  return Object.hasOwn(INDICATORS, code) && INDICATORS[code as keyof typeof INDICATORS].cumulative;
}
