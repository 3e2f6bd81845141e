import type { OrganisationPath } from '@ronghe/contracts';
import { systemScope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';

/** How long names are kept: the longest a changed one may take to show. */
const MEMORY_MS = 30_000;
/** One that is not known yet is looked for sooner. */
const MISSING_MS = 2_000;

type Parts = Pick<Platform, 'auth' | 'clock' | 'log'> & { root: OrganisationPath };

/** What organisations are called, for sentences that people read. Nothing is decided by it. */
export function createOrganisationNames({ auth, clock, log, root }: Parts) {
  const permissions = ['platform:organisation:read'] as const;
  const platform = systemScope({ organisation: root, permissions, name: 'share' });
  let names: ReadonlyMap<string, string> = new Map();
  let readMs = Number.NEGATIVE_INFINITY;
  let missing = false;

  return {
    /** Reads them when they are old. A failure keeps those of before: a question must not fail for the sake of its words. */
    async refresh(): Promise<void> {
      const nowMs = clock.now().getTime();
      if (nowMs - readMs < (missing ? MISSING_MS : MEMORY_MS)) return;
      readMs = nowMs;
      missing = false;
      try {
        const all = await auth.organisations(platform);
        names = new Map(all.map(({ path, name }) => [path, name]));
      } catch (error) {
        log.warn({ err: error }, 'names of organisations could not be read');
      }
    },
    /** A path that nobody has named is its own name. */
    nameOf(path: OrganisationPath): string {
      const name = names.get(path);
      missing ||= name === undefined;
      return name ?? path;
    },
  };
}
export type OrganisationNames = ReturnType<typeof createOrganisationNames>;
