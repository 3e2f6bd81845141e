import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Chdb, loadChdb } from '#platform/db/chdb.ts';
import { quote } from '#platform/db/sql-parameters.ts';

/** Parameters of an address that are not settings. */
const OWN_PARAMETERS = [
  'query',
  'query_id',
  'database',
  'session_id',
  'wait_end_of_query',
  'enable_http_compression',
];
const INSERT = /^insert into (\S+) \(([^)]*)\) format Native$/;
const FORMATTED = /^(.*)\nformat (\w+)$/s;
const DOWNLOAD = /^(select .*) format Native$/s;

/**
 * As much of ClickHouse's HTTP interface as `@clickhouse/client` uses, over chDB on a loopback port, for tests of the server
 * adapter where no server is at hand: the same statements, settings and Native blocks, but not the same server.
 */
export async function startClickHouseShim(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const chdb = await loadChdb(folder);
  const keeper = chdb.open();
  const server = createServer((request, response) => {
    const id = randomUUID();
    response.once('close', () => {
      if (!response.writableEnded)
        void keeper.run(`kill query where startsWith(trimLeft(query), '/* ${id}') async`, 'Null');
    });
    answer(request, response, { chdb, folder, id }).catch((error: Error) => {
      const code = /Code: (\d+)\./.exec(error.message)?.[1] ?? '1002';
      response.writeHead(500, { 'x-clickhouse-exception-code': code }).end(error.message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await chdb.drain();
    keeper.close();
    await chdb.drain();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { chdb, folder, id }: { chdb: Chdb; folder: string; id: string },
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://shim');
  const body = await buffer(request);
  const settings = [...searchParams].filter(([name]) => !OWN_PARAMETERS.includes(name));
  const asked = searchParams.get('query');
  const compressed = request.headers['content-encoding'] === 'zstd';
  const download = DOWNLOAD.exec(asked ?? '');
  const database = searchParams.get('database') ?? '';
  const file = join(folder, `../block-${randomUUID()}.native${compressed || download ? '.zst' : ''}`);
  // a session of its own per request, as settings of one must not reach another
  const session = chdb.open();
  try {
    if (/^\w+$/.test(database)) await session.run(`use ${database}`, 'Null');
    for (const [name, value] of settings) await session.run(`set ${name} = ${quote(value)}`, 'Null');
    const insert = INSERT.exec(asked ?? '');
    if (insert) await writeFile(file, body);
    if (download) {
      await session.run(`insert into function file('${file}', Native) ${download[1]}`, 'Null');
      return void response.writeHead(200, { 'content-encoding': 'zstd' }).end(await readFile(file));
    }
    const sql = insert
      ? `insert into ${insert[1]} (${insert[2]}) select ${insert[2]} from file('${file}', Native)`
      : [asked, body.toString()].filter(Boolean).join('\n');
    const formatted = FORMATTED.exec(sql);
    if (formatted) {
      const [, select, format] = formatted;
      if (select?.startsWith('explain')) {
        const explained = await session.run(select, `${format}`);
        return void response.writeHead(200).end(explained);
      }
      const { rows } = await session.write(`/* ${id} */ ${select}\ninto outfile '${file}' format ${format}`);
      const summary = JSON.stringify({
        read_rows: '0',
        read_bytes: '0',
        result_rows: `${rows}`,
        elapsed_ns: '1',
      });
      return void response.writeHead(200, { 'x-clickhouse-summary': summary }).end(await readFile(file));
    }
    const text = await session.run(sql, 'TabSeparated');
    response.writeHead(200).end(text);
  } finally {
    session.close();
    await rm(file, { force: true });
  }
}
