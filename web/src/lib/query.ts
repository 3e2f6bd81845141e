import {
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { getJson, type QueryValues, sendFile, sendJson } from './api.ts';
import { ApiError } from './api-error.ts';
import { ME_PATH } from './session.ts';

/** Age in milliseconds up to which an answer is shown without asking again. */
const FRESH_MS = 5_000;
const RETRIES_MAX = 2;

/**
 * The portal's cache. Refusals are final; only a missing answer or an overloaded server is asked again.
 * `onSignedOut` is called when an answer says that nobody is signed in any more.
 */
export const createQueryClient = (onSignedOut: () => void): QueryClient =>
  new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (isSignedOut(error) && query.queryKey[0] !== ME_PATH) onSignedOut();
      },
    }),
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isSignedOut(error)) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < RETRIES_MAX && !(error instanceof ApiError && error.status > 0 && error.status < 500),
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
    },
  });

const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.code === 'LOGIN_REQUIRED';

export const getOptions = <Answer>(path: string, query: QueryValues = {}) =>
  queryOptions({
    queryKey: [path, query],
    queryFn: ({ signal }) => getJson<Answer>(path, query, signal),
  });

type Refresh<Answer> = number | false | ((answer: Answer | undefined) => number | false);
type GetSettings<Answer> = { enabled?: boolean; refreshMs?: Refresh<Answer>; keep?: boolean };

/**
 * Reads one address of the API. `keep` shows the page before while the next one loads; `refreshMs` asks again while the
 * page is looked at.
 */
export function useGet<Answer>(path: string, query: QueryValues = {}, settings: GetSettings<Answer> = {}) {
  const { refreshMs = false } = settings;
  return useQuery({
    ...getOptions<Answer>(path, query),
    enabled: settings.enabled ?? true,
    refetchInterval: typeof refreshMs === 'function' ? ({ state }) => refreshMs(state.data) : refreshMs,
    ...(settings.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

type AskSettings = { enabled?: boolean; waitMsMax?: number };

/**
 * Asks something whose question is too long for an address. `key` names the question in the cache, beside the address;
 * it is asked once for each key, and never again by itself.
 */
export function useAsked<Answer>(
  path: string,
  key: readonly unknown[],
  body: unknown,
  { enabled = true, waitMsMax }: AskSettings = {},
) {
  return useQuery({
    queryKey: [path, ...key],
    queryFn: ({ signal }) => sendJson<Answer>('POST', path, { body, waitMsMax, signal }),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

type Change<Body> = {
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  body?: Body;
  /** for what takes longer than an answer usually may */
  waitMsMax?: number;
};

/** Changes something, then forgets every cached answer whose address starts with one of `touches`. */
export function useSend<Answer, Body = unknown>(touches: readonly string[]) {
  const client = useQueryClient();
  return useMutation<Answer, Error, Change<Body>>({
    mutationFn: ({ method, path, body, waitMsMax }) => sendJson<Answer>(method, path, { body, waitMsMax }),
    onSuccess: async () => {
      await client.invalidateQueries({
        predicate: ({ queryKey }) =>
          touches.some((prefix) => typeof queryKey[0] === 'string' && queryKey[0].startsWith(prefix)),
      });
    },
  });
}

/** Has a file looked at; nothing that is cached changes. */
export function useUpload<Answer>(path: string) {
  return useMutation<Answer, Error, { file: File; query?: QueryValues }>({
    mutationFn: ({ file, query = {} }) => sendFile<Answer>(path, query, file),
  });
}
