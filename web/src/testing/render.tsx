import type { FuseDictionaries } from '@ronghe/contracts';
import { QueryClient } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Providers } from '../app/providers.tsx';
import { createTranslator } from '../i18n/index.ts';
import { setPreferences } from '../lib/preferences.ts';

/** The names of codes are the server's; a piece must do without. */
const NO_DICTIONARIES: FuseDictionaries = {
  cities: [],
  divisions: [],
  industries: [],
  keyIndustries: [],
  sizes: [],
  attributes: [],
  transforms: [],
  survivorshipRules: [],
  matchingRules: [],
  findingRules: [],
  indicators: [],
};

/** Shows a piece of the portal in a language, inside everything it finds around it in the real one. */
export async function show(piece: ReactNode, locale: 'zh-CN' | 'en' = 'zh-CN') {
  setPreferences({ locale });
  const queryClient = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } },
  });
  queryClient.setQueryData(['/api/fuse/dictionaries', {}], NO_DICTIONARIES);
  const root = createRootRoute({ component: () => piece });
  const run = createRoute({ getParentRoute: () => root, path: 'fuse/runs/$id' });
  const router = createRouter({
    routeTree: root.addChildren([run]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  await router.load();
  return render(
    <Providers queryClient={queryClient} translator={createTranslator(locale)}>
      {/* The test's little router is not the portal's; only links need it. */}
      <RouterProvider router={router as never} />
    </Providers>,
  );
}
