import type {
  ApiKey,
  LoginAnswer,
  LoginRequest,
  Me,
  NewApiKey,
  NewOrganisation,
  NewRole,
  NewUser,
  Organisation,
  OrganisationPath,
  Role,
  User,
  UserPatch,
} from '@ronghe/contracts';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '#platform/auth/scope.ts';

/** What other rooms use of sign-in and organisations. Built by `createAuth`. */
export type Auth = {
  /** Turns cookie, `Bearer`, `Token` or Basic (password = key) into a scope. @throws LOGIN_REQUIRED, CSRF_REFUSED */
  scopeOf(request: FastifyRequest): Promise<Scope>;
  /** Scope for an API key outside HTTP (the MQTT door); null when unknown, revoked or expired. */
  scopeOfKey(key: string, from: string): Promise<Scope | null>;
  /**
   * Scope for a name and a password of another protocol: an API key as password (its id or prefix, or no name of anybody, as user), or a person's
   * own, who is signed in once and remembered for a while. Unknown, disabled and wrong are told by the same error after the same steps.
   * @throws LOGIN_FAILED, LOGIN_LOCKED, RATE_LIMITED
   */
  scopeOfCredentials(
    credentials: { user: string; password: string },
    context: { from: string; locale: 'zh-CN' | 'en'; requestId: string },
  ): Promise<Scope>;
  login(
    request: LoginRequest,
    context: { from: string; locale: 'zh-CN' | 'en'; requestId: string },
  ): Promise<LoginAnswer>;
  logout(scope: Scope, token: string): Promise<void>;
  me(scope: Scope): Promise<Me>;
  changePassword(scope: Scope, request: { current: string; next: string }): Promise<void>;
  organisations(scope: Scope): Promise<Organisation[]>;
  /** null when it does not exist or lies outside the scope */
  organisation(scope: Scope, path: OrganisationPath): Promise<Organisation | null>;
  addOrganisation(scope: Scope, request: NewOrganisation): Promise<Organisation>;
  roles(scope: Scope): Promise<Role[]>;
  /** A role beside the built-in ones, for the whole installation. @throws ROOT_REQUIRED, ROLE_TOO_STRONG, CONFLICT */
  addRole(scope: Scope, request: NewRole): Promise<Role>;
  users(scope: Scope): Promise<User[]>;
  addUser(scope: Scope, request: NewUser): Promise<User>;
  changeUser(scope: Scope, id: string, patch: UserPatch): Promise<User>;
  keys(scope: Scope): Promise<ApiKey[]>;
  /** The key is in the answer and nowhere else. */
  addKey(scope: Scope, request: NewApiKey): Promise<{ apiKey: ApiKey; key: string }>;
  revokeKey(scope: Scope, id: string): Promise<void>;
  /** Makes the root organisation and `admin` when there is no user yet. Returns the password when it was made up. */
  bootstrap(): Promise<{ password: string | null }>;
};
