import type { Permission } from '@ronghe/contracts';
import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Crash, NotFound } from '../features/platform/lost.tsx';
import { parseSearch, searchOf, stringifySearch } from '../lib/search.ts';
import { applyRoutes } from './apply-routes.ts';
import { latePages, root, shell, signedIn, signIn } from './frame-routes.tsx';
import { shareRoutes } from './share-routes.ts';

const province = createRoute({
  getParentRoute: () => signedIn,
  path: 'province',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('city', 'measure'),
  component: lazyRouteComponent(() => import('../features/fuse/province.page.tsx'), 'ProvincePage'),
});
const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('../features/platform/home.page.tsx'), 'HomePage'),
});
const enterprises = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/enterprises',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('search', 'city', 'keyIndustry', 'size', 'park', 'sort', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/enterprises.page.tsx'), 'EnterprisesPage'),
});
const enterprise = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/enterprises/$id',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('tab', 'at', 'day'),
  component: lazyRouteComponent(() => import('../features/fuse/enterprise.page.tsx'), 'EnterprisePage'),
});
const parks = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/parks',
  staticData: { permission: 'fuse:enterprise:read' },
  component: lazyRouteComponent(() => import('../features/fuse/things/parks.page.tsx'), 'ParksPage'),
});
const indicators = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/indicators',
  staticData: { permission: 'fuse:indicator:read' },
  validateSearch: searchOf(
    ...[
      'code',
      'period',
      'measure',
      'by',
      'order',
      'region',
      'sector',
      'keyIndustry',
      'size',
      'park',
      'compare',
    ],
  ),
  component: lazyRouteComponent(
    () => import('../features/fuse/indicators/indicators.page.tsx'),
    'IndicatorsPage',
  ),
});
const decisions = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/decisions',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('state', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/golden/decisions.page.tsx'), 'DecisionsPage'),
});
const review = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/review',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('tab', 'state', 'source', 'enterprise', 'later', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/matching/review.page.tsx'), 'ReviewPage'),
});
const work = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/review/$id',
  staticData: { permission: 'fuse:enterprise:read' },
  component: lazyRouteComponent(() => import('../features/fuse/matching/work.page.tsx'), 'WorkPage'),
});
const explain = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/explain',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('a', 'b'),
  component: lazyRouteComponent(() => import('../features/fuse/matching/explain.page.tsx'), 'ExplainPage'),
});
const model = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/model',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('version'),
  component: lazyRouteComponent(() => import('../features/fuse/matching/model.page.tsx'), 'ModelPage'),
});
const lookup = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/search-before-create',
  staticData: { permission: 'fuse:enterprise:read' },
  component: lazyRouteComponent(() => import('../features/fuse/matching/lookup.page.tsx'), 'LookupPage'),
});
const choosing = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/survivorship',
  staticData: { permission: 'fuse:enterprise:read' },
  validateSearch: searchOf('attribute', 'city', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/golden/choosing.page.tsx'), 'ChoosingPage'),
});
const sources = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/sources',
  staticData: { permission: 'fuse:source:read' },
  validateSearch: searchOf('search'),
  component: lazyRouteComponent(() => import('../features/fuse/sources.page.tsx'), 'SourcesPage'),
});
const newSource = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/sources/new',
  staticData: { permission: 'fuse:source:write' },
  component: lazyRouteComponent(() => import('../features/fuse/wizard/new-source.page.tsx'), 'NewSourcePage'),
});
const source = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/sources/$id',
  staticData: { permission: 'fuse:source:read' },
  validateSearch: searchOf(
    'tab',
    'search',
    'findings',
    'filters',
    'sort',
    'order',
    'left',
    'run',
    'cursor',
    'page',
  ),
  component: lazyRouteComponent(() => import('../features/fuse/source/source.page.tsx'), 'SourcePage'),
});
const mapping = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/sources/$id/mapping',
  staticData: { permission: 'fuse:source:read' },
  validateSearch: searchOf('search', 'show'),
  component: lazyRouteComponent(() => import('../features/fuse/studio/mapping.page.tsx'), 'MappingPage'),
});
const quality = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/quality',
  staticData: { permission: 'fuse:quality:read' },
  validateSearch: searchOf('search', 'show'),
  component: lazyRouteComponent(() => import('../features/fuse/quality/board.page.tsx'), 'QualityBoardPage'),
});
const qualityRules = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/quality/rules',
  staticData: { permission: 'fuse:quality:read' },
  validateSearch: searchOf('search', 'dimension', 'severity'),
  component: lazyRouteComponent(() => import('../features/fuse/quality/rules.page.tsx'), 'QualityRulesPage'),
});
const qualityIssues = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/quality/issues',
  staticData: { permission: 'fuse:quality:read' },
  validateSearch: searchOf('source', 'state', 'cursor', 'page'),
  component: lazyRouteComponent(
    () => import('../features/fuse/quality/issues.page.tsx'),
    'QualityIssuesPage',
  ),
});
const runs = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/runs',
  staticData: { permission: 'fuse:run:read' },
  validateSearch: searchOf('source', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/runs.page.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: () => latePages,
  path: 'fuse/runs/$id',
  staticData: { permission: 'fuse:run:read' },
  validateSearch: searchOf('tab', 'change', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/run.page.tsx'), 'RunPage'),
});
const reference = createRoute({
  getParentRoute: () => shell,
  path: 'fuse/reference',
  staticData: { permission: 'fuse:reference:read' },
  validateSearch: searchOf('set', 'tab', 'search', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/fuse/reference.page.tsx'), 'ReferencePage'),
});
const collectors = createRoute({
  getParentRoute: () => shell,
  path: 'collect/collectors',
  staticData: { permission: 'collect:collector:read' },
  validateSearch: searchOf('search'),
  component: lazyRouteComponent(() => import('../features/collect/collectors.page.tsx'), 'CollectorsPage'),
});
const collector = createRoute({
  getParentRoute: () => shell,
  path: 'collect/collectors/$name',
  staticData: { permission: 'collect:collector:read' },
  validateSearch: searchOf('tab', 'at', 'part', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/collect/collector.page.tsx'), 'CollectorPage'),
});
const points = createRoute({
  getParentRoute: () => shell,
  path: 'collect/points',
  staticData: { permission: 'collect:point:read' },
  validateSearch: searchOf('search', 'collector', 'organisation', 'point', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/collect/points.page.tsx'), 'PointsPage'),
});
const ledger = createRoute({
  getParentRoute: () => shell,
  path: 'collect/ledger',
  staticData: { permission: 'ingest:observation:read' },
  validateSearch: searchOf('search', 'collector', 'days', 'point'),
  component: lazyRouteComponent(() => import('../features/collect/ledger.page.tsx'), 'LedgerPage'),
});
const intake = createRoute({
  getParentRoute: () => shell,
  path: 'ingest/intake',
  staticData: { permission: 'ingest:observation:read' },
  validateSearch: searchOf('tab', 'hours', 'door'),
  component: lazyRouteComponent(() => import('../features/ingest/intake.page.tsx'), 'IntakePage'),
});
const rejects = createRoute({
  getParentRoute: () => shell,
  path: 'ingest/rejects',
  staticData: { permission: 'ingest:reject:read' },
  validateSearch: searchOf('search', 'code', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/ingest/rejects.page.tsx'), 'RejectsPage'),
});
const jobs = createRoute({
  getParentRoute: () => shell,
  path: 'platform/jobs',
  staticData: { permission: 'platform:job:read' },
  validateSearch: searchOf('state', 'kind', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/platform/jobs.page.tsx'), 'JobsPage'),
});
const users = createRoute({
  getParentRoute: () => shell,
  path: 'platform/users',
  staticData: { permission: 'platform:user:read' },
  validateSearch: searchOf('search'),
  component: lazyRouteComponent(() => import('../features/platform/users.page.tsx'), 'UsersPage'),
});
const organisations = createRoute({
  getParentRoute: () => shell,
  path: 'platform/organisations',
  staticData: { permission: 'platform:organisation:read' },
  validateSearch: searchOf('search'),
  component: lazyRouteComponent(
    () => import('../features/platform/organisations.page.tsx'),
    'OrganisationsPage',
  ),
});
const keys = createRoute({
  getParentRoute: () => shell,
  path: 'platform/keys',
  staticData: { permission: 'platform:key:read' },
  component: lazyRouteComponent(() => import('../features/platform/keys.page.tsx'), 'KeysPage'),
});
const audit = createRoute({
  getParentRoute: () => shell,
  path: 'platform/audit',
  staticData: { permission: 'platform:audit:read' },
  validateSearch: searchOf('search', 'cursor', 'page'),
  component: lazyRouteComponent(() => import('../features/platform/audit.page.tsx'), 'AuditPage'),
});
const status = createRoute({
  getParentRoute: () => shell,
  path: 'platform/status',
  staticData: { permission: 'platform:status:read' },
  component: lazyRouteComponent(() => import('../features/platform/status.page.tsx'), 'StatusPage'),
});

const routeTree = root.addChildren([
  signIn,
  signedIn.addChildren([
    province,
    shell.addChildren([
      home,
      latePages.addChildren([
        enterprises,
        enterprise,
        parks,
        indicators,
        decisions,
        review,
        work,
        explain,
        model,
        lookup,
        choosing,
        sources,
        newSource,
        source,
        mapping,
        runs,
        run,
        quality,
        qualityRules,
        qualityIssues,
        ...shareRoutes,
        ...applyRoutes,
      ]),
      reference,
      collectors,
      collector,
      points,
      ledger,
      intake,
      rejects,
      jobs,
      users,
      organisations,
      keys,
      audit,
      status,
    ]),
  ]),
]);

/** The portal's router; pages load when they are first opened, and a little before, when a link is pointed at. */
export const createPortalRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultErrorComponent: Crash,
    defaultNotFoundComponent: NotFound,
    defaultPendingMs: 300,
    notFoundMode: 'fuzzy',
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPortalRouter>;
  }
  interface StaticDataRouteOption {
    /** what one must be allowed to open the page */
    permission?: Permission;
  }
}
