import { BUILT_IN_ROLES, type BuiltInRoleName, type Permission } from '@ronghe/contracts';
import { type Platform, startPlatform } from '../ingest/platform.ts';

/** Stands in everything that the victim owns, and nowhere else. */
export const MARK = 'ZEUGNIS7731';
const PASSWORD = 'Attack-1234-Ronghe';
export const ORGANISATIONS = {
  own: 'jx.own',
  sibling: 'jx.own-east',
  parent: 'jx',
  below: 'jx.own.below',
} as const;
export type Place = keyof typeof ORGANISATIONS;
export type Caller = {
  place: Place;
  role: BuiltInRoleName;
  permissions: ReadonlySet<Permission>;
  token: string;
};
export type Answer = { status: number; text: string; code: string | null; type: string };

/** The victim's things and everybody who could ask for them, on a platform as it is delivered. */
export type World = {
  platform: Platform;
  callers: readonly Caller[];
  /** ids of the victim's things, by the beginning of the path and the name of the parameter */
  ids: Readonly<Record<string, string>>;
  ask(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  stop(): Promise<void>;
};

export async function startWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const platform = await startPlatform({
    environment: {
      ...{ RONGHE_APPLY_ALERT_SECONDS: '1', RONGHE_APPLY_NOTIFY_HOSTS: '127.0.0.1:9' },
      ...environment,
    },
  });
  const { admin, url } = platform;
  const ask: World['ask'] = async (method, path, { token, body, headers = {} } = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined || isPlain(body) ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPlain(body) ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const code = type.includes('json')
      ? ((JSON.parse(text || 'null') as { error?: { code?: string } } | null)?.error?.code ?? null)
      : null;
    return { status: answer.status, text, code, type };
  };
  // `jx.own-east` begins with the same letters as `jx.own` and is another organisation all the same
  for (const path of ['jx.own', 'jx.own.below', 'jx.own-east'])
    await admin.post('/api/auth/organisations', {
      ...{ path, kind: 'enterprise', name: path === 'jx.own-east' ? 'east' : MARK },
      ...{ division: null, code: null },
    });
  const callers: Caller[] = [];
  for (const place of Object.keys(ORGANISATIONS) as Place[])
    for (const role of Object.keys(BUILT_IN_ROLES) as BuiltInRoleName[]) {
      const username = `${role}-${place}`;
      await admin.post('/api/auth/users', {
        ...{ username, title: place === 'own' ? MARK : username, password: PASSWORD },
        ...{ organisation: ORGANISATIONS[place], roles: [role] },
      });
      const login = await ask('POST', '/api/auth/login', { body: { username, password: PASSWORD } });
      const { token } = JSON.parse(login.text) as { token: string };
      callers.push({ place, role, permissions: new Set(BUILT_IN_ROLES[role].permissions), token });
    }
  const ids = await furnish(platform, callers, ask);
  return { platform, callers, ids, ask, stop: () => platform.stop() };
}

const isPlain = (body: unknown): body is string | FormData =>
  typeof body === 'string' || body instanceof FormData;

/** Gives the victim one thing of each kind, made over HTTP as people make them. */
async function furnish(
  { admin }: Platform,
  callers: readonly Caller[],
  ask: World['ask'],
): Promise<Record<string, string>> {
  const owner = callers.find(({ place, role }) => place === 'own' && role === 'administrator')?.token ?? '';
  const made = async <Body>(method: string, path: string, body: unknown): Promise<Body> => {
    const answer = await ask(method, path, { token: owner, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return (answer.text === '' ? {} : JSON.parse(answer.text)) as Body;
  };
  const organisation = ORGANISATIONS.own;
  const key = await made<{ apiKey: { id: string }; key: string }>('POST', '/api/auth/keys', {
    ...{ name: MARK, organisation, expiresAt: null },
    permissions: ['ingest:observation:write', 'collect:point:write'],
  });
  const written = await ask('POST', '/api/v2/write?org=o&bucket=b', {
    token: key.key,
    headers: { 'content-type': 'text/plain' },
    body: `${MARK} value=1`,
  });
  if (written.status >= 300) throw new Error(`writing a point: ${written.status} ${written.text}`);
  await made('POST', '/api/collect/enrolments', { name: 'victim', organisation, title: MARK });
  const upload = new FormData();
  upload.set('file', new Blob([`id,name,division\n1,${MARK}有限公司,360111\n`]), `${MARK}.csv`);
  const { id: file } = await made<{ id: string }>('POST', '/api/fuse/uploads', upload);
  const source = await made<{ id: string }>('POST', '/api/fuse/sources', {
    ...{ key: 'victim', name: MARK, owner: MARK, organisation, target: 'enterprise', rowKey: ['id'] },
    connection: { kind: 'upload', upload: file, options: {} },
    mappings: ['name', 'division'].map((to) => ({ from: to, to, transform: to, unit: null, values: {} })),
  });
  const { run } = await made<{ run: string }>('POST', `/api/fuse/sources/${source.id}/runs`, undefined);
  await settled(() => admin.get<{ state: string }>(`/api/fuse/runs/${run}`));
  const policy = await made<{ id: string }>('POST', '/api/share/policies', {
    ...{ name: MARK, effect: 'grant', dataset: 'enterprises', organisation },
    subject: { kind: 'organisation', organisation: ORGANISATIONS.below },
  });
  const exported = await made<{ id: string; job: string }>('POST', '/api/share/datasets/enterprises/export', {
    format: 'csv',
  });
  await settled(() => admin.get<{ state: string }>(`/api/jobs/${exported.job}`));
  const enterprises = await admin.get<{ items: { id: string; name: string }[] }>(
    '/api/fuse/enterprises?limit=10',
  );
  const users = await admin.get<{ items: { id: string; username: string }[] }>('/api/auth/users');
  const points = await admin.get<{ items: { id: number; key: string }[] }>('/api/collect/points?limit=10');
  const jobs = await admin.get<{ items: { id: string }[] }>('/api/jobs?limit=10');
  const channel = await made<{ channel: { id: string } }>('POST', '/api/apply/channels', {
    ...{ organisation, name: MARK },
    destination: { kind: 'webhook', url: `http://127.0.0.1:9/${MARK}` },
  });
  const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const maintenance = await made<{ id: string }>('POST', '/api/apply/maintenance', {
    ...{ organisation, search: MARK, from: hour(1), to: hour(2), reason: MARK },
  });
  const rule = await made<{ id: string }>('POST', '/api/apply/alert-rules', {
    ...{ name: MARK, organisation, colour: 'red', cause: MARK },
    watch: { points: [points.items[0]?.id] },
    condition: { kind: 'above', limit: 0 },
  });
  const alerts = () => admin.get<{ items: { id: string }[] }>('/api/apply/alerts');
  await settled(async () => ({ state: (await alerts()).items.length === 0 ? 'waiting' : 'there' }));
  const [alert] = (await alerts()).items;
  return {
    '/api/auth/keys id': key.apiKey.id,
    '/api/auth/users id': users.items.find(({ username }) => username === 'administrator-own')?.id ?? '',
    '/api/fuse/sources id': source.id,
    '/api/fuse/runs id': run,
    '/api/fuse/enterprises id': enterprises.items[0]?.id ?? '',
    '/api/collect/points id': String(points.items[0]?.id ?? ''),
    '/api/jobs id': jobs.items[0]?.id ?? '',
    '/api/collect/collectors name': 'victim',
    '/api/share/policies id': policy.id,
    '/api/share/exports id': exported.id,
    '/api/apply/alert-rules id': rule.id,
    '/api/apply/channels id': channel.channel.id,
    '/api/apply/maintenance id': maintenance.id,
    '/api/apply/alerts id': alert?.id ?? '',
  };
}

const SETTLED_MS_MAX = 60_000;
async function settled(look: () => Promise<{ state: string }>): Promise<void> {
  const end = performance.now() + SETTLED_MS_MAX;
  while (['running', 'waiting', 'queued'].includes((await look()).state)) {
    if (performance.now() > end) throw new Error('what the victim began does not end');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
