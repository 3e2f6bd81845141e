import type { RecoveryStep } from '@ronghe/contracts';
import { RECOVERY_STEPS } from '@ronghe/contracts';
import type { OpcuaFault } from './opcua.calls.ts';

/** Our own code for a subscription that says nothing on a link that works. */
export const SILENT = 'subscription-silent';

/** Times that a step is tried before the next one; a channel is tried for as long as its session may be worth keeping. */
const TRIES: Readonly<Record<RecoveryStep, number>> = { resubscribe: 1, session: 1, channel: 3, restart: 1 };

const SUBSCRIPTION_FAULTS = /^(Bad(NoSubscription|Subscription|TooManySubscriptions)|subscription-)/;
const SESSION_FAULTS = /^Bad(Session|TooManySessions|Identity|UserAccessDenied)/;

/** The least that has to be made anew after a failure. */
export function stepFor(fault: OpcuaFault): RecoveryStep {
  if (SUBSCRIPTION_FAULTS.test(fault.code)) return 'resubscribe';
  if (SESSION_FAULTS.test(fault.code)) return 'session';
  return 'channel';
}

/** Why there was a gap, for its record. */
export function reasonFor(fault: OpcuaFault): string {
  if (fault.code === SILENT) return SILENT;
  if (fault.code === 'BadTimeout') return 'link-frozen';
  if (fault.code.startsWith('BadConnection')) return 'link-lost';
  return {
    resubscribe: 'subscription-lost',
    session: 'session-lost',
    channel: fault.code,
    restart: fault.code,
  }[stepFor(fault)];
}

/** Which step is next; each is tried when the one before did not help. */
export type Ladder = {
  /** At least `least`; more when that has been tried. `elapsedMs` as a clock gives it. */
  next(least: RecoveryStep, elapsedMs: number): RecoveryStep;
  /** Whether anything was tried before the last step, since all was well. */
  isRepeated(): boolean;
  /** All is well again: the next trouble begins at the bottom. */
  reset(): void;
};

/** `keepMs`: how long a session outlives its channel, so that giving it up earlier would lose what it has queued. */
export function createLadder(keepMs: number): Ladder {
  let level = -1;
  let tries = 0;
  let steps = 0;
  let sinceMs = 0;
  return {
    next(least, elapsedMs) {
      let wanted = Math.max(level, RECOVERY_STEPS.indexOf(least));
      const step = RECOVERY_STEPS[wanted] ?? 'restart';
      const enough = tries >= TRIES[step] && (step !== 'channel' || elapsedMs - sinceMs >= keepMs);
      if (wanted === level && enough) wanted = Math.min(wanted + 1, RECOVERY_STEPS.length - 1);
      if (wanted !== level) {
        level = wanted;
        tries = 0;
        sinceMs = elapsedMs;
      }
      tries += 1;
      steps += 1;
      return RECOVERY_STEPS[level] ?? 'restart';
    },
    isRepeated: () => steps > 1,
    reset() {
      level = -1;
      tries = 0;
      steps = 0;
    },
  };
}
