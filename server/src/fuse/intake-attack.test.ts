import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_SURVIVORSHIP, type FieldMapping } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, startServer, type TestServer } from './sources/network/network.fixture.ts';
import { inventCode } from './testing/fuse-platform.ts';
import { csvOfRows, formOf, type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const MARK = '绝密标记';
const PASSWORD = 'geheim-密码-7731';
const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE = {
  target: 'enterprise' as const,
  rowKey: ['id'],
  mappings: [
    map('code', 'code', 'code'),
    map('name', 'name', 'name'),
    map('phone', 'phone', 'phone'),
    map('division', 'division', 'division'),
  ],
};
const rows: Row[] = Array.from({ length: 12 }, (_, index) => ({
  id: index,
  code: index < 3 ? '' : inventCode(`5000${String(index).padStart(4, '0')}`),
  name: `${MARK}${index}号有限公司`,
  phone: '0791-88123456',
  division: '360111',
}));

let intake: IntakeTest;
let evil: TestServer;
let attacker: string;
let victim: string;
const ids: Record<string, string> = { indicator: 'REVENUE' };
const SECRET_ASKED: string[] = [];
beforeAll(async () => {
  evil = await startServer((request, response) => {
    SECRET_ASKED.push(request.body);
    json(
      response,
      request.method === 'POST'
        ? { access_token: 't', expires_in: 60 }
        : { code: 0, data: { total: 0, list: [] } },
    );
  });
  intake = await startIntake({
    fuseSourceHosts: [evil.host, 'other.example:80', 'db.example:5432', 'db2.example:5432'],
    fusePrograms: [`tap=${process.execPath}`],
  });
  victim = await intake.city('nanchang');
  attacker = await intake.city('ganzhou');
  const upload = await intake.upload(`${MARK}.csv`, csvOfRows(rows), victim);
  ids.upload = upload.body.id;
  const connection = { kind: 'upload', upload: ids.upload, options: {} };
  const source = await intake.register(
    { ...SHAPE, key: 'victim', name: MARK, organisation: 'jx.nanchang', connection },
    victim,
  );
  ids.source = source.id;
  const run = await intake.run(source.id);
  expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded', rowsLanded: 12 });
  ids.run = run.id;
  const push = await intake.register(
    {
      ...SHAPE,
      key: 'victim-push',
      organisation: 'jx.nanchang',
      connection: { kind: 'push', format: 'rows' },
    },
    victim,
  );
  const events = await intake.register(
    {
      ...SHAPE,
      key: 'victim-events',
      organisation: 'jx.nanchang',
      connection: { kind: 'push', format: 'debezium' },
    },
    victim,
  );
  [ids.push, ids.events] = [push.id, events.id];
  const found = await intake.get<{ items: { id: string }[] }>('/api/fuse/enterprises?limit=2');
  [ids.enterprise = '', ids.enterprise2 = ''] = found.items.map(({ id }) => id);
  const decided = await intake.call<{ id: string }>('POST', '/api/fuse/decisions', {
    payload: decisionOf('3', '4'),
    token: victim,
  });
  expect(decided.status, decided.text).toBe(201);
  ids.decision = decided.body.id;
  const pinned = await intake.call<{ id: string }>('POST', `/api/fuse/enterprises/${ids.enterprise}/pins`, {
    payload: { attribute: 'park', value: MARK, reason: MARK },
    token: victim,
  });
  expect(pinned.status, pinned.text).toBe(201);
  ids.pin = pinned.body.id;
  const related = await intake.call<{ id: string }>(
    'POST',
    `/api/fuse/enterprises/${ids.enterprise}/relations`,
    { payload: relationOf(MARK), token: victim },
  );
  expect(related.status, related.text).toBe(201);
  ids.relation = related.body.id;
  const issues = await intake.get<{ items: { id: string }[] }>('/api/fuse/quality/issues?limit=10', victim);
  ids.issue = issues.items[0]?.id ?? '';
  expect(ids.issue).not.toBe('');
  const rule = await intake.call<{ id: string }>('POST', '/api/fuse/quality/rules', {
    payload: ruleOf({ kind: 'pattern', field: 'name', pattern: '.*' }, 'victim-rule'),
    token: victim,
  });
  expect(rule.status, rule.text).toBe(201);
  ids.rule = rule.body.id;
}, 120_000);
afterAll(async () => {
  await intake?.stop();
  await evil?.stop();
});

const relationOf = (reason: string) => ({
  ...{ kind: 'subsidiary_of', other: ids.enterprise2, as: 'subject', reason },
});
const decisionOf = (a: string, b: string) => ({
  ...{ act: 'different', reason: MARK },
  ...{ a: { source: ids.source, entityKey: a }, b: { source: ids.source, entityKey: b } },
});
const ruleOf = (check: unknown, key: string, source = ids.source) => ({
  ...{ key, source, name: { zh: MARK, en: MARK }, remedy: { zh: '无', en: 'none' }, dimension: 'accuracy' },
  ...{ severity: 'warn', tolerance: 0, weight: 1, check, active: true },
});
const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? `?${name}`);
const content = { rowKey: ['id'], periodField: null, mappings: SHAPE.mappings, tests: [] };

/** Every route that names something of a tenant, with what a foreigner sends. */
const datasetOf = () => {
  const words = { title: { zh: 'x', en: 'x' }, description: { zh: 'x', en: 'x' } };
  const column = { to: 'rowKey', name: 'row_key', ...words, grade: 1, level: 'general', personal: false };
  return { name: 'taken_over', ...words, columns: [column] };
};
const ROUTES: readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: () => unknown,
][] = [
  ['GET', '/api/fuse/sources/{source}'],
  ['PATCH', '/api/fuse/sources/{source}', () => ({ name: 'mine' })],
  ['DELETE', '/api/fuse/sources/{source}'],
  ['POST', '/api/fuse/sources/{source}/runs', () => ({})],
  ['POST', '/api/fuse/sources/{source}/upload', () => ({ upload: ids.upload })],
  ['GET', '/api/fuse/sources/{source}/rows'],
  ['GET', '/api/fuse/sources/{source}/rows/export'],
  ['GET', '/api/fuse/sources/{source}/profile'],
  ['GET', '/api/fuse/sources/{source}/dataset'],
  ['DELETE', '/api/fuse/sources/{source}/dataset'],
  ['PUT', '/api/fuse/sources/{source}/dataset', () => datasetOf()],
  ['GET', '/api/fuse/sources/{source}/mappings'],
  ['POST', '/api/fuse/sources/{source}/mappings', () => ({ ...content, note: '', basedOn: 1 })],
  ['POST', '/api/fuse/sources/{source}/mappings/1/restore', () => ({ note: '', basedOn: 1 })],
  ['GET', '/api/fuse/sources/{source}/quality'],
  ['GET', '/api/fuse/sources/{source}/breaches?rule={rule}'],
  ['POST', '/api/fuse/sources/{push}/rows', () => ({ idempotencyKey: 'foreign-key', rows: [{ id: 1 }] })],
  ['POST', '/api/fuse/sources/{events}/events', () => ({ op: 'c', after: { id: 1 } })],
  [
    'POST',
    '/api/fuse/sources/look',
    () => ({ connection: { kind: 'upload', upload: ids.upload, options: {} } }),
  ],
  [
    'POST',
    '/api/fuse/mappings/preview',
    () => ({ ...content, from: { kind: 'upload', upload: ids.upload, options: {} } }),
  ],
  [
    'POST',
    '/api/fuse/mappings/preview',
    () => ({ ...content, from: { kind: 'source', source: ids.source } }),
  ],
  ['GET', '/api/fuse/runs/{run}'],
  ['GET', '/api/fuse/runs/{run}/findings'],
  ['GET', '/api/fuse/runs/{run}/rows'],
  ['GET', '/api/fuse/runs/{run}/problems'],
  ['GET', '/api/fuse/runs/{run}/profile'],
  ['GET', '/api/fuse/runs/{run}/changes'],
  ['GET', '/api/fuse/runs/{run}/quality'],
  ['POST', '/api/fuse/runs/{run}/decision', () => ({ action: 'publish', note: 'mine' })],
  ['POST', '/api/fuse/runs/{run}/withdrawal', () => ({ note: 'mine' })],
  ['GET', '/api/fuse/quality/issues/{issue}'],
  ['POST', '/api/fuse/quality/issues/{issue}', () => ({ state: 'accepted', text: 'mine' })],
  ['GET', '/api/fuse/quality/issues/{issue}/workbook'],
  ['PATCH', '/api/fuse/quality/rules/{rule}', () => ({ base: 1, active: false })],
  ['DELETE', '/api/fuse/quality/rules/{rule}'],
  [
    'POST',
    '/api/fuse/quality/rules',
    () => ruleOf({ kind: 'pattern', field: 'name', pattern: '.*' }, 'foreign'),
  ],
  [
    'POST',
    '/api/fuse/quality/rules/try',
    () => ({ source: ids.source, check: { kind: 'pattern', field: 'name', pattern: 'never' }, tolerance: 0 }),
  ],
  ['GET', '/api/fuse/enterprises/{enterprise}'],
  ['GET', '/api/fuse/enterprises/{enterprise}/indicators'],
  ['GET', '/api/fuse/enterprises/{enterprise}/indicators/{indicator}/revisions?period=2026-03'],
  ['GET', '/api/fuse/enterprises/{enterprise}/quality'],
  ['GET', '/api/fuse/enterprises/{enterprise}/events'],
  ['POST', '/api/fuse/enterprises/{enterprise}/merge', () => ({ other: ids.enterprise2, reason: 'mine' })],
  [
    'POST',
    '/api/fuse/enterprises/{enterprise}/split',
    () => ({ records: [{ source: ids.source, entityKey: '5' }], reason: 'mine' }),
  ],
  ['POST', '/api/fuse/matching/explain', () => ({ a: decisionOf('3', '4').a, b: decisionOf('3', '4').b })],
  ['GET', '/api/fuse/enterprises/{enterprise}/pins'],
  ['GET', '/api/fuse/enterprises/{enterprise}/history'],
  ['GET', '/api/fuse/enterprises/{enterprise}/as-of?at=2026-01-01T00:00:00Z'],
  [
    'POST',
    '/api/fuse/enterprises/{enterprise}/pins',
    () => ({ attribute: 'park', value: 'mine', reason: 'mine' }),
  ],
  ['POST', '/api/fuse/enterprises/{enterprise}/pins/{pin}/lift', () => ({ reason: 'mine' })],
  ['POST', '/api/fuse/survivorship', () => ({ base: 0, content: DEFAULT_SURVIVORSHIP, note: 'mine' })],
  ['POST', '/api/fuse/decisions', () => decisionOf('6', '7')],
  ['POST', '/api/fuse/decisions/{decision}/confirm', () => ({ reason: 'mine' })],
  ['POST', '/api/fuse/decisions/{decision}/undo', () => ({ reason: 'mine' })],
  ['GET', '/api/fuse/enterprises/{enterprise}/relations'],
  ['GET', '/api/fuse/enterprises/{enterprise}/graph?depth=4'],
  ['GET', '/api/fuse/enterprises/{enterprise}/relation-decisions'],
  ['GET', '/api/fuse/enterprises/{enterprise}/things'],
  ['GET', '/api/fuse/enterprises/{enterprise}/people?reason=mine'],
  ['GET', '/api/fuse/enterprises/{enterprise}/profile'],
  ['POST', '/api/fuse/enterprises/{enterprise}/relations', () => relationOf('mine')],
  ['POST', '/api/fuse/enterprises/{enterprise}/relations/reject', () => relationOf('mine')],
  ['POST', '/api/fuse/relation-decisions/{relation}/undo', () => ({ reason: 'mine' })],
];
/** Lists, and what belongs to nobody or everybody. */
const LISTS = [
  ...['/api/fuse/sources', '/api/fuse/runs?limit=100', '/api/fuse/runs?limit=100&source={source}'],
  ...['/api/fuse/quality/issues?limit=100', '/api/fuse/quality/issues?limit=100&source={source}'],
  ...['/api/fuse/quality/board', '/api/fuse/quality/rules', '/api/fuse/quality/rules?source={source}'],
  ...['/api/fuse/decisions?limit=100', '/api/fuse/decisions?enterprise={enterprise}'],
  ...['/api/fuse/conflicts?limit=100', '/api/fuse/survivorship', '/api/fuse/survivorship/versions'],
  '/api/fuse/enterprises/as-of/export?format=csv&at={now}',
  ...['/api/fuse/enterprises?limit=100', '/api/fuse/overview', '/api/fuse/templates', '/api/jobs?limit=100'],
  ...['/api/fuse/profiles', '/api/fuse/parks', '/api/fuse/enterprises?sort=completeness&park={park}'],
  ...['/api/fuse/indicators', '/api/fuse/indicators/{indicator}/trend?to=2026-03'],
  '/api/fuse/indicators/{indicator}/figures?period=2026-03&by=enterprise',
  '/api/fuse/indicators/{indicator}/export?period=2026-03&by=enterprise&format=csv',
  '/api/fuse/indicators/{indicator}/comparison?to=2026-03&items=enterprise:{enterprise},region:360100',
];

describe('a data engineer of another city', () => {
  beforeAll(() => {
    ids.now = new Date().toISOString();
    ids.park = encodeURIComponent(MARK);
  });

  test.each(ROUTES)('%s %s: nothing is answered and nothing is done', async (method, path, body) => {
    expect(fill(path)).toMatch(/^[^{]*[0-9a-f-]{36}|look$|rules|preview|decisions|survivorship|explain$/);
    const before = await state();
    const foreign = await intake.call(method, fill(path), {
      token: attacker,
      ...(body ? { payload: body() } : {}),
    });
    expect([403, 404], foreign.text).toContain(foreign.status);
    expect(foreign.text).not.toContain(MARK);
    expect(await state()).toEqual(before);
  });

  test.each(LISTS)('%s holds nothing of another tenant', async (path) => {
    const { status, text } = await intake.call('GET', fill(path), { token: attacker });
    expect([200, 403, 404], text).toContain(status);
    expect(text).not.toContain(MARK);
    expect(text).not.toContain(ids.source);
  });

  test('a rule that compares with another source does not tell its values', async () => {
    const own = await intake.upload(
      'own.csv',
      csvOfRows(rows.map((row) => ({ ...row, name: '己方有限公司' }))),
      attacker,
    );
    const connection = { kind: 'upload', upload: own.body.id, options: {} };
    const mine = await intake.register(
      { ...SHAPE, key: 'mine', organisation: 'jx.ganzhou', connection },
      attacker,
    );
    expect((await intake.run(mine.id)).state).toBe('succeeded');
    const check = { kind: 'other-source', field: 'name', source: 'victim', tolerance: 0 };
    const tried = await intake.call('POST', '/api/fuse/quality/rules/try', {
      token: attacker,
      payload: { source: mine.id, check, tolerance: 0 },
    });
    expect(tried.text).not.toContain(MARK);
    const kept = await intake.call('POST', '/api/fuse/quality/rules', {
      token: attacker,
      payload: ruleOf(check, 'peek', mine.id),
    });
    expect(kept.text.replaceAll(JSON.stringify({ zh: MARK, en: MARK }), '')).not.toContain(MARK);
    await intake.run(mine.id);
    const breaches = await intake.call('GET', `/api/fuse/sources/${mine.id}/breaches?rule=${kept.body.id}`, {
      token: attacker,
    });
    expect(breaches.text).not.toContain(`${MARK}1号`);
  });

  test('the inbox of others is closed: only a folder that carries its own name', async () => {
    const folder = await intake.platform.files.folder('inbox', 'nanchang-files');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'a.csv'), csvOfRows(rows));
    for (const name of ['nanchang-files', 'jx.nanchang', 'jx', 'jx.ganzhou2']) {
      const connection = { kind: 'folder', folder: name, options: {} };
      const looked = await intake.look(connection, attacker);
      expect([looked.status, looked.text.includes(MARK)], name).toEqual([400, false]);
      const made = await intake.call('POST', '/api/fuse/sources', {
        token: attacker,
        payload: { ...SHAPE, ...common('f', 'jx.ganzhou'), connection },
      });
      expect(made.status, name).toBe(400);
    }
    const own = await intake.platform.files.folder('inbox', 'jx.ganzhou.files');
    await writeFile(join(own, 'a.csv'), 'id,name\n1,ours\n2,ours too');
    const looked = await intake.look({ kind: 'folder', folder: 'jx.ganzhou.files', options: {} }, attacker);
    expect(looked.status, looked.text).toBe(200);
  });
});

const common = (key: string, organisation = 'jx') => ({
  ...{ key, name: key, owner: 'x', organisation, periodField: null, tests: [], priority: 50 },
  ...{ mode: 'full', watermarkField: null, schedule: null },
});

const GOLDEN = [
  'enterprise_alias',
  'enterprise_event',
  'link',
  'decision',
  'decision_pair',
  'relation_decision',
  'pin',
  'survivorship',
];
/** What the victim has; must be the same after every attack. */
async function state() {
  const db = intake.platform.relational.as<Record<string, Record<string, unknown>>>();
  const all: Record<string, unknown> = {};
  for (const table of [
    'source',
    'mapping',
    'run',
    'upload',
    'push',
    'quality_rule',
    'issue',
    'enterprise',
    ...GOLDEN,
  ]) {
    const { rows: found } = await sql`select * from ${sql.table(`fuse.${table}`)} t order by t::text`.execute(
      db,
    );
    all[table] = found;
  }
  return all;
}

test('every route of the intake stands in a list above', async () => {
  const description = await intake.get<{ paths: Record<string, object> }>('/openapi.json');
  const shape = (path: string) =>
    path.replace(/\?.*/, '').replace(/\{\w+\}|\/1(?=\/)/g, (one) => (one === '/1' ? '/*' : '*'));
  const known = new Set([
    ...ROUTES.map(([method, path]) => `${method} ${shape(path)}`),
    ...LISTS.map((path) => `GET ${shape(path)}`),
    // what belongs to everybody, and what makes something of one's own (tested below)
    ...['GET /api/fuse/enterprises/export', 'POST /api/fuse/sources', 'POST /api/fuse/uploads'],
    ...['POST /api/fuse/mappings/suggest', 'GET /api/fuse/templates/*/workbook', 'GET /api/fuse/codes/*'],
    // asks a system that is not a source yet (sources/offer.test.ts)
    // of the root organisation only (indicators/indicators.routes.test.ts)
    'POST /api/fuse/indicators/rebuild',
    ...['GET /api/fuse/dictionaries', 'POST /api/fuse/sources/offer'],
    'POST /api/fuse/survivorship/preview',
    // known by the key in its address alone (sources/network/push.routes.test.ts)
    'POST /api/fuse/sources/*/events/*',
    // matching/matching.routes.test.ts: pairs and searches of others, models of the root organisation
    ...['POST /api/fuse/enterprises/search', 'GET /api/fuse/review/*', 'POST /api/fuse/review/*/answer'],
    ...['GET', 'POST'].map((method) => `${method} /api/fuse/matching/models`),
    ...['GET /api/fuse/matching/figures', 'POST /api/fuse/matching/models/train'],
    ...['POST /api/fuse/matching/models/*/use', 'GET /api/fuse/review'],
  ]);
  const missing = Object.entries(description.paths)
    .filter(([path]) => path.startsWith('/api/fuse/') && !path.startsWith('/api/fuse/reference'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${shape(path)}`),
    )
    .filter((route) => !known.has(route));
  expect(missing).toEqual([]);
});

describe('what a request may set', () => {
  test('fields of the platform in a body change nothing', async () => {
    const connection = { kind: 'push', format: 'rows' };
    const made = await intake.call<Record<string, unknown>>('POST', '/api/fuse/sources', {
      payload: {
        ...{
          ...SHAPE,
          ...common('mass'),
          connection,
          id: ids.source,
          records: 9,
          createdBy: 'root',
          mapping: 7,
        },
        ...{
          bookmark: { since: 1 },
          secretsSealed: 'x',
          nextRunAt: '2020-01-01T00:00:00Z',
          kind: 'database',
        },
      },
    });
    if (made.status === 400) return;
    expect(made.body).toMatchObject({ records: 0, mapping: 1, kind: 'push', nextRunAt: null });
    expect(made.body.id).not.toBe(ids.source);
    const changed = await intake.call('PATCH', `/api/fuse/sources/${made.body.id}`, {
      payload: { organisation: 'jx.ganzhou', key: 'taken', id: ids.source, rowKey: ['x'], target: 'dataset' },
    });
    if (changed.status === 200)
      expect(changed.body).toMatchObject({
        organisation: 'jx',
        key: 'mass',
        rowKey: ['id'],
        target: 'enterprise',
      });
  });

  test('an organisation outside is refused also by a change of the upload', async () => {
    const own = await intake.upload('a.csv', 'id,name\n1,a', attacker);
    const made = await intake.call('POST', '/api/fuse/sources', {
      token: attacker,
      payload: {
        ...SHAPE,
        ...common('outside', 'jx.nanchang'),
        connection: { kind: 'upload', upload: own.body.id, options: {} },
      },
    });
    expect(made.status).toBe(404);
    const mine = await intake.call<{ id: string }>('POST', '/api/fuse/sources', {
      token: attacker,
      payload: {
        ...SHAPE,
        ...common('inside', 'jx.ganzhou'),
        connection: { kind: 'upload', upload: own.body.id, options: {} },
      },
    });
    for (const [method, path, payload] of [
      ['POST', `/api/fuse/sources/${mine.body.id}/upload`, { upload: ids.upload }],
      [
        'PATCH',
        `/api/fuse/sources/${mine.body.id}`,
        { connection: { kind: 'upload', upload: ids.upload, options: {} } },
      ],
    ] as const)
      expect((await intake.call(method, path, { token: attacker, payload })).status).toBe(404);
  });
});

describe('secrets', () => {
  const http = (more: Row = {}) => ({
    ...{
      kind: 'http-json',
      url: evil.url,
      tokenPath: '/token',
      listPath: '/list',
      username: 'u',
      password: PASSWORD,
    },
    ...more,
  });
  const database = (more: Row = {}) => ({
    ...{ kind: 'database', engine: 'postgresql', host: 'db.example', port: 5432, database: 'd', table: 't' },
    ...{ username: 'u', password: PASSWORD, ...more },
  });
  const program = (more: Row = {}) => ({
    ...{ kind: 'program', protocol: 'singer', program: 'tap', stream: 's', settings: { host: 'a' } },
    ...{ secrets: { token: PASSWORD }, ...more },
  });
  const object = (more: Row = {}) => ({
    ...{ kind: 'object', url: `${evil.url}/bucket/a.csv`, store: 's3', format: 'csv', accessKey: 'k' },
    ...{ secretKey: PASSWORD, ...more },
  });
  const none = { password: '', secretKey: '', secrets: {} };
  test.each<[string, () => Row, Row, boolean]>([
    ['the same place keeps it', http, { listPath: '/other' }, true],
    ['another host', http, { url: 'http://other.example' }, false],
    ['another place for the token', http, { tokenPath: '/elsewhere' }, false],
    ['another user', http, { username: 'v' }, false],
    ['another database host', database, { host: 'db2.example' }, false],
    ['another table keeps it', database, { table: 'u' }, true],
    ['another engine', database, { engine: 'mysql' }, false],
    ['other settings of a program, which say where it goes', program, { settings: { host: 'evil' } }, false],
    ['another stream keeps it', program, { stream: 'x' }, true],
    ['another object', object, { url: 'http://other.example/b/a.csv' }, false],
    ['another access key', object, { accessKey: 'z' }, false],
  ])('a changed connection: %s', async (name, connectionOf, more, kept) => {
    const { id } = await intake.register({
      ...SHAPE,
      key: `secret-${name.replace(/[^a-z]+/g, '-')}`,
      connection: connectionOf(),
    });
    const own = connectionOf();
    const empty = Object.fromEntries(Object.entries(none).filter(([field]) => field in own));
    const changed = await intake.call('PATCH', `/api/fuse/sources/${id}`, {
      payload: { connection: { ...own, ...empty, ...more } },
    });
    expect(changed.status, changed.text).toBe(200);
    const db = intake.platform.relational.as<Record<string, Record<string, unknown>>>();
    const { rows: found } = await sql<{ sealed: string | null }>`
      select secrets_sealed as sealed from fuse.source where id = ${id}`.execute(db);
    expect(found[0]?.sealed !== null).toBe(kept);
    expect(changed.text).not.toContain(PASSWORD);
    if (name === 'the same place keeps it') {
      // it is used where it belongs, and a failure that the system causes does not tell it
      await intake.run(id);
      expect(SECRET_ASKED.join('\n')).toContain(PASSWORD);
    }
  });

  test('stand in no table, no answer, no trace and no file', async () => {
    const db = intake.platform.relational.as<Record<string, Record<string, unknown>>>();
    const { rows: tables } = await sql<{ name: string }>`
      select table_schema || '.' || table_name as name from information_schema.tables
      where table_schema in ('fuse', 'platform') and table_type = 'BASE TABLE'`.execute(db);
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const { rows: found } = await sql`
        select 1 from ${sql.table(name)} t where t::text like ${`%${PASSWORD}%`} limit 1`.execute(db);
      expect(found, name).toEqual([]);
    }
    for (const path of [
      '/api/fuse/sources',
      '/api/fuse/runs?limit=100',
      '/api/audit?limit=100',
      '/api/jobs?limit=100',
    ])
      expect((await intake.call('GET', path)).text, path).not.toContain(PASSWORD);
    const left = await readdir(await intake.platform.files.folder('fuse', 'looks'));
    expect(left).toEqual([]);
  });
});

const HOSTILE = `x'; drop table fuse.source; --`;
describe('texts that want to be something else', () => {
  test('formulas in an export are texts', async () => {
    const cells = [
      '=1+1',
      '+1+1',
      '-2+3',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1+1',
      '＝1+1',
      '=HYPERLINK("http://a","b")',
      '-12.5',
    ];
    const { source } = await intake.table(
      'formulas',
      'formulas.csv',
      csvOfRows(cells.map((cell, id) => ({ id, '=cmd|calc!A1': cell }))),
    );
    const { text } = await intake.call('GET', `/api/fuse/sources/${source}/rows/export`);
    const parsed = text.replace('\uFEFF', '').trimEnd().split('\r\n');
    expect(parsed[0]).toContain("'=cmd");
    for (const line of parsed.slice(1)) {
      const value = line.slice(line.indexOf(',') + 1).replace(/^[^,]*,/, '');
      expect(value.replace(/^"/, '')).not.toMatch(/^\s*[=+@＝]/);
    }
    expect(text).toContain(',-12.5');
  });

  test('names of columns, keys, rules, searches and targets are values', async () => {
    const names = [`a'b`, 'a"b', 'a`b', 'a\\b', '{x:String}', HOSTILE, `') or 1=1 --`];
    const one = Object.fromEntries([['id', "1'"], ...names.map((name, at) => [name, at + 0.5])]);
    const { source, run } = await intake.table(
      'quotes',
      'quotes.csv',
      csvOfRows([one, { ...one, id: '2\\' }]),
      {
        mappings: names.map((name, at) => map(name, `column:c${at}`, 'text')),
      },
    );
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded', rowsLanded: 2 });
    expect([...(await intake.rows(source)).keys()]).toEqual(["1'", '2\\\\']);
    for (const name of [...names, '%', '_', "\\'", '{search:String}', '\0'].map(encodeURIComponent))
      expect(
        (await intake.call('GET', `/api/fuse/sources/${source}/rows?search=${name}`)).status,
      ).toBeLessThan(500);
    for (const field of [...names, `column:${HOSTILE}`, 'column:c0']) {
      for (const check of [
        { kind: 'pattern', field, pattern: `'` },
        { kind: 'unique', fields: [field, 'column:c1'] },
        { kind: 'one-of', field, values: names },
        { kind: 'other-source', field, source: HOSTILE, tolerance: 0 },
        { kind: 'finding', rule: HOSTILE },
      ]) {
        const tried = await intake.call('POST', '/api/fuse/quality/rules/try', {
          payload: { source, check, tolerance: 0 },
        });
        expect(tried.status, `${JSON.stringify(check)} ${tried.text}`).toBeLessThan(500);
      }
    }
    for (const to of [
      HOSTILE,
      `column:${HOSTILE}`,
      'indicator:x',
      'column:a|b',
      'constructor',
      '__proto__',
    ]) {
      const saved = await intake.call('POST', `/api/fuse/sources/${source}/mappings`, {
        payload: { ...content, mappings: [map('id', to, 'text')], note: HOSTILE, basedOn: 1 },
      });
      expect(saved.status, `${to} ${saved.text}`).toBeLessThan(500);
    }
    for (const query of ['cursor=%27', 'cursor=W10', 'limit=1e9', 'findings=%27'])
      expect((await intake.call('GET', `/api/fuse/sources/${source}/rows?${query}`)).status, query).toBe(400);
    for (const id of ["'", '..%2f..', HOSTILE, '00000000-0000-4000-8000-00000000000g'])
      expect((await intake.call('GET', `/api/fuse/sources/${encodeURIComponent(id)}`)).status).toBeLessThan(
        500,
      );
    const { total } = await intake.get<{ total: number }>(`/api/fuse/sources/${source}/rows`);
    expect(total).toBe(2);
  });

  test('names of rows that JavaScript knows', async () => {
    const { id } = await intake.register({
      key: 'proto',
      mappings: [],
      connection: { kind: 'push', format: 'rows' },
    });
    const run = await intake.push(id, {
      rows: [JSON.parse('{"id":"__proto__","__proto__":{"polluted":1},"constructor":"c","toString":"t"}')],
    });
    expect(run.state).toBe('succeeded');
    expect(({} as Row).polluted).toBeUndefined();
    expect((await intake.call('GET', `/api/fuse/sources/${id}/rows`)).status).toBe(200);
  });

  test.each([
    '../../../etc/passwd',
    '..\\..\\boot.ini',
    'C:\\x\\a.csv',
    'a.csv\u0000.exe',
    'a\\r\\nset-cookie: x=1.csv',
    '/',
    '.',
    `${'长'.repeat(500)}.csv`,
  ])('a file called %j is a file of ours', async (name) => {
    const { payload, type } = formOf(name.replaceAll('"', ''), 'id,name\n1,a\n2,b');
    const answer = await intake.call<{ id: string; name: string }>('POST', '/api/fuse/uploads', {
      payload,
      headers: { 'content-type': type },
    });
    expect([201, 400], answer.text).toContain(answer.status);
    if (answer.status !== 201) return;
    expect(answer.body.name).not.toMatch(/[/\\\p{Cc}]/u);
    expect(answer.body.name.length).toBeLessThanOrEqual(200);
    const files = await readdir(join(intake.platform.config.data, 'uploads'));
    for (const file of files) expect(file).toMatch(/^[0-9a-f-]{36}$/);
    const looked = await intake.look({ kind: 'upload', upload: answer.body.id, options: {} });
    expect(looked.status, looked.text).toBe(200);
  });

  test.each(['..', '../uploads', 'a/../../b', '/etc', 'a\u0000b', 'a\\b', '.hidden', ''])(
    'a folder called %j is refused',
    async (folder) => {
      const connection = { kind: 'folder', folder, options: {} };
      expect((await intake.look(connection)).status).toBe(400);
      const made = await intake.call('POST', '/api/fuse/sources', {
        payload: { ...SHAPE, ...common('folder'), connection },
      });
      expect(made.status).toBe(400);
    },
  );

  test.each([
    ['no file', Buffer.from('--x--\r\n'), 'multipart/form-data; boundary=x'],
    ['no form', Buffer.from('hello'), 'multipart/form-data; boundary=x'],
    ['JSON', Buffer.from('{}'), 'application/json'],
    ['a file that breaks off', formOf('a.csv', 'id\n1').payload.subarray(0, 120), formOf('a', '').type],
  ])('a form that is none: %s', async (_name, payload, type) => {
    const answer = await intake.call('POST', '/api/fuse/uploads', {
      payload,
      headers: { 'content-type': type },
    });
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
  });
});
