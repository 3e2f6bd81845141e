import type { Bilingual } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createIssueStore } from './issues.store.ts';
import { heldTrouble, NOTES_MAX, RUN_HELD } from './issues.ts';

const DISCARDED_NOTE = '被拦截的运行已弃用 / the held run was discarded';

type HeldRun = { run: string; source: string; heldFor: readonly Bilingual[]; rows: number };
type Word = { source: string; by: string; note: string };

/**
 * The issue of a source whose run is held: at most one, of the newest held run. It is resolved when a run is published
 * (`issues.settle`) or the held one is discarded; one that a newer run replaces leaves it to that run.
 */
export function createHeldIssues({ relational, clock, ids, events }: Platform) {
  const store = createIssueStore(relational.as<FuseTables>());
  const openOf = async (scope: Scope, source: string) =>
    (await store.unresolved(scope, source)).find(({ rule }) => rule === RUN_HELD);

  async function tell(scope: Scope, id: string): Promise<void> {
    const issue = await store.find(scope, id);
    if (!issue) return;
    const { source, organisation, rule, state, rows } = issue;
    events.publish('fuse.issue.changed', { issue: id, source, organisation, rule, state, rows });
  }

  return {
    /** Tells the owner that a run waits for a decision, and why. Doing it again changes nothing. */
    async open(scope: Scope, { run, source, heldFor, rows }: HeldRun): Promise<void> {
      demand(scope, 'fuse:run:write');
      const [trouble, at] = [heldTrouble(heldFor, rows), clock.now()];
      const before = await openOf(scope, source);
      if (before?.lastRun === run) return;
      if (before) {
        // what somebody accepted was another run
        const state = before.state === 'accepted' ? ({ state: 'open' } as const) : {};
        await store.update(scope, before.id, { name: trouble.name, rows, lastRun: run, at, ...state });
        await tell(scope, before.id);
        return;
      }
      const id = ids.next();
      if (await store.insert(scope, { ...trouble, id, source, run, at })) await tell(scope, id);
    },

    /** A held run of the source was thrown away, by a person or with its source. */
    async discarded(scope: Scope, { source, by, note }: Word): Promise<void> {
      demand(scope, 'fuse:run:write');
      const before = await openOf(scope, source);
      if (!before) return;
      const at = clock.now();
      const text = `${DISCARDED_NOTE}：${note}`;
      const said = { at: at.toISOString(), by, state: 'resolved', text } as const;
      const notes = [...before.notes, said].slice(-NOTES_MAX);
      await store.update(scope, before.id, { state: 'resolved', rows: 0, notes, at });
      await tell(scope, before.id);
    },
  };
}
export type HeldIssues = ReturnType<typeof createHeldIssues>;
