import type { IPublishPacket, MqttClient } from 'mqtt';

/** What `holdAcknowledgements` adds to a client. */
export type Acknowledging = {
  /** Resolves when everything taken so far is settled, or the time is over. */
  settled(timeoutMs: number): Promise<void>;
};
type Options = {
  inflightMax: number;
  /** Resolves true when the message is durable; false, or an error, keeps it unacknowledged. */
  take: (packet: IPublishPacket, signal: AbortSignal) => Promise<boolean>;
};

/** The two places of mqtt.js 5 through which an acknowledgement goes; the second is not in its types. */
type Inner = {
  handleMessage(packet: IPublishPacket, done: (error?: Error) => void): void;
  _sendPacket(packet: { cmd: string; messageId?: number }, done?: () => void, ...rest: unknown[]): unknown;
};

/**
 * Makes a client acknowledge a message (QoS 1) only when it is durable. mqtt.js reads the next message after it has sent
 * the acknowledgement of the one before, so holding it back in `handleMessage` would store one message at a time; here the
 * acknowledgement itself is held while reading goes on, up to `inflightMax` messages. One that is not stored is never
 * acknowledged: the connection is closed, and the broker sends it again on the next.
 */
export function holdAcknowledgements(client: MqttClient, { inflightMax, take }: Options): Acknowledging {
  const inner = client as unknown as Inner;
  const send = inner._sendPacket.bind(client);
  const works = new Set<Promise<boolean>>();
  const held = new Map<number, Promise<boolean>>();
  const waiting: (() => void)[] = [];
  let connection = new AbortController();

  const begin = (packet: IPublishPacket): Promise<boolean> => {
    const { signal } = connection;
    const work = take(packet, signal).catch(() => false);
    works.add(work);
    void work.then((kept) => {
      works.delete(work);
      waiting.shift()?.();
      if (!kept && packet.qos > 0 && !signal.aborted) client.stream.destroy();
    });
    return work;
  };
  client.on('close', () => {
    connection.abort();
    connection = new AbortController();
    held.clear();
  });

  inner.handleMessage = (packet, done) => {
    const work = begin(packet);
    if (packet.qos > 0 && packet.messageId !== undefined) held.set(packet.messageId, work);
    if (works.size < inflightMax) done();
    else waiting.push(() => done());
  };
  inner._sendPacket = (packet, done, ...rest) => {
    const { cmd, messageId } = packet;
    const work = cmd === 'puback' && messageId !== undefined ? held.get(messageId) : undefined;
    if (!work || messageId === undefined) return send(packet, done, ...rest);
    const { signal } = connection;
    held.delete(messageId);
    void work.then((kept) => {
      // A later connection has other numbers; its broker sends the message again.
      if (kept && !signal.aborted) send(packet);
    });
    done?.();
    return client;
  };

  return {
    async settled(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([Promise.all(works), late]).finally(() => clearTimeout(timer));
    },
  };
}
