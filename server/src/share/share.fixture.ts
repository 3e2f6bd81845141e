// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import type { DatasetAnswer, Permission } from '@ronghe/contracts';
import { sql } from 'kysely';
import { collect, collectMigrations } from '#collect';
import { fuse, fuseMigrations } from '#fuse';
import { ingest, ingestMigrations } from '#ingest';
import { startTestPlatform } from '#platform/testing/platform.ts';
import { share, shareMigrations } from './index.ts';

export type Answer<Body = Record<string, unknown>> = {
  status: number;
  body: Body;
  text: string;
  headers: Record<string, unknown>;
};
type Asked = { payload?: unknown; token?: string; headers?: Record<string, string> };
type Invented = {
  name: string;
  organisation: string;
  revenue?: number | null;
  phone?: string;
  code?: string;
};

/** The domain on real engines, `admin` at the root and officers of two cities, over HTTP. */
export async function startShare() {
  const platform = await startTestPlatform({
    domains: [collectMigrations, ingestMigrations, fuseMigrations, shareMigrations],
  });
  const collecting = collect(platform);
  const ingesting = ingest(platform, { collect: collecting });
  const fusing = fuse(platform);
  const sharing = share(platform, {
    offers: [...collecting.datasets, ...ingesting.datasets, ...fusing.datasets],
    shelves: [fusing.shelf],
  });
  for (const domain of [ingesting, sharing]) await domain.start?.();
  await platform.jobs.start();
  const http = await platform.serve([collecting, ingesting, fusing, sharing]);
  const login = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  const admin = login.json<{ token: string }>().token;
  const db = platform.relational.as<Record<string, Record<string, unknown>>>();

  async function call<Body = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    { payload, token = admin, headers = {} }: Asked = {},
  ): Promise<Answer<Body>> {
    const answer = await http.inject({
      method,
      url,
      ...(payload === undefined ? {} : { payload: payload as object }),
      headers: { authorization: `Bearer ${token}`, 'accept-language': 'zh-CN', ...headers },
    });
    const json = String(answer.headers['content-type'] ?? '').includes('json');
    return {
      status: answer.statusCode,
      body: (json ? answer.json() : {}) as Body,
      text: answer.body,
      headers: answer.headers,
    };
  }

  return {
    platform,
    http,
    fusing,
    sharing,
    db,
    admin,
    call,
    ask: (payload: object, token?: string, dataset = 'enterprises') =>
      call<DatasetAnswer>('POST', `/api/share/datasets/${dataset}/query`, {
        payload,
        ...(token ? { token } : {}),
      }),

    /** Enterprises as runs leave them; the update is what notes them for the copy. */
    async invent(enterprises: readonly Invented[]) {
      for (const { name, organisation, revenue = null, phone, code = null } of enterprises) {
        const id = platform.ids.next();
        await sql`insert into fuse.enterprise (id, name, organisation, home_organisation, state, code, code_valid, city, division, revenue,
            sources, findings, search, created_at, updated_at)
          values (${id}, ${name}, ${organisation}, ${organisation}, 'active', ${code}, ${code !== null}, '360100', '360111', ${revenue},
            1, 0, '', now(), now())`.execute(db);
        if (phone !== undefined)
          await sql`insert into fuse.enterprise_value (enterprise, attribute, value, row_key, field, raw, rule, at, others)
            values (${id}, 'phone', ${phone}, 'r', 'phone', ${phone}, 'only', now(), '[]')`.execute(db);
        await sql`update fuse.enterprise set findings = 0 where id = ${id}`.execute(db);
      }
    },

    /** A key over HTTP, as an operator makes one. */
    async key(organisation: string, permissions: readonly Permission[], name = 'app') {
      const made = await call<{ key: string; apiKey: { id: string } }>('POST', '/api/auth/keys', {
        payload: { name, organisation, permissions, expiresAt: null },
      });
      if (made.status !== 201 && made.status !== 200) throw new Error(made.text);
      return { token: made.body.key, id: made.body.apiKey.id };
    },

    async stop() {
      await platform.jobs.stop();
      for (const domain of [sharing, fusing, ingesting, collecting]) await domain.stop?.();
      await platform.stop();
    },
  };
}
export type ShareTest = Awaited<ReturnType<typeof startShare>>;
