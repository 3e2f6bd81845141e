import type { Scope } from '#platform/auth/scope.ts';
import type { Caller } from '../policies/policy-index.ts';
import { callerOf, type Rules } from '../policies/rulebook.service.ts';
import type { SeenTables } from './seeing.service.ts';

/** What one caller sees: `id` is another as soon as anything of it may be another. */
export type Sighting = { readonly id: number; readonly seen: SeenTables };
type Asked = { purpose: string | undefined; nowMs: number };
type Kept = Sighting & { fromMs: number; untilMs: number };
type OfRules = { moments: readonly number[]; callers: Map<string, Kept> };

const CALLERS_MAX = 1_000;

/**
 * What callers see, decided once for the same rules, caller and purpose, and no longer than until the next moment at which some policy begins or
 * ends. Rules that changed are another object, so nothing decided by others is found.
 */
export function createSightings(see: (scope: Scope, rules: Rules, asked: Asked) => SeenTables) {
  const known = new WeakMap<Rules, OfRules>();
  const rights = new WeakMap<Scope['permissions'], string>();
  let count = 0;

  function keyOf(caller: Caller, permissions: Scope['permissions'], purpose: string | undefined): string {
    let said = rights.get(permissions);
    if (said === undefined) {
      said = [...permissions].sort().join(' ');
      rights.set(permissions, said);
    }
    const { kind, id, name, organisation, roles } = caller;
    return JSON.stringify([kind, id, name, organisation, roles, said, purpose ?? null]);
  }

  return {
    /** What was decided for one question only; nothing is kept of it, and nothing is found by its number. */
    alone(seen: SeenTables): Sighting {
      count += 1;
      return { id: count, seen };
    },

    of(scope: Scope, rules: Rules, asked: Asked): Sighting {
      let ofRules = known.get(rules);
      if (!ofRules) {
        ofRules = { moments: momentsOf(rules), callers: new Map() };
        known.set(rules, ofRules);
      }
      const { callers, moments } = ofRules;
      const key = keyOf(callerOf(scope), scope.permissions, asked.purpose);
      const before = callers.get(key);
      callers.delete(key);
      if (before && before.fromMs <= asked.nowMs && asked.nowMs < before.untilMs) {
        callers.set(key, before);
        return before;
      }
      count += 1;
      const made: Kept = {
        id: count,
        seen: see(scope, rules, asked),
        fromMs: asked.nowMs,
        untilMs: moments.find((moment) => moment > asked.nowMs) ?? Number.POSITIVE_INFINITY,
      };
      callers.set(key, made);
      const [oldest] = callers.keys();
      if (callers.size > CALLERS_MAX && oldest !== undefined) callers.delete(oldest);
      return made;
    },
  };
}

/** When policies begin and end, the earliest first. */
const momentsOf = ({ policies }: Rules): number[] =>
  policies
    .flatMap(({ from, until }) => [from, until])
    .flatMap((moment) => (moment === null ? [] : [Date.parse(moment)]))
    .sort((a, b) => a - b);
