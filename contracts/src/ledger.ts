import { z } from 'zod';
import { CollectorName, PointKey } from './collect.ts';
import { Instant, OrganisationPath } from './common.ts';

/** One hour of one point, from the machine to the table. `read` is what comes out of the four after it, once all is delivered. */
export const LedgerHour = z
  .object({
    hour: Instant.describe('start of the hour of source time'),
    read: z.number().int().describe('samples that the collector read'),
    filtered: z
      .number()
      .int()
      .describe(
        'left out on purpose: deadband, swinging door, or replaced by a later sample of the same time',
      ),
    sent: z.number().int().describe('delivered'),
    lost: z.number().int().describe('given up because the buffer was full'),
    rejected: z.number().int().describe('delivered and not stored; see the list of rejects'),
    stored: z.number().int().describe('in the table, whoever delivered them'),
    bad: z
      .number()
      .int()
      .describe('of those in the table, the ones that are not good: stale, silent, failed'),
    missing: z
      .number()
      .int()
      .describe(
        'delivered, not rejected and not in the table, or replaced by a later sample of the same time',
      ),
    checksum: z
      .enum(['equal', 'different', 'none'])
      .describe('whether what is in the table is what the collector sent; none where it sent nothing'),
  })
  .meta({ id: 'LedgerHour' });
export type LedgerHour = z.infer<typeof LedgerHour>;

/** Most hours of one answer of the ledger: a month and a day. */
export const LEDGER_HOURS_MAX = 768;
export const LedgerQuery = z.object({
  point: z.string().min(1).max(300).describe('the point’s number or its key'),
  from: Instant.optional().describe('inclusive; 24 hours before `to` when left out'),
  to: Instant.optional().describe('exclusive; now when left out'),
});
export type LedgerQuery = z.infer<typeof LedgerQuery>;
export const Ledger = z
  .object({ point: z.number().int(), key: PointKey, hours: z.array(LedgerHour) })
  .meta({ id: 'Ledger' });
export type Ledger = z.infer<typeof Ledger>;

/** Most points that one overview of the ledger looks at. */
export const LEDGER_POINTS_MAX = 500;
export const LedgerOverviewQuery = z.object({
  collector: CollectorName.optional(),
  organisation: OrganisationPath.optional().describe('this organisation and all below it'),
  search: z.string().max(100).optional().describe('part of key, name or equipment'),
  from: Instant.optional().describe('inclusive; 24 hours before `to` when left out'),
  to: Instant.optional().describe('exclusive; now when left out; at most seven days'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('points, those that lack most first'),
});
export type LedgerOverviewQuery = z.infer<typeof LedgerOverviewQuery>;

/** Most hours of an overview. */
export const LEDGER_OVERVIEW_HOURS_MAX = 168;
export const LedgerLine = z
  .object({
    point: z.number().int(),
    key: PointKey,
    name: z.string(),
    collector: z.string().nullable(),
    connection: z.string().nullable(),
    lacking: z.number().int().describe('samples lost, rejected or missing in all hours'),
    bad: z.number().int(),
    hours: z.array(LedgerHour).describe('those of which anything is known'),
  })
  .meta({ id: 'LedgerLine' });
export type LedgerLine = z.infer<typeof LedgerLine>;
/** Where something is missing. */
export const LedgerOverview = z
  .object({
    from: Instant,
    to: Instant,
    points: z.number().int().describe('points that were looked at'),
    truncated: z.boolean().describe('there are more points than an overview looks at: choose a collector'),
    items: z.array(LedgerLine),
  })
  .meta({ id: 'LedgerOverview' });
export type LedgerOverview = z.infer<typeof LedgerOverview>;
