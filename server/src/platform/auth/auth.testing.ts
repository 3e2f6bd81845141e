import {
  type ApiKey,
  type BuiltInRoleName,
  type LoginAnswer,
  type NewApiKey,
  PERMISSION_NAMES,
  type User,
} from '@ronghe/contracts';
import { auditRoutes } from '#platform/audit/audit.routes.ts';
import { createAudit } from '#platform/audit/audit.service.ts';
import { authRoutes } from '#platform/auth/auth.routes.ts';
import { createAuth } from '#platform/auth/auth.service.ts';
import { systemScope } from '#platform/auth/scope.ts';
import { type Clock, randomIds } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Relational } from '#platform/db/relational.ts';
import { createMetrics } from '#platform/http/metrics.ts';
import { createHttp } from '#platform/http/server.ts';
import { silentLog } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import { startTestEngines } from '#platform/testing/engines.ts';

export const PASSWORD = 'correct-horse-battery';
export const MINUTE_MS = 60_000;

type Call = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  from?: string;
};
export type Answer<Body> = { status: number; body: Body; headers: Record<string, unknown> };
export type ErrorAnswer = { error: { code: string; hint: string } };

/** Sign-in on a real database behind the real HTTP front, with a clock that the test moves. */
export async function startAuthBench(overrides: Partial<Config> = {}) {
  const engines = await startTestEngines([platformMigrations]);
  const config: Config = { ...engines.config, adminPassword: PASSWORD, ...overrides };
  const { relational } = engines;
  const log = silentLog();
  let nowMs = Date.parse('2026-03-02T08:00:00.000Z');
  const clock: Clock = { now: () => new Date(nowMs) };
  const audit = createAudit({ relational, clock, log });
  /** One more process on the same database. */
  const anotherAuth = (connection: Relational = relational) =>
    createAuth({ relational: connection, audit, clock, ids: randomIds, config, log });
  /** The same platform as it answers with other settings. */
  const frontOf = async (settings: Partial<Config>) => {
    const changed: Config = { ...config, ...settings };
    const front = createAuth({ relational, audit, clock, ids: randomIds, config: changed, log });
    const parts = { config: changed, auth: front, log, metrics: createMetrics(), version: 'test' };
    const server = await createHttp(parts);
    await server.register(authRoutes(front, changed));
    return server;
  };
  const auth = anotherAuth();
  const http = await createHttp({ config, auth, log, metrics: createMetrics(), version: 'test' });
  await http.register(authRoutes(auth, config));
  await http.register(auditRoutes(audit));

  const call = async <Body = ErrorAnswer>(options: Call): Promise<Answer<Body>> => {
    const answer = await http.inject({
      method: options.method ?? 'GET',
      url: options.url,
      remoteAddress: options.from ?? '10.0.0.1',
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    });
    const body = (answer.body === '' ? null : JSON.parse(answer.body)) as Body;
    return { status: answer.statusCode, body, headers: answer.headers };
  };
  const login = <Body = LoginAnswer>(username: string, password = PASSWORD, from = '10.0.0.1') =>
    call<Body>({ method: 'POST', url: '/api/auth/login', body: { username, password }, from });
  const tokenOf = async (username: string, password = PASSWORD): Promise<string> => {
    const { body } = await login(username, password);
    return body.token;
  };
  const scope = systemScope({
    organisation: config.organisationPath,
    permissions: PERMISSION_NAMES,
    name: 'test',
  });
  const addOrganisation = (path: string) =>
    auth.addOrganisation(scope, { path, kind: 'enterprise', name: path, division: null, code: null });
  const addUser = (username: string, organisation: string, roles: BuiltInRoleName[]): Promise<User> =>
    auth.addUser(scope, { username, title: username, password: PASSWORD, organisation, roles });
  const addKey = (
    token: string,
    body: Omit<Partial<NewApiKey>, 'permissions'> & { organisation: string; permissions: string[] },
  ) =>
    call<{ apiKey: ApiKey; key: string } & ErrorAnswer>({
      method: 'POST',
      url: '/api/auth/keys',
      token,
      body: { name: 'a key', ...body },
    });

  return {
    ...engines,
    config,
    audit,
    auth,
    anotherAuth,
    frontOf,
    http,
    scope,
    call,
    login,
    tokenOf,
    addOrganisation,
    addUser,
    addKey,
    /** Lets time pass. */
    pass(ms: number) {
      nowMs += ms;
    },
    now: () => clock.now(),
    async stop() {
      await http.close();
      await engines.stop();
    },
  };
}
export type AuthBench = Awaited<ReturnType<typeof startAuthBench>>;
