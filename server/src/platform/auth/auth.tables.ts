import type { OrganisationKind } from '@ronghe/contracts';
import type { Generated } from 'kysely';

/** Columns of the tables that sign-in, organisations and keys keep, as Kysely and the driver give them. */
export type AuthTables = {
  'platform.organisation': {
    path: string;
    kind: OrganisationKind;
    name: string;
    division: string | null;
    code: string | null;
    created_at: Date;
  };
  'platform.user': {
    id: string;
    username: string;
    title: string;
    organisation: string;
    password_hash: string;
    disabled: boolean;
    last_login_at: Date | null;
    created_at: Date;
  };
  'platform.role': {
    key: string;
    name_zh: string;
    name_en: string;
    permissions: string[];
    created_at: Date;
  };
  'platform.user_role': { user_id: string; role: string };
  'platform.session': {
    token_hash: string;
    user_id: string;
    address: string | null;
    created_at: Date;
    expires_at: Date;
  };
  'platform.login_attempt': {
    username: string;
    failures: number;
    last_at: Date;
    locked_until: Date | null;
  };
  'platform.api_key': {
    id: string;
    name: string;
    prefix: string;
    secret_hash: string;
    organisation: string;
    permissions: string[];
    created_by: string;
    created_at: Date;
    expires_at: Date | null;
    revoked_at: Date | null;
    last_used_at: Date | null;
    last_used_from: string | null;
    description: Generated<string>;
    application: string | null;
    allowed_addresses: Generated<string[]>;
    rotated_at: Date | null;
    old_prefix: string | null;
    old_secret_hash: string | null;
    old_until: Date | null;
    old_used_at: Date | null;
  };
  'platform.access_token': {
    token_hash: string;
    api_key: string;
    permissions: string[];
    created_at: Date;
    expires_at: Date;
  };
  'platform.user_identity': {
    issuer: string;
    subject: string;
    user_id: string;
    created_at: Date;
  };
  'platform.oidc_flow': {
    state_hash: string;
    browser_hash: string;
    nonce: string;
    verifier: string;
    return_to: string;
    expires_at: Date;
  };
};
