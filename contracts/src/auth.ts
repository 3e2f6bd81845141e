import { z } from 'zod';
import { Bilingual, Id, Instant, Locale, OrganisationPath } from './common.ts';
import { Permission } from './permissions.ts';

export const OrganisationKind = z.enum(['province', 'city', 'county', 'park', 'enterprise']);
export type OrganisationKind = z.infer<typeof OrganisationKind>;
export const Organisation = z
  .object({
    path: OrganisationPath,
    kind: OrganisationKind,
    name: z.string(),
    division: z.string().nullable().describe('GB/T 2260 code of a province, city, county or park'),
    code: z.string().nullable().describe('unified social credit code of an enterprise'),
    createdAt: Instant,
  })
  .meta({ id: 'Organisation' });
export type Organisation = z.infer<typeof Organisation>;
export const NewOrganisation = Organisation.omit({ createdAt: true }).meta({ id: 'NewOrganisation' });
export type NewOrganisation = z.infer<typeof NewOrganisation>;
export const OrganisationList = z.object({ items: z.array(Organisation) }).meta({ id: 'OrganisationList' });

export const LoginRequest = z
  .object({ username: z.string().min(1).max(100), password: z.string().min(1).max(200) })
  .meta({ id: 'LoginRequest' });
export type LoginRequest = z.infer<typeof LoginRequest>;

/** Who the caller is and what they may do. */
export const Me = z
  .object({
    kind: z.enum(['user', 'key', 'system']),
    id: z.string(),
    name: z.string(),
    title: z.string(),
    organisation: OrganisationPath,
    organisationName: z.string(),
    organisationKind: OrganisationKind,
    roles: z.array(z.string()),
    permissions: z.array(Permission),
    locale: Locale,
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
export const LoginAnswer = z
  .object({ token: z.string(), expiresAt: Instant, me: Me })
  .meta({ id: 'LoginAnswer' });
export type LoginAnswer = z.infer<typeof LoginAnswer>;

/** Whether people may sign in through an OpenID provider, and what it is called. */
export const OidcOffer = z
  .object({ offered: z.boolean(), name: z.string().nullable() })
  .meta({ id: 'OidcOffer' });
export type OidcOffer = z.infer<typeof OidcOffer>;

export const PasswordChange = z
  .object({ current: z.string().min(1).max(200), next: z.string().min(1).max(200) })
  .meta({ id: 'PasswordChange' });

export const Role = z
  .object({ key: z.string(), name: Bilingual, permissions: z.array(Permission), builtIn: z.boolean() })
  .meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;
export const NewRole = z
  .object({
    key: z
      .string()
      .min(2)
      .max(60)
      .regex(/^[a-z][a-z0-9-]*$/, 'a-z, 0-9 and -'),
    name: Bilingual,
    permissions: z.array(Permission).min(1),
  })
  .meta({ id: 'NewRole' });
export type NewRole = z.infer<typeof NewRole>;
export const RoleList = z.object({ items: z.array(Role) }).meta({ id: 'RoleList' });

export const UserName = z
  .string()
  .min(2)
  .max(60)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a-z, 0-9 and . _ -');
export const User = z
  .object({
    id: Id,
    username: UserName,
    title: z.string().describe('name shown to people'),
    organisation: OrganisationPath,
    roles: z.array(z.string()),
    disabled: z.boolean(),
    lockedUntil: Instant.nullable(),
    lastLoginAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;
export const UserList = z.object({ items: z.array(User) }).meta({ id: 'UserList' });
export const NewUser = z
  .object({
    username: UserName,
    title: z.string().min(1).max(100),
    password: z.string().min(1).max(200),
    organisation: OrganisationPath,
    roles: z.array(z.string().max(60)).min(1).max(20),
  })
  .meta({ id: 'NewUser' });
export type NewUser = z.infer<typeof NewUser>;
export const UserPatch = z
  .object({
    title: z.string().min(1).max(100),
    roles: z.array(z.string().max(60)).min(1).max(20),
    disabled: z.boolean(),
    unlock: z.literal(true),
    password: z.string().min(1).max(200).describe('sets a new password and ends all sessions of the user'),
  })
  .partial()
  .meta({ id: 'UserPatch' });
export type UserPatch = z.infer<typeof UserPatch>;

/** Longest time the secret before a rotation keeps working. */
const KEY_GRACE_DAYS_MAX = 7;
/** Addresses and networks one key may name. */
const KEY_ADDRESSES_MAX = 100;

export const AllowedAddress = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: 'an IPv4 or IPv6 address, or a network as 10.0.0.0/8',
  })
  .describe('IPv4 or IPv6 address, or a network as 10.0.0.0/8 or 2001:db8::/32');
const keyTerms = {
  description: z.string().max(1000).describe('what the key is for and whom to ask'),
  application: z
    .string()
    .max(100)
    .regex(/\S/)
    .nullable()
    .describe('system that uses the key; the keys of one application are renewed together'),
  allowedAddresses: z
    .array(AllowedAddress)
    .max(KEY_ADDRESSES_MAX)
    .describe('where the key may be used from; empty is anywhere'),
  expiresAt: Instant.nullable(),
};
export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    ...keyTerms,
    allowedAddresses: z.array(z.string()),
    prefix: z.string().describe('first characters of the key, to tell keys apart'),
    organisation: OrganisationPath,
    permissions: z.array(Permission),
    createdBy: z.string(),
    createdAt: Instant,
    revokedAt: Instant.nullable(),
    lastUsedAt: Instant.nullable(),
    lastUsedFrom: z.string().nullable().describe('network address of the last use'),
    rotatedAt: Instant.nullable(),
    previous: z
      .object({ prefix: z.string(), until: Instant, lastUsedAt: Instant.nullable() })
      .nullable()
      .describe('the secret before the last rotation, as long as it was let work'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyList = z.object({ items: z.array(ApiKey) }).meta({ id: 'ApiKeyList' });
const keyName = z.string().min(1).max(100);
export const NewApiKey = z
  .object({
    name: keyName,
    organisation: OrganisationPath,
    permissions: z.array(Permission).min(1),
    description: keyTerms.description.default(''),
    application: keyTerms.application.default(null),
    allowedAddresses: keyTerms.allowedAddresses.default([]),
    expiresAt: keyTerms.expiresAt.default(null),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.input<typeof NewApiKey>;
export const ApiKeyPatch = z
  .strictObject({
    ...{ name: keyName, ...keyTerms },
    permissions: z.array(Permission).min(1).describe('may be fewer than the key has, never more'),
  })
  .partial()
  .meta({ id: 'ApiKeyPatch' });
export type ApiKeyPatch = z.infer<typeof ApiKeyPatch>;
export const KeyRotation = z
  .object({
    graceDays: z
      .number()
      .min(0)
      .max(KEY_GRACE_DAYS_MAX)
      .default(1)
      .describe('days the secret until now keeps working; 0 ends it at once'),
  })
  .meta({ id: 'KeyRotation' });
export type KeyRotation = z.infer<typeof KeyRotation>;
/** The key itself is in this answer and nowhere else. */
export const ApiKeyWithSecret = z
  .object({ apiKey: ApiKey, key: z.string() })
  .meta({ id: 'ApiKeyWithSecret' });

/** Client credentials of OAuth 2.1: who asks is the id of a key with the key as secret, here or as Basic. */
export const TokenRequest = z
  .looseObject({
    grant_type: z.string().optional().describe('client_credentials'),
    scope: z
      .string()
      .max(10_000)
      .optional()
      .describe('permissions, separated by spaces; all of the key when left out'),
    client_id: z.string().max(200).optional().describe('id of the key, unless it stands in Authorization'),
    client_secret: z.string().max(200).optional().describe('the key, unless it stands in Authorization'),
  })
  .meta({ id: 'TokenRequest' });
export type TokenRequest = z.infer<typeof TokenRequest>;
export const TokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().describe('seconds'),
    scope: z.string().describe('permissions, separated by spaces'),
  })
  .meta({ id: 'TokenAnswer' });
export type TokenAnswer = z.infer<typeof TokenAnswer>;
/** The error of RFC 6749, 5.2, which clients of OAuth read. */
export const TokenError = z
  .object({ error: z.string(), error_description: z.string() })
  .meta({ id: 'TokenError' });
