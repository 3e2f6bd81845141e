import type { Me, Organisation, User } from '@ronghe/contracts';
import type { FastifyRequest } from 'fastify';
import type { Audit } from '#platform/audit/audit.ts';
import { createAccessTokens } from '#platform/auth/access-token.service.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import type { Auth } from '#platform/auth/auth.ts';
import { createBootstrap } from '#platform/auth/bootstrap.service.ts';
import { demandSameSite, readCredential, requestLocale } from '#platform/auth/credential.ts';
import { createCredentialCheck } from '#platform/auth/credential-check.service.ts';
import { createKeys } from '#platform/auth/key.service.ts';
import { createKeyMemory } from '#platform/auth/key-memory.ts';
import { createLogin } from '#platform/auth/login.service.ts';
import { createOidc } from '#platform/auth/oidc.service.ts';
import { createOrganisations } from '#platform/auth/organisation.service.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { createSessionMemory } from '#platform/auth/session-memory.ts';
import { createUsers } from '#platform/auth/user.service.ts';
import { createUserStore } from '#platform/auth/user.store.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Relational } from '#platform/db/relational.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

type Options = { relational: Relational; audit: Audit; clock: Clock; ids: Ids; config: Config; log: Log };

/** Sign-in, organisations, users and keys on PostgreSQL. Does nothing until it is called; has nothing to stop. */
export function createAuth({ relational, ...rest }: Options): Auth {
  const parts: AuthParts = { db: relational.as<AuthTables>(), ...rest };
  const organisations = createOrganisations(parts);
  const sessions = createSessionMemory(parts);
  const users = createUsers(parts, sessions);
  const keyMemory = createKeyMemory(parts);
  const keys = createKeys(parts, keyMemory);
  const me = createMe(parts, organisations.organisation);
  const { scopeOfSession, begin, ...login } = createLogin(parts, { me, sessions });
  const { publicUrl } = parts.config;
  const publicHost = publicUrl ? new URL(publicUrl).host : null;

  return {
    ...organisations,
    ...users,
    ...keys,
    ...login,
    ...createAccessTokens(parts, keyMemory),
    oidc: createOidc(parts, begin),
    me,
    bootstrap: createBootstrap(parts),

    async scopeOf(request: FastifyRequest): Promise<Scope> {
      const { headers, query, params, routeOptions } = request;
      const credential = readCredential({ headers, query, params, keyIn: routeOptions.config.keyIn });
      if (!credential) throw new AppError('LOGIN_REQUIRED');
      if (credential.fromCookie) demandSameSite(request, publicHost);
      const context = { from: request.ip, locale: requestLocale(request), requestId: request.id };
      const scope =
        credential.kind === 'key'
          ? await keys.scopeOfKey(credential.secret, context)
          : await scopeOfSession(credential.secret, context);
      if (!scope) throw new AppError('LOGIN_REQUIRED');
      return scope;
    },

    scopeOfCredentials: createCredentialCheck(parts, {
      scopeOfKey: keys.scopeOfKey,
      login: login.login,
      scopeOfSession,
    }),

    scopeOfKey: (key, from) => keys.scopeOfKey(key, { from, locale: 'zh-CN', requestId: parts.ids.next() }),
  };
}

type FindOrganisation = (scope: Scope, path: string) => Promise<Organisation | null>;

function createMe({ db, clock }: AuthParts, findOrganisation: FindOrganisation) {
  const store = createUserStore(db);
  // By the rights of a remembered session or key, which are one object for as long as it is remembered and no longer: what ends that memory ends this.
  const known = new WeakMap<Scope['permissions'], Omit<Me, 'locale'>>();

  async function read(scope: Scope): Promise<Omit<Me, 'locale'>> {
    const { kind, id, name } = scope.actor;
    const organisation = await findOrganisation(scope, scope.organisation);
    const user: User | null = kind === 'user' ? await store.find(scope, id, clock.now()) : null;
    if (!organisation) throw new AppError('NOT_FOUND', { thing: scope.organisation });
    return {
      kind,
      id,
      name,
      title: user?.title ?? name,
      organisation: scope.organisation,
      organisationName: organisation.name,
      organisationKind: organisation.kind,
      roles: user?.roles ?? [],
      permissions: [...scope.permissions].sort(),
    };
  }

  return async (scope: Scope): Promise<Me> => {
    const before = known.get(scope.permissions);
    const me = before ?? (await read(scope));
    if (!before) known.set(scope.permissions, me);
    return { ...me, locale: scope.locale };
  };
}
