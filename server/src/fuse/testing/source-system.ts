import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import exceljs from 'exceljs';
import fastify from 'fastify';

type Row = Record<string, unknown>;

/** A real HTTP system with paging and tokens, for tests: rows, faults and what it was asked are in the test's hands. */
export async function startSourceSystem(options: { password?: string } = {}) {
  const password = options.password ?? 'geheim-密码';
  const state = {
    rows: [] as unknown[],
    /** tokens given out so far; the newest is good for `tokenUses` requests */
    tokens: 0,
    tokenUses: Number.POSITIVE_INFINITY,
    /** answers before the true one: HTTP status of each */
    failures: [] as number[],
    redirectTo: null as string | null,
    total: null as number | null,
    requests: 0,
    /** called before a page is answered */
    onPage: async (_page: number): Promise<void> => {},
  };
  let usesLeft = 0;
  const app = fastify();
  app.post<{ Body: Row }>('/api/token', async ({ body }, reply) => {
    if (body.username !== 'ronghe' || body.password !== password) return reply.code(401).send({ code: 401 });
    state.tokens += 1;
    usesLeft = state.tokenUses;
    return { access_token: `token-${state.tokens}`, expires_in: 60 };
  });
  app.get<{ Querystring: { pageNo: string; pageSize: string } }>(
    '/api/v1/enterprises',
    async ({ query, headers }, reply) => {
      state.requests += 1;
      if (headers.authorization !== `Bearer token-${state.tokens}` || usesLeft <= 0)
        return reply.code(401).send();
      usesLeft -= 1;
      const failure = state.failures.shift();
      if (failure !== undefined) return reply.code(failure).header('retry-after', '0').send('no JSON');
      if (state.redirectTo !== null) return reply.redirect(state.redirectTo);
      const [page, size] = [Number(query.pageNo), Number(query.pageSize)];
      await state.onPage(page);
      const list = state.rows.slice((page - 1) * size, page * size);
      return {
        code: 0,
        data: { total: state.total ?? state.rows.length, pageNo: page, pageSize: size, list },
      };
    },
  );
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { state, url, host: new URL(url).host, password, stop: () => app.close() };
}
export type SourceSystem = Awaited<ReturnType<typeof startSourceSystem>>;

/** Writes a real workbook: an optional title over all columns, a header, rows. */
export async function writeWorkbook(
  folder: string,
  name: string,
  { title, rows }: { title?: string; rows: readonly Row[] },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const workbook = new exceljs.Workbook();
  const sheet = workbook.addWorksheet('数据');
  const headers = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (title !== undefined) {
    sheet.addRow([title]);
    sheet.mergeCells(1, 1, 1, Math.max(2, headers.length));
  }
  sheet.addRow(headers);
  for (const row of rows) sheet.addRow(headers.map((header) => row[header] ?? null));
  await workbook.xlsx.writeFile(join(folder, name));
}
