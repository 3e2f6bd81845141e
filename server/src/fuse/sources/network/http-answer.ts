import { createHash } from 'node:crypto';
import { parseExactJson } from './exact-json.ts';
import type { ListPage, ListReading } from './http-paging.ts';
import { nextLink } from './http-paging.ts';

type Row = Readonly<Record<string, unknown>>;
type Fault = { fault: string };

/**
 * JSON of an answer in the charset it names; without one UTF-8, or GB 18030 where it is not UTF-8.
 * @returns undefined for what is no JSON
 */
export function jsonOf(body: Uint8Array, contentType: string | undefined): unknown {
  try {
    return parseExactJson(textOf(body, /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1]));
  } catch {
    return undefined;
  }
}

function textOf(body: Uint8Array, charset: string | undefined): string {
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    // GBK and GB 2312 are subsets of GB 18030
    return new TextDecoder(/^gb/i.test(charset) ? 'gb18030' : charset).decode(body);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return readAsChinese(body) ?? new TextDecoder('utf-8').decode(body);
  }
}

function readAsChinese(body: Uint8Array): string | null {
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

/** The value at a path of names joined by dots, the whole for an empty path; undefined when there is none. */
export function at(body: unknown, path: string): unknown {
  if (path === '') return body;
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, body);
}

/** Rows of a list's answer and what paging needs of it, or why it is none. */
export function readList(
  reading: ListReading,
  answer: { body: unknown; link: string | undefined; url: string; contentType: string | undefined },
): { rows: Row[]; page: ListPage } | Fault {
  const { body } = answer;
  if (body === undefined)
    return { fault: `the answer is no JSON but ${answer.contentType ?? 'something else'}` };
  const failure = businessFailure(reading, body);
  if (failure !== null) return { fault: failure };
  const path = reading.itemsField ?? (Array.isArray(body) ? '' : 'data.list');
  const items = at(body, path);
  if (!Array.isArray(items)) return { fault: `no list at ${path === '' ? 'the top' : path} of the answer` };
  const page = {
    rows: items.length,
    total: totalOf(at(body, reading.totalField), items.length),
    cursor: at(body, reading.cursorField),
    link: nextLink(answer.link, answer.url),
    hash: createHash('sha256').update(JSON.stringify(items)).digest('base64'),
  };
  return { rows: items.map(rowOf), page };
}

/** What an answer says went wrong though its HTTP status is fine; null when all is well. */
export function businessFailure(reading: ListReading, body: unknown): string | null {
  const status = at(body, reading.statusField);
  if (status === undefined || String(status) === reading.statusOk) return null;
  const message = at(body, 'message') ?? at(body, 'msg') ?? '';
  return `the system answered ${reading.statusField} ${short(status)} ${short(message)}`.trim();
}

const short = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 200);

/** A total of none beside rows is a counter that was left out. */
function totalOf(value: unknown, rows: number): number | null {
  const total =
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
      ? Number(value)
      : Number.NaN;
  if (!Number.isFinite(total) || total < 0) return null;
  return total === 0 && rows > 0 ? null : total;
}

/** What is no object is kept under `value`, so that landing can refuse it where people see it. */
const rowOf = (item: unknown): Row =>
  typeof item === 'object' && item !== null && !Array.isArray(item) ? (item as Row) : { value: item };

/** The token of a sign-in's answer and for how many seconds it is good, or why there is none. */
export function readToken(
  reading: ListReading,
  body: unknown,
): { token: string; seconds: number | null } | Fault {
  const paths = [reading.tokenField, `data.${reading.tokenField}`];
  const path = paths.find((candidate) => at(body, candidate) !== undefined) ?? reading.tokenField;
  const token = at(body, path);
  if (typeof token !== 'string' || token === '')
    return { fault: businessFailure(reading, body) ?? `no token at ${reading.tokenField} of the answer` };
  const beside = path.replace(/[^.]*$/, '');
  const seconds = Number(at(body, `${beside}expires_in`) ?? at(body, `${beside}expiresIn`) ?? Number.NaN);
  return { token, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null };
}
