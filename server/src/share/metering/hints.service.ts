import type { AccessHint, AccessHintList, HintDecision, HintKind, HintQuery } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { ShareTables } from '../share.tables.ts';
import { type ActiveHour, type ActiveSeries, createUnscopedActivityStore } from './activity.store.ts';
import { createHintStore, type Found } from './hints.store.ts';
import {
  addressHint,
  type Days,
  type Figures,
  guessingHint,
  mayWalk,
  refusedHint,
  timeHint,
  volumeHint,
  walkingHint,
} from './hints.ts';

const HOUR_MS = 3_600_000;
/** Hours that are made up for after a pause; older ones are not looked at any more. */
const HOURS_BEHIND_MAX = 48;
/** Whole datasets that are counted for one hour. */
const COUNTS_MAX = 20;
const NO_DAYS: Days = { rows: [], empty: [], refused: [] };

type Parts = Pick<Platform, 'relational' | 'analytics' | 'audit' | 'clock' | 'ids' | 'log'> & {
  /** Rows a dataset has of these organisations and below; null when nobody can tell. */
  countRows(dataset: string, organisations: readonly string[]): Promise<number | null>;
  /** writes accesses that still wait */
  flush(): Promise<void>;
};

/** Use cases of hints: looking for unusual accesses hour by hour, and what people decide about them. */
export function createHints(parts: Parts) {
  const { relational, audit, clock } = parts;
  const db = relational.as<ShareTables>();
  const store = createHintStore(db);
  const look = createLook(parts);

  async function found(scope: Scope, id: string): Promise<AccessHint> {
    const hint = await store.find(scope, id);
    if (!hint) throw new AppError('NOT_FOUND', { thing: `hint ${id}` });
    return hint;
  }

  return {
    async list(scope: Scope, query: HintQuery): Promise<AccessHintList> {
      demand(scope, 'share:hint:read');
      const [items, until] = [await store.list(scope, query), await store.seenUntilUnscoped()];
      return { items, seenUntil: until?.toISOString() ?? null };
    },

    /** Says that accesses are as they should be, or are not. Audited. @throws NOT_FOUND, HINT_DECIDED */
    async decide(scope: Scope, id: string, decision: HintDecision): Promise<AccessHint> {
      demand(scope, 'share:hint:write');
      const before = await found(scope, id);
      if (before.state !== 'open') throw new AppError('HINT_DECIDED', { state: before.state });
      await db.transaction().execute(async (transaction) => {
        if (!(await createHintStore(transaction).decide(scope, id, decision, clock.now())))
          throw new AppError('HINT_DECIDED', { state: before.state });
        const change = { action: 'share:hint:decide', target: `hint:${id}`, before, after: decision };
        await audit.record(scope, { ...change, organisation: scope.organisation }, transaction);
      });
      return found(scope, id);
    },

    /** Looks at every whole hour since the last look. */
    async run({ signal }: { signal: AbortSignal }): Promise<{ hours: number; hints: number }> {
      await parts.flush();
      const nowMs = Math.floor(clock.now().getTime() / HOUR_MS) * HOUR_MS;
      const seenMs = (await store.seenUntilUnscoped())?.getTime() ?? nowMs - HOUR_MS;
      let [hours, hints] = [0, 0];
      for (let at = Math.max(seenMs, nowMs - HOURS_BEHIND_MAX * HOUR_MS); at < nowMs; at += HOUR_MS) {
        signal.throwIfAborted();
        for (const hint of await look(at)) {
          await store.noteUnscoped(hint);
          hints += 1;
        }
        await store.moveOnUnscoped(new Date(at + HOUR_MS));
        hours += 1;
      }
      return { hours, hints };
    },
  };
}
export type Hints = ReturnType<typeof createHints>;

/** Looks at the hour that begins at a moment, and tells what is unusual about it. */
function createLook({ analytics, ids, log, countRows }: Parts) {
  const activity = createUnscopedActivityStore(analytics);
  return async (atMs: number): Promise<Found[]> => {
    const [hours, series] = [await activity.hour(atMs), await activity.series(atMs)];
    if (hours.length === 0) return [];
    const keys = hours.map(({ kind, id }) => `${kind}:${id}`);
    const [pasts, days] = [await activity.pasts(atMs, keys), await activity.days(atMs, keys)];
    const found: Found[] = [];
    const add = (
      kind: HintKind,
      figures: Figures | null,
      about: Pick<Found, 'actor' | 'dataset' | 'owners'>,
    ) => {
      if (figures) found.push({ id: ids.next(), kind, figures, ...about, at: new Date(atMs + HOUR_MS) });
    };
    const actors = new Map(hours.map((hour) => [`${hour.kind}:${hour.id}`, hour]));
    for (const [key, hour] of actors) {
      const whole = { actor: hour, dataset: soleDataset(hour), owners: hour.owners };
      const past = pasts.get(key);
      add('refused', refusedHint(hour, days.get(key) ?? NO_DAYS), whole);
      if (!past) continue;
      add('volume', volumeHint(hour, past), whole);
      if (hour.kind !== 'key') continue;
      // where and when somebody works concerns those who gave the key
      add('address', addressHint(hour, past), { ...whole, dataset: '', owners: [] });
      add('time', timeHint(hour, past), { ...whole, dataset: '', owners: [] });
    }
    let counts = 0;
    for (const one of series) {
      const actor = actors.get(`${one.kind}:${one.actor}`);
      if (!actor) continue;
      const past = days.get(`${one.kind}:${one.actor}|${one.dataset}`) ?? NO_DAYS;
      const about = { actor, dataset: one.dataset, owners: one.owners };
      add('guessing', guessingHint(one, past), about);
      if (!mayWalk(one, past) || counts >= COUNTS_MAX) continue;
      counts += 1;
      add('walking', walkingHint(one, past, await total(one)), about);
    }
    return found;
  };

  async function total({ dataset, owners }: ActiveSeries): Promise<number> {
    try {
      return (await countRows(dataset, owners)) ?? 0;
    } catch (error) {
      log.warn({ err: error, dataset }, 'rows of a dataset could not be counted for a hint');
      return 0;
    }
  }
}

const soleDataset = ({ datasets }: ActiveHour): string => {
  const named = datasets.filter((dataset) => dataset !== '');
  return named.length === 1 ? (named[0] ?? '') : '';
};
