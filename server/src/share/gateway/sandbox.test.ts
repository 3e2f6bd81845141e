import type { Dataset, Permission, Policy } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

const RIGHTS: Permission[] = ['share:dataset:read', 'share:dataset:export', 'share:sql:use'];
const REAL = '真实的公司';
let share: ShareTest;
let developer: string;
beforeAll(async () => {
  share = await startShare();
  for (const city of ['nanchang', 'kaifa'])
    await share.platform.signIn({ organisation: `jx.${city}`, role: 'officer', kind: 'city' });
  await share.invent([{ name: REAL, organisation: 'jx.nanchang', revenue: 987_654, phone: '13812345678' }]);
  // a new key, of an organisation that has no data
  developer = (await share.key('jx.kaifa', [...RIGHTS, 'fuse:enterprise:read'], 'app')).token;
}, 120_000);
afterAll(() => share?.stop());

async function sql(text: string, more: object = {}) {
  const scope = share.platform.scope({ organisation: 'jx.nanchang', permissions: RIGHTS });
  const question = { sql: text, format: 'JSONCompactEachRow', door: 'sql', requestId: 'r' } as const;
  const answer = await share.sharing.gateway.ask(scope, { ...question, ...more });
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(chunk);
  const lines = Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean);
  return { sandbox: answer.sandbox, rows: lines.map((line) => JSON.parse(line) as unknown[]) };
}

describe('the sandbox', () => {
  test('answers every dataset with invented rows of the same columns, always the same, and says so', async () => {
    const { body } = await share.call<{ items: { id: string }[] }>('GET', '/api/share/datasets', {
      token: developer,
    });
    expect(body.items.length).toBeGreaterThanOrEqual(3);
    for (const { id } of body.items) {
      const dataset = (await share.call<Dataset>('GET', `/api/share/datasets/${id}`, { token: developer }))
        .body;
      expect((await share.ask({}, developer, id)).body.rows).toEqual([]);
      const answer = await share.ask({ sandbox: true, limit: 1_000 }, developer, id);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.sandbox).toBe(true);
      expect(answer.headers['x-data-sandbox']).toBe('1');
      expect(answer.body.rows).toHaveLength(200);
      expect(answer.body.columns.map(({ name }) => name)).toEqual(dataset.columns.map(({ name }) => name));
      expect(answer.text).toContain('样例');
      expect((await share.ask({ sandbox: true, limit: 1_000 }, developer, id)).body.rows).toEqual(
        answer.body.rows,
      );
      for (const { name, type } of answer.body.columns) {
        const values = answer.body.rows.map((row) => row[name]).filter((value) => value !== null);
        expect(values.length, `${id}.${name}`).toBeGreaterThan(0);
        const kind =
          type === 'integer' || type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'string';
        expect(new Set(values.map((value) => typeof value)), `${id}.${name}`).toEqual(new Set([kind]));
      }
    }
  });

  test('has no real value in it, whoever asks', async () => {
    for (const token of [undefined, developer]) {
      const answer = await share.ask({ sandbox: true, limit: 1_000 }, token);
      expect(answer.text).not.toContain(REAL);
      expect(answer.text).not.toContain('987654');
      const found = await share.ask(
        { sandbox: true, filter: { column: 'name', op: 'eq', value: REAL } },
        token,
      );
      expect(found.body.rows).toEqual([]);
    }
    const real = await share.ask({ select: ['name'] });
    expect(real.body).not.toHaveProperty('sandbox');
    expect(real.headers['x-data-sandbox']).toBeUndefined();
    expect(real.body.rows).toEqual([{ name: REAL }]);
  });

  test('goes by the same policies: hidden columns, masks, conditions, purposes', async () => {
    const columns = (await share.ask({ sandbox: true }, developer, 'indicators')).body.columns.map(
      ({ name }) => name,
    );
    expect(columns).not.toContain('total');
    const masked = await share.ask(
      { sandbox: true, select: ['phone'], filter: { column: 'phone', op: 'notNull' } },
      developer,
    );
    expect(new Set(masked.body.rows.map(({ phone }) => phone))).toEqual(new Set(['样***']));
    const granted = await share.call<Policy>('POST', '/api/share/policies', {
      payload: {
        ...{ name: '只看大数', effect: 'limit', dataset: 'enterprises', organisation: 'jx.kaifa' },
        subject: { kind: 'organisation', organisation: 'jx.kaifa' },
        rows: { filter: { column: 'revenue', op: 'gte', value: 5_000 } },
        quota: { requests: 1 },
        purposes: ['联调'],
      },
    });
    expect(granted.status, granted.text).toBe(201);
    expect((await share.ask({ sandbox: true }, developer)).text).toContain('SHARE_PURPOSE_NEEDED');
    for (let time = 0; time < 3; time += 1) {
      const answer = await share.ask({ sandbox: true, purpose: '联调', limit: 1_000 }, developer);
      expect(answer.status, answer.text).toBe(200);
      const revenues = answer.body.rows.map(({ revenue }) => Number(revenue));
      expect(revenues.length).toBeGreaterThan(10);
      expect(Math.min(...revenues)).toBeGreaterThanOrEqual(5_000);
    }
    await share.call('POST', `/api/share/policies/${granted.body.id}/revoke`, { payload: { reason: 'x' } });
  });

  test('pages, groups, explains and exports', async () => {
    const seen = new Set<unknown>();
    let cursor: string | null = null;
    do {
      const page: { rows: Record<string, unknown>[]; next: string | null } = (
        await share.ask(
          { sandbox: true, select: ['id'], limit: 90, ...(cursor ? { cursor } : {}) },
          developer,
        )
      ).body;
      for (const { id } of page.rows) seen.add(id);
      cursor = page.next;
    } while (cursor !== null);
    expect(seen.size).toBe(200);
    // a cursor of the sandbox is none of the real rows
    const first = await share.ask({ sandbox: true, select: ['id'], limit: 90 }, developer);
    expect((await share.ask({ select: ['id'], limit: 90, cursor: first.body.next }, developer)).status).toBe(
      400,
    );
    const groups = await share.ask(
      { sandbox: true, group: ['city'], aggregates: [{ fn: 'count', as: 'n' }] },
      developer,
    );
    expect(groups.body.rows.length).toBe(4);
    const why = await share.call<{ why: { zh: string }[] }>(
      'POST',
      '/api/share/datasets/enterprises/explain',
      {
        payload: { sandbox: true },
        token: developer,
      },
    );
    expect(why.body.why[0]?.zh).toContain('沙箱');
    const started = await share.call<{ id: string; file: string }>(
      'POST',
      '/api/share/datasets/enterprises/export',
      {
        payload: { format: 'csv', select: ['name'], sandbox: true },
        token: developer,
      },
    );
    await expect
      .poll(
        async () =>
          (await share.call('GET', `/api/share/exports/${started.body.id}`, { token: developer })).body.state,
        { timeout: 20_000 },
      )
      .toBe('ready');
    const file = await share.call('GET', started.body.file, { token: developer });
    expect(String(file.headers['content-disposition'])).toContain('sandbox.enterprises.csv');
    expect(file.text.trim().split('\r\n')).toHaveLength(201);
  });

  test('is asked in SQL by a setting, joins by its keys, and reads no table', async () => {
    const text =
      'select e.name from share.enterprises e join share.indicators i on i.enterprise = e.id settings ronghe_sandbox = 1';
    const scope = share.platform.scope({
      organisation: 'jx',
      permissions: [...RIGHTS, 'share:policy:write', 'fuse:enterprise:read'],
    });
    const joined = await share.sharing.gateway.ask(scope, {
      sql: text,
      format: 'JSONCompactEachRow',
      door: 'sql',
      requestId: 'r',
    });
    let length = 0;
    for await (const chunk of joined.chunks)
      length += Buffer.from(chunk).toString('utf8').split('\n').length - 1;
    expect(joined.sandbox).toBe(true);
    expect(length).toBe(200);
    expect(await sql('select count() from share.enterprises', { settings: { ronghe_sandbox: '1' } })).toEqual(
      { sandbox: true, rows: [[200]] },
    );
    expect(await sql('select count() from share.enterprises')).toEqual({ sandbox: false, rows: [[1]] });
    // the same question right after the other one, so that nothing remembered is mixed up
    expect(await sql('select count() from share.enterprises settings ronghe_sandbox = 1')).toEqual({
      sandbox: true,
      rows: [[200]],
    });
    expect(
      (await sql(`select count() from share.enterprises where name = '${REAL}' settings ronghe_sandbox = 1`))
        .rows,
    ).toEqual([[0]]);
  });

  test('is noted apart from accesses to real rows', async () => {
    await share.call('GET', '/api/share/usage');
    const rows = await share.platform.analytics.query<{ dataset: string; rows_of: string }>(
      "select distinct dataset, rows_of from share.access where startsWith(dataset, 'sandbox.')",
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ rows_of }) => rows_of))).toEqual(new Set(['']));
  });
});
