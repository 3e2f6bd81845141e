import {
  type BUILT_IN_ROLES,
  type OrganisationPath,
  PERMISSION_NAMES,
  type Permission,
} from '@ronghe/contracts';
import { auditRoutes } from '#platform/audit/audit.routes.ts';
import { createAudit } from '#platform/audit/audit.service.ts';
import { authRoutes } from '#platform/auth/auth.routes.ts';
import { createAuth } from '#platform/auth/auth.service.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { randomIds, systemClock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { DomainMigrations } from '#platform/db/migration.ts';
import { createEvents } from '#platform/events/events.ts';
import { createFiles } from '#platform/files/files.ts';
import type { Http } from '#platform/http/http.ts';
import { createMetrics } from '#platform/http/metrics.ts';
import { createHttp } from '#platform/http/server.ts';
import { jobRoutes } from '#platform/jobs/jobs.routes.ts';
import { createJobs } from '#platform/jobs/jobs.service.ts';
import { silentLog } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { startTestEngines } from '#platform/testing/engines.ts';

export const TEST_ADMIN_PASSWORD = 'correct-horse-battery';

type ScopeOptions = { organisation?: OrganisationPath; permissions?: readonly Permission[]; name?: string };
export type TestPlatform = Platform & {
  folder: string;
  /** A scope as a signed-in user would have; all permissions on the root organisation unless told otherwise. */
  scope(options?: ScopeOptions): Scope;
  /** The HTTP front with the routes of the platform and of the given domains; closed by `stop`. */
  serve(domains?: readonly Domain[]): Promise<Http>;
  /** Makes an organisation node and a user in it; answers with a session token for the Authorization header. */
  signIn(options: {
    organisation: OrganisationPath;
    role: keyof typeof BUILT_IN_ROLES;
    kind?: 'city' | 'enterprise';
  }): Promise<string>;
  stop(): Promise<void>;
};

/** A whole ground floor on real engines for one test file: own database, own analytics folder, bootstrapped `admin`. */
export async function startTestPlatform({
  domains,
  config: overrides = {},
}: {
  domains: readonly DomainMigrations[];
  config?: Partial<Config>;
}): Promise<TestPlatform> {
  const engines = await startTestEngines([
    platformMigrations,
    ...domains.filter(({ word }) => word !== 'platform'),
  ]);
  const config: Config = { ...engines.config, adminPassword: TEST_ADMIN_PASSWORD, ...overrides };
  const log = silentLog();
  const { relational, analytics } = engines;
  const [clock, ids, events, metrics, files] = [
    systemClock,
    randomIds,
    createEvents(log),
    createMetrics(),
    createFiles(config.data),
  ];
  const audit = createAudit({ relational, clock, log });
  const auth = createAuth({ relational, audit, clock, ids, config, log });
  const jobs = createJobs({ relational, events, audit, clock, ids, log });
  const platform: Platform = {
    config,
    log,
    clock,
    ids,
    relational,
    analytics,
    events,
    metrics,
    files,
    audit,
    auth,
    jobs,
  };
  await auth.bootstrap();
  const scope = (options: ScopeOptions = {}): Scope => ({
    actor: { kind: 'user', id: '00000000-0000-4000-8000-000000000001', name: options.name ?? 'tester' },
    organisation: options.organisation ?? config.organisationPath,
    permissions: new Set(options.permissions ?? PERMISSION_NAMES),
    locale: 'zh-CN',
    requestId: 'test',
    from: '127.0.0.1',
  });
  const opened: Http[] = [];
  return {
    ...platform,
    folder: engines.folder,
    scope,
    async serve(parts = []) {
      const http = await createHttp({ config, auth, log, metrics, version: 'test' });
      for (const routes of [authRoutes(auth, config), auditRoutes(audit), jobRoutes(jobs)])
        await http.register(routes);
      for (const part of parts) if (part.routes) await http.register(part.routes);
      opened.push(http);
      return http;
    },
    signIn: (options) => signIn({ auth, scope: scope() }, options),
    async stop() {
      await Promise.all(opened.map((http) => http.close()));
      await jobs.stop();
      await engines.stop();
    },
  };
}

type SignIn = Parameters<TestPlatform['signIn']>[0];
async function signIn(
  { auth, scope }: { auth: Platform['auth']; scope: Scope },
  { organisation, role, kind = 'enterprise' }: SignIn,
): Promise<string> {
  if (!(await auth.organisation(scope, organisation))) {
    await auth.addOrganisation(scope, {
      path: organisation,
      kind,
      name: organisation,
      division: null,
      code: null,
    });
  }
  const username = `${organisation.replaceAll('.', '-')}-${role}`.slice(0, 60);
  const users = await auth.users(scope);
  if (!users.some((user) => user.username === username)) {
    await auth.addUser(scope, {
      username,
      title: username,
      password: TEST_ADMIN_PASSWORD,
      organisation,
      roles: [role],
    });
  }
  const { token } = await auth.login(
    { username, password: TEST_ADMIN_PASSWORD },
    { from: '127.0.0.1', locale: 'zh-CN', requestId: 'test' },
  );
  return token;
}
