import type { DomainMigrations } from '#platform/db/migration.ts';

// Paths have the "C" collation so that `like 'jx.nanchang.%'` uses the index on every server, whatever its locale.
const organisations = `
create table platform.organisation (
  path text collate "C" primary key,
  kind text not null check (kind in ('province', 'city', 'county', 'park', 'enterprise')),
  name text not null,
  division text,
  code text,
  created_at timestamptz(3) not null
);
create table platform."user" (
  id uuid primary key,
  username text collate "C" not null unique,
  title text not null,
  organisation text collate "C" not null references platform.organisation (path),
  password_hash text not null,
  disabled boolean not null default false,
  last_login_at timestamptz(3),
  created_at timestamptz(3) not null
);
create index user_of_organisation on platform."user" (organisation);
create table platform.role (
  key text collate "C" primary key,
  name_zh text not null,
  name_en text not null,
  permissions text[] not null,
  created_at timestamptz(3) not null
);
create table platform.user_role (
  user_id uuid not null references platform."user" (id) on delete cascade,
  role text collate "C" not null,
  primary key (user_id, role)
);
create table platform.session (
  token_hash text collate "C" primary key,
  user_id uuid not null references platform."user" (id) on delete cascade,
  address text,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
create index session_of_user on platform.session (user_id, created_at);
create table platform.login_attempt (
  username text collate "C" primary key,
  failures integer not null,
  last_at timestamptz(3) not null,
  locked_until timestamptz(3)
);
create table platform.api_key (
  id uuid primary key,
  name text not null,
  prefix text not null,
  secret_hash text collate "C" not null unique,
  organisation text collate "C" not null references platform.organisation (path),
  permissions text[] not null,
  created_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  last_used_at timestamptz(3)
);
create index api_key_of_organisation on platform.api_key (organisation);
`;

// `json`, not `jsonb`: the text is kept as it was hashed, and an escaped NUL is allowed.
// The head has no row until the first entry, so that a restored backup finds both tables empty.
const audit = `
create table platform.audit_entry (
  sequence bigint primary key,
  at timestamptz(3) not null,
  actor text not null,
  actor_id text not null,
  actor_kind text not null check (actor_kind in ('user', 'key', 'system')),
  organisation text collate "C" not null,
  address text,
  request_id text not null,
  action text not null,
  target text not null,
  before json,
  after json,
  hash text not null
);
create index audit_entry_of_organisation on platform.audit_entry (organisation, sequence);
create table platform.audit_head (
  one boolean primary key default true check (one),
  sequence bigint not null,
  hash text not null
);
create function platform.refuse_audit_change() returns trigger language plpgsql as $body$
begin
  raise exception 'the audit log is append-only: % on % is refused', tg_op, tg_table_name;
end
$body$;
create trigger audit_entry_append_only before update or delete or truncate on platform.audit_entry
  for each statement execute function platform.refuse_audit_change();
create trigger audit_head_stays before delete or truncate on platform.audit_head
  for each statement execute function platform.refuse_audit_change();
create function platform.refuse_audit_rewind() returns trigger language plpgsql as $body$
begin
  if new.sequence <> old.sequence + 1 then
    raise exception 'the head of the audit log moves by one entry, not from % to %', old.sequence, new.sequence;
  end if;
  return new;
end
$body$;
create trigger audit_head_forward before update on platform.audit_head
  for each row execute function platform.refuse_audit_rewind();
`;

// `once_key` is what lets several server processes agree that one scheduled run is queued once.
const jobs = `
create table platform.job (
  id uuid primary key,
  kind text collate "C" not null,
  organisation text collate "C" not null,
  params json not null,
  state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  progress double precision not null default 0,
  message text,
  attempt integer not null default 0,
  attempts_max integer not null,
  requested_by text not null,
  once_key text unique,
  cancel_requested boolean not null default false,
  worker text,
  heartbeat_at timestamptz(3),
  run_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  result json,
  error text
);
create index job_waiting on platform.job (run_at, created_at) where state = 'queued';
create index job_active on platform.job (kind) where state in ('queued', 'running');
create index job_newest on platform.job (created_at desc, id desc);
create index job_finished on platform.job (finished_at) where finished_at is not null;
`;

// A key has at most two secrets that work: its own, and until `old_until` the one before the last rotation.
const keyTerms = `
alter table platform.api_key
  add column description text not null default '',
  add column application text,
  add column allowed_addresses text[] not null default '{}',
  add column last_used_from text,
  add column rotated_at timestamptz(3),
  add column old_prefix text,
  add column old_secret_hash text collate "C" unique,
  add column old_until timestamptz(3),
  add column old_used_at timestamptz(3);
`;

// Short-lived tokens of keys (OAuth client credentials); as SHA-256 only.
const accessTokens = `
create table platform.access_token (
  token_hash text collate "C" primary key,
  api_key uuid not null references platform.api_key (id) on delete cascade,
  permissions text[] not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
create index access_token_of_key on platform.access_token (api_key, created_at);
create index access_token_end on platform.access_token (expires_at);
`;

// People of an OpenID provider: who is which user, and sign-ins under way.
const people = `
create table platform.user_identity (
  issuer text collate "C" not null,
  subject text collate "C" not null,
  user_id uuid not null references platform."user" (id) on delete cascade,
  created_at timestamptz(3) not null,
  primary key (issuer, subject),
  unique (issuer, user_id)
);
create table platform.oidc_flow (
  state_hash text collate "C" primary key,
  browser_hash text collate "C" not null,
  nonce text not null,
  verifier text not null,
  return_to text not null,
  expires_at timestamptz(3) not null
);
create index oidc_flow_end on platform.oidc_flow (expires_at);
`;

/** The tables of the ground floor: organisations, users, sessions, keys, the audit log and jobs. */
export const platformMigrations: DomainMigrations = {
  word: 'platform',
  postgres: [
    { name: '0001_organisations', sql: organisations },
    { name: '0002_audit', sql: audit },
    { name: '0003_jobs', sql: jobs },
    { name: '0004_key_terms', sql: keyTerms },
    { name: '0005_access_tokens', sql: accessTokens },
    { name: '0006_people_of_a_provider', sql: people },
  ],
  clickhouse: [],
};
