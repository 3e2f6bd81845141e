import { z } from 'zod';
import { type Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import { TELL_STEPS_MAX, TellStep } from './notices.ts';

/**
 * Colours of warnings, the gravest first: levels I to IV of 《中华人民共和国突发事件应对法》 (2024 revision, article 63 ff.: 红、橙、黄、蓝).
 */
export const ALERT_COLOURS = {
  red: { zh: '红色', en: 'Red' },
  orange: { zh: '橙色', en: 'Orange' },
  yellow: { zh: '黄色', en: 'Yellow' },
  blue: { zh: '蓝色', en: 'Blue' },
} as const satisfies Record<string, Bilingual>;
export type AlertColour = keyof typeof ALERT_COLOURS;
export const ALERT_COLOUR_NAMES = Object.keys(ALERT_COLOURS) as [AlertColour, ...AlertColour[]];
export const AlertColour = z.enum(ALERT_COLOUR_NAMES);

/** Rules of one installation. */
export const ALERT_RULES_MAX = 20_000;
/** Points that one rule names itself. */
export const RULE_POINTS_MAX = 1_000;
/** Points that one rule finds by organisation and words; those with the highest numbers are left out, and told. */
export const RULE_POINTS_FOUND_MAX = 5_000;
/** Longest duration in a rule: a week. */
export const RULE_SECONDS_MAX = 7 * 86_400;
/** Open alerts of one rule that are kept one by one; of more points it is only counted how many there are. */
export const RULE_ALERTS_OPEN_MAX = 500;
/** Longest stretch of history that a rule is tried on: 31 days. */
export const TRIAL_SECONDS_MAX = 31 * 86_400;
/** Readings that one trial goes through. */
export const TRIAL_SAMPLES_MAX = 2_000_000;
/** Alerts acknowledged by one request. */
export const ALERTS_AT_ONCE_MAX = 500;

const Seconds = z.number().int().min(0).max(RULE_SECONDS_MAX);
const Limit = z.number().min(-1e300).max(1e300);

/**
 * When a point is in trouble. A value that is not good never counts; it leaves things as they were. Between two readings the
 * value holds, so a duration also passes while nothing comes.
 */
export const AlertCondition = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('above'),
        limit: Limit,
        clear: Limit.optional().describe(
          'hysteresis: over when the value is at or below this; the limit unless told',
        ),
      })
      .describe('the value is greater than the limit'),
    z
      .strictObject({
        kind: z.literal('below'),
        limit: Limit,
        clear: Limit.optional().describe(
          'hysteresis: over when the value is at or above this; the limit unless told',
        ),
      })
      .describe('the value is less than the limit'),
    z
      .strictObject({
        kind: z.literal('outside'),
        low: Limit,
        high: Limit,
        margin: z
          .number()
          .min(0)
          .max(1e300)
          .default(0)
          .describe('over when the value is so far inside again'),
      })
      .describe('the value is less than `low` or greater than `high`'),
    z
      .strictObject({ kind: z.literal('equal'), value: z.union([z.boolean(), Limit]) })
      .describe('the value is this one: a state, a code, a switch'),
    z
      .strictObject({ kind: z.literal('unequal'), value: z.union([z.boolean(), Limit]) })
      .describe('the value is another than this'),
    z
      .strictObject({ kind: z.literal('silent'), seconds: z.number().int().min(10).max(RULE_SECONDS_MAX) })
      .describe('nothing arrived for so long'),
    z.strictObject({ kind: z.literal('bad') }).describe('the reading says of itself that it is not good'),
  ])
  .meta({ id: 'AlertCondition' });
export type AlertCondition = z.infer<typeof AlertCondition>;

/** What happens while nothing arrives: what is, stays; it counts as trouble; it ends the trouble. */
export const MISSING_BEHAVIOURS = {
  hold: { zh: '保持原状', en: 'Hold' },
  alert: { zh: '视为异常', en: 'Counts as trouble' },
  clear: { zh: '视为正常', en: 'Ends the trouble' },
} as const satisfies Record<string, Bilingual>;
export const MissingBehaviour = z.enum(['hold', 'alert', 'clear']);

/** Which points a rule watches: by number, or by what is looked for in an organisation, found anew every minute. */
export const RuleWatch = z
  .union([
    z.strictObject({ points: z.array(z.number().int().positive()).min(1).max(RULE_POINTS_MAX) }),
    z.strictObject({
      search: z.string().trim().min(1).max(100).describe('part of key, name or equipment'),
    }),
  ])
  .meta({ id: 'RuleWatch' });
export type RuleWatch = z.infer<typeof RuleWatch>;

const RuleContent = {
  organisation: OrganisationPath.describe('whose points: this organisation and all below it'),
  name: z.string().trim().min(1).max(100),
  cause: z.string().max(1_000).default('').describe('what is usually behind it, and what to do'),
  colour: AlertColour,
  watch: RuleWatch,
  condition: AlertCondition,
  forSeconds: Seconds.default(0).describe('the condition must hold so long'),
  clearSeconds: Seconds.default(0).describe('it must be over so long'),
  missing: z
    .strictObject({ behaviour: MissingBehaviour, seconds: z.number().int().min(10).max(RULE_SECONDS_MAX) })
    .nullable()
    .default(null)
    .describe('when nothing arrived for so long; null: hold'),
  enabled: z.boolean().default(true),
  tell: z.array(TellStep).max(TELL_STEPS_MAX).default([]).describe('whom, and when; nobody when empty'),
  tellEnd: z.boolean().default(true).describe('tell the channels of the first step when it is over'),
};
export const NewAlertRule = z.strictObject(RuleContent).meta({ id: 'NewAlertRule' });
export type NewAlertRule = z.infer<typeof NewAlertRule>;
export const AlertRuleChange = z
  .strictObject({
    ...RuleContent,
    basedOn: z.number().int().positive().describe('the version that was changed'),
  })
  .meta({ id: 'AlertRuleChange' });
export type AlertRuleChange = z.infer<typeof AlertRuleChange>;

export const AlertRule = z
  .object({
    ...RuleContent,
    id: Id,
    version: z.number().int().positive(),
    state: z.enum(['active', 'removed']),
    madeBy: z.string(),
    madeAt: Instant,
    open: z.number().int().describe('points in trouble by this rule now'),
  })
  .meta({ id: 'AlertRule' });
export type AlertRule = z.infer<typeof AlertRule>;
export const AlertRulePage = pageOf(AlertRule);
export const AlertRuleQuery = PageQuery.extend({
  organisation: OrganisationPath.optional(),
  search: z.string().max(100).optional().describe('part of the name'),
});
export type AlertRuleQuery = z.infer<typeof AlertRuleQuery>;

/** A rule held against what was stored, before it is saved. */
export const AlertTrial = z
  .strictObject({ rule: NewAlertRule, from: Instant, to: Instant })
  .meta({ id: 'AlertTrial' });
export type AlertTrial = z.infer<typeof AlertTrial>;
export const AlertTrialAnswer = z
  .object({
    points: z.number().int().describe('points watched'),
    samples: z.number().int().describe('readings gone through'),
    alerts: z.number().int().describe('how often it would have fired'),
    openAtEnd: z.number().int(),
    items: z
      .array(
        z.object({
          point: z.number().int(),
          key: z.string(),
          since: Instant,
          firedAt: Instant,
          endedAt: Instant.nullable(),
          value: z.number().nullable(),
        }),
      )
      .describe('the first 200'),
  })
  .meta({ id: 'AlertTrialAnswer' });
export type AlertTrialAnswer = z.infer<typeof AlertTrialAnswer>;
export const TRIAL_ITEMS_MAX = 200;

export const AlertState = z.enum(['open', 'ended']);
export type AlertState = z.infer<typeof AlertState>;

/** One trouble of one point by one rule, from when it began until it was over. */
export const Alert = z
  .object({
    id: Id,
    rule: Id,
    ruleName: z.string(),
    ruleVersion: z.number().int(),
    organisation: OrganisationPath,
    colour: AlertColour,
    point: z.number().int(),
    pointKey: z.string(),
    pointName: z.string(),
    equipment: z.string().nullable(),
    unit: z.string().nullable(),
    state: AlertState,
    since: Instant.describe('when the condition began to hold, by the time of the source'),
    firedAt: Instant.describe('when it had held long enough, by the time of the source'),
    toldAt: Instant.describe('when the platform saw it; much later than `firedAt` when the data came late'),
    endedAt: Instant.nullable(),
    value: z.number().nullable().describe('the reading that made it fire; null when nothing arrived'),
    endValue: z.number().nullable(),
    times: z.number().int().describe('how often it came; more than once when it was back within a minute'),
    muted: z.boolean().describe('it began during maintenance: nobody was told'),
    acknowledgedBy: z.string().nullable(),
    acknowledgedAt: Instant.nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;
export const AlertPage = pageOf(Alert)
  .extend({ colours: z.record(AlertColour, z.number().int()).describe('how many of each, over all pages') })
  .meta({ id: 'AlertPage' });
export type AlertPage = z.infer<typeof AlertPage>;
export const AlertQuery = PageQuery.extend({
  state: AlertState.optional(),
  colour: AlertColour.optional(),
  acknowledged: z.enum(['true', 'false']).optional(),
  organisation: OrganisationPath.optional(),
  rule: Id.optional(),
  point: z.coerce.number().int().positive().optional(),
  search: z.string().max(100).optional().describe('part of rule, key, name or equipment'),
});
export type AlertQuery = z.infer<typeof AlertQuery>;

/** An alert with everything it rests on. */
export const AlertExplanation = z
  .object({
    alert: Alert,
    rule: AlertRule.describe('the version that fired'),
    readings: z
      .array(
        z.object({
          time: Instant,
          value: z.number().nullable(),
          quality: z.enum(['good', 'uncertain', 'bad']),
        }),
      )
      .describe('what the point said around it, at most 500, thinned out'),
    from: Instant,
    to: Instant,
    events: z.array(
      z.object({
        at: Instant,
        kind: z.enum(['fired', 'returned', 'acknowledged', 'ended', 'told', 'undelivered']),
        by: z.string().nullable(),
        note: z.string().nullable(),
      }),
    ),
    similar: z.object({
      samePoint: z.number().int().describe('alerts of this rule and point in 90 days'),
      sameRule: z.number().int().describe('alerts of this rule in 90 days'),
      last: z.array(Alert).describe('the ten before, of this rule and point'),
    }),
  })
  .meta({ id: 'AlertExplanation' });
export type AlertExplanation = z.infer<typeof AlertExplanation>;

export const Acknowledgement = z
  .strictObject({
    alerts: z.array(Id).min(1).max(ALERTS_AT_ONCE_MAX),
    note: z.string().trim().max(1_000).default(''),
  })
  .meta({ id: 'Acknowledgement' });
export type Acknowledgement = z.infer<typeof Acknowledgement>;
export const AcknowledgementAnswer = z.object({
  acknowledged: z.number().int(),
  already: z.number().int().describe('by somebody else before'),
});
export type AcknowledgementAnswer = z.infer<typeof AcknowledgementAnswer>;
