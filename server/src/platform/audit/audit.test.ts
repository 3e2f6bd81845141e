import type { AuditEntry, Page } from '@ronghe/contracts';
import fc from 'fast-check';
import { type Kysely, sql, type Transaction } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_VALUE_CHARACTERS_MAX, createAudit } from '#platform/audit/audit.service.ts';
import type { AuditTables } from '#platform/audit/audit.store.ts';
import type { Audit } from '#platform/audit/audit.ts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { systemClock } from '#platform/clock/clock.ts';
import { silentLog } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import { startTestEngines, type TestEngines } from '#platform/testing/engines.ts';

let engines: TestEngines;
let db: Kysely<AuditTables>;
let audit: Audit;
const scopeOf = (organisation: string): Scope =>
  systemScope({ organisation, permissions: ['platform:audit:read'], name: 'tester' });
const root = scopeOf('jx');
const change = (target: string) => ({ action: 'platform:test:change', target });

beforeAll(async () => {
  engines = await startTestEngines([platformMigrations]);
  db = engines.relational.as<AuditTables>();
  audit = createAudit({ relational: engines.relational, clock: systemClock, log: silentLog() });
});
afterAll(() => engines.stop());

/** What only a superuser can do: the triggers do not fire. */
const behindTheTriggers = (work: (transaction: Transaction<AuditTables>) => Promise<unknown>) =>
  db.transaction().execute(async (transaction) => {
    await sql`set local session_replication_role = replica`.execute(transaction);
    await work(transaction);
  });

describe('writing', () => {
  it('leaves no gap and no fork when many write at once', async () => {
    const writers = Array.from({ length: 40 }, (_, n) => audit.record(root, change(`thing:${n}`)));
    await Promise.all(writers);
    expect(await audit.verify(root)).toEqual({ intact: true, entries: 40, brokenAt: null, reason: null });
    const { items } = await audit.list(root, { limit: 500 });
    expect(items.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, n) => 40 - n));
  });

  it('falls with the transaction it is part of, and the next entry closes the gap', async () => {
    const before = (await audit.list(root, { limit: 1 })).items[0]?.sequence ?? 0;
    const failing = db.transaction().execute(async (transaction) => {
      await audit.record(root, change('never'), transaction);
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    await audit.record(root, change('after'));
    const { items } = await audit.list(root, { limit: 1 });
    expect(items[0]).toMatchObject({ sequence: before + 1, target: 'after' });
    expect(await audit.verify(root)).toMatchObject({ intact: true });
  });

  it('keeps any JSON value and any text so that it still fits its hash', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 700 });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), texts, async (value, target) => {
        await audit.record(root, {
          action: 'platform:test:any',
          target,
          before: value,
          after: { deep: [value] },
        });
      }),
      {
        numRuns: 60,
        examples: [
          [null, '\0\ud83d'],
          ['\u0000\ud800 -0', 'x'],
          [-0, 'y'],
          [1e21, '江'.repeat(600)],
        ],
      },
    );
    expect(await audit.verify(root)).toMatchObject({ intact: true });
  });

  it('keeps of a huge value its size and its hash', async () => {
    await audit.record(root, { ...change('huge'), after: { text: '大'.repeat(AUDIT_VALUE_CHARACTERS_MAX) } });
    const { items } = await audit.list(root, { limit: 1 });
    expect(items[0]?.after).toMatchObject({
      truncated: true,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await audit.verify(root)).toMatchObject({ intact: true });
  });

  it('never keeps a secret', async () => {
    await audit.record(root, {
      ...change('secret'),
      before: { url: 'postgres://ronghe:open-sesame@db/x' },
      after: { password: 'open-sesame', list: [{ access_token: 'open-sesame' }] },
    });
    expect(JSON.stringify((await audit.list(root, { limit: 1 })).items)).not.toContain('open-sesame');
  });
});

describe('reading', () => {
  it('shows the entries of the own organisation and below', async () => {
    for (const organisation of ['jx.copper', 'jx.copper.mine', 'jx.copper-east', 'jx.steel'])
      await audit.record(root, { ...change(`of ${organisation}`), organisation });
    const { items, total } = await audit.list(scopeOf('jx.copper'), { limit: 10 });
    expect(items.map(({ organisation }) => organisation)).toEqual(['jx.copper.mine', 'jx.copper']);
    expect(total).toBe(2);
  });

  it('goes through all pages once, also while entries are added', async () => {
    for (let n = 0; n < 7; n += 1) await audit.record(root, change(`page%_${n}`));
    const seen: string[] = [];
    let page: Page<AuditEntry> | null = null;
    do {
      page = await audit.list(root, { limit: 3, search: 'PAGE%_', cursor: page?.next ?? undefined });
      seen.push(...page.items.map(({ target }) => target));
      await audit.record(root, change('meanwhile'));
    } while (page.next !== null);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `page%_${n}`));
    expect(page.total).toBe(7);
  });

  it.each(['x', 'W10', 'WyJhIl0', Buffer.from('[1,2]').toString('base64url')])(
    'refuses the cursor %s that it did not make',
    async (cursor) => {
      await expect(audit.list(root, { limit: 3, cursor })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    },
  );

  it('is for those who may, and the check of the whole for the root organisation', async () => {
    const nobody = systemScope({ organisation: 'jx', permissions: [], name: 'nobody' });
    await expect(audit.list(nobody, { limit: 1 })).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
    await expect(audit.verify(nobody)).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
    await expect(audit.verify(scopeOf('jx.copper'))).rejects.toMatchObject({ code: 'ROOT_REQUIRED' });
  });
});

describe('the database itself refuses to', () => {
  it.each([
    ['change an entry', sql`update platform.audit_entry set actor = 'x' where sequence = 1`],
    ['remove an entry', sql`delete from platform.audit_entry where sequence = 1`],
    ['empty the log', sql`truncate platform.audit_entry`],
    ['remove the head', sql`delete from platform.audit_head`],
    ['turn the head back', sql`update platform.audit_head set sequence = sequence - 1`],
  ])('%s', async (_what, statement) => {
    await expect(statement.execute(db)).rejects.toThrow(/audit log/);
  });
});

describe('a superuser who gets behind the triggers is found out', () => {
  type Kept = { entries: Record<string, unknown>[]; head: Record<string, unknown>[] };
  let kept: Kept;
  const last = async () => Number((await audit.list(root, { limit: 1 })).items[0]?.sequence);
  const rows = async (text: ReturnType<typeof sql>) =>
    (await text.execute(db)).rows as Record<string, unknown>[];

  beforeAll(async () => {
    kept = {
      entries: await rows(sql`select *, before::text as b, after::text as a from platform.audit_entry`),
      head: await rows(sql`select * from platform.audit_head`),
    };
    expect(await audit.verify(root)).toMatchObject({ intact: true });
  });
  afterEach(async () => {
    await behindTheTriggers(async (transaction) => {
      await sql`delete from platform.audit_entry`.execute(transaction);
      await sql`delete from platform.audit_head`.execute(transaction);
      for (const { a, b, ...entry } of kept.entries)
        await transaction
          .insertInto('platform.audit_entry')
          .values({ ...entry, after: a, before: b } as never)
          .execute();
      for (const head of kept.head)
        await transaction
          .insertInto('platform.audit_head')
          .values(head as never)
          .execute();
    });
    expect(await audit.verify(root)).toMatchObject({ intact: true });
  });

  it.each([
    ['changes who did it', sql`update platform.audit_entry set actor = 'x' where sequence = 5`, 5],
    ['changes what was there', sql`update platform.audit_entry set after = '{}' where sequence = 9`, 9],
    [
      'changes when',
      sql`update platform.audit_entry set at = at + interval '1 second' where sequence = 3`,
      3,
    ],
    ['changes a hash', sql`update platform.audit_entry set hash = repeat('0', 64) where sequence = 7`, 7],
    ['removes an entry', sql`delete from platform.audit_entry where sequence = 6`, 6],
    ['removes the first entry', sql`delete from platform.audit_entry where sequence = 1`, 1],
    ['removes all entries', sql`delete from platform.audit_entry`, 1],
    ['removes the head', sql`delete from platform.audit_head`, 1],
  ])('who %s', async (_what, statement, brokenAt) => {
    await behindTheTriggers((transaction) => statement.execute(transaction));
    const verdict = await audit.verify(root);
    expect(verdict).toMatchObject({ intact: false, brokenAt });
    expect(verdict.reason).toMatch(/[\u4e00-\u9fff]/);
  });

  it('who removes entries at the end', async () => {
    const end = await last();
    await behindTheTriggers((transaction) =>
      sql`delete from platform.audit_entry where sequence > ${end - 3}`.execute(transaction),
    );
    expect(await audit.verify(root)).toMatchObject({ intact: false, brokenAt: end - 2 });
  });

  it('who removes an entry and closes the gap', async () => {
    await behindTheTriggers(async (transaction) => {
      await sql`delete from platform.audit_entry where sequence = 2`.execute(transaction);
      await sql`update platform.audit_entry set sequence = 2 where sequence = 3`.execute(transaction);
    });
    expect(await audit.verify(root)).toMatchObject({ intact: false, brokenAt: 2 });
  });

  it('who makes two entries change places', async () => {
    await behindTheTriggers(async (transaction) => {
      for (const [from, to] of [
        [4, -1],
        [5, 4],
        [-1, 5],
      ])
        await sql`update platform.audit_entry set sequence = ${to} where sequence = ${from}`.execute(
          transaction,
        );
    });
    expect(await audit.verify(root)).toMatchObject({ intact: false, brokenAt: 4 });
  });

  it('who writes an entry that nobody made', async () => {
    const end = await last();
    await behindTheTriggers((transaction) =>
      sql`insert into platform.audit_entry
        select ${end + 1}, at, actor, actor_id, actor_kind, organisation, address, request_id, action, target, before, after, hash
        from platform.audit_entry where sequence = ${end}`.execute(transaction),
    );
    expect(await audit.verify(root)).toMatchObject({ intact: false, brokenAt: end + 1 });
  });
});

it('a log of more than one page is walked to its end', async () => {
  for (let n = 0; n < 12; n += 1)
    await db.transaction().execute(async (transaction) => {
      for (let m = 0; m < 100; m += 1) await audit.record(root, change(`many:${n}:${m}`), transaction);
    });
  const verdict = await audit.verify(root);
  expect(verdict.intact).toBe(true);
  expect(verdict.entries).toBeGreaterThan(1_200);
});
