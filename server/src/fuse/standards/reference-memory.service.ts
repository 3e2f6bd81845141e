import { REFERENCE_SET_NAMES, type ReferenceData, type ReferenceSet } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type Content, createReferenceStore, type NewReference } from './reference.store.ts';
import { reference, useReference } from './reference.ts';
import { differencesOf } from './reference-content.ts';
import { SHIPPED_EDITION, SHIPPED_SOURCES, shippedReference } from './shipped.ts';

/** How long a change of another process may go unnoticed here. */
export const REFERENCE_LOOK_MS = 4_000;

type Parts = { platform: Platform; system: Scope };

/** Keeps what the rules of this process read up with the newest versions in the database. */
export function createReferenceMemory({ platform, system }: Parts) {
  const { relational, clock } = platform;
  const log = platform.log.child({ scope: 'fuse' });
  const db = relational.as<FuseTables>();
  const store = createReferenceStore(db);
  /** version of each set that the rules of this process read */
  const held = new Map<ReferenceSet, number>();
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> = Promise.resolve();

  /** One look after the other, so that an older answer never comes after a newer one. */
  let turn: Promise<void> = Promise.resolve();
  function refresh(): Promise<void> {
    const mine = turn.then(readNewest);
    turn = mine.catch(() => {});
    return mine;
  }

  /** Reads the sets whose newest version is not the one held, and hands them to the rules. */
  async function readNewest(): Promise<void> {
    const stale = (await store.newest(system)).filter(({ set, version }) => held.get(set) !== version);
    let data = reference();
    for (const { set } of stale) {
      const found = await store.find(system, set);
      if (!found) continue;
      data = { ...data, [set]: found.content } as ReferenceData;
      held.set(set, found.version);
    }
    if (stale.length > 0) useReference(data);
  }

  /** Writes the data shipped as the next version where a set has none, or an older edition that nobody changed. */
  async function ship(): Promise<void> {
    const newest = new Map((await store.newest(system)).map((version) => [version.set, version]));
    const shipped = shippedReference();
    for (const set of REFERENCE_SET_NAMES) {
      const last = newest.get(set);
      if (last && (last.edition === null || last.edition >= SHIPPED_EDITION)) continue;
      const before = last ? ((await store.find(system, set, last.version))?.content ?? []) : [];
      const content = shipped[set] as unknown as Content;
      const version = nextVersion(set, { last: last?.version ?? 0, before, content });
      await db.transaction().execute((transaction) =>
        createReferenceStore(transaction).add(system, {
          ...version,
          at: clock.now(),
          source: SHIPPED_SOURCES[set],
          edition: SHIPPED_EDITION,
          madeBy: system.actor.name,
        }),
      );
    }
  }

  return {
    refresh,

    /** Ships what is new, fills the memory and begins to look for changes of other processes. */
    async start(): Promise<void> {
      await ship();
      await refresh();
      timer ??= setInterval(() => {
        looking = looking
          .then(refresh)
          .catch((error: unknown) =>
            log.warn({ err: error }, 'reference data could not be looked up, trying again'),
          );
      }, REFERENCE_LOOK_MS);
    },

    /** Ends that; the rules read the data shipped again. */
    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      await looking;
      held.clear();
      useReference(null);
    },
  };
}
export type ReferenceMemory = ReturnType<typeof createReferenceMemory>;

/** The version that follows `last`, with its differences counted; who, when and why are the caller's to say. */
export function nextVersion(
  set: ReferenceSet,
  { last, before, content }: { last: number; before: Content; content: Content },
): Omit<NewReference, 'at' | 'madeBy' | 'source'> {
  const { added, changed, removed } = differencesOf(set, before, content);
  return {
    set,
    version: last + 1,
    note: '',
    edition: null,
    restores: null,
    entries: content.length,
    added,
    changed,
    removed,
    content,
  };
}
