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

/** Pages of the interface service: what is shared, by which rules, and who uses it. */
export const shareRoutes = [datasets, dataset, policies] as const;
