import { afterAll, beforeAll, expect, test } from 'vitest';
import { REFUSED } from '../../server/src/share/sql/testing/refused.fixture.ts';
import { freePort } from '../durability/processes.ts';
import { MARK, startWorld, type World } from './world.ts';

/** Refused by the language alone: the door has tables of these names of its own, and a lone half of a character is none in UTF-8. */
const OF_THE_DOOR = /system\.(settings|one)|'\ufffd'|'[\ud800-\udfff]'/i;
/** What an error may never tell: names of tables of the platform, folders, and texts of the engine about them. */
const LEAKS = /enterprise_row|indicator_month|ingest\.|fuse\.[a-z_]+`|\/tmp\/|clickhouse\/|postgres/;

/** True when a text tells one of these that was not asked with. */
const leaks = (text: string, query: string): boolean => {
  const found = LEAKS.exec(text)?.[0];
  return found !== undefined && !query.includes(found);
};

let world: World;
let sqlUrl: string;
/** keys by what they may */
const keys: Record<string, { id: string; key: string }> = {};
beforeAll(async () => {
  const port = await freePort();
  world = await startWorld({ RONGHE_SQL_PORT: String(port) });
  sqlUrl = `http://127.0.0.1:${port}`;
  const make = async (name: string, organisation: string, permissions: string[], more: object = {}) => {
    const made = await world.platform.admin.post<{ apiKey: { id: string }; key: string }>('/api/auth/keys', {
      ...{ name, organisation, permissions, expiresAt: null, ...more },
    });
    keys[name] = { id: made.apiKey.id, key: made.key };
  };
  const all = ['share:dataset:read', 'share:sql:use', 'share:dataset:export'];
  await make('victim', 'jx.own', all);
  await make('sibling', 'jx.own-east', all);
  await make('below', 'jx.own.below', all);
  await make('mute', 'jx.own', ['share:dataset:read']);
  await make('blind', 'jx.own', ['share:sql:use']);
  await make('revoked', 'jx.own', all);
  await make('short', 'jx.own', all, { expiresAt: new Date(Date.now() + 1_500).toISOString() });
  await world.ask('DELETE', `/api/auth/keys/${keys.revoked?.id}`, {
    token: world.callers.find(({ place, role }) => place === 'own' && role === 'administrator')?.token ?? '',
  });
}, 180_000);
afterAll(() => world?.stop());

async function sql(
  query: string,
  who: string | { user: string; password: string },
  parameters: Record<string, string> = {},
) {
  const { user, password } =
    typeof who === 'string' ? { user: keys[who]?.id ?? '', password: keys[who]?.key ?? '' } : who;
  const answer = await fetch(`${sqlUrl}/?${new URLSearchParams(parameters)}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
    body: query,
    signal: AbortSignal.timeout(60_000),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

test('every text on the list of the language is refused at the door too, and tells nothing', async () => {
  const all = Object.values(REFUSED).flat();
  expect(all.length).toBeGreaterThan(150);
  const wrong: string[] = [];
  for (const query of all.filter((one) => !OF_THE_DOOR.test(one))) {
    const { status, text } = await sql(query, 'sibling');
    // as ClickHouse does it: most of its errors are 500, which is not a failure of ours
    if (
      status < 400 ||
      !/^Code: \d+\. DB::Exception: /.test(text) ||
      text.includes(MARK) ||
      leaks(text, query)
    )
      wrong.push(`${status} ${query.slice(0, 80)} -> ${text.slice(0, 160)}`);
  }
  expect(wrong).toEqual([]);
}, 120_000);

test('what an attack must not find is there for whom it belongs to', async () => {
  const names = async () => (await sql('select name from share.enterprises', 'victim')).text;
  await expect.poll(names, { timeout: 30_000 }).toContain(MARK);
  expect((await sql('select point from share.observations', 'victim')).text).toContain(MARK);
});

/** Questions that are allowed and whose answer must hold nothing of the victim. */
const PROBES = [
  'select * from share.enterprises',
  'select count() from share.enterprises',
  `select count() from share.enterprises where name like '%${MARK}%'`,
  `select count() from share.enterprises where position(name, '${MARK}') > 0 or 1 = 1`,
  "select name from share.enterprises where organisation = 'jx.own'",
  "select name from share.enterprises where organisation like 'jx.own%'",
  "with 'jx.own' as organisation select name from share.enterprises",
  'select e.name from share.enterprises e join share.enterprises f on 1 = 1',
  'select name from share.enterprises union all select name from share.enterprises',
  'select (select groupArray(name) from share.enterprises)',
  'select name from (select * from share.enterprises) where 1 in (select 1)',
  'select arrayJoin(groupArray(name)) from share.enterprises',
  'select any(name), max(name), min(name) from share.enterprises',
  "select * from share.enterprises as rows where rows.organisation != 'x' or true",
  'select name from share.enterprises order by organisation limit 1000 by organisation',
  'select point from share.observations',
  'select point, value from share.observations order by time',
  `select count() from share.observations where point like '${MARK}%'`,
  'select * from share.points',
  `select count() from share.points where point = '${MARK}.value'`,
  'select o.point from share.observations o left join share.points p on p.point = o.point',
  'select name from system.tables',
  'select name from system.columns',
  'select name from system.databases',
  'select * from system.settings',
  'show tables',
  'show databases',
  'describe table share.enterprises',
  'show create table share.enterprises',
  'exists table share.enterprises',
];

test.each(PROBES)('a sibling asks: %s', async (query) => {
  const { status, text } = await sql(query, 'sibling');
  expect(status, text).toBe(200);
  expect(text).not.toContain(MARK);
  expect(text).not.toMatch(LEAKS);
  if (/count\(\)/.test(query)) expect(text.trim()).toBe('0');
});

test('who stands below sees of what stands above what a policy grants, and no more', async () => {
  expect((await sql('select name from share.enterprises', 'below')).text).toContain(MARK);
  for (const query of PROBES.filter((one) => /share\.(points|observations)/.test(one)))
    expect((await sql(query, 'below')).text, query).not.toContain(MARK);
});

test.each([
  ['nobody', { user: '', password: '' }, 403],
  ['an unknown user', { user: 'nobody', password: 'wrong' }, 403],
  ['a person with a wrong password', { user: 'officer-own', password: 'wrong' }, 403],
  ['a key that is none', { user: 'default', password: 'rh_0000000000000000000000000000000000000000' }, 403],
  ['a name with a line break', { user: 'officer-own%0d%0ax: y', password: 'wrong' }, 403],
] as const)('%s is not let in, in the same words', async (_name, who, status) => {
  const answer = await sql('select 1', who);
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(/^Code: (?:516|194)\. DB::Exception: /);
  expect(answer.text).not.toContain('officer');
  expect(answer.headers.get('x')).toBeNull();
});

test('an unknown user and a wrong password cannot be told apart', async () => {
  const told = async (user: string) => {
    const { status, text } = await sql('select 1', { user, password: 'wrong' });
    return [status, text.replaceAll(user, '?')];
  };
  expect(await told('nobody-at-all')).toEqual(await told('officer-own'));
});

test('a key of somebody else’s id, a revoked one and one that has expired are nobody', async () => {
  const [victim, sibling] = [keys.victim, keys.sibling];
  expect((await sql('select 1', { user: victim?.id ?? '', password: sibling?.key ?? '' })).status).toBe(403);
  expect((await sql('select 1', 'revoked')).status).toBe(403);
  await expect.poll(async () => (await sql('select 1', 'short')).status, { timeout: 10_000 }).toBe(403);
});

test('a key without the permission of the door, or without any dataset, gets no answer', async () => {
  for (const who of ['mute', 'blind']) {
    const { status, text } = await sql('select name from share.enterprises', who);
    expect(status, text).toBe(403);
    expect(text).not.toContain(MARK);
  }
});

test.each([
  { readonly: '0' },
  { max_execution_time: '100000000' },
  { max_memory_usage: '999999999999' },
  { additional_table_filters: '{}' },
  { allow_ddl: '1' },
  { log_comment: 'x' },
  { user_files_path: '/' },
  { database: 'fuse' },
  { database: 'system' },
  { default_format: 'Executable' },
  { session_id: '../../x' },
  { query_id: "x' or 1=1 --\r\nset-cookie: a=b" },
  { param_x: "'; drop table share.enterprises; --" },
  { role: 'administrator' },
  { quota_key: 'x' },
  { user: 'admin' },
])('parameters of the address change nothing of what is seen: %o', async (parameters) => {
  const { text, headers } = await sql(
    'select name from share.enterprises',
    'sibling',
    parameters as Record<string, string>,
  );
  expect(text).not.toContain(MARK);
  expect(text).not.toMatch(LEAKS);
  expect(headers.get('set-cookie')).toBeNull();
});

test.each([
  ['{x:String}', "' or 1=1 --"],
  ['{x:String}', `\\' union all select name from fuse.enterprise_row --`],
  ['{x:UInt64}', '1 or 1'],
  ['{x:Array(String)}', `['a') or 1=1 --']`],
  ['{x:Identifier}', 'fuse.enterprise_row'],
  ['{x:Nullable(String)}', '\\\\N'],
])('a parameter %s stays a value: %s', async (placeholder, value) => {
  const query =
    placeholder === '{x:Identifier}'
      ? `select count() from ${placeholder}`
      : `select count() from share.enterprises where has([toString(name)], toString(${placeholder}))`;
  const { status, text } = await sql(query, 'sibling', { param_x: value });
  expect(text).not.toContain(MARK);
  expect(status === 200 ? text.trim() : 'refused').toMatch(/^(0|refused)$/);
});
