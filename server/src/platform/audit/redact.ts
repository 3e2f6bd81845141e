const SECRET_NAME = /passw|passphrase|secret|token|authorization|cookie|credential|private_?key|api_?key$/i;
const API_KEY = /rk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}/g;
const URL_CREDENTIALS = /(:\/\/)[^/@\s]+@/g;
/** Stands where a secret was. */
export const HIDDEN = '(hidden)';
const DEPTH_MAX = 32;

/** Takes API keys and the user part of URLs out of a text. PostgreSQL texts cannot hold NUL, so it is replaced too. */
export const redactText = (text: string): string =>
  text.replace(API_KEY, HIDDEN).replace(URL_CREDENTIALS, `$1${HIDDEN}@`).replaceAll('\0', '\uFFFD');

/**
 * A copy of a JSON value without secrets: what is named like one (`password`, `token` …) and what looks like one.
 * True, false and null under such a name stay, and so do the objects, which are looked into.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) && (typeof item === 'string' || typeof item === 'number')
        ? HIDDEN
        : redact(item, depth + 1),
    ]),
  );
}
