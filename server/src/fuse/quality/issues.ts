import type { Bilingual, QualityIssue, RuleCheck, RunOrigin } from '@ronghe/contracts';
import { FINDING_RULES, NEVER_GOOD } from '../standards/findings.ts';
import { FUSING_FINDINGS, isFindingRule } from './rules.ts';
import type { Judged } from './scores.ts';

/** The issue of a source whose run waits for a decision; no rule can have this key. */
export const RUN_HELD = 'run:held';
/** Most notes an issue keeps; the oldest go first. */
export const NOTES_MAX = 200;
/** Characters of a name, which tells why a run is held. */
const NAME_CHARACTERS_MAX = 300;

/** Something wrong with a source as a run found it. */
export type Trouble = Pick<QualityIssue, 'rule' | 'name' | 'remedy' | 'severity' | 'dimension' | 'rows'>;
export type Settling = {
  mode: 'full' | 'incremental';
  from: RunOrigin;
  judged: readonly Judged[];
  /** rows with a finding of the standards, and rows that one kept out, by rule */
  found: ReadonlyMap<string, number>;
  rejected: ReadonlyMap<string, number>;
};
export type Settlement = {
  open: Trouble[];
  update: { issue: QualityIssue; rows: number }[];
  resolve: QualityIssue[];
};

/**
 * What becomes of a source's issues after a run. A rule opens one when more failed than it tolerates and it warns or holds;
 * findings of the standards and rejected rows open theirs unless a rule speaks for them. What is not there any more is
 * resolved; rejected rows only by a full run, as an incremental one does not bring them again, or by one of the rows that are
 * here, which holds them against the newest mapping. A rule that could not be
 * asked leaves its issue as it is. An accepted issue stays accepted.
 */
export function settle(before: readonly QualityIssue[], run: Settling): Settlement {
  const troubles = new Map(troublesOf(run).map((trouble) => [trouble.rule, trouble]));
  const unasked = new Set(
    run.judged
      // an incremental run reads only what changed
      .filter(
        ({ skipped, rule }) =>
          skipped !== null || (rule.check.kind === 'problem' && run.mode === 'incremental'),
      )
      .map(({ rule }) => rule.key),
  );
  const settlement: Settlement = { open: [], update: [], resolve: [] };
  for (const issue of before) {
    // known only when the rows are fused, which follows
    if (FUSING_FINDINGS.includes(issue.rule)) continue;
    const trouble = troubles.get(issue.rule);
    troubles.delete(issue.rule);
    if (trouble) settlement.update.push({ issue, rows: trouble.rows });
    else if (unasked.has(issue.rule)) continue;
    else if (issue.severity === 'block' && !tellsOfRejected(run, issue.rule)) continue;
    else if (issue.state === 'accepted' && issue.rule !== RUN_HELD)
      settlement.update.push({ issue, rows: 0 });
    else settlement.resolve.push(issue);
  }
  settlement.open = [...troubles.values()];
  return settlement;
}

/** The same for what only fusing shows: rows that have such a finding now, by rule. */
export function settleFusing(
  before: readonly QualityIssue[],
  found: ReadonlyMap<string, number>,
): Settlement {
  const troubles = new Map(found.size === 0 ? [] : findingTroubles(found).map((one) => [one.rule, one]));
  const settlement: Settlement = { open: [], update: [], resolve: [] };
  for (const issue of before.filter(({ rule }) => FUSING_FINDINGS.includes(rule))) {
    const trouble = troubles.get(issue.rule);
    troubles.delete(issue.rule);
    if (trouble || issue.state === 'accepted') settlement.update.push({ issue, rows: trouble?.rows ?? 0 });
    else settlement.resolve.push(issue);
  }
  settlement.open = [...troubles.values()];
  return settlement;
}

/** What an issue says of a run that is held. `rows` wait to be seen. */
export function heldTrouble(heldFor: readonly Bilingual[], rows: number): Trouble {
  const join = (texts: string[], between: string): string => {
    const text = texts.join(between);
    return text.length > NAME_CHARACTERS_MAX ? `${text.slice(0, NAME_CHARACTERS_MAX - 1)}…` : text;
  };
  return {
    rule: RUN_HELD,
    name: {
      zh: join([`运行被拦截：${heldFor[0]?.zh ?? ''}`, ...heldFor.slice(1).map(({ zh }) => zh)], '；'),
      en: join([`Run held: ${heldFor[0]?.en ?? ''}`, ...heldFor.slice(1).map(({ en }) => en)], '; '),
    },
    remedy: {
      zh: '这次交付还没有人看到：改好源头数据后重新报送，或由有权的人在运行页发布或弃用',
      en: 'Nobody sees this delivery yet: correct the data and deliver again, or publish or discard the run',
    },
    severity: 'hold',
    dimension: 'accessibility',
    rows,
  };
}

const tellsOfRejected = ({ mode, from }: Settling, rule: string): boolean =>
  mode === 'full' || (from === 'landed' && !(NEVER_GOOD as readonly string[]).includes(rule));

function troublesOf({ judged, found, rejected }: Settling): Trouble[] {
  const ruled = judged
    .filter(({ broken, rule }) => broken && rule.severity !== 'log')
    .map(({ rule: { key, name, remedy, severity, dimension, check }, failed }) => ({
      ...{ rule: key, name: troubleName(name, check), remedy, severity, dimension, rows: failed },
    }));
  // a rule that asks for a finding says itself how much of it is tolerated
  const spoken = new Set<string>(
    judged.flatMap(({ rule: { check }, skipped }) =>
      check.kind === 'finding' && skipped === null ? [check.rule] : [],
    ),
  );
  // an empty field that a broken rule already tells of is not told twice
  for (const { broken, rule } of judged)
    if (broken && rule.check.kind === 'required')
      for (const field of rule.check.fields) spoken.add(`${field}-missing`);
  const keys = new Set(judged.map(({ rule }) => rule.key));
  const findings = [...found, ...rejected].filter(
    ([rule, rows]) => rows > 0 && !spoken.has(rule) && !keys.has(rule),
  );
  return [...ruled, ...findingTroubles(findings)];
}

const findingTroubles = (found: Iterable<readonly [string, number]>): Trouble[] =>
  [...found].flatMap(([rule, rows]): Trouble[] => {
    if (!isFindingRule(rule)) return [];
    const { name, message, severity, dimension } = FINDING_RULES[rule];
    return [{ rule, name, remedy: message, severity, dimension, rows }];
  });

/** A rule is named after what it asks for; its issue says what is wrong. */
function troubleName(name: Bilingual, check: RuleCheck): Bilingual {
  if (check.kind === 'finding' && isFindingRule(check.rule)) return FINDING_RULES[check.rule].name;
  return { zh: `未满足：${name.zh}`, en: `Not met: ${name.en}` };
}
