import type { Page, RowFinding, Run, RunRow } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import { cleanRowOf, keptRowOf, type StoredVersion } from '../sources/records.ts';
import { inventCode } from '../testing/fuse-platform.ts';
import { type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';
import { type OldRun, removableBelow } from './retention.ts';

describe('what may go', () => {
  const now = new Date('2026-11-30T00:00:00Z');
  const run = (number: number, daysAgo: number, published = true): OldRun => ({
    ...{ number, published },
    startedAt: new Date(now.getTime() - daysAgo * 86_400_000),
  });
  const old = [1, 2, 3, 4].map((number) => run(number, 500 - number));
  test.each<[string, OldRun[], [number, number], number | null]>([
    ['everything is kept for ever', old, [0, 1], null],
    ['the newest published runs stay, however old', old, [400, 2], 3],
    ['fewer are there than are kept', old, [400, 5], null],
    ['exactly as many are there', old, [400, 4], null],
    ['runs that were not published count for nothing', [...old, run(5, 490, false)], [400, 2], 3],
    ['recent runs stay, published or not', [...old, run(5, 3, false), run(6, 1), run(7, 0)], [400, 1], 5],
    ['nothing is old', [run(1, 30), run(2, 20), run(3, 10)], [400, 1], null],
    ['no run', [], [400, 1], null],
  ])('%s', (_name, runs, [days, kept], expected) => {
    expect(removableBelow(runs, { days, runs: kept }, now)).toBe(expected);
  });
});

describe('removing what expired', () => {
  const map = (from: string, to: string, transform: string) => ({
    ...{ from, to, transform, unit: null },
    values: {},
  });
  const KEPT = 2;
  const RUNS = 9;
  const FIRMS = 12;
  let intake: IntakeTest;
  let source: string;
  const runs: Run[] = [];
  beforeAll(async () => {
    intake = await startIntake({ fuseRunsKept: KEPT, fuseRunDays: 400 });
    await sql`update fuse.quality_rule set severity = 'warn' where severity = 'hold'`.execute(db());
    const SHAPE = {
      target: 'enterprise' as const,
      mode: 'incremental' as const,
      connection: { kind: 'push', format: 'rows' },
      mappings: [
        map('name', 'name', 'name'),
        map('code', 'code', 'code'),
        map('phone', 'phone', 'phone'),
        map('staff', 'employees', 'number'),
      ],
    };
    // of half of the enterprises another source has the last word, so that no golden value names a run of this one
    const other = await intake.register({ key: 'stronger', priority: 90, ...SHAPE });
    const strong = Array.from({ length: FIRMS / 2 }, (_, firm) => ({
      ...firmOf(firm),
      phone: '0791-87654321',
      staff: 7,
    }));
    await intake.push(other.id, { rows: strong });
    const { id } = await intake.register({ key: 'kept', ...SHAPE });
    source = id;
    for (let at = 0; at < RUNS; at += 1) runs.push(await delivery(at));
    await sql`update fuse.run set started_at = started_at - interval '500 days'`.execute(db());
  }, 120_000);
  afterAll(() => intake?.stop());

  const db = () => intake.platform.relational.as<FuseTables>();
  let seed = 20_261_130;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const firmOf = (firm: number) => ({
    id: String(firm),
    name: `保留${firm}号制造有限公司`,
    code: inventCode(`8000${String(firm).padStart(4, '0')}`),
  });
  /** Values that come, go and come back; now and then a row goes, and each time one is refused and one is broken. */
  async function delivery(at: number): Promise<Run> {
    const rows = Array.from({ length: FIRMS }, (_, firm) => ({
      ...firmOf(firm),
      phone: `0791-8${random(2)}00000${firm % 10}`,
      staff: random(3) + 10,
    }));
    const deleted = at > 0 && at < RUNS - 1 ? [{ id: String(random(FIRMS)) }] : [];
    const gone = new Set(deleted.map(({ id }) => id));
    return intake.push(source, {
      rows: [
        ...rows.filter(({ id }) => !gone.has(id)),
        { name: '没有主键' },
        { id: 'x', name: '', code: '' },
      ],
      deleted,
    });
  }

  const countOf = async (table: string, where = '1') => {
    const found = await intake.platform.analytics
      .query<{ rows: string }>(
        `select count() as rows from ${table} final where source = {source:String} and ${where}`,
        { params: { source } },
      )
      .catch(() =>
        intake.platform.analytics.query<{ rows: string }>(
          `select count() as rows from ${table} where source = {source:String} and ${where}`,
          { params: { source } },
        ),
      );
    return Number(found[0]?.rows);
  };
  /** What fusing makes of each row, with the run that first said each value. */
  async function cleaned() {
    const records = createUnscopedRecordStore(db(), intake.platform.analytics);
    const visible = (await records.visible([source])).get(source) ?? { upTo: 0, except: [] };
    const entityKeys = Array.from({ length: FIRMS }, (_, firm) => String(firm));
    const histories = await records.histories({ source, visible, entityKeys });
    const moments = await records.runs(
      [...histories.values()].flatMap((all) => all.map(({ number }) => number)),
    );
    return [...histories].map(([key, versions]) => [
      key,
      cleanRowOf(keptRowOf(versions as [StoredVersion, ...StoredVersion[]]), moments),
    ]);
  }
  async function seen() {
    const kept: unknown[] = [];
    for (const { id } of runs.slice(-KEPT)) {
      kept.push(await intake.get<Page<RunRow>>(`/api/fuse/runs/${id}/rows?limit=500`));
      const findings = await intake.get<Page<RowFinding>>(`/api/fuse/runs/${id}/findings?limit=500`);
      // rows that were refused long ago and never came good are forgotten
      kept.push(findings.items.filter(({ severity }) => severity === 'warn'));
    }
    const { items } = await intake.get<{ items: { id: string }[] }>('/api/fuse/enterprises?limit=500');
    const enterprises: unknown[] = [];
    for (const { id } of items) enterprises.push(await intake.get(`/api/fuse/enterprises/${id}`));
    return {
      kept,
      enterprises,
      rows: Object.fromEntries(await intake.rows(source)),
      cleaned: await cleaned(),
    };
  }
  async function removeExpired(): Promise<Record<string, number>> {
    const { jobs } = intake.platform;
    const scope = intake.platform.scope();
    const job = await jobs.wait(scope, await jobs.startByHand(scope, 'fuse.remove-expired'));
    expect(job.state, JSON.stringify(job)).toBe('succeeded');
    return job.result as Record<string, number>;
  }

  test('readers, golden values, runs that are kept and what fusing makes of the rows stay what they were', async () => {
    const before = await seen();
    expect(before.enterprises).toHaveLength(FIRMS);
    const [records, landings] = [await countOf('fuse.record'), await countOf('fuse.landing')];
    const removed = await removeExpired();
    expect(removed).toMatchObject({ sources: 1, runs: RUNS - KEPT, rejects: 2 * (RUNS - KEPT) });
    expect(await seen()).toEqual(before);
    const [left, raw] = [await countOf('fuse.record'), await countOf('fuse.landing')];
    expect(left).toBeLessThan(records);
    expect(raw).toBeLessThan(landings);
    expect(removed.versions).toBe(records - left + landings - raw);
  });

  test('the raw row behind every golden value is there', async () => {
    const values = await db()
      .selectFrom('fuse.enterprise_value as value')
      .innerJoin('fuse.run as run', 'run.id', 'value.run')
      .where('value.source', '=', source)
      .select(['value.attribute', 'value.row_key', 'value.raw', 'value.field', 'run.number'])
      .execute();
    expect(values.length).toBeGreaterThan(FIRMS);
    expect(new Set(values.map(({ number }) => Number(number))).size).toBeGreaterThan(2);
    for (const { row_key, raw, field, number } of values) {
      const [landed] = await intake.platform.analytics.query<{ row: string }>(
        `select row from fuse.landing where source = {source:String} and row_key = {row_key:String}
           and number <= {number:UInt64} order by number desc limit 1`,
        { params: { source, row_key, number: Number(number) } },
      );
      const row = JSON.parse(landed?.row ?? '{}') as Row;
      // size is made of others
      if (field in row) expect([row_key, String(row[field])]).toEqual([row_key, raw]);
      else expect(field).not.toBe('name');
    }
  });

  test('the ledger says so, and the audit log; runs that are kept have everything', async () => {
    for (const [at, { id, rowsRejected }] of runs.entries()) {
      const isKept = at >= RUNS - KEPT;
      const run = await intake.get<Run>(`/api/fuse/runs/${id}`);
      expect([at, run.removedAt !== null, run.rowsRejected]).toEqual([at, !isKept, rowsRejected]);
      const rejected = await intake.get<Page<RunRow>>(`/api/fuse/runs/${id}/rows?change=rejected`);
      expect(rejected.total).toBe(isKept ? 2 : 0);
      const profile = await intake.call('GET', `/api/fuse/runs/${id}/profile`);
      expect(profile.status).toBe(isKept ? 200 : 404);
    }
    const { items } = await intake.platform.audit.list(intake.platform.scope(), { limit: 50 });
    expect(items.find(({ action }) => action === 'fuse:retention:delete')).toMatchObject({
      target: `source:${source}`,
      after: { runs: RUNS - KEPT },
    });
  });

  test('again nothing; a run afterwards finds everything as it was, and its own old runs go with the next night', async () => {
    expect(await removeExpired()).toMatchObject({ sources: 0, versions: 0 });
    const rows = [...(await intake.rows(source)).values()];
    const same = await intake.push(source, { rows });
    expect(same).toMatchObject({
      state: 'succeeded',
      rowsUnchanged: rows.length,
      rowsNew: 0,
      valuesChanged: 0,
    });
    const one = await intake.push(source, { rows: rows.map((row) => ({ ...row, staff: 99 })) });
    expect(one).toMatchObject({ rowsChanged: rows.length, valuesChanged: FIRMS / 2 });
    await sql`update fuse.run set started_at = started_at - interval '500 days'`.execute(db());
    const before = await cleaned();
    expect(await removeExpired()).toMatchObject({ sources: 1, runs: 2 });
    expect(await cleaned()).toEqual(before);
    for (const table of ['fuse.expired', 'fuse.pinned']) expect(await countOf(table)).toBe(0);
  });
});

describe('a source that says itself how long its runs are kept', () => {
  let intake: IntakeTest;
  beforeAll(async () => {
    intake = await startIntake({ fuseRunsKept: 1, fuseRunDays: 10 });
  }, 120_000);
  afterAll(() => intake?.stop());

  test('keeps them so, each source by itself; limits are named, and changes leave a trace', async () => {
    const shape = { connection: { kind: 'push', format: 'rows' }, mappings: [] };
    const sources = {
      usual: await intake.register({ key: 'usual', ...shape }),
      ever: await intake.register({ key: 'ever', ...shape, runDays: 0 }),
      many: await intake.register({ key: 'many', ...shape, runsKept: 3 }),
    };
    for (const { id } of Object.values(sources))
      for (const version of [1, 2, 3, 4]) await intake.push(id, { rows: [{ id: '1', version }] });
    await sql`update fuse.run set started_at = started_at - interval '40 days'`.execute(
      intake.platform.relational.as<FuseTables>(),
    );
    const night = async () => {
      const { jobs } = intake.platform;
      const scope = intake.platform.scope();
      const job = await jobs.wait(scope, await jobs.startByHand(scope, 'fuse.remove-expired'));
      expect(job.state, JSON.stringify(job)).toBe('succeeded');
    };
    const removed = async (id: string) =>
      (await intake.get<Page<Run>>(`/api/fuse/runs?source=${id}`)).items.filter(
        (run) => run.removedAt !== null,
      ).length;

    await night();
    expect(await removed(sources.usual.id)).toBe(3);
    expect(await removed(sources.ever.id)).toBe(0);
    expect(await removed(sources.many.id)).toBe(1);

    const change = (payload: Row) =>
      intake.call('PATCH', `/api/fuse/sources/${sources.ever.id}`, { payload });
    expect((await change({ runDays: 36_501 })).text).toContain('runDays');
    expect((await change({ runsKept: 0 })).text).toContain('runsKept');
    expect((await change({ runDays: 30, runsKept: 2 })).body).toMatchObject({ runDays: 30, runsKept: 2 });
    await night();
    expect(await removed(sources.ever.id)).toBe(2);
    expect((await change({ runDays: null, runsKept: null })).body).toMatchObject({
      runDays: null,
      runsKept: null,
    });
    const trace = await intake.get<{ items: { after: Row }[] }>(
      '/api/audit/entries?search=fuse:source:update&limit=10',
    );
    expect(trace.items.map(({ after }) => [after.runDays, after.runsKept])).toEqual([
      [null, null],
      [30, 2],
    ]);
  });
});
