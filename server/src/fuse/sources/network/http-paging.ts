import type { HttpJsonReading } from '@ronghe/contracts';

/** How a list is asked for page by page, and how one signs in; the defaults are those the contract names. */
export type ListReading = ReturnType<typeof readingOf>;

export const readingOf = (reading: HttpJsonReading | undefined) => ({
  usernameField: reading?.usernameField ?? 'username',
  passwordField: reading?.passwordField ?? 'password',
  tokenField: reading?.tokenField ?? 'access_token',
  tokenHeader: reading?.tokenHeader ?? 'authorization',
  paging: reading?.paging ?? ('page' as const),
  pageParameter: reading?.pageParameter ?? 'pageNo',
  firstPage: reading?.firstPage ?? 1,
  sizeParameter: reading?.sizeParameter ?? 'pageSize',
  pageSize: reading?.pageSize ?? 200,
  /** null: `data.list`, or the answer itself where it is a list */
  itemsField: reading?.itemsField ?? null,
  totalField: reading?.totalField ?? 'data.total',
  cursorField: reading?.cursorField ?? 'next',
  statusField: reading?.statusField ?? 'code',
  statusOk: reading?.statusOk ?? '0',
  sinceParameter: reading?.sinceParameter ?? null,
});

/** One answer of the list as far as paging needs it. */
export type ListPage = {
  rows: number;
  /** all rows there are, as this answer says */
  total: number | null;
  cursor: unknown;
  /** address of the relation `next`, resolved */
  link: string | null;
  /** names the rows of the page */
  hash: string;
};
export type NextPage =
  | { url: string /** a further page whose absence is no fault */; probe: boolean }
  | { end: true }
  | { fault: string };

/** The address of the first page. */
export function firstPageUrl(reading: ListReading, list: URL): string {
  const { paging } = reading;
  if (paging === 'none') return list.href;
  const first = { page: reading.firstPage, offset: 0, cursor: null, link: null }[paging];
  return withParameters(list, {
    [reading.sizeParameter]: String(reading.pageSize),
    ...(first === null ? {} : { [reading.pageParameter]: String(first) }),
  });
}

/**
 * Follows a list to its end. What cannot be the whole list is a fault: an end before the list's own total, a page that
 * repeats the one before (the parameter is not heeded), a cursor or address that came before.
 *
 * Without a total a short page may be the end or a server's own limit below the size we asked for. When no page has been
 * full so far, one more page is asked for as a probe: nothing there, or the same again, is the end.
 */
export function createPager(reading: ListReading, list: URL) {
  const seen = new Set<string>();
  let number = 0;
  let read = 0;
  let full = false;
  let before: { hash: string; short: boolean } | null = null;

  function byTotal({ rows, total }: ListPage): NextPage | null {
    if (total === null) return null;
    if (read >= total) return { end: true };
    return rows === 0 ? { fault: `the list ended after ${read} of ${total} rows` } : null;
  }

  function byCounting(page: ListPage, repeated: boolean, wasShort: boolean): NextPage {
    if (repeated && page.total === null && wasShort) return { end: true };
    if (repeated) {
      const fault = `page ${number} is the same as the one before: ${reading.pageParameter} is not heeded`;
      return { fault };
    }
    const told = byTotal(page);
    if (told) return told;
    if (page.rows === 0) return { end: true };
    const short = page.rows < reading.pageSize;
    if (page.total === null && short && full) return { end: true };
    const value = reading.paging === 'offset' ? read : reading.firstPage + number;
    const url = withParameters(list, {
      [reading.sizeParameter]: String(reading.pageSize),
      [reading.pageParameter]: String(value),
    });
    return { url, probe: page.total === null && short };
  }

  /** By what the answer names: its absence is the end. */
  function byName(page: ListPage, name: string | null, url: (name: string) => string): NextPage {
    if (name === null) return byEnd(page);
    if (seen.has(name)) return { fault: 'the list leads back to a page that was read already' };
    seen.add(name);
    return { url: url(name), probe: false };
  }

  const byEnd = ({ total }: ListPage): NextPage =>
    total !== null && read < total
      ? { fault: `the list ended after ${read} of ${total} rows` }
      : { end: true };

  return {
    /** What to do after a page; `fresh` tells whether its rows are new. */
    next(page: ListPage): { fresh: boolean; next: NextPage } {
      const repeated = page.rows > 0 && before?.hash === page.hash;
      const wasShort = before?.short ?? false;
      number += 1;
      if (!repeated) read += page.rows;
      full ||= page.rows >= reading.pageSize;
      before = { hash: page.hash, short: page.rows < reading.pageSize };
      const fresh = !repeated;
      switch (reading.paging) {
        case 'page':
        case 'offset':
          return { fresh, next: byCounting(page, repeated, wasShort) };
        case 'cursor':
          return {
            fresh,
            next: repeated ? sameAgain(number) : byName(page, cursorOf(page.cursor), withCursor),
          };
        case 'link':
          return { fresh, next: repeated ? sameAgain(number) : byName(page, page.link, (link) => link) };
        case 'none':
          return { fresh, next: byEnd(page) };
      }
    },
    read: () => read,
  };

  /** A cursor that is an address (`next` of Django REST) is followed as one. */
  function withCursor(cursor: string): string {
    if (/^https?:\/\//i.test(cursor) && URL.canParse(cursor)) return new URL(cursor).href;
    return withParameters(list, {
      [reading.sizeParameter]: String(reading.pageSize),
      [reading.pageParameter]: cursor,
    });
  }
}

const sameAgain = (number: number): NextPage => ({ fault: `page ${number} is the same as the one before` });

/** A cursor that says there is more; null for none in any of the ways systems say it: absent, empty, 0 as SCAN does, -1. */
function cursorOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && !['', '0', '-1'].includes(text) ? text : null;
}

function withParameters(list: URL, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(list);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g;
const LINK_PARAMETER = /;\s*([\w!#$&+.^`|~*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/g;

/** Target of the relation `next` in a `Link` header (RFC 8288), resolved; null without one. */
export function nextLink(header: string | undefined, base: string): string | null {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(LINK)) {
    const relation = [...parameters.matchAll(LINK_PARAMETER)].find(([, name = '']) => /^rel$/i.test(name));
    const names = (relation?.[2] ?? relation?.[3] ?? '').toLowerCase().split(/\s+/);
    if (names.includes('next') && URL.canParse(target, base)) return new URL(target, base).href;
  }
  return null;
}

/** Milliseconds that `Retry-After` (RFC 9110) asks to wait, from seconds or a date; null when it says nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** `base` and `path` as one address: a path in the base is kept. */
export const joinUrl = (base: string, path: string): string =>
  `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
