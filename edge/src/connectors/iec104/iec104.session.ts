import {
  type Addressee,
  EVERY_STATION,
  encodeClockSynchronisation,
  encodeCounterInterrogation,
  encodeInterrogation,
} from './iec104.commands.ts';
import type { Iec104Config } from './iec104.config.ts';
import { type Asdu, CAUSE, TYPE, UNKNOWN_CAUSES } from './iec104.decode.ts';
import type { Missing } from './iec104.points.ts';

type Kind = 'clock' | 'interrogation' | 'counters';
const TYPE_OF: Readonly<Record<Kind, number>> = {
  clock: TYPE.clockSynchronisation,
  interrogation: TYPE.interrogation,
  counters: TYPE.counterInterrogation,
};

type Task = { kind: Kind; commonAddress: number };
type Running = Task & {
  confirmed: boolean;
  /** stations that have confirmed and not ended yet */
  open: Set<number>;
};

/** What a session tells its connection. */
export type SessionEvents = {
  send(asdu: Buffer): void;
  /** CP56Time2a of this moment in the station's zone. */
  time(): Buffer;
  missing(missing: Missing): void;
  /** A command that the station refused or did not answer. */
  refused(command: { kind: Kind; commonAddress: number; reason: string }): void;
  /** Everything that was asked for at the start has been answered, or given up. */
  settled(): void;
};

/** The commands of one connection, from STARTDT to its end: one at a time, each until the station has ended it. */
export type Session = {
  /** Call once the transfer is started. */
  start(): void;
  /** Every ASDU of the connection; values have been taken already. */
  take(asdu: Asdu): void;
  stop(): void;
};

/**
 * Sets the clock, interrogates and reads counters, as configured: at the start, after the end of an initialisation
 * (M_EI_NA_1), and from time to time. A station that does not end an interrogation has ended it after the configured
 * silence. Procedures: IEC 60870-5-5, 6.6 to 6.10; IEC 60870-5-101, 7.4.
 */
export function createSession(
  config: Iec104Config,
  commonAddresses: readonly number[],
  events: SessionEvents,
): Session {
  const queue: Task[] = [];
  const intervals: NodeJS.Timeout[] = [];
  let running: Running | null = null;
  let silence: NodeJS.Timeout | undefined;
  let isStarted = false;
  let isSettled = false;

  const enqueue = (kind: Kind, stations: readonly number[]): void => {
    for (const commonAddress of stations) {
      const waits = queue.some((task) => task.kind === kind && task.commonAddress === commonAddress);
      // A command that the station has not confirmed yet is still ahead of it, and need not be repeated.
      const isAhead = running?.kind === kind && running.commonAddress === commonAddress && !running.confirmed;
      if (!waits && !isAhead) queue.push({ kind, commonAddress });
    }
  };
  const enqueueAll = (stations: readonly number[]): void => {
    if (config.clockSyncSeconds !== undefined) enqueue('clock', stations);
    enqueue('interrogation', stations);
    if (config.counterInterrogationSeconds !== undefined) enqueue('counters', stations);
  };

  const next = (): void => {
    if (!isStarted || running !== null) return;
    clearTimeout(silence);
    const task = queue.shift();
    if (task === undefined) {
      if (!isSettled) events.settled();
      isSettled = true;
      return;
    }
    running = { ...task, confirmed: false, open: new Set() };
    listen();
    events.send(encode(task, config.originator, events.time));
  };
  const listen = (): void => {
    clearTimeout(silence);
    // Setting a clock takes no longer than an acknowledgement; a station that ignores it must not keep values waiting.
    const seconds = running?.kind === 'clock' ? config.t1Seconds : config.interrogationTimeoutSeconds;
    silence = setTimeout(giveUp, seconds * 1_000);
  };
  const finish = (): void => {
    running = null;
    next();
  };
  const giveUp = (): void => {
    if (running === null) return;
    const { kind, commonAddress, confirmed } = running;
    const reason = confirmed ? 'not-reported' : 'interrogation-unanswered';
    if (kind !== 'clock') events.missing({ ...concerned(kind, commonAddress), reason });
    events.refused({ kind, commonAddress, reason: confirmed ? 'not-ended' : 'unanswered' });
    finish();
  };

  /** A confirmation, termination or refusal of one of our commands. */
  const answer = (kind: Kind, asdu: Asdu): void => {
    const { commonAddress, cause, negative } = asdu;
    const mine =
      running?.kind === kind &&
      (running.commonAddress === commonAddress || running.commonAddress === EVERY_STATION)
        ? running
        : null;
    const unknown = UNKNOWN_CAUSES.get(cause);
    if (unknown !== undefined || negative) {
      const reason = unknown ?? 'interrogation-refused';
      if (kind !== 'clock') events.missing({ ...concerned(kind, commonAddress, cause), reason });
      if (mine === null) return;
      events.refused({ kind, commonAddress, reason });
      mine.open.delete(commonAddress);
      if (mine.open.size === 0) finish();
    } else if (cause === CAUSE.activationConfirmed) {
      if (mine === null) return;
      mine.confirmed = true;
      mine.open.add(commonAddress);
      if (kind === 'clock') finish();
      else listen();
    } else if (cause === CAUSE.activationTerminated) {
      if (kind !== 'clock') events.missing({ ...concerned(kind, commonAddress), reason: 'not-reported' });
      mine?.open.delete(commonAddress);
      if (mine !== null && mine.open.size === 0) finish();
    }
  };

  return {
    start() {
      isStarted = true;
      enqueueAll(commonAddresses);
      const every = (seconds: number | undefined, kind: Kind): void => {
        if (seconds === undefined || seconds === 0) return;
        const ask = (): void => {
          enqueue(kind, commonAddresses);
          next();
        };
        intervals.push(setInterval(ask, seconds * 1_000));
      };
      every(config.interrogationSeconds, 'interrogation');
      every(config.counterInterrogationSeconds, 'counters');
      every(config.clockSyncSeconds, 'clock');
      next();
    },
    take(asdu) {
      if (asdu.type === TYPE.endOfInitialisation) {
        enqueueAll(commonAddresses.filter((each) => each === asdu.commonAddress || each === EVERY_STATION));
        next();
        return;
      }
      const kind = (Object.keys(TYPE_OF) as Kind[]).find((each) => TYPE_OF[each] === asdu.type);
      if (kind !== undefined) answer(kind, asdu);
      else if (running !== null && isAnswer(asdu.cause)) {
        running.confirmed = true;
        listen();
      }
    },
    stop() {
      isStarted = false;
      clearTimeout(silence);
      for (const interval of intervals.splice(0)) clearInterval(interval);
    },
  };
}

/** Values that an interrogation asked for. */
const isAnswer = (cause: number): boolean => cause >= CAUSE.interrogatedFirst && cause <= CAUSE.countersLast;

/** Whose points have no value when this command fails: a station that does not exist has no counters either. */
function concerned(kind: Kind, commonAddress: number, cause?: number): Omit<Missing, 'reason'> {
  const station = commonAddress === EVERY_STATION ? null : commonAddress;
  if (cause !== undefined && cause === CAUSE.unknownCommonAddress)
    return { commonAddress: station, which: 'all' };
  return { commonAddress: station, which: kind === 'counters' ? 'counters' : 'others' };
}

function encode(task: Task, originator: number, time: () => Buffer): Buffer {
  const to: Addressee = { commonAddress: task.commonAddress, originator };
  switch (task.kind) {
    case 'clock':
      return encodeClockSynchronisation(to, time());
    case 'interrogation':
      return encodeInterrogation(to);
    case 'counters':
      return encodeCounterInterrogation(to);
  }
}
