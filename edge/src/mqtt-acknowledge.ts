import type { IPublishPacket, MqttClient } from 'mqtt';

/** Messages that may be taken and not acknowledged; then no more are read. The receive maximum of version 5 (3.1.2.11.3). */
export const UNACKNOWLEDGED_MAX = 1_000;
/**
 * A broker sends only so many messages before the first is acknowledged: 10 to 32 with the common ones. When at least
 * so many wait and no more came for a moment, it probably waits for us, and the write is asked for early.
 */
const HURRY_FROM = 8;
const HURRY_AFTER_MS = 30;
const PUBACK = 0x40;

/** Answers messages of a broker in the order they came (MQTT-4.6.0-2), each when it may be. */
export type Acknowledging = {
  /** `kept` allows the acknowledgement; `done` tells the library that it may go on to the next packet. */
  when(kept: Promise<void> | undefined, packet: IPublishPacket, done: (error?: Error) => void): void;
  /** No more is read until something is acknowledged. */
  isFull(): boolean;
  /** Resolves when everything that was taken is acknowledged, or will never be. */
  settled(): Promise<void>;
};

/** `hurry` asks for what allows the acknowledgements; `fail` is told when one will never be allowed. */
export function createAcknowledging(options: {
  client: MqttClient;
  hurry: () => void;
  fail: (error: Error) => void;
}): Acknowledging {
  const { client } = options;
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let goOn: (() => void) | null = null;
  let quiet: NodeJS.Timeout | null = null;

  const acknowledged = (): void => {
    waiting -= 1;
    if (waiting === 0 && quiet !== null) clearTimeout(quiet);
    if (waiting === 0) quiet = null;
    goOn?.();
    goOn = null;
  };
  const hurrySoon = (): void => {
    if (waiting < HURRY_FROM) return;
    if (quiet === null) quiet = setTimeout(options.hurry, HURRY_AFTER_MS);
    else quiet.refresh();
  };

  /** After a failure the chain stays broken, so that nothing that came later is acknowledged either. */
  const inTurn = (kept: Promise<void> | undefined, acknowledge: () => void): void => {
    waiting += 1;
    kept?.catch(() => undefined);
    last = last
      .then(() => kept)
      .then(() => {
        if (!client.stream.destroyed) acknowledge();
        acknowledged();
      });
    last.catch((error: unknown) => options.fail(error instanceof Error ? error : new Error(String(error))));
  };

  return {
    when(kept, { qos, messageId }, done) {
      if (qos === 0 || messageId === undefined || (kept === undefined && waiting === 0)) return done();
      // We ask for QoS 1 at most; what an older session has left comes one by one.
      if (qos === 2) {
        inTurn(kept, done);
        return options.hurry();
      }
      const bytes = Buffer.from([PUBACK, 2, messageId >> 8, messageId & 0xff]);
      inTurn(kept, () => client.stream.write(bytes));
      // The library sends no acknowledgement of its own for what ended with an error, and reads on.
      const next = () => done(new Error('acknowledged later'));
      if (waiting < UNACKNOWLEDGED_MAX) next();
      else goOn = next;
      if (goOn === null) hurrySoon();
      else options.hurry();
    },
    isFull: () => goOn !== null,
    settled: () => last.catch(() => undefined),
  };
}
