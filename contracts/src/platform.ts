import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';

export const JobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type JobState = z.infer<typeof JobState>;
export const Job = z
  .object({
    id: Id,
    kind: z.string().describe('word.verb-thing, as `fuse.run-source`'),
    title: Bilingual,
    organisation: OrganisationPath,
    state: JobState,
    progress: z.number().min(0).max(1),
    message: z.string().nullable(),
    attempt: z.number().int(),
    attemptsMax: z.number().int(),
    requestedBy: z.string(),
    createdAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;
export const JobQuery = PageQuery.extend({
  state: JobState.optional(),
  kind: z.string().max(100).optional(),
});
export const JobPage = pageOf(Job).meta({ id: 'JobPage' });
export const JobKind = z
  .object({
    kind: z.string(),
    title: Bilingual,
    schedule: z.string().nullable().describe('cron expression in Asia/Shanghai, null when only on demand'),
    nextAt: Instant.nullable(),
    onDemand: z.boolean().describe('true when a person may start it without parameters'),
  })
  .meta({ id: 'JobKind' });
export type JobKind = z.infer<typeof JobKind>;
export const JobKindList = z.object({ items: z.array(JobKind) }).meta({ id: 'JobKindList' });
export const NewJob = z.object({ kind: z.string().max(100) }).meta({ id: 'NewJob' });

export const AuditEntry = z
  .object({
    sequence: z.number().int(),
    at: Instant,
    actor: z.string(),
    actorKind: z.enum(['user', 'key', 'system']),
    organisation: OrganisationPath,
    from: z.string().nullable().describe('network address of the caller'),
    action: z.string().describe('word:thing:action'),
    target: z.string(),
    before: z.unknown().nullable(),
    after: z.unknown().nullable(),
    hash: z.string().describe('SHA-256 over the entry before and this one'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditQuery = PageQuery.extend({
  search: z.string().max(100).optional().describe('part of actor, action or target'),
});
export const AuditPage = pageOf(AuditEntry).meta({ id: 'AuditPage' });
export const AuditVerdict = z
  .object({
    intact: z.boolean(),
    entries: z.number().int(),
    brokenAt: z.number().int().nullable().describe('first sequence that does not fit'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'AuditVerdict' });
export type AuditVerdict = z.infer<typeof AuditVerdict>;

export const PlatformStatus = z
  .object({
    version: z.string(),
    startedAt: Instant,
    uptimeSeconds: z.number(),
    memoryBytes: z.number(),
    engines: z.array(
      z.object({
        name: z.enum(['relational', 'analytics']),
        kind: z.string(),
        version: z.string(),
        ready: z.boolean(),
        bytes: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'PlatformStatus' });
export type PlatformStatus = z.infer<typeof PlatformStatus>;

export const Backup = z
  .object({
    name: z.string(),
    createdAt: Instant,
    bytes: z.number(),
    relationalRows: z.number().int(),
    analyticsBytes: z.number(),
  })
  .meta({ id: 'Backup' });
export type Backup = z.infer<typeof Backup>;
export const BackupList = z.object({ items: z.array(Backup) }).meta({ id: 'BackupList' });
