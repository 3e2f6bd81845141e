import { SETTINGS } from '../sql/sql.ts';
import { failed } from './errors.ts';

/** What one request asks, read from its address and headers; the body is a part of the query. */
export type Asked = {
  query: string;
  parameters: Record<string, string>;
  settings: Record<string, string>;
  format: string | null;
  queryId: string | null;
  /** answers in ClickHouse's own compressed blocks */
  blocks: boolean;
  /** the body is in such blocks */
  blocksIn: boolean;
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
/** Of the transport, or of clients' writing and reading: taken and without a meaning for one answer. */
const WITHOUT_MEANING = new Set([
  ...[
    'session_id',
    'session_timeout',
    'session_check',
    'quota_key',
    'role',
    'stacktrace',
    'client_protocol_version',
  ],
  ...[
    'buffer_size',
    'add_http_cors_header',
    'cancel_http_readonly_queries_on_client_close',
    'log_comment',
    'log_queries',
  ],
  ...[
    'http_zlib_compression_level',
    'network_compression_method',
    'readonly',
    'max_block_size',
    'async_insert',
  ],
  ...[
    'wait_for_async_insert',
    'date_time_input_format',
    'http_write_exception_in_output_format',
    'max_bytes_to_read',
  ],
  ...[
    'insert_deduplicate',
    'low_cardinality_allow_in_native_format',
    'use_client_time_zone',
    'server_version',
  ],
  ...[
    'http_response_headers',
    'output_format_native_use_flattened_dynamic_and_json_serialization',
    'priority',
  ],
  ...['allow_experimental_json_type', 'allow_experimental_variant_type', 'allow_experimental_dynamic_type'],
  ...[
    'output_format_binary_write_json_as_string',
    'input_format_binary_read_json_as_string',
    'user_agent',
    'send_logs_level',
  ],
]);
const OWN = new Set([
  ...['query', 'query_id', 'database', 'default_format', 'compress', 'decompress', 'enable_http_compression'],
  ...[
    'wait_end_of_query',
    'http_wait_end_of_query',
    'send_progress_in_http_headers',
    'http_headers_progress_interval_ms',
  ],
  ...['user', 'password', 'purpose'],
]);

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
    else if (!OWN.has(name) && !WITHOUT_MEANING.has(name) && !/^input_format_\w{1,60}$/.test(name))
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
    queryId: queryIdOf(one('query_id') ?? header('x-clickhouse-query-id')),
    blocks: flag(one('compress')),
    blocksIn: flag(one('decompress')),
    compression: flag(one('enable_http_compression')) || header('accept-encoding') !== null,
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

/** Encodings of answers that Node has, the best first; '' when the caller takes none. Source: RFC 9110, 12.5.3. */
export function encodingFor(accepted: string): 'gzip' | 'br' | 'deflate' | '' {
  const known = ['gzip', 'br', 'deflate'] as const;
  const wanted = new Set(
    accepted
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';')[0]),
  );
  return known.find((encoding) => wanted.has(encoding)) ?? '';
}
