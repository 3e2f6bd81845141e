import type { ApiKey, AuditVerdict, Backup, PlatformStatus, User } from '@ronghe/contracts';
import { waitForJob } from './client.ts';
import type { Call } from './commands.ts';
import { bytes, table } from './print.ts';

const need = (value: string | undefined, what: string): string => {
  if (!value) throw new Error(`${what} is missing; see ronghe help`);
  return value;
};
const list = (value: string | undefined, what: string): string[] =>
  need(value, what)
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const newPassword = () =>
  need(process.env.RONGHE_CLI_NEW_PASSWORD, 'the environment variable RONGHE_CLI_NEW_PASSWORD');

/** Version, uptime, memory and both engines. */
export async function status({ client }: Call): Promise<string> {
  const state = await client().get<PlatformStatus>('/api/platform/status');
  const engines = state.engines.map(({ name, kind, version, ready, bytes: size }) => [
    name,
    kind,
    version,
    ready ? 'ready' : 'NOT READY',
    size === null ? null : bytes(size),
  ]);
  return `Ronghe ${state.version}, up ${Math.round(state.uptimeSeconds)} s, ${bytes(state.memoryBytes)} of memory\n${table(['engine', 'kind', 'version', 'state', 'size'], engines)}`;
}

/** Starts the backup job and waits for its end. */
export async function backupCreate({ client }: Call): Promise<string> {
  const api = client();
  const { job } = await api.post<{ job: string }>('/api/platform/backups');
  const ended = await waitForJob(api, job);
  if (ended.state !== 'succeeded') throw new Error(`the backup ${ended.state}: ${ended.error ?? ''}`);
  return `backup ${String(ended.result?.name)} written to ${String(ended.result?.folder)}`;
}

export async function backupList({ client }: Call): Promise<string> {
  const { items } = await client().get<{ items: Backup[] }>('/api/platform/backups');
  return table(
    ['name', 'made at', 'size', 'rows'],
    items.map((item) => [item.name, item.createdAt, bytes(item.bytes), item.relationalRows]),
  );
}

/** Throws when the chain is broken, so that scripts see it in the exit code. */
export async function auditVerify({ client }: Call): Promise<string> {
  const verdict = await client().get<AuditVerdict>('/api/audit/verify');
  if (!verdict.intact)
    throw new Error(`the audit chain is broken at entry ${verdict.brokenAt}: ${verdict.reason}`);
  return `the audit chain is intact: ${verdict.entries} entries`;
}

export async function userList({ client }: Call): Promise<string> {
  const { items } = await client().get<{ items: User[] }>('/api/auth/users');
  return table(
    ['user', 'title', 'organisation', 'roles', 'state'],
    items.map((user) => [
      user.username,
      user.title,
      user.organisation,
      user.roles.join(','),
      user.disabled ? 'disabled' : 'active',
    ]),
  );
}

export async function userAdd({ client, words, options }: Call): Promise<string> {
  const username = need(words[2], 'the user name');
  await client().post('/api/auth/users', {
    username,
    title: options.title ?? username,
    organisation: need(options.organisation, '--organisation'),
    roles: list(options.roles, '--roles'),
    password: newPassword(),
  });
  return `user ${username} added`;
}

export async function userPassword({ client, words }: Call): Promise<string> {
  const username = need(words[2], 'the user name');
  const api = client();
  const { items } = await api.get<{ items: User[] }>('/api/auth/users');
  const user = items.find((item) => item.username === username);
  if (!user) throw new Error(`there is no user ${username}`);
  await api.patch(`/api/auth/users/${user.id}`, { password: newPassword() });
  return `the password of ${username} is set and all sessions of the user are ended`;
}

export async function keyList({ client }: Call): Promise<string> {
  const { items } = await client().get<{ items: ApiKey[] }>('/api/auth/keys');
  return table(
    ['id', 'name', 'begins with', 'organisation', 'expires', 'state'],
    items.map((key) => [
      key.id,
      key.name,
      key.prefix,
      key.organisation,
      key.expiresAt,
      key.revokedAt ? 'revoked' : 'active',
    ]),
  );
}

export async function keyAdd({ client, words, options }: Call): Promise<string> {
  const { apiKey, key } = await client().post<{ apiKey: ApiKey; key: string }>('/api/auth/keys', {
    name: need(words[2], 'the name of the key'),
    organisation: need(options.organisation, '--organisation'),
    permissions: list(options.permissions, '--permissions'),
    expiresAt: options.expires ?? null,
  });
  return `key ${apiKey.id} issued; it is shown this once:\n${key}`;
}

/** A new secret; the one until now works for the days of grace, one day unless told otherwise. */
export async function keyRotate({ client, words, options }: Call): Promise<string> {
  const id = need(words[2], 'the id of the key');
  const days = options['grace-days'];
  const { apiKey, key } = await client().post<{ apiKey: ApiKey; key: string }>(
    `/api/auth/keys/${encodeURIComponent(id)}/rotate`,
    days === undefined ? {} : { graceDays: Number(days) },
  );
  const until = apiKey.previous?.until;
  const old = until ? `the one until now works until ${until}` : 'the one until now works no more';
  return `key ${apiKey.id} has a new secret; ${old}. It is shown this once:\n${key}`;
}

export async function keyRevoke({ client, words }: Call): Promise<string> {
  const id = need(words[2], 'the id of the key');
  await client().remove(`/api/auth/keys/${encodeURIComponent(id)}`);
  return `key ${id} revoked`;
}
