import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLog } from '#platform/log/log.ts';
import type { DelivererContext, DeliveryRequest, Spool } from '../delivery.ts';

type Row = Readonly<Record<string, unknown>>;

/** A spool that keeps its rows in memory. */
export function memorySpool() {
  const rows: Row[] = [];
  const deleted: Row[] = [];
  const spool: Spool = {
    folder: '/nowhere',
    async add(added, gone) {
      for (const [index, row] of added.entries()) (gone?.has(index) ? deleted : rows).push(row);
    },
    addFile: () => Promise.reject(new Error('no files here')),
  };
  return { spool, rows, deleted };
}

/** A real HTTP server on the loopback whose answers are in the test's hands. */
export async function startServer(
  answer: (request: IncomingMessage & { body: string }, response: ServerResponse) => unknown,
) {
  const asked: string[] = [];
  const server = http.createServer(async (request, response) => {
    asked.push(request.url ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    await answer(Object.assign(request, { body: Buffer.concat(chunks).toString() }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type TestServer = Awaited<ReturnType<typeof startServer>>;

export const json = (
  response: ServerResponse,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) =>
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));

export const delivererContext = (): DelivererContext => ({ source: '模拟来源', log: silentLog() });

export const deliveryRequest = (change: Partial<DeliveryRequest> = {}): DeliveryRequest => ({
  signal: new AbortController().signal,
  bookmark: null,
  limits: { rowsMax: 1_000, bytesMax: 10_000_000, timeMsMax: 20_000 },
  tell: async () => {},
  ...change,
});
