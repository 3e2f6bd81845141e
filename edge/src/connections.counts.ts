import { type ConnectionState, type Gap, RECOVERY_STEPS, REPORT_GAPS_MAX } from '@ronghe/contracts';
import { type Clock, type Moment, momentOf, wallMsOf } from './clock.ts';
import type { Connector, TellGap } from './connector.ts';
import type { Log } from './log.ts';

const GAP_REASON_LENGTH_MAX = 200;
/** Reason of a gap that was made by changing the connection. */
export const RECONFIGURED_REASON = 'reconfigured';
/** How often is looked whether a changed connection is there again; its gap ends when it says it was, not when it is seen. */
const LOOK_MS = 200;

/** What connections of one name counted since the start, and what a change of one of them left out. */
export type Counts = {
  gap: TellGap;
  /** It had something other than a bad sample. */
  heard(): void;
  /** A connection of this name is to be stopped. */
  leaving(was: ConnectionState, protocol: string): void;
  /** It has been stopped, and this is what it had counted. */
  left(state: ConnectionState): void;
  /**
   * Another one has been started: what was missed is told as a gap once it is connected, unless it finds that out for
   * itself (`resumes`), which it can when its protocol is the same.
   */
  followed(connector: Connector, next: { protocol: string; resumes: boolean }): void;
  /** Nothing is missed: there is no connection of this name any more. */
  forget(): void;
  /** The state with all that was counted under the name. */
  added(state: ConnectionState): ConnectionState;
};

/** Keeps the counts by name, and the newest gaps of all. */
export function createCounts({ clock, log }: { clock: Clock; log: Log }) {
  const names = new Map<string, Counts>();
  const recent: Gap[] = [];
  const tell = (name: string, given: Parameters<TellGap>[0]): void => {
    const told = { ...given, toMs: Math.max(given.fromMs, given.toMs) };
    const own = log.child({ connection: name });
    if (told.toMs !== given.toMs)
      own.warn(
        { endedMs: given.toMs },
        'the clock was set back during a time without data; it is told as a moment',
      );
    own.warn({ gap: told }, 'a time without data');
    recent.push({
      connection: name,
      from: new Date(told.fromMs).toISOString(),
      to: new Date(told.toMs).toISOString(),
      points: told.points,
      filled: told.filled,
      reason: told.reason.slice(0, GAP_REASON_LENGTH_MAX),
    });
    if (recent.length > REPORT_GAPS_MAX) recent.shift();
  };
  return {
    recentGaps: (): Gap[] => [...recent],
    of(name: string): Counts {
      const known = names.get(name) ?? createNameCounts(clock, (gap) => tell(name, gap));
      names.set(name, known);
      return known;
    },
    stop(): void {
      for (const counts of names.values()) counts.forget();
    },
  };
}

function createNameCounts(clock: Clock, tell: TellGap): Counts {
  const gaps = { count: 0, filled: 0 };
  const sums: Pick<ConnectionState, 'recoveries' | 'steps'> = { recoveries: 0 };
  let heardAt: Moment | null = null;
  let open: { since: Moment; protocol: string } | null = null;
  let timer: NodeJS.Timeout | null = null;

  const endWatch = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const gap: TellGap = (told) => {
    gaps.count += 1;
    gaps.filled += told.filled ?? 0;
    tell(told);
  };
  const plus = (state: ConnectionState): Pick<ConnectionState, 'recoveries' | 'steps'> => {
    const steps = { ...sums.steps };
    for (const step of RECOVERY_STEPS) {
      const own = state.steps?.[step];
      if (own !== undefined) steps[step] = (steps[step] ?? 0) + own;
    }
    const recoveries = sums.recoveries + state.recoveries;
    return Object.keys(steps).length === 0 ? { recoveries } : { recoveries, steps };
  };

  return {
    gap,
    heard() {
      heardAt = momentOf(clock);
    },
    leaving({ state }, protocol) {
      endWatch();
      if (heardAt === null) return;
      // Of a loss that is not over only the connector knew; nothing is known since the last value.
      open ??= { since: state === 'connected' ? momentOf(clock) : heardAt, protocol };
    },
    left(state) {
      Object.assign(sums, plus(state));
    },
    followed(connector, { protocol, resumes }) {
      const missed = open;
      if (missed === null || (resumes && missed.protocol === protocol)) {
        open = null;
        return;
      }
      const look = (): void => {
        const { state, since, points } = connector.state();
        if (state !== 'connected') return;
        endWatch();
        open = null;
        const fromMs = wallMsOf(clock, missed.since);
        const toMs = Math.max(fromMs, Date.parse(since));
        gap({ fromMs, toMs, points, filled: null, reason: RECONFIGURED_REASON });
      };
      timer = setInterval(look, LOOK_MS).unref();
    },
    forget() {
      endWatch();
      open = null;
    },
    added: (state) => ({ ...state, ...plus(state), gaps: { ...gaps } }),
  };
}
