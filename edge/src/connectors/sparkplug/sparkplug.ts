import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createBackoff, pause } from '../../backoff.ts';
import { replaceFile } from '../../buffer/files.ts';
import { type Moment, wallMsOf } from '../../clock.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { createFollowing } from '../../following.ts';
import type { Reached } from '../../link-health.ts';
import { type MqttLink, openMqttLink } from '../../mqtt-link.ts';
import { browseBirths, waitForBirths } from './sparkplug.browse.ts';
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
  const beganMs = performance.now();
  /** Ends the waits of people who look. */
  const looking = new AbortController();
  const askedMs = new Map<string, number>();
  let toldMs = Number.NEGATIVE_INFINITY;
  /** since when, and why, nothing is heard that was heard before */
  let lost: { since: Moment; reason: string } | null = null;

  const showPoints = (): void => {
    const { points, failed } = nodes.points();
    tracker.points(points, failed);
  };

  const tell = (fields: object, message: string): void => {
    const nowMs = clock.elapsedMs();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    log.warn({ ...fields, ...nodes.counts }, message);
  };

  /** Asks a node for its births; a host that restarts must not make a whole plant answer again and again. */
  const askRebirth = (link: MqttLink, node: string): void => {
    const nowMs = clock.elapsedMs();
    if (config.role === 'passive') {
      tell({ node }, 'births were missed and a passive host may not ask; set role active to repair this');
      return;
    }
    if (nowMs - (askedMs.get(node) ?? Number.NEGATIVE_INFINITY) < config.rebirthEveryMs) return;
    askedMs.set(node, nowMs);
    log.info({ node }, 'asking for the births of a node');
    link.client.publish(
      `spBv1.0/${config.group}/NCMD/${node}`,
      Buffer.from(encodeRebirth(clock.now().getTime())),
      {
        qos: 0,
      },
    );
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
      // Nothing is known since the broker was heard last, not since the silence was noticed.
      lost = { since: tracker.heardAt(), reason: messageOf(reason) };
      log.warn({ reason: lost.reason }, 'the broker cannot be reached');
    }
    tracker.become('disconnected');
    const stale = nodes.lose(clock.now().getTime());
    if (stale.length > 0) emit(stale);
  };

  const listen = async (signal: AbortSignal): Promise<void> => {
    const sessionMs = clock.now().getTime();
    const { heard: onHeard, reached } = tracker;
    const session = openSession({ config, sessionMs, take, onHeard, reached });
    const stop = () => void session.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await session.ready;
      tracker.become('connected');
      showPoints();
      if (lost !== null)
        context.gap({
          fromMs: wallMsOf(clock, lost.since),
          toMs: clock.now().getTime(),
          points: tracker.state().points,
          filled: null,
          reason: lost.reason,
        });
      lost = null;
      backoff.reset();
      log.info('the broker is connected');
      // What a node did while nobody listened is not known.
      if (config.role !== 'passive') for (const node of nodes.names()) askRebirth(session.link, node);
      throw await session.ended;
    } finally {
      signal.removeEventListener('abort', stop);
      await session.close();
    }
  };

  const following = createFollowing({
    tracker,
    backoff,
    prepare: memory.load,
    follow: listen,
    lost: lose,
    finish: memory.save,
  });
  return {
    start: following.start,
    stop() {
      looking.abort();
      return following.stop();
    },
    state: tracker.state,
    async browse(request) {
      await waitForBirths(beganMs, looking.signal);
      return browseBirths(nodes.save(), request);
    },
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
function openSession(options: {
  config: SparkplugConfig;
  sessionMs: number;
  take: (link: MqttLink, topic: string, bytes: Buffer) => void;
  onHeard: () => void;
  reached: Reached;
}): Session {
  const { config, sessionMs, take } = options;
  const stateTopic = `spBv1.0/STATE/${config.hostId}`;
  const state = (online: boolean) => Buffer.from(JSON.stringify({ online, timestamp: sessionMs }));
  const primary = config.role === 'primary';
  const announce = ({ client }: MqttLink) =>
    client.publish(stateTopic, state(true), { qos: 1, retain: true });
  const link = openMqttLink({
    ...config,
    level: 4,
    clean: true,
    onHeard: options.onHeard,
    reached: options.reached,
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
