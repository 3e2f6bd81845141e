import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createBackoff, pause } from '../../backoff.ts';
import { replaceFile } from '../../buffer/files.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext, Gap } from '../../connector.ts';
import { type MqttLink, openMqttLink } from '../../mqtt-link.ts';
import type { SparkplugConfig } from './sparkplug.config.ts';
import { encodeRebirth } from './sparkplug.decode.ts';
import { createNodes, type Nodes } from './sparkplug.nodes.ts';

const SAVE_AFTER_MS = 1_000;
/** The same trouble is logged at most this often. */
const TELL_EVERY_MS = 60_000;

const Saved = z.array(
  z.object({
    node: z.string(),
    bdSeq: z.number().nullable(),
    metrics: z.array(
      z.object({
        device: z.string(),
        name: z.string(),
        alias: z.string().nullable(),
        datatype: z.number(),
        unit: z.string().nullable(),
      }),
    ),
  }),
);

/** Listens to the edge nodes of one Sparkplug B group. */
export function createSparkplug(context: ConnectorContext<SparkplugConfig>): Connector {
  const { config, emit, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const nodes = createNodes(config, clock);
  const memory = createMemory({ path: join(context.folder, 'births.json'), nodes });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  const askedMs = new Map<string, number>();
  let running: Promise<void> = Promise.resolve();
  let toldMs = Number.NEGATIVE_INFINITY;
  /** since when, and why, nothing is heard that was heard before */
  let lost: Pick<Gap, 'fromMs' | 'reason'> | null = null;

  const showPoints = (): void => {
    const { points, failed } = nodes.points();
    tracker.points(points, failed);
  };

  const tell = (fields: object, message: string): void => {
    const nowMs = clock.now().getTime();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    log.warn({ ...fields, ...nodes.counts }, message);
  };

  /** Asks a node for its births; a host that restarts must not make a whole plant answer again and again. */
  const askRebirth = (link: MqttLink, node: string): void => {
    const nowMs = clock.now().getTime();
    if (config.role === 'passive') {
      tell({ node }, 'births were missed and a passive host may not ask; set role active to repair this');
      return;
    }
    if (nowMs - (askedMs.get(node) ?? Number.NEGATIVE_INFINITY) < config.rebirthEveryMs) return;
    askedMs.set(node, nowMs);
    log.info({ node }, 'asking for the births of a node');
    link.client.publish(`spBv1.0/${config.group}/NCMD/${node}`, Buffer.from(encodeRebirth(nowMs)), {
      qos: 0,
    });
  };

  const take = (link: MqttLink, topic: string, bytes: Buffer): void => {
    try {
      const { readings, rebirth, born } = nodes.take(topic, bytes);
      if (readings.length > 0) emit(readings);
      if (rebirth !== null) askRebirth(link, rebirth);
      if (!born) return;
      showPoints();
      memory.changed();
    } catch (error) {
      nodes.counts.malformed += 1;
      tell({ topic, reason: messageOf(error) }, 'a message is not a Sparkplug payload');
    }
  };

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    if (tracker.state().state === 'connected') {
      lost = { fromMs: clock.now().getTime(), reason: messageOf(reason) };
      log.warn({ reason: lost.reason }, 'the broker cannot be reached');
    }
    tracker.become('disconnected');
    const stale = nodes.lose(clock.now().getTime());
    if (stale.length > 0) emit(stale);
  };

  const listen = async (): Promise<void> => {
    const session = openSession(config, clock.now().getTime(), take);
    const stop = () => void session.close();
    stopping.signal.addEventListener('abort', stop, { once: true });
    try {
      await session.ready;
      tracker.become('connected');
      showPoints();
      if (lost !== null)
        context.gap({ ...lost, toMs: clock.now().getTime(), points: tracker.state().points, filled: null });
      lost = null;
      backoff.reset();
      log.info('the broker is connected');
      // What a node did while nobody listened is not known.
      if (config.role !== 'passive') for (const node of nodes.names()) askRebirth(session.link, node);
      throw await session.ended;
    } finally {
      stopping.signal.removeEventListener('abort', stop);
      await session.close();
    }
  };

  const run = async (): Promise<void> => {
    await memory.load();
    while (!stopping.signal.aborted) {
      await listen().catch((error: unknown) => {
        if (!stopping.signal.aborted) lose(error);
      });
      if (!stopping.signal.aborted) await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await memory.save();
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

type Session = {
  link: MqttLink;
  /** Connected and subscribed. */
  ready: Promise<void>;
  /** Resolves with the reason. */
  ended: Promise<Error>;
  close(): Promise<void>;
};

/**
 * One connection to the broker, with the session of a host when the role is primary: a retained will that says
 * offline and, with the same time, a retained STATE that says online (Sparkplug B 3.0, section 5.8).
 */
function openSession(
  config: SparkplugConfig,
  sessionMs: number,
  take: (link: MqttLink, topic: string, bytes: Buffer) => void,
): Session {
  const stateTopic = `spBv1.0/STATE/${config.hostId}`;
  const state = (online: boolean) => Buffer.from(JSON.stringify({ online, timestamp: sessionMs }));
  const primary = config.role === 'primary';
  const announce = ({ client }: MqttLink) =>
    client.publish(stateTopic, state(true), { qos: 1, retain: true });
  const link = openMqttLink({
    ...config,
    level: 4,
    clean: true,
    clientId: `ronghe-${config.name}-${process.pid}-${sessionMs}`,
    ...(primary ? { will: { topic: stateTopic, payload: state(false), qos: 1 as const, retain: true } } : {}),
    take(own, { topic, bytes }) {
      if (topic !== stateTopic) take(own, topic, bytes);
      // Another host, or the will of our own earlier session, may have said that we are offline.
      else if (primary && bytes.includes('"online":false')) announce(own);
    },
  });
  const ready = link.connected.then(async () => {
    const refused = await link.subscribe([`spBv1.0/${config.group}/#`, ...(primary ? [stateTopic] : [])]);
    if (refused.length > 0) throw new Error(`the broker refuses to let us read ${refused.join(', ')}`);
    if (primary) announce(link);
  });
  return {
    link,
    ready,
    ended: link.ended,
    async close() {
      if (primary && link.client.connected) {
        const said = link.client.publishAsync(stateTopic, state(false), { qos: 1, retain: true });
        await Promise.race([said, pause(1_000, AbortSignal.timeout(1_000))]).catch(() => undefined);
      }
      await link.close();
    },
  };
}

/** Remembers births over a restart, since they are not retained and a passive host may not ask for them. */
function createMemory(options: { path: string; nodes: Nodes }) {
  let timer: NodeJS.Timeout | null = null;
  let dirty = false;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (!dirty) return saving;
    dirty = false;
    const content = JSON.stringify(options.nodes.save());
    saving = saving.then(() => replaceFile(options.path, content)).catch(() => undefined);
    return saving;
  };
  return {
    changed(): void {
      dirty = true;
      timer ??= setTimeout(() => void save(), SAVE_AFTER_MS);
    },
    save,
    async load(): Promise<void> {
      const text = await readFile(options.path, 'utf8').catch(() => null);
      if (text === null) return;
      const saved = Saved.safeParse(parseJson(text));
      if (saved.success) options.nodes.restore(saved.data);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
