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

export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    prefix: z.string().describe('first characters of the key, to tell keys apart'),
    organisation: OrganisationPath,
    permissions: z.array(Permission),
    createdBy: z.string(),
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    lastUsedAt: Instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyList = z.object({ items: z.array(ApiKey) }).meta({ id: 'ApiKeyList' });
export const NewApiKey = z
  .object({
    name: z.string().min(1).max(100),
    organisation: OrganisationPath,
    permissions: z.array(Permission).min(1),
    expiresAt: Instant.nullable().default(null),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.infer<typeof NewApiKey>;
/** The key itself is in this answer and nowhere else. */
export const ApiKeyWithSecret = z
  .object({ apiKey: ApiKey, key: z.string() })
  .meta({ id: 'ApiKeyWithSecret' });
