/**
 * One fault for every rule that a tool keeps: the file in which it stands, and what is in it. The words of the house are
 * spelled out here on purpose; the rules may not be read from the thing they check.
 */
type Planted = { rule: string; path: string; files: Readonly<Record<string, string>> };

const WAY = [
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
const inner = (domain: string) => `server/src/${domain}/planted/inner.ts`;

const lookingAhead: readonly Planted[] = WAY.slice(0, -1).map((domain, index) => ({
  rule: `${domain}-does-not-look-ahead`,
  path: `server/src/${domain}/planted/ahead.service.ts`,
  files: {
    [`server/src/${domain}/planted/ahead.service.ts`]: `import '../../${WAY[index + 1]}/planted/inner.ts';\n`,
    [inner(WAY[index + 1] ?? '')]: 'export const inner = 1;\n',
  },
}));

const one = (rule: string, path: string, text: string, beside: Record<string, string> = {}): Planted => ({
  rule,
  path,
  files: { [path]: text, ...beside },
});

/** Faults that the dependency rules must name. */
export const IMPORT_FAULTS: readonly Planted[] = [
  ...lookingAhead,
  one(
    'only-through-the-front-door',
    'server/src/fuse/planted/door.service.ts',
    `import '../../collect/planted/inner.ts';\n`,
    { [inner('collect')]: 'export const inner = 1;\n' },
  ),
  one(
    'only-through-the-front-door-from-outside',
    'server/src/planted.ts',
    `import './collect/planted/inner.ts';\n`,
  ),
  one(
    'platform-knows-no-domain',
    'server/src/platform/planted/planted.ts',
    `import type { inner } from '../../collect/planted/inner.ts';\nexport type Inner = typeof inner;\n`,
  ),
  one(
    'sql-only-in-stores',
    'server/src/collect/planted/sql.service.ts',
    `import { sql } from 'kysely';\nexport const one = sql\`select 1\`;\n`,
  ),
  one(
    'rules-stay-pure',
    'server/src/collect/planted/rules.ts',
    `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n`,
  ),
  one(
    'routes-go-through-services',
    'server/src/collect/planted/planted.routes.ts',
    `import './planted.store.ts';\n`,
    { 'server/src/collect/planted/planted.store.ts': 'export const store = 1;\n' },
  ),
  one('connectors-are-strangers', 'edge/src/connectors/planted/planted.ts', `import '../other/other.ts';\n`, {
    'edge/src/connectors/other/other.ts': 'export const other = 1;\n',
  }),
  one(
    'processes-meet-in-contracts',
    'web/src/planted.tsx',
    `import { systemClock } from '../../server/src/platform/clock/clock.ts';\nexport const Planted = () => <b title={'x'}>{String(systemClock.now())}</b>;\n`,
  ),
  one('contracts-are-plain', 'contracts/src/planted.ts', `import 'node:os';\n`),
  one('one-door-to-chdb', 'server/src/platform/db/planted.ts', `export const open = () => import('chdb');\n`),
  one('no-circular', 'cli/src/planted-a.ts', `import './planted-b.ts';\nexport const a = 1;\n`, {
    'cli/src/planted-b.ts': `import { a } from './planted-a.ts';\nexport const b = a;\n`,
  }),
  one('no-orphans', 'cli/src/planted-alone.ts', 'export const alone = 1;\n'),
  one('not-to-dev-dep', 'edge/src/planted-dev.ts', `import 'aedes';\n`),
  one('not-to-unresolvable', 'edge/src/planted-nowhere.ts', `import './nowhere.ts';\n`),
];

/** Imports that look alike and are right: none of them may be reported. */
export const GOOD_IMPORTS: Readonly<Record<string, string>> = {
  'server/src/fuse/planted/good.service.ts': `import type { Kysely } from 'kysely';\nimport { collect } from '#collect';\nexport type Database = Kysely<unknown>;\nexport const back = collect;\n`,
  'server/src/collect/planted/good.store.ts': `import { sql } from 'kysely';\nexport const one = sql\`select 1\`;\n`,
  'server/src/collect/planted/good.ts': `import type { Platform } from '#platform/platform.ts';\nimport { createHash } from 'node:crypto';\nexport const hash = (platform: Platform) => createHash(platform.config.host);\n`,
  'cli/src/planted-type-a.ts': `import type { B } from './planted-type-b.ts';\nexport type A = { b: B };\n`,
  'cli/src/planted-type-b.ts': `import type { A } from './planted-type-a.ts';\nexport type B = { a: A };\n`,
};

const LONG = Array.from({ length: 130 }, (_, index) => `  total += ${index};`).join('\n');

/** Faults that Biome must name. */
export const LINT_FAULTS: readonly Planted[] = [
  one(
    'nursery/noFloatingPromises',
    'cli/src/planted-lint/floating.ts',
    `async function work(): Promise<void> {}\nexport function begin(): void {\n  work();\n}\n`,
  ),
  one('correctness/noUndeclaredDependencies', 'cli/src/planted-lint/undeclared.ts', `import 'fastify';\n`),
  one(
    'suspicious/noExplicitAny',
    'cli/src/planted-lint/any.ts',
    `export const value = (input: any) => input;\n`,
  ),
  one(
    'suspicious/noImportCycles',
    'cli/src/planted-lint/circle-a.ts',
    `import { b } from './circle-b.ts';\nexport const a = () => b;\n`,
    { 'cli/src/planted-lint/circle-b.ts': `import { a } from './circle-a.ts';\nexport const b = () => a;\n` },
  ),
  one(
    'complexity/noExcessiveLinesPerFunction',
    'cli/src/planted-lint/long.ts',
    `export function long(): number {\n  let total = 0;\n${LONG}\n  return total;\n}\n`,
  ),
  one(
    'style/noNonNullAssertion',
    'cli/src/planted-lint/bang.ts',
    `export const first = (list: string[]) => list[0]!.length;\n`,
  ),
  one('style/useFilenamingConvention', 'cli/src/planted-lint/Bad_Name.ts', 'export const name = 1;\n'),
  one('suspicious/noConsole', 'edge/src/planted-lint/says.ts', `console.log('hello');\n`),
];
