import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchOf } from '../lib/search.ts';
import { latePages } from './frame-routes.tsx';

const FILTERS = ['state', 'colour', 'acknowledged', 'organisation', 'search', 'rule'] as const;

const alerts = createRoute({
  getParentRoute: () => latePages,
  path: 'alerts',
  staticData: { permission: 'apply:alert:read' },
  validateSearch: searchOf(...FILTERS, 'alert', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/apply/alerts.page.tsx'), 'AlertsPage'),
});
const rules = createRoute({
  getParentRoute: () => latePages,
  path: 'alerts/rules',
  staticData: { permission: 'apply:alert:read' },
  validateSearch: searchOf('search', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/apply/rules.page.tsx'), 'AlertRulesPage'),
});

const channels = createRoute({
  getParentRoute: () => latePages,
  path: 'alerts/channels',
  staticData: { permission: 'apply:rule:write' },
  component: lazyRouteComponent(() => import('../features/apply/channels.page.tsx'), 'ChannelsPage'),
});

/** Pages that people open every morning. */
export const applyRoutes = [alerts, rules, channels] as const;
