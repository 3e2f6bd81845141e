import { WORDS } from '@ronghe/contracts';
import { type House, isCode, isTest } from '../house.ts';

const DOMAIN_HEADINGS = ['## Promise', '## Tables', '## Events in and out', '## May call'];
export const DOMAINS = WORDS.filter((word) => word !== 'platform');

/** A domain's README has the same headings everywhere, so that what one looks for stands where one looks. */
export function domainsTellTheSame(house: House): string[] {
  return DOMAINS.flatMap((domain) => {
    const missing = ['README.md', 'index.ts']
      .map((name) => `server/src/${domain}/${name}`)
      .filter((path) => !house.files.includes(path));
    if (missing.length > 0) return missing.map((path) => `${path} is missing`);
    const path = `server/src/${domain}/README.md`;
    const headings = house
      .text(path)
      .split('\n')
      .filter((line) => line.startsWith('## '));
    return headings.join() === DOMAIN_HEADINGS.join()
      ? []
      : [
          `${path} must have exactly the headings ${DOMAIN_HEADINGS.join(', ')}; it has ${headings.join(', ')}`,
        ];
  });
}

/** A connector's folder is complete: options, sample, reader, pure decoder, tests and golden cases. */
export function connectorsAreComplete(house: House): string[] {
  const inside = house.files.filter((path) => /^edge\/src\/connectors\/[^/]+\//.test(path));
  const names = [...new Set(inside.map((path) => path.split('/')[3] ?? ''))];
  return names.flatMap((name) => {
    const folder = `edge/src/connectors/${name}/`;
    const has = (file: string) => inside.includes(folder + file);
    const wanted = [
      'README.md',
      'sample.yaml',
      `${name}.config.ts`,
      `${name}.ts`,
      `${name}.decode.ts`,
      `${name}.test.ts`,
    ];
    const missing = wanted.filter((file) => !has(file));
    if (!inside.some((path) => path.startsWith(`${folder}testcases/`))) missing.push('testcases/');
    return missing.map((file) => `${folder}${file} is missing`);
  });
}

/** What a file of a feature may be. A new role is a decision: name it here and in CONTRIBUTING.md. */
const ROLES: Readonly<Record<string, string>> = {
  store: 'the only SQL',
  service: 'use cases',
  routes: 'HTTP',
  jobs: 'work on a clock or an event',
  reader: 'reads an outside system',
  deliverer: 'fetches a whole delivery from an outside system',
  process: 'starts a process of its own and talks with it',
  mqtt: 'MQTT door',
  data: 'facts as a module',
  tables: 'table types of several stores',
  contract: 'a suite that several implementations pass',
  fixture: 'what several tests need',
  child: 'a process of its own, named in scripts/build.mjs',
  testing: 'a process or set-up that only tests start',
};

/** `feature.role.ts`, with known roles only, so that sibling folders can be read alike. */
export function featuresHaveKnownRoles(house: House): string[] {
  return house.files.flatMap((path) => {
    const match = /^server\/src\/([a-z]+)\/(?:.+\/)?([^/]+)\.tsx?$/.exec(path);
    const [, word, name] = match ?? [];
    if (!word || !name || !(DOMAINS as readonly string[]).includes(word) || path.includes('/migrations/'))
      return [];
    const roles = name
      .split('.')
      .slice(1)
      .filter((role) => role !== 'test');
    return roles
      .filter((role) => !(role in ROLES))
      .map((role) => `${path} has the role "${role}"; known are ${Object.keys(ROLES).join(', ')}`);
  });
}

/** Most lines of a file before it must be explained here. */
const LINES_MAX = 400;
const LONG_FILES: readonly { pattern: RegExp; why: string }[] = [
  { pattern: /^web\/src\/i18n\//, why: 'texts, one a line' },
  { pattern: /\.data\.ts$/, why: 'facts, one a line' },
  { pattern: /^contracts\/src\/\w+\.ts$/, why: 'all schemas of one word stand together' },
];
const BYTES_MAX = 1_000_000;

/** A long file holds two ideas; a big one does not belong into git. */
export function filesAreSmall(house: House): string[] {
  const long = house.files
    .filter((path) => isCode(path) && !LONG_FILES.some(({ pattern }) => pattern.test(path)))
    .map((path) => ({ path, lines: house.text(path).split('\n').length - 1 }))
    .filter(({ lines, path }) => lines > (isTest(path) ? LINES_MAX * 2 : LINES_MAX))
    .map(
      ({ path, lines }) => `${path} has ${lines} lines; past ${LINES_MAX} ask whether two ideas live there`,
    );
  const big = house.files
    .filter((path) => house.bytes(path) > BYTES_MAX)
    .map((path) => `${path} is over ${BYTES_MAX} bytes`);
  return [...long, ...big];
}
