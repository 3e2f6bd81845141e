import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../lib/search.ts';
import { latePages } from './frame-routes.tsx';

const datasets = createRoute({
  getParentRoute: () => latePages,
  path: 'share/datasets',
  staticData: { permission: 'share:dataset:read' },
  validateSearch: searchOf('search', 'level'),
  component: lazyRouteComponent(() => import('../features/share/datasets.page.tsx'), 'DatasetsPage'),
});
const dataset = createRoute({
  getParentRoute: () => latePages,
  path: 'share/datasets/$id',
  staticData: { permission: 'share:dataset:read' },
  validateSearch: searchOf('tab', 'search', 'guide'),
  component: lazyRouteComponent(() => import('../features/share/dataset.page.tsx'), 'DatasetPage'),
});

const policies = createRoute({
  getParentRoute: () => latePages,
  path: 'share/policies',
  staticData: { permission: 'share:policy:read' },
  validateSearch: searchOf('dataset', 'state', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/share/policies/policies.page.tsx'), 'PoliciesPage'),
});

const requests = createRoute({
  getParentRoute: () => latePages,
  path: 'share/requests',
  staticData: { permission: 'share:dataset:read' },
  validateSearch: searchOf('side', 'dataset', 'state', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/share/requests/requests.page.tsx'), 'RequestsPage'),
});
const usage = createRoute({
  getParentRoute: () => latePages,
  path: 'share/usage',
  staticData: { permission: 'share:usage:read' },
  validateSearch: searchOf('side', 'days', 'by'),
  component: lazyRouteComponent(() => import('../features/share/usage/usage.page.tsx'), 'UsagePage'),
});
const explorer = createRoute({
  getParentRoute: () => latePages,
  path: 'share/api',
  staticData: { permission: 'share:dataset:read' },
  validateSearch: searchOf('search', 'operation', 'of'),
  component: lazyRouteComponent(() => import('../features/share/explorer/explorer.page.tsx'), 'ExplorerPage'),
});

/** Pages of the interface service: what is shared, by which rules, and who uses it. */
export const shareRoutes = [datasets, dataset, policies, requests, usage, explorer] as const;
