import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from './share.fixture.ts';

let share: ShareTest;
const keys: Record<string, string> = {};
const DAY = Date.parse('2026-03-01T00:00:00Z');
beforeAll(async () => {
  share = await startShare();
  for (const city of ['nanchang', 'ganzhou']) {
    await share.platform.signIn({ organisation: `jx.${city}`, role: 'officer', kind: 'city' });
    const { token } = await share.key(`jx.${city}`, ['ingest:observation:write', 'share:dataset:read']);
    keys[city] = token;
    const lines = Array.from(
      { length: 120 },
      (_value, minute) =>
        `furnace,line=${city} temperature=${minute},pressure=1.5 ${BigInt(DAY + minute * 60_000) * 1_000_000n}`,
    );
    const written = await share.http.inject({
      method: 'POST',
      url: '/api/v2/write?bucket=b&org=o&precision=ns',
      headers: { authorization: `Token ${token}`, 'content-type': 'text/plain' },
      payload: lines.join('\n'),
    });
    expect(written.statusCode, written.body).toBe(204);
  }
  // stored by the journal's writer, within moments
  const end = performance.now() + 20_000;
  for (let stored: unknown = 0; stored !== 480; ) {
    if (performance.now() > end) throw new Error(`${stored} observations are stored`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const answer = await share.ask({ aggregates: [{ fn: 'count', as: 'n' }] }, undefined, 'observations');
    if (answer.status !== 200) throw new Error(answer.text);
    stored = answer.body.rows[0]?.n;
  }
}, 120_000);
afterAll(() => share?.stop());

describe('observations', () => {
  const ask = async (payload: object, token?: string) => {
    const answer = await share.ask(payload, token, 'observations');
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };

  test('carry what is known of their points, and a city sees its own', async () => {
    const points = await share.ask(
      { select: ['point', 'organisation', 'point_type'] },
      keys.nanchang,
      'points',
    );
    expect(points.body.rows).toHaveLength(2);
    const [first] = points.body.rows;
    expect(first).toMatchObject({ organisation: 'jx.nanchang', point_type: 'number' });
    const { rows } = await ask(
      { group: ['organisation'], aggregates: [{ fn: 'count', as: 'n' }] },
      keys.nanchang,
    );
    expect(rows).toEqual([{ organisation: 'jx.nanchang', n: 240 }]);
  });

  test('by buckets of time, narrowed by point', async () => {
    const { body } = await share.ask(
      { select: ['point'], filter: { column: 'point', op: 'contains', value: 'temperature' } },
      keys.nanchang,
      'points',
    );
    const point = body.rows[0]?.point;
    const { rows } = await ask(
      {
        bucket: { column: 'time', every: 'hour', as: 'hour' },
        aggregates: [
          { fn: 'avg', column: 'value', as: 'mean' },
          { fn: 'count', as: 'n' },
        ],
        filter: { column: 'point', op: 'eq', value: point },
        sort: [{ by: 'hour' }],
      },
      keys.nanchang,
    );
    expect(rows).toEqual([
      { hour: '2026-03-01 08:00:00', mean: 29.5, n: 60 },
      { hour: '2026-03-01 09:00:00', mean: 89.5, n: 60 },
    ]);
  });

  test('page by page: every row once, in the order asked for', async () => {
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(
        {
          select: ['series', 'time', 'value'],
          sort: [{ by: 'value', order: 'desc' }],
          limit: 37,
          ...(cursor ? { cursor } : {}),
        },
        keys.nanchang,
      );
      seen.push(...page.rows.map((row) => `${row.series} ${row.time}`));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(240);
    expect(new Set(seen).size).toBe(240);
  });

  test('a cursor of another caller, another question, or made by hand is none', async () => {
    const question = { select: ['series', 'time'], limit: 3 };
    const { next } = await ask(question, keys.nanchang);
    const [payload, mac] = String(next).split('.');
    const forged = Buffer.from(JSON.stringify([0, '2000-01-01 00:00:00.000000'])).toString('base64url');
    for (const [cursor, more, token] of [
      [next, {}, keys.ganzhou],
      [next, { filter: { column: 'series', op: 'gt', value: 0 } }, keys.nanchang],
      [`${forged}.${mac}`, {}, keys.nanchang],
      [payload, {}, keys.nanchang],
      ['.', {}, keys.nanchang],
    ] as const) {
      const answer = await share.ask({ ...question, ...more, cursor }, token, 'observations');
      expect(answer.status, String(cursor)).toBe(400);
      expect(answer.text).toContain('cursor');
    }
  });
});

describe('indicators', () => {
  beforeAll(async () => {
    const { analytics } = share.platform;
    await analytics.command(`insert into fuse.indicator_enterprise (enterprise, version, active, id, name, organisation, city)
      values (1, 5, 1, 'e1', '甲铜业', 'jx.nanchang', '360100'), (2, 5, 1, 'e2', '乙稀土', 'jx.ganzhou', '360700')`);
    await analytics.command(`insert into fuse.indicator_month (code, period, enterprise, version, total, total_over, total_base, total_base_over, month, month_over, month_base, month_base_over)
      values ('REVENUE', 202602, 1, 5, 300, 1, 200, 1, 100, 1, nan, nan), ('REVENUE', 202602, 1, 4, 999, 1, 1, 1, 1, 1, 1, 1),
        ('PROFIT_MARGIN', 202602, 1, 5, 3000, 300, nan, nan, 1, 1, nan, nan), ('REVENUE', 202602, 2, 5, 70, 1, 60, 1, 7, 1, 6, 1)`);
  });

  test('the owner sees figures of the version that is published, ratios divided, months only where they are published', async () => {
    const { body } = await share.ask(
      { select: ['enterprise', 'indicator', 'period', 'total', 'total_base', 'month', 'unit'] },
      undefined,
      'indicators',
    );
    expect(body.rows).toEqual([
      {
        enterprise: 'e1',
        indicator: 'PROFIT_MARGIN',
        period: '2026-02-01',
        total: 10,
        total_base: null,
        month: null,
        unit: '%',
      },
      {
        enterprise: 'e1',
        indicator: 'REVENUE',
        period: '2026-02-01',
        total: 300,
        total_base: 200,
        month: 100,
        unit: '万元',
      },
      {
        enterprise: 'e2',
        indicator: 'REVENUE',
        period: '2026-02-01',
        total: 70,
        total_base: 60,
        month: 7,
        unit: '万元',
      },
    ]);
    expect(body).toMatchObject({ grade: 2, level: 'general' });
  });

  test('who may not see single enterprises sees no row, and others no amount unless it is granted', async () => {
    const asked = { select: ['enterprise', 'indicator', 'total'] };
    expect((await share.ask(asked, keys.nanchang, 'indicators')).status).toBe(404);
    const officer = await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer' });
    expect((await share.ask(asked, officer, 'indicators')).status).toBe(400);
    await share.call('POST', '/api/share/policies', {
      payload: {
        ...{ name: '指标', effect: 'grant', dataset: 'indicators', organisation: 'jx' },
        subject: { kind: 'organisation', organisation: 'jx.nanchang' },
        rows: { own: true },
      },
    });
    const granted = await share.ask(asked, officer, 'indicators');
    expect(granted.body.rows.map((row) => row.total)).toEqual([10, 300]);
  });
});
