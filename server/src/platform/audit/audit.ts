import type { AuditEntry, AuditVerdict, Page } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';

/** One change as the service that makes it tells it. `before` and `after` are JSON without secrets. */
export type Change = {
  action: string;
  target: string;
  organisation?: string;
  before?: unknown;
  after?: unknown;
};

/**
 * The append-only log of changes. Each entry carries the SHA-256 over the entry before and itself, so that an altered,
 * removed or reordered entry is found by `verify`.
 */
export type Audit = {
  /** Writes the entry inside the caller's transaction when one is given, so that change and trace stand or fall together. */
  // biome-ignore lint/suspicious/noExplicitAny: a transaction of any domain's tables is good here
  record(scope: Scope, change: Change, transaction?: Transaction<any>): Promise<void>;
  list(
    scope: Scope,
    query: { cursor?: string | undefined; limit: number; search?: string | undefined },
  ): Promise<Page<AuditEntry>>;
  verify(scope: Scope): Promise<AuditVerdict>;
};
