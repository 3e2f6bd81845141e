import {
  type ControlFunction,
  controlFrame,
  type Frame,
  Iec104Error,
  informationFrame,
  SEQUENCE_MODULUS,
  sequenceDistance,
  supervisoryFrame,
  takeFrames,
} from './iec104.apci.ts';

/** Window and timers of the link, as named in IEC 60870-5-104, 5.5 and 9.6; times in milliseconds. */
export type LinkLimits = { k: number; w: number; t0Ms: number; t1Ms: number; t2Ms: number; t3Ms: number };

/** Most ASDUs that wait for a place in the window. */
const WAITING_MAX = 3_000;

/** What the procedures of the link need from the connection, and tell it. */
export type TransferEvents = {
  write(bytes: Buffer): void;
  /** The connection has to be ended: a timer, or a fault of the numbering or of a frame. */
  fail(error: Error): void;
  onAsdu(asdu: Buffer): void;
  /** STARTDT and STOPDT are confirmed. */
  started(): void;
  stopped(): void;
  /** A request without values was confirmed after so long. */
  confirmed(latencyMs: number): void;
};

/** The procedures of one connection: numbering, acknowledgements, tests, start and stop of the transfer. */
export type Transfer = {
  /** Asks for the transfer to be started. */
  start(): void;
  /** Asks for its end, after everything that came has been acknowledged. */
  stop(): void;
  /** Octets as they come from the station. Throws nothing. */
  take(bytes: Buffer): void;
  /** Now, or when the station has acknowledged enough. */
  send(asdu: Buffer): void;
  /** Ends all timers. */
  close(): void;
};

/**
 * Seen from the controlling station (IEC 60870-5-104, 5.2 to 5.5). Every ASDU is handed on before it is acknowledged,
 * in order, so that a station never drops an event that was not taken.
 */
export function createTransfer(limits: LinkLimits, events: TransferEvents): Transfer {
  const { write, fail } = events;
  const timers = createTimers();
  const numbers = createNumbers(limits.k);
  const waiting: Buffer[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let isStarted = false;
  let isClosed = false;
  let askedMs = performance.now();

  const acknowledge = (): void => {
    timers.stop('t2');
    write(supervisoryFrame(numbers.acknowledging()));
  };
  const watchAcknowledgement = (): void => {
    const sentMs = numbers.oldestSentMs();
    timers.stop('t1');
    if (sentMs === null) return;
    timers.start('t1', sentMs + limits.t1Ms - performance.now(), () =>
      fail(new Error(`the station did not acknowledge within ${limits.t1Ms} ms`)),
    );
  };
  const flush = (): void => {
    while (numbers.free() && waiting.length > 0) {
      const asdu = waiting.shift() ?? Buffer.alloc(0);
      timers.stop('t2');
      const { sent, received } = numbers.next(performance.now());
      write(informationFrame(sent, received, asdu));
    }
    watchAcknowledgement();
  };
  /** Sends an activation; its confirmation has to come. */
  const ask = (act: ControlFunction, timer: TimerName): void => {
    write(controlFrame(act));
    askedMs = performance.now();
    timers.start(timer, limits.t1Ms, () =>
      fail(new Error(`the station did not confirm ${act} within ${limits.t1Ms} ms`)),
    );
  };
  const heard = (): void => timers.start('t3', limits.t3Ms, () => ask('testfr-act', 'testfr'));

  const control = (name: ControlFunction): void => {
    switch (name) {
      case 'startdt-con':
        timers.stop('startdt');
        events.confirmed(performance.now() - askedMs);
        if (!isStarted) events.started();
        isStarted = true;
        break;
      case 'stopdt-con':
        if (numbers.unacknowledged() > 0) acknowledge();
        timers.stop('stopdt');
        events.stopped();
        break;
      case 'testfr-act':
        write(controlFrame('testfr-con'));
        break;
      case 'testfr-con':
        timers.stop('testfr');
        events.confirmed(performance.now() - askedMs);
        break;
      case 'startdt-act':
      case 'stopdt-act':
        throw new Iec104Error('the peer is a controlling station too');
    }
  };
  const takeFrame = (frame: Frame): void => {
    if (frame.kind === 'control') {
      control(frame.function);
      return;
    }
    if (!numbers.acknowledged(frame.received))
      throw new Iec104Error(`the station acknowledges ${frame.received}, which was not sent`);
    if (frame.kind === 'information') {
      if (!numbers.receive(frame.sent)) throw new Iec104Error(`I frame ${frame.sent} is out of sequence`);
      events.onAsdu(frame.asdu);
      if (numbers.unacknowledged() >= limits.w) acknowledge();
      else if (numbers.unacknowledged() > 0) timers.startOnce('t2', limits.t2Ms, acknowledge);
    }
    flush();
  };

  return {
    start() {
      heard();
      ask('startdt-act', 'startdt');
    },
    stop() {
      if (numbers.unacknowledged() > 0) acknowledge();
      ask('stopdt-act', 'stopdt');
    },
    take(bytes) {
      if (isClosed) return;
      try {
        const { frames, rest: left } = takeFrames(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]));
        rest = left;
        heard();
        for (const frame of frames) takeFrame(frame);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    },
    send(asdu) {
      if (isClosed) return;
      if (waiting.length >= WAITING_MAX) {
        fail(new Error('too many commands wait for the station'));
        return;
      }
      waiting.push(asdu);
      flush();
    },
    close() {
      isClosed = true;
      timers.stopAll();
      waiting.length = 0;
    },
  };
}

/** Send and receive sequence numbers with the window of what is not acknowledged yet (IEC 60870-5-104, 5.2). */
function createNumbers(k: number) {
  let toSend = 0;
  let toReceive = 0;
  let acknowledgedUntil = 0;
  let open = 0;
  /** When each I frame went out that the station has not acknowledged, oldest first. */
  const sentMs: number[] = [];
  return {
    free: () => sentMs.length < k,
    /** Numbers of the next I frame, which also acknowledges everything received. */
    next(nowMs: number): { sent: number; received: number } {
      const sent = toSend;
      toSend = (toSend + 1) % SEQUENCE_MODULUS;
      sentMs.push(nowMs);
      open = 0;
      return { sent, received: toReceive };
    },
    acknowledging(): number {
      open = 0;
      return toReceive;
    },
    /** False when the number is not the next. */
    receive(sent: number): boolean {
      if (sent !== toReceive) return false;
      toReceive = (toReceive + 1) % SEQUENCE_MODULUS;
      open += 1;
      return true;
    },
    /** False when more is acknowledged than was sent. */
    acknowledged(until: number): boolean {
      const count = sequenceDistance(acknowledgedUntil, until);
      if (count > sentMs.length) return false;
      sentMs.splice(0, count);
      acknowledgedUntil = until;
      return true;
    },
    unacknowledged: () => open,
    oldestSentMs: () => sentMs[0] ?? null,
  };
}

type TimerName = 't1' | 't2' | 't3' | 'startdt' | 'testfr' | 'stopdt';

function createTimers() {
  const running = new Map<TimerName, NodeJS.Timeout>();
  const timers = {
    stop(name: TimerName): void {
      clearTimeout(running.get(name));
      running.delete(name);
    },
    /** Anew, when it runs already. */
    start(name: TimerName, timeMs: number, work: () => void): void {
      timers.stop(name);
      const timer = setTimeout(
        () => {
          running.delete(name);
          work();
        },
        Math.max(0, timeMs),
      );
      running.set(name, timer);
    },
    startOnce(name: TimerName, timeMs: number, work: () => void): void {
      if (!running.has(name)) timers.start(name, timeMs, work);
    },
    stopAll(): void {
      for (const timer of running.values()) clearTimeout(timer);
      running.clear();
    },
  };
  return timers;
}
