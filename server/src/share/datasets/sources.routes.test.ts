import type { Dataset, DatasetSummary, Policy, SourceDataset } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';
import { sourcesOf } from './sources.fixture.ts';

let share: ShareTest;
let sources: ReturnType<typeof sourcesOf>;
let source: string;
let nanchang: string;
let ganzhou: string;
const RIGHTS = ['share:dataset:read', 'share:dataset:export', 'share:sql:use'] as const;
const rows = [
  { 户号: 'h1', 企业: '甲铜业', 电量: 12_000, 联系人: '张三丰' },
  { 户号: 'h2', 企业: '乙电子', 电量: 34_000, 联系人: '李四光' },
  { 户号: 'h3', 企业: '丙纺织', 电量: null, 联系人: '' },
];

beforeAll(async () => {
  share = await startShare();
  sources = sourcesOf(share);
  for (const city of ['nanchang', 'ganzhou'])
    await share.platform.signIn({ organisation: `jx.${city}`, role: 'officer', kind: 'city' });
  nanchang = (await share.key('jx.nanchang', RIGHTS, 'reader')).token;
  ganzhou = (await share.key('jx.ganzhou', RIGHTS, 'reader')).token;
  source = await sources.register('meter-table', 'jx.nanchang');
  await sources.push(source, rows);
}, 120_000);
afterAll(() => share?.stop());

const URL = () => `/api/fuse/sources/${source}/dataset`;
const DATASET = 'source_meter_table';
const listed = async (token?: string) => {
  const { body } = await share.call<{ items: DatasetSummary[] }>('GET', '/api/share/datasets', {
    ...(token ? { token } : {}),
  });
  return body.items.map(({ id }) => id);
};
async function sql(text: string, organisation: string): Promise<unknown[][]> {
  const scope = share.platform.scope({ organisation, permissions: [...RIGHTS] });
  const question = { sql: text, format: 'JSONCompactEachRow', door: 'sql', requestId: 'r' } as const;
  const answer = await share.sharing.gateway.ask(scope, question);
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(chunk);
  return Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('before it is shared', () => {
  test('a source is proposed with readable names, units, and grades that hide what nobody has classified', async () => {
    const { body } = await share.call<SourceDataset>('GET', URL());
    expect(body).toMatchObject({ state: 'private', dataset: DATASET, nameFixed: false, version: null });
    const columns = new Map(body.columns.map((column) => [column.to, column]));
    expect(columns.get('column:用电量')).toMatchObject({
      ...{ name: 'yong_dian_liang', type: 'number', unit: '万千瓦时', grade: 2, personal: false },
      title: { zh: '用电量', en: '用电量' },
    });
    expect(columns.get('name')).toMatchObject({ name: 'name', type: 'text', grade: 1 });
    expect(columns.get('person:name')).toMatchObject({ personal: true, grade: 2 });
    // made of a field that nobody has classified
    expect(columns.get('rowKey')).toMatchObject({ name: 'row_key', grade: 2 });
  });

  test('it is no dataset', async () => {
    expect(await listed()).not.toContain(DATASET);
    expect((await share.ask({}, undefined, DATASET)).status).toBe(404);
  });

  test('what cannot be shared is refused with its place', async () => {
    const faults = async (change: (told: Record<string, unknown>) => object) => {
      const answer = await sources.share(source, (told) => change(told as Record<string, unknown>));
      expect(answer.status, answer.text).toBe(400);
      return answer.text;
    };
    const withColumns =
      (edit: (columns: Record<string, unknown>[]) => object[]) => (told: Record<string, unknown>) => ({
        ...told,
        columns: edit(told.columns as Record<string, unknown>[]),
      });
    expect(await faults(withColumns((all) => all.filter(({ to }) => to !== 'rowKey')))).toContain('rowKey');
    expect(await faults(withColumns((all) => [...all, { ...all[1], to: 'column:无', name: 'x' }]))).toContain(
      'column:无',
    );
    expect(await faults(withColumns((all) => all.map((one) => ({ ...one, name: 'same' }))))).toContain(
      'same',
    );
    expect(
      await faults(withColumns((all) => all.map((one, at) => (at === 1 ? { ...one, name: 'rh__e' } : one)))),
    ).toContain('rh__');
    expect(await faults((told) => ({ ...told, name: '用电' }))).toContain('name');
    expect(await faults((told) => ({ ...told, name: 'x` from y' }))).toContain('name');
  });
});

describe('a shared source', () => {
  beforeAll(async () => {
    const answer = await sources.share(source, (told) => {
      const { columns, ...rest } = told as { columns: { to: string }[] };
      // the owner has looked at the key: a number of a meter
      return { ...rest, columns: columns.map((one) => (one.to === 'rowKey' ? { ...one, grade: 1 } : one)) };
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ state: 'shared', version: '1.1', nameFixed: true });
  });

  test('is a dataset at its home and above, through REST and SQL, with what is granted there', async () => {
    expect(await listed(nanchang)).toContain(DATASET);
    const owner = await share.ask({ sort: [{ by: 'row_key' }] }, undefined, DATASET);
    expect(owner.body.rows).toEqual(
      [
        {
          row_key: 'h1',
          findings: 0,
          hu_hao: 'h1',
          name: '甲铜业',
          yong_dian_liang: 1.2,
          fu_ze_ren: '张三丰',
          organisation: 'jx.nanchang',
        },
        {
          row_key: 'h2',
          findings: 0,
          hu_hao: 'h2',
          name: '乙电子',
          yong_dian_liang: 3.4,
          fu_ze_ren: '李四光',
          organisation: 'jx.nanchang',
        },
        {
          row_key: 'h3',
          findings: 0,
          hu_hao: 'h3',
          name: '丙纺织',
          yong_dian_liang: null,
          fu_ze_ren: null,
          organisation: 'jx.nanchang',
        },
      ].map((row) =>
        expect.objectContaining({
          row_key: row.row_key,
          name: row.name,
          yong_dian_liang: row.yong_dian_liang,
          organisation: row.organisation,
        }),
      ),
    );
    const city = await share.ask({}, nanchang, DATASET);
    expect(city.body.columns.map(({ name }) => name)).toEqual([
      'row_key',
      'findings',
      'name',
      'organisation',
    ]);
    expect(await sql(`select count() from share.${DATASET}`, 'jx')).toEqual([[3]]);
    expect(await sql(`select name from ${DATASET} where row_key = 'h2'`, 'jx.nanchang')).toEqual([
      ['乙电子'],
    ]);
  });

  test('is as if it did not exist for another city, and for one below its home', async () => {
    expect(await listed(ganzhou)).not.toContain(DATASET);
    for (const path of ['', '/contract'])
      expect(
        (await share.call('GET', `/api/share/datasets/${DATASET}${path}`, { token: ganzhou })).status,
      ).toBe(404);
    for (const path of ['query', 'explain', 'export'])
      expect(
        (
          await share.call('POST', `/api/share/datasets/${DATASET}/${path}`, {
            token: ganzhou,
            payload: path === 'export' ? { format: 'csv' } : {},
          })
        ).status,
      ).toBe(404);
    await expect(sql(`select count() from share.${DATASET}`, 'jx.ganzhou')).rejects.toMatchObject({
      code: 'SQL_REFUSED',
    });
    await expect(sql(`select count() from share.${DATASET}`, 'jx.nanchang.donghu')).rejects.toMatchObject({
      code: 'SQL_REFUSED',
    });
    expect(await sql("select count() from system.tables where name like 'source%'", 'jx.ganzhou')).toEqual([
      [0],
    ]);
    // a name that is there answers like one that is not
    const policy = (dataset: string) =>
      share.call('POST', '/api/share/policies', {
        token: policyWriter,
        payload: {
          ...{ name: 'p', effect: 'grant', dataset, organisation: 'jx.ganzhou' },
          subject: { kind: 'organisation', organisation: 'jx.ganzhou' },
        },
      });
    const policyWriter = (await share.key('jx.ganzhou', ['share:policy:write'])).token;
    const [there, nowhere] = [await policy(DATASET), await policy('source_nowhere')];
    expect(there.status).toBe(404);
    expect(there.text.replaceAll(DATASET, 'X').replace(/"requestId":"[^"]+"/, '')).toBe(
      nowhere.text.replaceAll('source_nowhere', 'X').replace(/"requestId":"[^"]+"/, ''),
    );
  });

  test('a grant opens it to another city, row by row; a purpose is asked for; revoked it is gone', async () => {
    const granted = await share.call<Policy>('POST', '/api/share/policies', {
      payload: {
        ...{ name: '用电数据给赣州', effect: 'grant', dataset: DATASET, organisation: 'jx.nanchang' },
        subject: { kind: 'organisation', organisation: 'jx.ganzhou' },
        columns: ['row_key', 'name', 'yong_dian_liang'],
        rows: { filter: { column: 'yong_dian_liang', op: 'gt', value: 2 } },
        purposes: ['用能核查'],
      },
    });
    expect(granted.status, granted.text).toBe(201);
    const without = await share.ask({}, ganzhou, DATASET);
    expect(without.text).toContain('SHARE_PURPOSE_NEEDED');
    const { body } = await share.ask({ purpose: '用能核查' }, ganzhou, DATASET);
    expect(body.rows).toEqual([{ row_key: 'h2', name: '乙电子', yong_dian_liang: 3.4 }]);
    await share.call('POST', `/api/share/policies/${granted.body.id}/revoke`, { payload: { reason: 'x' } });
    expect((await share.ask({ purpose: '用能核查' }, ganzhou, DATASET)).status).toBe(404);
  });

  test('shows the newest version of each record, and only of runs that were published', async () => {
    await sources.push(source, [
      { 户号: 'h1', 企业: '甲铜业', 电量: 20_000, 联系人: '张三丰' },
      { 户号: 'h4', 企业: '丁陶瓷', 电量: 10_000, 联系人: '' },
    ]);
    await sources.drop(source, [{ 户号: 'h3' }]);
    const { body } = await share.ask({ select: ['row_key', 'yong_dian_liang'] }, undefined, DATASET);
    expect(body.rows).toEqual([
      { row_key: 'h1', yong_dian_liang: 2 },
      { row_key: 'h2', yong_dian_liang: 3.4 },
      { row_key: 'h4', yong_dian_liang: 1 },
    ]);
    // a row of a run that nobody published
    await share.platform.analytics.command(
      `insert into fuse.record (source, number, row_key, entity_key, gone, key_hash, value_to, value_text)
       values ('${source}', 999999999, 'h9', 'h9', 0, 9, ['name'], ['未发布'])`,
    );
    expect((await share.ask({ select: ['row_key'] }, undefined, DATASET)).body.rows).toHaveLength(3);
  });

  test('pages, groups and exports like any other', async () => {
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: { rows: unknown[]; next: string | null } = (
        await share.ask({ select: ['row_key'], limit: 1, ...(cursor ? { cursor } : {}) }, nanchang, DATASET)
      ).body;
      seen.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual([{ row_key: 'h1' }, { row_key: 'h2' }, { row_key: 'h4' }]);
    const sums = await share.ask(
      { aggregates: [{ fn: 'sum', column: 'yong_dian_liang', as: 'total' }] },
      undefined,
      DATASET,
    );
    expect(sums.body.rows).toEqual([{ total: 6.4 }]);
    const started = await share.call<{ id: string; file: string }>(
      'POST',
      `/api/share/datasets/${DATASET}/export`,
      {
        payload: { format: 'csv' },
        token: nanchang,
      },
    );
    await expect
      .poll(
        async () =>
          (await share.call('GET', `/api/share/exports/${started.body.id}`, { token: nanchang })).body.state,
        { timeout: 20_000 },
      )
      .toBe('ready');
    const file = await share.call('GET', started.body.file, { token: nanchang });
    expect(file.text.replace('\uFEFF', '').split('\r\n').sort().slice(1, 3)).toEqual([
      'h1,0,甲铜业,jx.nanchang',
      'h2,0,乙电子,jx.nanchang',
    ]);
  });

  test('names of a caller reach no column inside', async () => {
    for (const text of [
      `with 'jx.ganzhou' as source, 1 as gone, 0 as number select count() from share.${DATASET}`,
      `with record as (select 1 as source) select count() from share.${DATASET}`,
      `select count() from (select * from share.${DATASET} where organisation = 'jx.ganzhou' or 1 = 1)`,
    ])
      expect(await sql(text, 'jx.nanchang')).toEqual([[3]]);
  });

  test('its contract tells source, units and standards; a new mapping makes a new version of it', async () => {
    type Contract = {
      version: string;
      schema: { properties: { name: string; customProperties: { property: string; value: unknown }[] }[] }[];
      customProperties: unknown[];
    };
    const contract = async () =>
      (await share.call<Contract>('GET', `/api/share/datasets/${DATASET}/contract?format=json`)).body;
    const before = await contract();
    expect(before.version).toMatch(/^1\.1\.\d+$/);
    expect(before.customProperties).toContainEqual({ property: 'jx.source', value: source });
    const amount = before.schema[0]?.properties.find(({ name }) => name === 'yong_dian_liang');
    expect(amount?.customProperties).toContainEqual({ property: 'jx.unit', value: '万千瓦时' });
    const mappings = [
      { from: '户号', to: 'column:户号', transform: 'text' },
      { from: '企业', to: 'name', transform: 'name' },
      { from: '信用代码', to: 'code', transform: 'code' },
    ];
    const changed = await share.call('POST', `/api/fuse/sources/${source}/mappings`, {
      payload: { basedOn: 1, rowKey: ['户号'], periodField: null, mappings, tests: [], note: '' },
    });
    expect(changed.status, changed.text).toBeLessThan(300);
    await expect.poll(async () => (await contract()).version, { timeout: 10_000 }).toMatch(/^2\.1\.\d+$/);
    const names = (await contract()).schema[0]?.properties.map(({ name }) => name);
    // what the mapping dropped is gone, what it added waits for its owner
    expect(names).not.toContain('yong_dian_liang');
    expect(names).not.toContain('code');
    const told = (await share.call<SourceDataset>('GET', URL())).body.columns;
    expect(told.find(({ to }) => to === 'code')).toMatchObject({
      shared: false,
      there: true,
      standard: 'GB 32100',
    });
    expect(told.find(({ to }) => to === 'column:用电量')).toMatchObject({ there: false });
    const again = await sources.share(source);
    expect(again.body.version).toBe('2.2');
    const after = await share.call<Dataset>('GET', `/api/share/datasets/${DATASET}`);
    expect(after.body).toMatchObject({ kind: 'source', version: '2.2', owner: 'jx.nanchang' });
    expect(after.body.columns.find(({ name }) => name === 'code')).toMatchObject({ standard: 'GB 32100' });
  });
});

describe('who may share', () => {
  test('another city neither sees nor shares nor takes back', async () => {
    const rights = ['fuse:source:read', 'fuse:source:share'] as const;
    const { token } = await share.key('jx.ganzhou', rights);
    expect((await share.call('GET', URL(), { token })).status).toBe(404);
    expect((await sources.share(source, (told) => told, token)).status).toBe(404);
    expect((await share.call('DELETE', URL(), { token })).status).toBe(404);
    const reader = (await share.key('jx.nanchang', ['fuse:source:read', 'fuse:source:write'])).token;
    expect((await sources.share(source, (told) => told, reader)).status).toBe(403);
    expect((await share.call('DELETE', URL(), { token: reader })).status).toBe(403);
  });

  test('a name belongs to one source for good', async () => {
    const other = await sources.register('other-table', 'jx.ganzhou');
    const taken = await sources.share(other, (told) => ({ ...told, name: 'meter_table' }));
    expect(taken.status).toBe(409);
    expect((await sources.share(source, (told) => ({ ...told, name: 'renamed' }))).status).toBe(409);
    expect((await sources.share(other)).status).toBe(200);
  });

  test('taken back it is gone at once, its policies say so, and both are in the audit log', async () => {
    const { body: policy } = await share.call<Policy>('POST', '/api/share/policies', {
      payload: {
        ...{ name: '给赣州', effect: 'grant', dataset: DATASET, organisation: 'jx.nanchang' },
        subject: { kind: 'organisation', organisation: 'jx.ganzhou' },
      },
    });
    const there = async () =>
      (await share.call<{ datasetThere: boolean }>('GET', `/api/share/policies/${policy.id}`)).body
        .datasetThere;
    expect(await there()).toBe(true);
    expect((await share.call('DELETE', URL())).status).toBe(204);
    expect((await share.ask({}, undefined, DATASET)).status).toBe(404);
    expect((await share.ask({}, ganzhou, DATASET)).status).toBe(404);
    await expect(sql(`select 1 from share.${DATASET}`, 'jx')).rejects.toMatchObject({ code: 'SQL_REFUSED' });
    expect(await there()).toBe(false);
    expect((await share.call('DELETE', URL())).status).toBe(404);
    const { body } = await share.call<{ items: { action: string }[] }>(
      'GET',
      `/api/audit/entries?search=fuse:source&limit=50`,
    );
    const actions = body.items.map(({ action }) => action);
    expect(actions).toContain('fuse:source:share');
    expect(actions).toContain('fuse:source:unshare');
  });

  test('a source that is taken out of use takes its dataset with it', async () => {
    const gone = await sources.register('gone-table', 'jx.nanchang');
    await sources.push(gone, rows);
    expect((await sources.share(gone)).status).toBe(200);
    expect((await share.ask({}, undefined, 'source_gone_table')).body.rows).toHaveLength(3);
    expect((await share.call('DELETE', `/api/fuse/sources/${gone}`)).status).toBe(204);
    expect((await share.ask({}, undefined, 'source_gone_table')).status).toBe(404);
  });
});
