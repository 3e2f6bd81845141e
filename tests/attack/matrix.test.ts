import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyOf, type Schema } from './bodies.ts';
import { type Answer, type Caller, MARK, startWorld, type World } from './world.ts';

type Operation = {
  method: string;
  path: string;
  permission: string | null;
  open: boolean;
  body: Schema | null;
  /** parameters of the query that must be given */
  query: Record<string, Schema>;
};
/** Parameters that name nothing of anybody's: what they stand for is the same for all, or follows a thing that has an id of its own. */
const NOBODYS: Readonly<Record<string, string>> = {
  'indicators code': 'REVENUE',
  'enterprises code': 'REVENUE',
  'reference set': 'divisions',
  'versions version': '1',
  'templates key': 'output',
  'codes code': '91360000000000000X',
  'mappings version': '1',
  'models version': '1',
  'datasets id': 'enterprises',
};
/**
 * Things the victim has none of here, asked for by an id that does not exist; each is attacked with a real one in the test that is named.
 */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'decisions id': 'server/src/fuse/intake-attack.test.ts',
  'relation-decisions id': 'server/src/fuse/intake-attack.test.ts',
  'pins pin': 'server/src/fuse/intake-attack.test.ts',
  'review id': 'server/src/fuse/matching/matching.routes.test.ts',
  'rules id': 'server/src/fuse/intake-attack.test.ts',
  'issues id': 'server/src/fuse/intake-attack.test.ts',
  'access-requests id': 'server/src/share/requests/requests.routes.test.ts',
  'events token': 'server/src/fuse/sources/network/push.routes.test.ts',
  'v1 token': 'server/src/ingest/json/json.routes.test.ts',
};
/** Parameters of the query that no schema tells the form of. */
const QUERIES: Readonly<Record<string, string>> = { rule: 'name-required', period: '2026-01' };
const NOBODY = '00000000-0000-4000-8000-00000000dead';
/** Answers of the whole installation that hold nothing of any organisation, yet may name what the asker wrote. */
const OPEN_TO_ALL = new Set(['GET /openapi.json']);

let world: World;
let operations: Operation[];
let schemas: Record<string, Schema>;
beforeAll(async () => {
  world = await startWorld();
  const description = JSON.parse((await world.ask('GET', '/openapi.json')).text) as {
    components: { schemas: Record<string, Schema> };
    paths: Record<string, Record<string, Record<string, unknown>>>;
  };
  ({ schemas } = description.components);
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({
      ...{ method: method.toUpperCase(), path },
      permission: (told['x-permission'] as string | undefined) ?? null,
      open: Array.isArray(told.security) && told.security.length === 0,
      body: bodySchema(told),
      query: querySchemas(told),
    })),
  );
}, 180_000);
afterAll(() => world?.stop());

function bodySchema(told: Record<string, unknown>): Schema | null {
  const content = (told.requestBody as { content?: Record<string, { schema?: Schema }> } | undefined)
    ?.content;
  return content?.['application/json']?.schema ?? null;
}

type Parameter = { in: string; name: string; required?: boolean; schema?: Schema };
const querySchemas = (told: Record<string, unknown>): Record<string, Schema> =>
  Object.fromEntries(
    ((told.parameters ?? []) as Parameter[])
      .filter((one) => one.in === 'query' && one.required)
      .map(({ name, schema }) => [name, schema ?? {}]),
  );

/** The names of the parameters of a path as `thing parameter`, and the path with the victim's ids in it. */
function aimed({ path }: Operation): { url: string; unknown: string[]; named: boolean } {
  const unknown: string[] = [];
  let named = false;
  const url = path.replace(/\{(\w+)\}/g, (_all, name: string, at: number) => {
    const before = path.slice(0, at - 1);
    const thing =
      before
        .split('/')
        .filter((part) => !part.startsWith('{'))
        .at(-1) ?? '';
    const prefix = Object.keys(world.ids).find((key) => key === `${before} ${name}`);
    if (prefix) {
      named = true;
      return encodeURIComponent(world.ids[prefix] ?? '');
    }
    const key = `${thing} ${name}`;
    if (key in NOBODYS) return NOBODYS[key] ?? '';
    if (!(key in ELSEWHERE)) unknown.push(key);
    return NOBODY;
  });
  return { url, unknown, named };
}

const sent = (operation: Operation): unknown =>
  operation.body && operation.method !== 'GET'
    ? bodyOf(operation.body, schemas, {
        organisation: 'jx.own',
        idempotencyKey: NOBODY,
        source: world.ids['/api/fuse/sources id'],
      })
    : undefined;
const ask = (caller: Caller | null, operation: Operation): Promise<Answer> => {
  const body = sent(operation);
  const query = Object.entries(operation.query).map(
    ([name, schema]) => `${name}=${encodeURIComponent(QUERIES[name] ?? String(bodyOf(schema, schemas, {})))}`,
  );
  const url = `${aimed(operation).url}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return world.ask(operation.method, url, {
    ...(caller ? { token: caller.token } : {}),
    ...(body === undefined ? {} : { body }),
  });
};
const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
/** Known by a key in the address, whoever asks: a wrong one is nobody. */
const isKeyed = ({ path }: Operation) => path.includes('{token}');
const mayAsk = (caller: Caller, { permission }: Operation) =>
  permission === null || (caller.permissions as ReadonlySet<string>).has(permission);
/** Whoever asked for an export gets it, and nobody else. */
const isOnePersons = ({ path }: Operation) => path.startsWith('/api/share/exports/');
/** A stream never ends, and a platform that was signed out of answers nobody. */
const STREAMS = new Set(['GET /api/ingest/live', 'POST /api/auth/logout', 'POST /api/auth/password']);
const asked = () => operations.filter((operation) => !STREAMS.has(nameOf(operation)));
/** What somebody was told, as a line of a finding. */
const told = (caller: Caller | null, operation: Operation, { status, code, text }: Answer) =>
  `${caller ? `${caller.role} of ${caller.place}` : 'nobody'}: ${nameOf(operation)} -> ${status} ${code ?? ''} ${text.slice(0, 120)}`;

test('every parameter of every path is the victim\u2019s, everybody\u2019s, or attacked elsewhere', () => {
  expect(operations.length).toBeGreaterThan(150);
  expect([...new Set(operations.flatMap((operation) => aimed(operation).unknown))]).toEqual([]);
  expect(Object.values(ELSEWHERE).filter((file) => !existsSync(file))).toEqual([]);
});

test('nobody gets past the door without signing in', async () => {
  const wrong: string[] = [];
  for (const operation of asked()) {
    if (operation.open) continue;
    const answer = await ask(null, operation);
    if (answer.status !== 401 || answer.text.includes(MARK)) wrong.push(told(null, operation, answer));
  }
  expect(wrong).toEqual([]);
});

test('a role without the permission is refused before anything else, wherever it stands', async () => {
  const wrong: string[] = [];
  let refused = 0;
  for (const caller of world.callers)
    for (const operation of asked()) {
      if (operation.open || isKeyed(operation) || mayAsk(caller, operation)) continue;
      const answer = await ask(caller, operation);
      refused += 1;
      // doors of other tools say it in the words of that tool
      const isTold =
        answer.code === 'PERMISSION_MISSING' ||
        (!operation.path.startsWith('/api/fuse') && answer.text.includes(operation.permission ?? '-'));
      if (answer.status !== 403 || !isTold) wrong.push(told(caller, operation, answer));
    }
  expect(wrong).toEqual([]);
  expect(refused).toBeGreaterThan(1_000);
}, 180_000);

test('a sibling with every right meets nothing of the victim, and changes nothing of it', async () => {
  const owner = world.callers.find(
    ({ place, role }) => place === 'own' && role === 'administrator',
  ) as Caller;
  const seen = async () => {
    const all: Record<string, string> = {};
    for (const operation of asked())
      if (operation.method === 'GET' && aimed(operation).named && !/backup|metrics/.test(operation.path)) {
        const { status, text } = await ask(owner, operation);
        all[nameOf(operation)] =
          `${status} ${text.replace(/"(lastUsedAt|lastSeenAt|elapsedMs|at|requestId)":[^,}]*/g, '').replace(/"to":"\d{4}-\d\d-\d\dT[^"]*"/g, '')}`;
      }
    return all;
  };
  const before = await seen();
  const wrong: string[] = [];
  for (const caller of world.callers.filter(({ place }) => place === 'sibling'))
    for (const operation of asked()) {
      if (operation.open || !mayAsk(caller, operation) || OPEN_TO_ALL.has(nameOf(operation))) continue;
      const { named } = aimed(operation);
      const answer = await ask(caller, operation);
      const isWrong =
        answer.status >= 500 ||
        answer.text.includes(MARK) ||
        (named && answer.status < 400) ||
        (answer.status === 401) !== isKeyed(operation);
      if (isWrong) wrong.push(told(caller, operation, answer));
    }
  expect(wrong).toEqual([]);
  const after = await seen();
  expect(Object.keys(before).length).toBeGreaterThan(25);
  expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual([]);
}, 180_000);

test('the victim and those above it find what is theirs, so that the attacks above aim at something', async () => {
  const missed: string[] = [];
  for (const place of ['own', 'parent'] as const) {
    const caller = world.callers.find((one) => one.place === place && one.role === 'administrator') as Caller;
    for (const operation of asked()) {
      if (operation.method !== 'GET' || !aimed(operation).named || operation.path.match(/\{/g)?.length !== 1)
        continue;
      const answer = await ask(caller, operation);
      const isHere = place === 'own' || !isOnePersons(operation);
      if (answer.status < 300 !== isHere) missed.push(told(caller, operation, answer));
    }
  }
  expect(missed).toEqual([]);
});
