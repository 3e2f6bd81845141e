import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { getI18n } from 'react-i18next';
import { Crash, NotFound } from '../features/platform/lost.tsx';
import { ApiError } from '../lib/api-error.ts';
import { searchOf } from '../lib/search.ts';
import { meOptions } from '../lib/session.ts';
import { Shell } from './shell.tsx';

type Context = { queryClient: QueryClient };

/** Above everything. */
export const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

export const signIn = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  validateSearch: searchOf('to', 'expired', 'refused'),
  component: lazyRouteComponent(() => import('../features/platform/sign-in.page.tsx'), 'SignInPage'),
});

/** Everything below asks who is there first. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meOptions);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { to: location.href } });
    }
  },
  component: Outlet,
  errorComponent: Crash,
});
/** The menu and the bar around a page. */
export const shell = createRoute({
  getParentRoute: () => signedIn,
  id: 'shell',
  component: Shell,
  notFoundComponent: NotFound,
});

/** Pages of the intake, of golden records, of figures and of sharing; their many texts come with the first of them. */
export const latePages = createRoute({
  getParentRoute: () => shell,
  id: 'late-pages',
  beforeLoad: async () => {
    const { addLateTexts } = await import('../i18n/late/index.ts');
    addLateTexts(getI18n());
  },
  component: Outlet,
});
