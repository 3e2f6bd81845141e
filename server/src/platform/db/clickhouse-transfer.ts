import { createReadStream, createWriteStream } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { toAnalyticsError } from '#platform/db/analytics-error.ts';
import { TRANSFER_TIMEOUT_MS } from '#platform/db/analytics-limits.ts';
import { quoteTable } from '#platform/db/sql-parameters.ts';

/** What is shown of an answer that is an error. */
const ERROR_CHARACTERS_MAX = 2_000;

/**
 * Streams a table of a ClickHouse server into a file as the server compresses it (zstd), so that neither side holds it in memory.
 * Beside `@clickhouse/client`, which would decompress and cannot take a compressed body.
 */
export async function downloadTable(url: string, table: string, file: string): Promise<void> {
  const query = `select * from ${quoteTable(table)} format Native`;
  const answer = await post(url, {
    query,
    headers: { 'accept-encoding': 'zstd' },
    settings: { enable_http_compression: '1' },
  });
  if (answer.headers['content-encoding'] !== 'zstd')
    throw new Error('The ClickHouse server (or a proxy before it) does not answer in zstd');
  await pipeline(answer, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
}

/** Streams the answer of a query, which names its format, into a new file. */
export async function downloadRows(url: string, sql: string, file: string): Promise<void> {
  const answer = await post(url, {
    query: '',
    headers: {},
    settings: {},
    body: Readable.from([sql]),
  });
  await pipeline(answer, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
}

/** Streams such a file into a table; `columns` is the list for SQL. */
export async function uploadTable(
  url: string,
  { table, columns, file }: { table: string; columns: string; file: string },
): Promise<void> {
  const answer = await post(url, {
    query: `insert into ${quoteTable(table)} (${columns}) format Native`,
    headers: file.endsWith('.zst') ? { 'content-encoding': 'zstd' } : {},
    settings: { insert_deduplicate: '0', insert_distributed_sync: '1' },
    body: createReadStream(file),
  });
  await text(answer);
}

type Post = {
  query: string;
  headers: Record<string, string>;
  settings: Record<string, string>;
  body?: Readable;
};

async function post(
  url: string,
  { query, headers, settings, body = Readable.from([]) }: Post,
): Promise<IncomingMessage> {
  const address = new URL(url);
  const account = {
    'x-clickhouse-user': decodeURIComponent(address.username) || 'default',
    'x-clickhouse-key': decodeURIComponent(address.password),
  };
  address.username = '';
  address.password = '';
  // without a query in the address the body is one: the answer of a long statement
  const told = query === '' ? settings : { ...settings, query };
  for (const [name, value] of Object.entries(told)) address.searchParams.set(name, value);
  const send = address.protocol === 'https:' ? secureRequest : plainRequest;
  const signal = AbortSignal.timeout(TRANSFER_TIMEOUT_MS);
  const request = send(address, { method: 'POST', headers: { ...headers, ...account }, signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  const [answer] = await Promise.all([answered, pipeline(body, request)]);
  if (answer.statusCode === 200) return answer;
  const message = (await text(answer)).slice(0, ERROR_CHARACTERS_MAX);
  throw toAnalyticsError(new Error(message), { timeoutMs: TRANSFER_TIMEOUT_MS, rowsMax: 0 });
}
