import type { FuseDictionaries, Me } from '@ronghe/contracts';
import { QueryClient } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Providers } from '../app/providers.tsx';
import { createTranslator } from '../i18n/index.ts';
import { addLateTexts } from '../i18n/late/index.ts';
import { setPreferences } from '../lib/preferences.ts';
import { parseSearch, stringifySearch } from '../lib/search.ts';
import { ME_PATH } from '../lib/session.ts';

/** The names of codes are the server's; a piece must do without. */
const NO_DICTIONARIES: FuseDictionaries = {
  cities: [],
  divisions: [],
  industries: [],
  keyIndustries: [],
  sizes: [],
  attributes: [],
  parts: [],
  transforms: [],
  survivorshipRules: [],
  matchingRules: [],
  findingRules: [],
  indicators: [],
};

type ShowOptions = {
  /** who is signed in; nobody when left out */
  me?: Me;
  /** address of the page, its pattern, and names of codes where the piece needs them */
  address?: string;
  pattern?: string;
  dictionaries?: FuseDictionaries;
};

/** Shows a piece of the portal in a language, inside everything it finds around it in the real one. */
export async function show(
  piece: ReactNode,
  locale: 'zh-CN' | 'en' = 'zh-CN',
  { me, address = '/', pattern = '/', dictionaries = NO_DICTIONARIES }: ShowOptions = {},
) {
  setPreferences({ locale });
  const queryClient = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } },
  });
  queryClient.setQueryData(['/api/fuse/dictionaries', {}], dictionaries);
  if (me) queryClient.setQueryData([ME_PATH], me);
  const root = createRootRoute({ component: Outlet });
  const own = createRoute({ getParentRoute: () => root, path: pattern, component: () => piece });
  const others = ['fuse/runs/$id', 'fuse/sources/$id'].filter((path) => `/${path}` !== pattern);
  const routes = others.map((path) =>
    createRoute({ getParentRoute: () => root, path, component: () => <p>{path}</p> }),
  );
  const router = createRouter({
    routeTree: root.addChildren([own, ...routes]),
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
  });
  await router.load();
  const translator = createTranslator(locale);
  addLateTexts(translator);
  const rendered = render(
    <Providers queryClient={queryClient} translator={translator}>
      {/* The test's little router is not the portal's; only links need it. */}
      <RouterProvider router={router as never} />
    </Providers>,
  );
  return { ...rendered, router };
}
