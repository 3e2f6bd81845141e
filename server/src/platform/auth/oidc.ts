import { BUILT_IN_ROLES, UserName } from '@ronghe/contracts';
import type { Config } from '#platform/config/config.ts';
import { AppError } from '#platform/errors/errors.ts';

/** How people sign in through an OpenID provider. */
export type OidcSettings = {
  issuer: URL;
  clientId: string;
  clientSecret: string | null;
  redirectUri: string;
  scope: string;
  userClaim: string;
  name: string | null;
  /** what a person without a user here gets; null refuses them */
  newPeople: { organisation: string; role: string } | null;
};

/** Where the provider sends people back to; to be registered there. */
export const OIDC_CALLBACK_PATH = '/api/auth/oidc/callback';

/**
 * The settings when sign-in through a provider is configured, else null.
 * @throws AppError CONFIG_INVALID with every fault in details
 */
export function oidcSettings(config: Config): OidcSettings | null {
  if (config.oidcIssuer === undefined) return null;
  const faults: { path: string; message: string }[] = [];
  const need = <Value>(key: keyof Config, value: Value | undefined, why: string): Value | null => {
    if (value === undefined) faults.push({ path: key, message: `${key} is missing: ${why}` });
    return value ?? null;
  };
  const issuer = new URL(config.oidcIssuer);
  if (!isSecure(issuer))
    faults.push({ path: 'oidcIssuer', message: 'oidcIssuer must be https, or http on this machine' });
  const clientId = need('oidcClientId', config.oidcClientId, 'the provider knows this platform by it');
  const publicUrl = need('publicUrl', config.publicUrl, 'the provider sends people back to it');
  const newPeople = newPeopleOf(config, need);
  if (newPeople && (!Object.hasOwn(BUILT_IN_ROLES, newPeople.role) || newPeople.role === 'administrator'))
    faults.push({ path: 'oidcRole', message: 'oidcRole must be a built-in role and not administrator' });
  if (faults.length > 0 || clientId === null || publicUrl === null)
    throw new AppError('CONFIG_INVALID', {}, { details: faults });
  return {
    ...{ issuer, clientId, clientSecret: config.oidcClientSecret ?? null },
    redirectUri: `${publicUrl.replace(/\/+$/, '')}${OIDC_CALLBACK_PATH}`,
    scope: [...new Set(['openid', ...config.oidcScopes])].join(' '),
    ...{ userClaim: config.oidcUserClaim, name: config.oidcName ?? null, newPeople },
  };
}

type Need = <Value>(key: keyof Config, value: Value | undefined, why: string) => Value | null;

function newPeopleOf(config: Config, need: Need): OidcSettings['newPeople'] {
  if (config.oidcNewPeople === 'refuse') return null;
  const organisation = need('oidcOrganisation', config.oidcOrganisation, 'new people belong to it');
  const role = need('oidcRole', config.oidcRole, 'new people get it');
  return organisation === null || role === null ? null : { organisation, role };
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** True for https, and for http that does not leave the machine. */
export const isSecure = (address: URL): boolean =>
  address.protocol === 'https:' || (address.protocol === 'http:' && LOOPBACK.has(address.hostname));

/** Who the provider says a person is. `username` is null when the claim holds no user name of ours. */
export type OidcPerson = { subject: string; username: string | null; title: string | null };

/** Reads a person from the claims of an ID token or of the user info. */
export function personOf(claims: Readonly<Record<string, unknown>>, userClaim: string): OidcPerson {
  const text = (name: string): string | null => {
    const value = Object.hasOwn(claims, name) ? claims[name] : null;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  };
  const username = UserName.safeParse(text(userClaim)?.toLowerCase());
  return {
    subject: text('sub') ?? '',
    username: username.success ? username.data : null,
    title: text('name')?.slice(0, 100) ?? null,
  };
}

/** An address inside the portal, or `/`: a link must not lead from sign-in to somewhere else. */
export function ownAddress(to: string | undefined): string {
  const base = 'http://portal.invalid';
  // The parser reads it as a browser will: backslashes, tabs and doubled slashes included.
  if (!to?.startsWith('/') || !URL.canParse(to, base)) return '/';
  const { origin, pathname, search, hash } = new URL(to, base);
  if (origin !== base || pathname.startsWith('//') || pathname.startsWith('/api/')) return '/';
  return `${pathname}${search}${hash}`;
}
