import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { houseAt, type Rule, withFiles } from '../tidy/house.ts';
import {
  errorCodesAreUsed,
  eventsArePublished,
  routesAskForPermissions,
  settingsAreDocumented,
  textsAreBilingual,
} from '../tidy/rules/catalogs.ts';
import { timeIsHandedIn } from '../tidy/rules/clocks.ts';
import {
  connectorsAreComplete,
  domainsTellTheSame,
  featuresHaveKnownRoles,
  filesAreSmall,
} from '../tidy/rules/folders.ts';
import { inRange, lockKeepsTheFloor, packagesAreExplained } from '../tidy/rules/lock.ts';
import { storesAskForScope } from '../tidy/rules/scopes.ts';
import { sqlTextBindsItsValues, tablesHaveOneOwner } from '../tidy/rules/tables.ts';
import {
  glossaryIsOrdered,
  linksLeadSomewhere,
  noMachineIsNamed,
  nothingIsLeftOver,
  readmesTellTheSame,
  wordsAreThoseOfTheGlossary,
} from '../tidy/rules/texts.ts';

const house = houseAt(join(import.meta.dirname, '../..'));
const STORE = 'server/src/fuse/planted/planted.store.ts';
const storeWith = (members: string) => ({
  [STORE]: `export function createPlantedStore(db: Db) {\n  const x = 1;\n  return {\n${members}\n  };\n}\n`,
});
const routesWith = (config: string) => ({
  'server/src/fuse/planted/planted.routes.ts': `export const routes = async (app: Http) => {\n  app.get(\n    '/api/fuse/planted',\n    {${config} schema: { tags: ['fuse'] } },\n    () => 1,\n  );\n};\n`,
});
const glossary = house.text('docs/glossary.md');

type Fault = { name: string; rule: Rule; change: Readonly<Record<string, string | null>>; says: RegExp };

/** What each rule must say of a house in which one thing was spoiled. */
const FAULTS: readonly Fault[] = [
  {
    name: 'a second word for a thing',
    rule: wordsAreThoseOfTheGlossary,
    change: { 'docs/guides/planted.md': '# 字段对应\n' },
    says: /planted\.md:1 says what the glossary calls 字段映射/,
  },
  {
    name: 'a Kysely name of another’s table',
    rule: tablesHaveOneOwner,
    change: { [STORE]: `export const rows = (db) => db.selectFrom('collect.point').selectAll();\n` },
    says: /planted\.store\.ts:1 names the table collect\.point/,
  },
  {
    name: 'SQL text over another’s table',
    rule: tablesHaveOneOwner,
    change: {
      [STORE]: `\nexport const text = \`select 1 from fuse.a join ingest.observations using (id)\`;\n`,
    },
    says: /planted\.store\.ts:2 names the table ingest\.observations/,
  },
  {
    name: 'a migration that refers to another’s table',
    rule: tablesHaveOneOwner,
    change: {
      'server/src/fuse/migrations.ts': `export const sql = 'create table fuse.a (p int references collect.point)';\n`,
    },
    says: /migrations\.ts:1 names the table collect\.point/,
  },
  {
    name: 'a store function without scope',
    rule: storesAskForScope,
    change: storeWith('    async list(query: Query): Promise<Row[]> {\n      return [];\n    },'),
    says: /planted\.store\.ts:4 list takes no Scope first/,
  },
  {
    name: 'a store arrow without scope',
    rule: storesAskForScope,
    change: storeWith('    ok: (scope: Scope) => 1,\n    find: async (id: string) => 1,'),
    says: /planted\.store\.ts:5 find takes no Scope first/,
  },
  {
    name: 'a store function by shorthand without scope',
    rule: storesAskForScope,
    change: storeWith('    find,'),
    says: /planted\.store\.ts:4 find takes no Scope first/,
  },
  {
    name: 'a value put into SQL text',
    rule: sqlTextBindsItsValues,
    change: { [STORE]: `export const read = (name: string) => query(\`select 1 where a = \${name}\`);\n` },
    says: /planted\.store\.ts:1 builds SQL/,
  },
  {
    name: 'SQL joined with +',
    rule: sqlTextBindsItsValues,
    change: { [STORE]: `export const read = (name: string) => query('select 1 where a = ' + name);\n` },
    says: /planted\.store\.ts:1 joins SQL/,
  },
  {
    name: 'an error code that nothing raises',
    rule: (at) => errorCodesAreUsed(at, ['NOT_FOUND', 'PLANTED_CODE']),
    change: {},
    says: /PLANTED_CODE, but nothing raises it/,
  },
  {
    name: 'an event that nothing publishes',
    rule: (at) => eventsArePublished(at, ['planted.event']),
    change: {},
    says: /planted\.event, but nothing publishes it/,
  },
  {
    name: 'a route without permission',
    rule: (at) => routesAskForPermissions(at, []),
    change: routesWith(''),
    says: /GET \/api\/fuse\/planted has neither/,
  },
  {
    name: 'a permission that no route asks for',
    rule: (at) => routesAskForPermissions(at, ['planted:thing:read']),
    change: {},
    says: /planted:thing:read, but no route asks for it/,
  },
  {
    name: 'a setting that the reference leaves out',
    rule: (at) => settingsAreDocumented(at, ['plantedSetting']),
    change: {},
    says: /does not tell of plantedSetting/,
  },
  {
    name: 'a domain README with other headings',
    rule: domainsTellTheSame,
    change: {
      'server/src/collect/index.ts': '',
      'server/src/collect/README.md': '# collect\n\n## Promise\n\n## Tabels\n',
    },
    says: /collect\/README\.md must have exactly the headings/,
  },
  {
    name: 'a connector without sample',
    rule: connectorsAreComplete,
    change: { 'edge/src/connectors/planted/planted.ts': '' },
    says: /connectors\/planted\/sample\.yaml is missing/,
  },
  {
    name: 'a connector without golden cases',
    rule: connectorsAreComplete,
    change: { 'edge/src/connectors/planted/planted.ts': '' },
    says: /connectors\/planted\/testcases\/ is missing/,
  },
  {
    name: 'a role that nobody knows',
    rule: featuresHaveKnownRoles,
    change: { 'server/src/fuse/planted/planted.helper.ts': '' },
    says: /has the role "helper"/,
  },
  {
    name: 'a long file',
    rule: filesAreSmall,
    change: { 'cli/src/planted.ts': 'export {};\n'.repeat(401) },
    says: /cli\/src\/planted\.ts has 401 lines/,
  },
  {
    name: 'a big file',
    rule: filesAreSmall,
    change: { 'docs/planted.svg': 'x'.repeat(1_000_001) },
    says: /planted\.svg is over/,
  },
  {
    name: 'a leftover note',
    rule: nothingIsLeftOver,
    change: { 'cli/src/planted.ts': '// TODO: later\n' },
    says: /planted\.ts:1 holds a leftover note \(TODO\)/,
  },
  {
    name: 'a path of one machine',
    rule: noMachineIsNamed,
    change: { 'docs/planted.md': 'Look at /home/somebody/ronghe.\n' },
    says: /planted\.md:1 names a path/,
  },
  {
    name: 'a host in the lock file',
    rule: noMachineIsNamed,
    change: {
      'package-lock.json': '{ "packages": { "a": { "resolved": "https://mirror.example/a.tgz" } } }',
    },
    says: /package-lock\.json:1 names a package registry/,
  },
  {
    name: 'a package that wants a newer Node',
    rule: (at) => lockKeepsTheFloor(at.text('package-lock.json')),
    change: {
      'package-lock.json':
        '{ "packages": { "node_modules/planted": { "version": "2.0.0", "engines": { "node": ">=22.12" } } } }',
    },
    says: /planted 2\.0\.0 wants Node >=22\.12; the floor is 20\.19\.0/,
  },
  {
    name: 'a package that nobody explained',
    rule: packagesAreExplained,
    change: { 'cli/package.json': '{ "dependencies": { "planted": "1.0.0" } }' },
    says: /cli\/package\.json takes planted 1\.0\.0/,
  },
  {
    name: 'a clock that is not handed in',
    rule: timeIsHandedIn,
    change: {
      'edge/src/planted.ts':
        'export const a = Date.now();\nexport const b = new Date();\nexport const c = new Date(5);\nexport const d = [1].map(Date.now);\n',
    },
    says: /^edge\/src\/planted\.ts:1 reads[^\n]*\nedge\/src\/planted\.ts:2 reads[^\n]*\nedge\/src\/planted\.ts:4 reads[^\n]*$/,
  },
  {
    name: 'a term that is explained twice',
    rule: glossaryIsOrdered,
    change: { 'docs/glossary.md': glossary.replace(/^(\| Batch \|.*)$/m, '$1\n$1') },
    says: /explains batch twice/,
  },
  {
    name: 'a term out of order',
    rule: glossaryIsOrdered,
    change: { 'docs/glossary.md': `${glossary}| Aardvark | 土豚 | An animal |\n` },
    says: /aardvark is out of alphabetical order/,
  },
  {
    name: 'a link to nowhere',
    rule: linksLeadSomewhere,
    change: { 'docs/planted.md': '[there](nowhere.md) [and there](glossary.md#no-such-heading)\n' },
    says: /planted\.md:1 links to nowhere\.md[\s\S]*glossary\.md#no-such-heading, a heading/,
  },
  {
    name: 'READMEs that differ',
    rule: readmesTellTheSame,
    change: { 'README.md': '# A\n\n## B\n', 'README.zh-CN.md': '# A\n' },
    says: /README\.md has headings of levels 1 2, README\.zh-CN\.md 1/,
  },
];

describe('the tidy rules', () => {
  test.for(FAULTS)('see $name', ({ rule, change, says }) => {
    const before = new Set(rule(house));
    const changed = Object.keys(change).length > 0;
    const faults = rule(withFiles(house, change)).filter((fault) => !changed || !before.has(fault));
    expect(faults.join('\n')).toMatch(says);
  });

  test.for([
    ['Chinese is missing', { X: { zh: 'only English', en: 'only English' } }, /X has no Chinese/],
    ['English is missing', { X: { zh: '只有中文', en: '只有中文' } }, /X has no English/],
    ['values differ', { X: { zh: '第 {line} 行', en: 'Line {row}' } }, /X asks for other values/],
  ] as const)('see that of two languages %s', ([, texts, says]) => {
    expect(textsAreBilingual('planted', texts).join('\n')).toMatch(says);
  });

  test.for([
    [
      'an event’s name is no table',
      tablesHaveOneOwner,
      `export const hear = (e) => e.listen('ingest.rejected', x);\n`,
    ],
    ['its own table', tablesHaveOneOwner, `export const rows = (db) => db.selectFrom('fuse.source as s');\n`],
    [
      'Kysely’s sql tag',
      sqlTextBindsItsValues,
      `export const q = (a) => sql<{ n: number }>\`select \${a}\`;\n`,
    ],
    [
      'one of two texts',
      sqlTextBindsItsValues,
      `export const q = (up) => \`select 1 order by a \${up ? 'asc' : 'desc'}\`;\n`,
    ],
    ['a constant', sqlTextBindsItsValues, `export const q = () => \`select \${COLUMNS} from fuse.a\`;\n`],
    [
      'a name that is explained',
      sqlTextBindsItsValues,
      `// sql-identifier: the table comes from a list of ours\nexport const q = (t) => \`select 1 from \${t}\`;\n`,
    ],
  ] as const)('let pass: %s', ([, rule, text]) => {
    const path = text.includes('listen') ? 'server/src/fuse/planted/planted.service.ts' : STORE;
    expect(rule(withFiles(house, { [path]: text })).filter((fault) => fault.includes('planted'))).toEqual([]);
  });

  test.for([
    ['a scope first', '    async list(scope: Scope, query: Query) {\n      return [];\n    },'],
    ['nobody known yet', '    async findUnscoped(hash: string) {\n      return [];\n    },'],
    [
      'parameters over several lines',
      '    async list(\n      _scope: Scope,\n      query: Query,\n    ) {\n      return [];\n    },',
    ],
  ] as const)('let a store pass that has %s', ([, members]) => {
    expect(
      storesAskForScope(withFiles(house, storeWith(members))).filter((fault) => fault.includes('planted')),
    ).toEqual([]);
  });

  test.for([
    ['>=18', true],
    ['>=20.19.0', true],
    ['>=20.20', false],
    ['^20.19.0 || >=22.12.0', true],
    ['>= 10.x', true],
    ['20 || >=22', true],
    ['>=22.12', false],
    ['^18.0.0 || ^22', false],
    ['14 - 20', true],
    ['>=14 <20', false],
    ['*', true],
    ['~20.19.0', true],
    ['~20.18', false],
  ] as const)('know whether Node 20.19.0 is in %s', ([range, inside]) => {
    expect(inRange('20.19.0', range)).toBe(inside);
  });
});
