import { useNavigate, useSearch } from '@tanstack/react-router';

/** Filters of a page as they stand in its address: plain texts, so that an address can be read and sent to someone. */
export type Search = Readonly<Record<string, string>>;

/** Reads an address's query without guessing types: `360100` stays a text. */
export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text.startsWith('?') ? text.slice(1) : text));

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** A route's `validateSearch`: keeps the named parameters, drops everything else. */
export const searchOf =
  (...names: readonly string[]) =>
  (raw: Record<string, unknown>): Search =>
    Object.fromEntries(
      names.flatMap((name) => (typeof raw[name] === 'string' && raw[name] !== '' ? [[name, raw[name]]] : [])),
    );

type SearchChange = Readonly<Record<string, string | null | undefined>>;
export type SearchState = {
  values: Search;
  /** Changes filters and returns to the first page. */
  set(change: SearchChange): void;
  clear(): void;
  /** Goes to a page by its cursor; `page` is what people see. */
  go(cursor: string | null, page: number): void;
  /** Opens a point over the page, or closes it; the page stays as it is, and Back undoes it. */
  openPoint(point: number | null): void;
  /** The same for something else by its id. */
  openOver(name: 'alert', id: string | null): void;
  page: number;
  /** True when any filter (not paging) is set. */
  filtered: boolean;
};
/** What stands in an address beside filters; a change of filters forgets it. */
const NOT_FILTERS = new Set(['cursor', 'page', 'point', 'alert']);

/** The filters and paging of the page, kept in its address. */
export function useSearchState(): SearchState {
  const values: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const put = (next: SearchChange, replace: boolean) =>
    void navigate({ to: '.', search: next as never, replace, resetScroll: false });
  const openOver = (name: 'point' | 'alert', id: string | null) => {
    const { [name]: _closed, ...rest } = values;
    put(id === null ? rest : { ...rest, [name]: id }, id === null);
  };
  return {
    values,
    set: (change) => put({ ...filtersOf(values), ...change }, true),
    clear: () => put({}, true),
    go: (cursor, page) =>
      put({ ...filtersOf(values), ...(cursor === null ? {} : { cursor, page: String(page) }) }, false),
    openPoint: (point) => openOver('point', point === null ? null : String(point)),
    openOver,
    page: Math.max(1, Number(values.page ?? 1) || 1),
    filtered: Object.keys(filtersOf(values)).length > 0,
  };
}

const filtersOf = (search: Search): Search =>
  Object.fromEntries(Object.entries(search).filter(([name]) => !NOT_FILTERS.has(name)));
