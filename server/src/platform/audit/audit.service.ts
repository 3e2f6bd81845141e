import { createHash } from 'node:crypto';
import type { AuditVerdict, Locale } from '@ronghe/contracts';
import type { Kysely, Transaction } from 'kysely';
import { type AuditTables, createAuditStore } from '#platform/audit/audit.store.ts';
import type { Audit, Change } from '#platform/audit/audit.ts';
import {
  type ChainEntry,
  type ChainFault,
  canonicalJson,
  EMPTY_HEAD,
  entryHash,
  followChain,
} from '#platform/audit/chain.ts';
import { redact, redactText } from '#platform/audit/redact.ts';
import { demand, demandRoot, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { Log } from '#platform/log/log.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';

/** Largest `before` or `after` that is kept whole, as JSON; of a larger one its size and SHA-256 are kept. */
export const AUDIT_VALUE_CHARACTERS_MAX = 32_768;
const TEXT_CHARACTERS_MAX = 500;
const VERIFY_PAGE_ROWS = 1_000;

type Options = { relational: Relational; clock: Clock; log: Log };

/**
 * The audit log on PostgreSQL. `record` locks the head of the chain until the transaction ends, so call it last in a
 * transaction: writers then wait for one commit and never for work.
 */
export function createAudit({ relational, clock, log }: Options): Audit {
  const db = relational.as<AuditTables>();

  const append = async (executor: Kysely<AuditTables>, scope: Scope, change: Change): Promise<void> => {
    const store = createAuditStore(executor);
    const head = await store.lockHeadUnscoped();
    const entry = toEntry(scope, change, { sequence: head.sequence + 1, at: clock.now().toISOString() });
    await store.appendUnscoped(entry, entryHash(head.hash, entry));
  };

  return {
    async record(scope, change, transaction) {
      // The caller's transaction knows its own tables; the connection is the same.
      if (transaction) await append(transaction as Transaction<AuditTables>, scope, change);
      else await db.transaction().execute((own) => append(own, scope, change));
    },

    async list(scope, { cursor, limit, search }) {
      demand(scope, 'platform:audit:read');
      const below = cursor === undefined ? null : Number(decodeCursor(cursor, 1)[0]);
      if (below !== null && !Number.isSafeInteger(below)) throw invalidCursor();
      const query = { below, limit: limit + 1, search: search?.replaceAll('\0', '') ?? null };
      const { entries, total } = await createAuditStore(db).list(scope, query);
      const items = entries.slice(0, limit);
      const last = items.at(-1);
      return { items, total, next: entries.length > limit && last ? encodeCursor([last.sequence]) : null };
    },

    async verify(scope) {
      demand(scope, 'platform:audit:read');
      demandRoot(scope);
      // One snapshot for the whole walk, so that entries written meanwhile are no fault.
      const verdict = await db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((snapshot) => walk(snapshot, scope));
      if (verdict.intact)
        log.info({ entries: verdict.entries, head: verdict.head }, 'the audit log is intact');
      else log.error({ brokenAt: verdict.brokenAt, reason: verdict.reason }, 'the audit log was altered');
      const { head: _head, ...answer } = verdict;
      return answer;
    },
  };
}

async function walk(
  snapshot: Kysely<AuditTables>,
  scope: Scope,
): Promise<AuditVerdict & { head: string | null }> {
  const store = createAuditStore(snapshot);
  const kept = await store.head(scope);
  let reached = EMPTY_HEAD;
  const broken = (brokenAt: number, fault: ChainFault) => ({
    intact: false,
    entries: reached.sequence,
    brokenAt,
    reason: REASONS[fault][scope.locale],
    head: kept?.hash ?? null,
  });
  for (;;) {
    const page = await store.page(scope, { above: reached.sequence, limit: VERIFY_PAGE_ROWS });
    if (page.length > 0 && !kept) return broken(1, 'head-missing');
    const { head, fault } = followChain(reached, page);
    reached = head;
    if (fault) return broken(fault.at, fault.fault);
    if (page.length < VERIFY_PAGE_ROWS) break;
  }
  const end = kept ?? EMPTY_HEAD;
  if (reached.sequence < end.sequence) return broken(reached.sequence + 1, 'missing');
  if (reached.sequence > end.sequence) return broken(end.sequence + 1, 'beyond-head');
  if (reached.hash !== end.hash) return broken(reached.sequence, 'altered');
  return { intact: true, entries: reached.sequence, brokenAt: null, reason: null, head: reached.hash };
}

const REASONS: Readonly<Record<ChainFault, Record<Locale, string>>> = {
  missing: {
    'zh-CN': '该序号的记录缺失或顺序被改变',
    en: 'The entry of this sequence is missing or was moved',
  },
  altered: {
    'zh-CN': '该记录的内容与其哈希不符',
    en: 'The entry does not fit its hash',
  },
  'beyond-head': {
    'zh-CN': '该记录在链尾登记之后',
    en: 'The entry lies beyond the noted end of the chain',
  },
  'head-missing': {
    'zh-CN': '链尾登记缺失',
    en: 'The noted end of the chain is missing',
  },
};

/** Cut to size, and as UTF-8 gives it back: half a character would not come back from the database as it was hashed. */
const clip = (text: string): string =>
  Buffer.from(redactText(text).slice(0, TEXT_CHARACTERS_MAX), 'utf8').toString('utf8');

function toEntry(scope: Scope, change: Change, place: { sequence: number; at: string }): ChainEntry {
  return {
    ...place,
    actor: clip(scope.actor.name),
    actorId: clip(scope.actor.id),
    actorKind: scope.actor.kind,
    organisation: change.organisation ?? scope.organisation,
    from: scope.from === null ? null : clip(scope.from),
    requestId: clip(scope.requestId),
    action: clip(change.action),
    target: clip(change.target),
    before: toValue(change.before),
    after: toValue(change.after),
  };
}

/** The value as JSON gives it back, without secrets, and never larger than the limit. */
function toValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const plain = redact(JSON.parse(JSON.stringify(value) ?? 'null'));
  const text = canonicalJson(plain);
  if (text.length <= AUDIT_VALUE_CHARACTERS_MAX) return plain;
  return {
    truncated: true,
    characters: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}
