import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath } from './common.ts';

/** What may be unusual about accesses to shared data. */
export const HINT_KINDS = {
  volume: { zh: '用量突增', en: 'Unusual volume' },
  walking: { zh: '整集翻取', en: 'Pages walked over most of a dataset' },
  guessing: { zh: '逐个试探', en: 'Values tried one after the other' },
  refused: { zh: '频繁被拒', en: 'Many refused questions' },
  address: { zh: '新的网络地址', en: 'A new network address' },
  time: { zh: '新的时间段', en: 'A new time of day' },
} as const satisfies Record<string, Bilingual>;
export type HintKind = keyof typeof HINT_KINDS;
export const HintKind = z.enum(Object.keys(HINT_KINDS) as [HintKind, ...HintKind[]]);
export const HINT_STATES = ['open', 'explained', 'confirmed'] as const;
/** Most hints of one list, the newest first. */
export const HINTS_MAX = 500;

export const AccessHint = z
  .object({
    id: Id,
    kind: HintKind,
    actor: z.object({ kind: z.enum(['user', 'key']), id: z.string(), name: z.string() }),
    organisation: OrganisationPath.describe('of whoever asked'),
    dataset: z.string().describe('empty where it is not about one'),
    figures: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .describe('what was seen, and what it was held against'),
    why: Bilingual,
    state: z.enum(HINT_STATES),
    times: z.number().int().describe('hours in which it was seen'),
    firstAt: Instant,
    lastAt: Instant,
    decidedBy: z.string().nullable(),
    decidedAt: Instant.nullable(),
    reason: z.string(),
  })
  .meta({ id: 'AccessHint' });
export type AccessHint = z.infer<typeof AccessHint>;
export const AccessHintList = z.object({
  items: z.array(AccessHint),
  seenUntil: Instant.nullable().describe('accesses up to here were looked at; null before the first look'),
});
export type AccessHintList = z.infer<typeof AccessHintList>;

export const HintQuery = z.object({
  state: z.enum(HINT_STATES).default('open'),
  side: z
    .enum(['user', 'owner'])
    .default('owner')
    .describe('owner: accesses to one’s own data; user: accesses by one’s own organisations'),
});
export type HintQuery = z.infer<typeof HintQuery>;
export const HintDecision = z
  .strictObject({
    state: z
      .enum(['explained', 'confirmed'])
      .describe('explained: as it should be, not told again for 28 days; confirmed: not as it should be'),
    reason: z.string().trim().min(1).max(1_000),
  })
  .meta({ id: 'HintDecision' });
export type HintDecision = z.infer<typeof HintDecision>;
