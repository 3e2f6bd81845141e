import { randomBytes, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { createProvince } from '../province/province.ts';
import { type ParkRecord, parkRecords } from './park-records.ts';
import { PARK_CLOUD_USER } from './system-names.ts';

const PAGE_ROWS_MAX = 500;
const TOKENS_MAX = 1000;

export type ParkCloudOptions = {
  port: number;
  password: string;
  /** seconds a token is good for */
  tokenSeconds?: number;
  records?: readonly ParkRecord[];
};
export type ParkCloud = { port: number; url: string; stop(): Promise<void> };

/**
 * Starts the simulated provincial park platform on the loopback address:
 * `POST /api/token` `{username,password}` → `{access_token, expires_in}`;
 * `GET /api/v1/enterprises?pageNo=1&pageSize=50` with a bearer token → `{code:0,msg,data:{total,pageNo,pageSize,list}}`.
 * Errors are `{code,msg}` with the HTTP status, as such systems do.
 */
export async function startParkCloud(options: ParkCloudOptions): Promise<ParkCloud> {
  const records = options.records ?? parkRecords(createProvince().enterprises);
  const tokens = createTokens(options.tokenSeconds ?? 300);
  const app = Fastify({ logger: false, bodyLimit: 10_000 });
  tokenRoute(app, { password: options.password, tokens });
  listRoute(app, { records, tokens });
  const url = await app.listen({ port: options.port, host: '127.0.0.1' });
  return { port: Number(new URL(url).port), url, stop: () => app.close() };
}

type Tokens = { issue(): { token: string; seconds: number }; isValid(request: FastifyRequest): boolean };
function createTokens(seconds: number): Tokens {
  const expiry = new Map<string, number>();
  return {
    issue() {
      const now = Date.now();
      for (const [token, at] of expiry) if (at <= now || expiry.size >= TOKENS_MAX) expiry.delete(token);
      const token = randomBytes(24).toString('base64url');
      expiry.set(token, now + seconds * 1000);
      return { token, seconds };
    },
    isValid(request) {
      const [scheme, token] = (request.headers.authorization ?? '').split(' ');
      return scheme === 'Bearer' && (expiry.get(token ?? '') ?? 0) > Date.now();
    },
  };
}

function tokenRoute(app: FastifyInstance, { password, tokens }: { password: string; tokens: Tokens }): void {
  app.post<{ Body: { username?: unknown; password?: unknown } | null }>(
    '/api/token',
    async (request, reply) => {
      const { body } = request;
      if (body?.username !== PARK_CLOUD_USER || !equalText(String(body.password), password))
        return reply.code(401).send({ code: 401, msg: '用户名或密码错误' });
      const { token, seconds } = tokens.issue();
      return { access_token: token, token_type: 'Bearer', expires_in: seconds };
    },
  );
}

function listRoute(
  app: FastifyInstance,
  { records, tokens }: { records: readonly ParkRecord[]; tokens: Tokens },
): void {
  app.get<{ Querystring: { pageNo?: string; pageSize?: string } }>(
    '/api/v1/enterprises',
    async (request, reply) => {
      if (!tokens.isValid(request)) return reply.code(401).send({ code: 401, msg: '令牌无效或已过期' });
      const pageNo = Number(request.query.pageNo ?? 1);
      const pageSize = Number(request.query.pageSize ?? 50);
      if (
        !Number.isInteger(pageNo) ||
        pageNo < 1 ||
        !Number.isInteger(pageSize) ||
        pageSize < 1 ||
        pageSize > PAGE_ROWS_MAX
      )
        return reply.code(400).send({ code: 400, msg: `pageNo 从 1 起，pageSize 为 1 至 ${PAGE_ROWS_MAX}` });
      const list = records.slice((pageNo - 1) * pageSize, pageNo * pageSize);
      return { code: 0, msg: 'success', data: { total: records.length, pageNo, pageSize, list } };
    },
  );
}

function equalText(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
