import { type ForeignSource, unreachable } from '#platform/db/foreign.ts';
import { AppError } from '#platform/errors/errors.ts';
import { ForeignError } from '#platform/errors/foreign-error.ts';

const OWN_WORDS_MAX = 200;
const STATEMENT = /: In scope |: While (executing|processing) |\nLINE \d+:/;

/** A value of a document that does not fit the kind its field was said to be of. */
const MISFIT = /Type mismatch, .* for column (.+?)\s+\(TYPE_MISMATCH\)/s;

/** What the engine or the source's own server wrote → what a person is told. The first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /password authentication failed|Access denied for user|no pg_hba\.conf entry|AuthenticationFailed|authentication (failed|mechanism)|requires authentication/i,
    'the user name or the password was refused',
  ],
  [/role "[^"]*" does not exist/i, 'the user name or the password was refused'],
  [/database "[^"]*" does not exist|Unknown database/i, 'there is no such database'],
  [/permission denied|command denied|not authorized on/i, 'this user may not read it'],
  [/relation "[^"]*" does not exist|doesn't exist|UNKNOWN_TABLE/i, 'there is no such table'],
  [
    /too many connections|too many clients|remaining connection slots/i,
    'the server has too many connections',
  ],
  [/starting up|shutting down|in recovery mode/i, 'the server is starting or stopping'],
  [/TOO_MANY_REDIRECTS/, 'it redirects to another address, which is not followed'],
  [
    /(status|response) code: 40[13]|Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch/i,
    'access was refused',
  ],
  [
    /(status|response) code: 404|NoSuchKey|NoSuchBucket|CANNOT_EXTRACT_TABLE_STRUCTURE.*no files/is,
    'there is no such file',
  ],
  [/HTTP status code: (\d+)/i, 'the server answered with an error'],
  [/certificate|SSL/i, 'the certificate of the server was not accepted'],
  [
    /Connection refused|Can't connect|No route to host|Network is unreachable/i,
    'no server takes connections there',
  ],
  [
    /timed out|timeout (exceeded|expired)|TIMEOUT|No suitable servers found/,
    'the server did not answer in time',
  ],
  [
    /server closed the connection|Lost connection|Connection reset|gone away|terminating connection|EOF/i,
    'the connection broke off',
  ],
  [/CANNOT_PARSE_NUMBER/, 'a field that is read as a number holds text; read it as text'],
  [
    /INCORRECT_DATA|Not a Parquet|CANNOT_PARSE|CANNOT_READ_ALL_DATA|parquet/i,
    'the file is not of that format',
  ],
  [/UNKNOWN_FUNCTION/, 'the ClickHouse server is too old to read from other databases'],
];

/**
 * An error of the engine as one that may be shown. The message itself is dropped: it can hold the statement, and so the password.
 * Of an error that the source's database wrote, its first line is kept, without the credentials.
 */
export function toForeignError(error: unknown, source: ForeignSource): Error {
  if (error instanceof ForeignError || error instanceof AppError) return error;
  const whole = error instanceof Error ? error.message : String(error);
  // what follows is the statement, whose words mean nothing here
  const message = `${whole.split(STATEMENT)[0]} ${/\([A-Z_]+\)\s*$/.exec(whole)?.[0] ?? ''}`;
  const field = MISFIT.exec(message)?.[1];
  if (field !== undefined)
    return unreachable(`the field ${field} holds other values than its kind; read it as text`);
  const found = REASONS.find(([pattern]) => pattern.test(message));
  if (found) return unreachable(found[1]);
  const own = /ERROR:\s+([^\n]+)/.exec(message)?.[1];
  if (own !== undefined)
    return unreachable(`the database says: ${scrub(own, source).slice(0, OWN_WORDS_MAX)}`);
  const code = /Code: (\d+)\./.exec(message)?.[1];
  return unreachable(
    code === undefined ? 'it could not be read' : `it could not be read (ClickHouse error ${code})`,
  );
}

/** Takes secrets and the address that was connected to out of a text. */
function scrub(text: string, source: ForeignSource): string {
  const secrets =
    'host' in source ? [source.password, source.username, source.host] : [source.secretKey, source.accessKey];
  return secrets.filter(Boolean).reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
}
