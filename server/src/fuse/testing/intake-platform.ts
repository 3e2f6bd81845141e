// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import type { NewSource, Run, Source, SourceLook, Upload } from '@ronghe/contracts';
import { expect } from 'vitest';
import type { Config } from '#platform/config/config.ts';
import { startTestPlatform } from '#platform/testing/platform.ts';
import { fuse, fuseMigrations } from '../index.ts';

export type Answer<Body = Record<string, unknown>> = {
  status: number;
  body: Body;
  text: string;
  headers: Record<string, unknown>;
};
type Asked = { payload?: unknown; token?: string | undefined; headers?: Record<string, string> };
export type Row = Record<string, unknown>;
/** What a test says of a source; the rest is filled in. */
export type Registered = Partial<Omit<NewSource, 'connection'>> & { key: string; connection: unknown };

const BOUNDARY = '----ronghe-intake-test';
const RUN_MS_MAX = 60_000;

/** A file of a form as a browser sends it; `name` goes into the header as it stands. */
export function formOf(name: string, content: string | Buffer): { payload: Buffer; type: string } {
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  const payload = Buffer.concat([
    Buffer.from(head),
    Buffer.from(content),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  return { payload, type: `multipart/form-data; boundary=${BOUNDARY}` };
}

/** Rows as CSV; the columns are those of the first row. */
export function csvOfRows(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lineOf = (cells: readonly unknown[]) =>
    cells.map((cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`).join(',');
  return [lineOf(columns), ...rows.map((row) => lineOf(columns.map((name) => row[name])))].join('\n');
}

/**
 * The intake as an operator runs it: shipped rules, the gate closed, everything over HTTP. Tokens are those of `admin` at the
 * root and of data engineers of two cities.
 */
export async function startIntake(config: Partial<Config> = {}) {
  const platform = await startTestPlatform({ domains: [fuseMigrations], config });
  const domain = fuse(platform);
  await domain.start?.();
  await platform.jobs.start();
  const http = await platform.serve([domain]);
  const login = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  const admin = login.json<{ token: string }>().token;

  async function call<Body = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
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
  const get = async <Body = Record<string, unknown>>(url: string, token?: string) =>
    (await call<Body>('GET', url, { token })).body;

  async function upload(name: string, content: string | Buffer, token?: string): Promise<Answer<Upload>> {
    const { payload, type } = formOf(name, content);
    return call<Upload>('POST', '/api/fuse/uploads', { payload, token, headers: { 'content-type': type } });
  }

  async function register(source: Registered, token?: string) {
    const answer = await call<Source>('POST', '/api/fuse/sources', {
      token,
      payload: {
        ...{ name: source.key, owner: '测试单位', organisation: 'jx', rowKey: ['id'], periodField: null },
        ...{ tests: [], target: 'dataset', mode: 'full', watermarkField: null, priority: 50, schedule: null },
        ...source,
      },
    });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  }

  /** Waits until nobody works on a run any more. */
  async function settled(id: string): Promise<Run> {
    const end = performance.now() + RUN_MS_MAX;
    for (;;) {
      const run = await get<Run>(`/api/fuse/runs/${id}`);
      if (run.state !== 'running') return run;
      if (performance.now() > end) throw new Error(`run ${id} is still at ${run.stage}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function run(source: string): Promise<Run> {
    const started = await call<{ run: string }>('POST', `/api/fuse/sources/${source}/runs`);
    expect(started.status, started.text).toBe(202);
    return settled(started.body.run);
  }

  async function push(source: string, body: Row): Promise<Run> {
    const answer = await call<{ run: string }>('POST', `/api/fuse/sources/${source}/rows`, {
      payload: { idempotencyKey: platform.ids.next(), ...body },
    });
    expect(answer.status, answer.text).toBe(202);
    return settled(answer.body.run);
  }

  return {
    platform,
    domain,
    http,
    admin,
    call,
    get,
    upload,
    register,
    settled,
    run,
    push,
    look: (connection: unknown, token?: string) =>
      call<SourceLook>('POST', '/api/fuse/sources/look', { payload: { connection }, token }),

    /** A source of one uploaded file that was run once. */
    async table(key: string, name: string, content: string | Buffer, more: Partial<NewSource> = {}) {
      const file = await upload(name, content);
      expect(file.status, file.text).toBe(201);
      const connection = { kind: 'upload', upload: file.body.id, options: {} };
      const source = await register({ key, mappings: [], ...more, connection });
      return { source: source.id, run: await run(source.id) };
    },

    /** A newer file of a source; answers with its run when it ended or is held. */
    async renew(source: string, content: string | Buffer, name = 'table.csv'): Promise<Run> {
      const file = await upload(name, content);
      const answer = await call<{ run: string }>('POST', `/api/fuse/sources/${source}/upload`, {
        payload: { upload: file.body.id },
      });
      expect(answer.status, answer.text).toBe(202);
      return settled(answer.body.run);
    },

    decide: (run: string, action: 'publish' | 'discard', token?: string) =>
      call<Run>('POST', `/api/fuse/runs/${run}/decision`, { payload: { action, note: '核对过' }, token }),

    /** Raw rows of a source as readers see them, by row key. */
    async rows(source: string): Promise<Map<string, Row>> {
      const all = new Map<string, Row>();
      let cursor = '';
      for (;;) {
        const page = await get<{ items: { rowKey: string; row: Row }[]; next: string | null; total: number }>(
          `/api/fuse/sources/${source}/rows?limit=500${cursor}`,
        );
        for (const { rowKey, row } of page.items) all.set(rowKey, row);
        if (page.next === null) {
          expect(all.size).toBe(page.total);
          return all;
        }
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    },

    async city(code: string) {
      const organisation = `jx.${code}`;
      return platform.signIn({ organisation, role: 'data-engineer', kind: 'city' });
    },

    async stop() {
      await platform.jobs.stop();
      await domain.stop?.();
      await platform.stop();
    },
  };
}
export type IntakeTest = Awaited<ReturnType<typeof startIntake>>;
