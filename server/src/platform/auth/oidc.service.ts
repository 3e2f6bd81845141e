import { timingSafeEqual } from 'node:crypto';
import type { Locale, OidcOffer } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { createFailureLimit } from '#platform/auth/failure-limit.ts';
import { createIdentityStore } from '#platform/auth/identity.store.ts';
import type { BeginSession } from '#platform/auth/login.service.ts';
import { createOidcStore } from '#platform/auth/oidc.store.ts';
import { type OidcPerson, type OidcSettings, oidcSettings, ownAddress } from '#platform/auth/oidc.ts';
import { createOidcClient, type OidcClient } from '#platform/auth/oidc-client.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { hashPassword } from '#platform/auth/password.ts';
import { createRoleStore } from '#platform/auth/role.store.ts';
import { builtInRoles, permissionsOfRoles } from '#platform/auth/role.ts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { hashToken, newPassword, newSessionToken } from '#platform/auth/token.ts';
import { createUserStore, type LoginUser } from '#platform/auth/user.store.ts';
import { AppError } from '#platform/errors/errors.ts';

/** How long a person may take at the provider. */
export const OIDC_FLOW_MS = 10 * 60_000;
/** Sign-ins begun and refused a minute and address. */
export const OIDC_TRIES_PER_MINUTE_MAX = 60;

export type OidcContext = { from: string; locale: Locale; requestId: string };
/** What a person brings back: the provider's answer, and the cookie that was set when they left. */
export type OidcReturn = { answer: URLSearchParams; browser: string | null };

/** Sign-in of people through an OpenID provider; see the type `Oidc` for what each promises. */
export type Oidc = {
  offer(): OidcOffer;
  /** Where to send the browser, and the cookie it has to bring back. @throws ROUTE_NOT_FOUND, RATE_LIMITED, OIDC_UNAVAILABLE */
  start(to: string | undefined, context: OidcContext): Promise<{ url: string; browser: string }>;
  /** A session for who came back, and where they wanted to go. @throws OIDC_FAILED, OIDC_PERSON_UNKNOWN, OIDC_UNAVAILABLE */
  finish(back: OidcReturn, context: OidcContext): Promise<{ token: string; returnTo: string }>;
};

export function createOidc(parts: AuthParts, begin: BeginSession): Oidc {
  const { db, clock, config, log } = parts;
  const settings = oidcSettings(config);
  const client = settings && createOidcClient(settings, clock);
  const flows = createOidcStore(db);
  const tries = createFailureLimit({ clock, failuresMax: OIDC_TRIES_PER_MINUTE_MAX });
  const people = settings && createPeople(parts, settings);

  /** The person behind an answer, and the sign-in it belongs to. */
  const identify = async (use: OidcClient, { answer, browser }: OidcReturn) => {
    const [state, ...more] = answer.getAll('state');
    if (!state || more.length > 0 || browser === null) throw new AppError('OIDC_FAILED');
    const flow = await flows.takeUnscoped(hashToken(state), clock.now());
    if (!flow || !sameHash(flow.browserHash, hashToken(browser))) throw new AppError('OIDC_FAILED');
    const { nonce, verifier, returnTo } = flow;
    return { person: await use.personOf(answer, { state, nonce, verifier }), returnTo };
  };

  return {
    offer: () => ({ offered: settings !== null, name: settings?.name ?? null }),

    async start(to, { from }) {
      if (!client) throw new AppError('ROUTE_NOT_FOUND');
      tries.begin(from);
      const secrets = client.newSecrets();
      const url = await client.authorizationUrl(secrets);
      const browser = newSessionToken();
      const now = clock.now();
      const flow = {
        ...{ browserHash: hashToken(browser), nonce: secrets.nonce, verifier: secrets.verifier },
        returnTo: ownAddress(to),
      };
      const expiresAt = new Date(now.getTime() + OIDC_FLOW_MS);
      if (!(await flows.beginUnscoped(hashToken(secrets.state), flow, { now, expiresAt })))
        throw new AppError('RATE_LIMITED', { seconds: 60 });
      return { url: url.href, browser };
    },

    async finish(back, context) {
      if (!client || !settings || !people) throw new AppError('ROUTE_NOT_FOUND');
      tries.begin(context.from);
      const { person, returnTo } = await identify(client, back).catch((error: unknown) => {
        log.warn({ err: error, from: context.from, requestId: context.requestId }, 'a sign-in was refused');
        throw error;
      });
      const user = await people.userOf(person, context);
      const { token } = await begin(user, context, { by: 'oidc', issuer: settings.issuer.href });
      tries.succeed(context.from);
      return { token, returnTo };
    },
  };
}

const sameHash = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

type Work = { transaction: Transaction<AuthTables>; scope: Scope; person: OidcPerson };

/** Which user a person of the provider is. */
function createPeople({ db, audit, clock, ids, config }: AuthParts, settings: OidcSettings) {
  const issuer = settings.issuer.href;

  /** Notes why somebody was not let in, and says no more than that they were not. */
  const refuse = async (context: OidcContext, user: LoginUser | null, reason: string): Promise<never> => {
    const organisation = user?.organisation ?? config.organisationPath;
    const scope = { ...systemScope({ organisation, permissions: [], name: 'sign-in' }), ...context };
    const target = `user:${user?.username ?? 'unknown'}`;
    await audit.record(scope, {
      action: 'platform:session:refuse',
      target,
      after: { by: 'oidc', issuer, reason },
    });
    throw new AppError('OIDC_PERSON_UNKNOWN');
  };

  const link = async ({ transaction, scope, person }: Work, user: LoginUser): Promise<boolean> => {
    const identity = { issuer, subject: person.subject, userId: user.id, now: clock.now() };
    if (!(await createIdentityStore(transaction).link(scope, identity))) return false;
    const change = { action: 'platform:user:link', target: `user:${user.username}`, after: { issuer } };
    await audit.record(scope, { ...change, organisation: user.organisation }, transaction);
    return true;
  };

  /** A user of this name who may manage users is not found by the name alone: whoever names people there must not rule here. */
  const mayRule = async (scope: Scope, user: LoginUser): Promise<boolean> => {
    const roles = [...builtInRoles(), ...(await createRoleStore(db).list(scope))];
    const held = (await createUserStore(db).find(scope, user.id, clock.now()))?.roles ?? [];
    const known = held.filter((key) => roles.some((role) => role.key === key));
    return permissionsOfRoles(known, roles).has('platform:user:write');
  };

  const add = async (scope: Scope, person: OidcPerson, username: string): Promise<LoginUser | null> => {
    if (!settings.newPeople) return null;
    const { organisation, role } = settings.newPeople;
    if (!(await createOrganisationStore(db).find(scope, organisation))) return null;
    const createdAt = clock.now().toISOString();
    const user = {
      ...{ id: ids.next(), username, title: person.title ?? username, organisation },
      ...{ disabled: false, createdAt },
    };
    // A password nobody knows: signing in with one is possible once an administrator has set another.
    const passwordHash = await hashPassword(newPassword());
    return db.transaction().execute(async (transaction) => {
      const users = createUserStore(transaction);
      if (!(await users.insert(scope, { ...user, passwordHash }))) return null;
      await users.setRoles(scope, user.id, [role]);
      const change = { action: 'platform:user:create', target: `user:${username}` };
      await audit.record(scope, { ...change, organisation, after: { ...user, roles: [role] } }, transaction);
      const made = { ...user, passwordHash };
      return (await link({ transaction, scope, person }, made)) ? made : null;
    });
  };

  return {
    /** @throws OIDC_PERSON_UNKNOWN */
    async userOf(person: OidcPerson, context: OidcContext): Promise<LoginUser> {
      const scope = {
        ...systemScope({ organisation: config.organisationPath, permissions: [], name: 'sign-in' }),
        ...context,
      };
      const users = createUserStore(db);
      const known = await createIdentityStore(db).findUserUnscoped(issuer, person.subject);
      if (known) return known.disabled ? refuse(context, known, 'disabled') : known;
      if (person.username === null) return refuse(context, null, 'name');
      const named = await users.findForLoginUnscoped(person.username);
      if (!named) return (await add(scope, person, person.username)) ?? refuse(context, null, 'unknown');
      if (named.disabled) return refuse(context, named, 'disabled');
      if (await mayRule(scope, named)) return refuse(context, named, 'administrator');
      const linked = await db
        .transaction()
        .execute((transaction) => link({ transaction, scope, person }, named));
      return linked ? named : refuse(context, named, 'taken');
    },
  };
}
