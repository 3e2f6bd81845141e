import { SETTINGS } from '../sql/sql.ts';
import { failed } from './errors.ts';
import { HABITS, OWN } from './habits.data.ts';

/** What one request asks, read from its address and headers; the body is a part of the query. */
export type Asked = {
  query: string;
  parameters: Record<string, string>;
  settings: Record<string, string>;
  format: string | null;
  /** where names without a database are looked up */
  database: 'share' | 'system';
  queryId: string | null;
  /** answers in ClickHouse's own compressed blocks */
  blocks: boolean;
  /** the body is in such blocks */
  blocksIn: boolean;
  /** of ClickHouse's protocol, by which clients read the Native format; 0 when they tell none */
  revision: number;
  compression: boolean;
  waitForEnd: boolean;
  progressEveryMs: number | null;
  credentials: { user: string; password: string } | { bearer: string } | null;
  purpose: string | undefined;
};

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A client may name its question; what would not be safe in a header or a log is refused. */
const QUERY_ID = /^[\w.:-]{1,128}$/;
const DATABASES = new Set(['', 'default', 'share', 'system']);
const PROGRESS_MS_MIN = 100;

/**
 * Reads `?query=…&param_x=…&…` and the `X-ClickHouse-…` headers. Settings are those of the language; others that clients send as a habit
 * are taken and left, and every other is refused, as ClickHouse does.
 * @throws AppError SQL_FAILED with ClickHouse's numbers: UNKNOWN_SETTING, UNKNOWN_DATABASE, BAD_ARGUMENTS
 */
export function readAsked(address: URLSearchParams, headers: Headers): Asked {
  const one = (name: string): string | null => {
    const all = address.getAll(name);
    if (all.length > 1)
      throw failed(36, 'BAD_ARGUMENTS', `The parameter ${name.slice(0, 40)} is there twice`);
    return all[0] ?? null;
  };
  const header = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const parameters: Record<string, string> = {};
  const settings: Record<string, string> = {};
  for (const name of new Set(address.keys())) {
    const value = one(name) ?? '';
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else if (Object.hasOwn(SETTINGS, name)) settings[name] = value;
    else if (!OWN.has(name) && !HABITS.has(name) && !/^input_format_\w{1,60}$/.test(name))
      throw failed(
        115,
        'UNKNOWN_SETTING',
        `Setting ${name.slice(0, 60)} is neither a builtin setting nor started with the prefix 'SQL_'`,
      );
  }
  const database = one('database') ?? header('x-clickhouse-database') ?? '';
  if (!DATABASES.has(database))
    throw failed(81, 'UNKNOWN_DATABASE', `Database ${database.slice(0, 60)} does not exist`);
  return {
    query: one('query') ?? '',
    parameters,
    settings,
    format: header('x-clickhouse-format') ?? one('default_format'),
    database: database === 'system' ? 'system' : 'share',
    queryId: queryIdOf(one('query_id') ?? header('x-clickhouse-query-id')),
    blocks: flag(one('compress')),
    blocksIn: flag(one('decompress')),
    revision: Number(one('client_protocol_version') ?? 0) || 0,
    // blocks are compressed already: once more only for those that ask for it
    compression:
      flag(one('enable_http_compression')) || (header('accept-encoding') !== null && !flag(one('compress'))),
    waitForEnd: flag(one('wait_end_of_query')) || flag(one('http_wait_end_of_query')),
    progressEveryMs: flag(one('send_progress_in_http_headers'))
      ? Math.max(PROGRESS_MS_MIN, Number(one('http_headers_progress_interval_ms') ?? PROGRESS_MS_MIN) || 0)
      : null,
    credentials: credentialsOf(one, header),
    purpose: one('purpose') ?? undefined,
  };
}

const flag = (value: string | null): boolean => value === '1' || value === 'true';

function queryIdOf(value: string | null): string | null {
  if (value === null || value === '') return null;
  if (!QUERY_ID.test(value))
    throw failed(36, 'BAD_ARGUMENTS', 'The query id has characters that it must not have');
  return value;
}

type Read = (name: string) => string | null;

/** Headers of ClickHouse, Basic, Bearer, the address: in that order, and two ways at once are refused as ClickHouse does. */
function credentialsOf(one: Read, header: Read): Asked['credentials'] {
  const own = pairOf(header('x-clickhouse-user'), header('x-clickhouse-key'));
  const authorization = header('authorization');
  const address = pairOf(one('user'), one('password'));
  if (own && (authorization !== null || address))
    throw failed(516, 'AUTHENTICATION_FAILED', 'Two ways of authentication at once');
  if (own) return own;
  if (authorization !== null) return fromAuthorization(authorization);
  return address;
}

const pairOf = (user: string | null, password: string | null) =>
  user === null && password === null ? null : { user: user ?? '', password: password ?? '' };

function fromAuthorization(authorization: string): Asked['credentials'] {
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([\w.~+/=-]+) *$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { bearer: value };
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0
    ? { user: pair, password: '' }
    : { user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

/** Those that Node makes beside its own thread come first. */
const ENCODINGS = ['gzip', 'br', 'deflate', 'lz4'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The encoding of an answer; null when the caller takes none of ours. Source: RFC 9110, 12.5.3. */
export function encodingFor(accepted: string): Encoding | null {
  const wanted = new Set(
    accepted
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';')[0]),
  );
  return ENCODINGS.find((encoding) => wanted.has(encoding)) ?? null;
}
