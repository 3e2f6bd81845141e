import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { Connector, ConnectorContext, Gap, Reading } from '../connector.ts';
import { silentLog } from '../log.ts';
import { freePort, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { until } from './wait.ts';

/** A real peer that a connector talks to. */
export type ContractPeer = {
  port: number;
  /** Gives the point a new value. */
  set(value: number): void | Promise<void>;
  /** Ends at once, as a device does that loses power. */
  stop(): Promise<void>;
};

/** What a connector brings to be tested with the suite that all connectors pass. */
export type ContractSubject = {
  /** The connector waits for its peer to connect: then `startPeer` gets the port to go to, and `create` the one to open. */
  listens?: boolean;
  /** On the given port, or a free one. */
  startPeer(port?: number): Promise<ContractPeer>;
  /**
   * A connector with two points: `contract.value`, unit `Cel`, which the peer has, and `contract.missing`, which it
   * has not. It must notice a frozen link within 10 s, and work with answers that take 0.6 s. `host` is as in an address.
   */
  create(port: number, context: Omit<ConnectorContext<never>, 'config'>, host: string): Connector;
};

/** Longest time until a connector has stopped, whatever its link does. */
const STOP_MS_MAX = 5_000;
const SLOW_MS = 300;
const LINK_DELAY_MS = 30;
/** What has passed the link already may still be read so long after it froze. */
const IN_FLIGHT_MS_MAX = 200;

export type ContractCase = { title: string; run: () => Promise<void> };

/** The sentences that hold for every connector; each is run with a peer of its own behind a link that can break. */
export function connectorContract(subject: ContractSubject): ContractCase[] {
  const sentence = (
    title: string,
    body: (scene: Scene) => Promise<void>,
    options: { absent?: boolean; host?: string } = {},
  ): ContractCase => ({
    title,
    run: async () => {
      const scene = await openScene(subject, options);
      try {
        await body(scene);
        assert.deepEqual(scene.unhandled, [], 'nothing was rejected unseen');
      } finally {
        await scene.close();
      }
    },
  });
  return [
    sentence('delivers value, quality, source time and unit', deliversAll),
    sentence('starts and stops cleanly and is silent afterwards', stopsCleanly),
    sentence('becomes stale when the link is cut and recovers by itself', survivesCut),
    sentence('notices a frozen link and recovers by itself', survivesFreeze),
    sentence('stops within five seconds on a frozen link', stopsFrozen),
    sentence('works over a slow link', survivesSlowness),
    sentence('recovers when the link brings garbage', survivesGarbage),
    sentence('recovers when the peer is restarted', survivesRestart),
    sentence('is not stopped by one failing point', toleratesFailure),
    sentence('waits for an absent peer without an unhandled rejection', waitsForPeer, { absent: true }),
    sentence('tells the family and the delay of its link', tellsLink),
    sentence('works over IPv6 and tells it', tellsIpv6, { host: '[::1]' }),
  ];
}

type Scene = {
  listens: boolean;
  connector: Connector;
  readings: Reading[];
  gaps: Gap[];
  proxy: TcpProxy;
  peer(): ContractPeer;
  startPeer(): Promise<void>;
  stopPeer(): Promise<void>;
  unhandled: unknown[];
  close(): Promise<void>;
};

/** The link between both: in front of the peer, or of the connector where the peer is the one to connect. */
async function openLink(subject: ContractSubject, host: string) {
  const address = host.replace(/^\[|\]$/g, '');
  if (subject.listens !== true) {
    const peer = await subject.startPeer();
    return {
      peer,
      proxy: await startTcpProxy(peer.port, { host: address }),
      peerPort: peer.port,
      ownPort: null,
    };
  }
  const ownPort = await freePort();
  const proxy = await startTcpProxy(ownPort, { targetHost: address });
  return { peer: await subject.startPeer(proxy.port), proxy, peerPort: proxy.port, ownPort };
}

async function openScene(subject: ContractSubject, { absent = false, host = '127.0.0.1' }): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-contract-'));
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const link = await openLink(subject, host);
  const { proxy, peerPort } = link;
  let peer: ContractPeer | null = link.peer;
  if (absent) {
    await peer.stop();
    peer = null;
  }
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const context = {
    emit: (some: readonly Reading[]) => void readings.push(...some),
    gap: (gap: Gap) => void gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder,
  };
  const connector = subject.create(link.ownPort ?? proxy.port, context, host);
  const scene: Scene = {
    listens: subject.listens === true,
    connector,
    readings,
    gaps,
    proxy,
    unhandled,
    peer() {
      assert.ok(peer, 'the peer runs');
      return peer;
    },
    async startPeer() {
      peer = await subject.startPeer(peerPort);
    },
    async stopPeer() {
      const old = peer;
      peer = null;
      await old?.stop();
    },
    async close() {
      await connector.stop();
      await proxy.close();
      await scene.stopPeer();
      process.off('unhandledRejection', note);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

const ofValue = (scene: Scene): Reading[] =>
  scene.readings.filter(({ point }) => point.key === 'contract.value');

/** Sets a value until it is seen: a peer that has only just come back may miss the first. */
async function seeValue(scene: Scene, value: number, timeMs = 20_000): Promise<Reading> {
  const from = scene.readings.length;
  await scene.peer().set(value);
  return until(
    `value ${value} arrives`,
    () =>
      scene.readings
        .slice(from)
        .find(
          ({ point, sample }) =>
            point.key === 'contract.value' && sample[1] === value && sample[2] === 'good',
        ),
    timeMs,
  );
}

const connected = (scene: Scene, timeMs = 20_000) =>
  until('the connection is up', () => scene.connector.state().state === 'connected', timeMs);

const staleSamples = (scene: Scene) =>
  ofValue(scene).filter(({ sample }) => sample[2] === 'bad' && sample[3] === 'stale' && sample[1] === null);

async function deliversAll(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  const beforeMs = Date.now();
  const { point, sample } = await seeValue(scene, 42.5);
  assert.equal(point.unit, 'Cel');
  assert.equal(point.type, 'number');
  assert.equal(sample[2], 'good');
  assert.ok(sample[0] >= beforeMs - 1_000 && sample[0] <= Date.now() + 1_000, `source time ${sample[0]}`);
}

async function stopsCleanly(scene: Scene): Promise<void> {
  assert.equal(scene.connector.state().state, 'stopped');
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 1.5);
  await scene.connector.stop();
  assert.equal(scene.connector.state().state, 'stopped');
  const count = scene.readings.length;
  await scene.peer().set(2.5);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(scene.readings.length, count, 'nothing is emitted after stop');
  assert.equal(staleSamples(scene).length, 0, 'stopping is not losing');
}

async function survivesCut(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 3.5);
  await scene.proxy.cut();
  await until('the point becomes stale', () => staleSamples(scene).length > 0);
  assert.notEqual(scene.connector.state().state, 'connected');
  assert.notEqual(scene.connector.state().lastError, null);
  await scene.proxy.mend();
  const back = await until(
    'the same value is good again',
    () =>
      ofValue(scene).find(
        ({ sample }) => sample[1] === 3.5 && sample[0] > (staleSamples(scene)[0]?.sample[0] ?? 0),
      ),
    30_000,
  );
  assert.equal(back.sample[2], 'good');
  assert.equal(staleSamples(scene).length, 1, 'one stale sample for one loss');
  await seeValue(scene, 4.5);
  assert.ok(scene.connector.state().recoveries >= 1, 'the recovery is counted');
  const gap = await until('the time without data is told', () => scene.gaps[0]);
  assert.equal(scene.gaps.length, 1, 'one gap for one loss');
  assert.ok(gap.fromMs <= gap.toMs && gap.toMs <= Date.now(), `from ${gap.fromMs} to ${gap.toMs}`);
  assert.equal(gap.points, scene.connector.state().points, 'the gap says how many points it concerns');
}

async function survivesFreeze(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  const startedMs = Date.now();
  await seeValue(scene, 5.5);
  scene.proxy.freeze();
  const frozenMs = Date.now();
  await until('the point becomes stale', () => staleSamples(scene).length > 0, 20_000);
  scene.proxy.thaw();
  await connected(scene, 40_000);
  await seeValue(scene, 6.5);
  const gap = await until('the time without data is told', () => scene.gaps[0]);
  const lateMs = gap.fromMs - frozenMs;
  assert.ok(lateMs <= IN_FLIGHT_MS_MAX, `the gap begins with what was heard last, not ${lateMs} ms later`);
  assert.ok(gap.fromMs >= startedMs, `it begins ${startedMs - gap.fromMs} ms before the connection was up`);
}

async function stopsFrozen(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 12.5);
  scene.proxy.freeze();
  const before = performance.now();
  await scene.connector.stop();
  assert.ok(performance.now() - before < STOP_MS_MAX, `stopping took ${performance.now() - before} ms`);
  assert.equal(scene.connector.state().state, 'stopped');
}

async function survivesSlowness(scene: Scene): Promise<void> {
  scene.proxy.delay(SLOW_MS);
  await scene.connector.start();
  await connected(scene, 40_000);
  await seeValue(scene, 13.5);
  await seeValue(scene, 14.5);
  assert.equal(staleSamples(scene).length, 0, 'slow is not lost');
}

async function survivesGarbage(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 15.5);
  const expected = new Set([16.5, 17.5, ...ofValue(scene).map(({ sample }) => sample[1])]);
  // Towards the connector: what it does not understand must neither be believed nor end it.
  scene.proxy.garble(scene.listens ? 'caller' : 'target');
  await seeValue(scene, 16.5, 60_000);
  await seeValue(scene, 17.5);
  const believed = ofValue(scene).filter(({ sample }) => sample[2] === 'good' && !expected.has(sample[1]));
  assert.deepEqual(believed, [], 'no value is made of garbage');
}

async function survivesRestart(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 7.5);
  await scene.stopPeer();
  await until('the point becomes stale', () => staleSamples(scene).length > 0, 20_000);
  await scene.startPeer();
  await connected(scene, 40_000);
  await seeValue(scene, 8.5);
}

async function toleratesFailure(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 9.5);
  await until('the failing point is counted', () => scene.connector.state().pointsFailed === 1);
  assert.equal(scene.connector.state().points, 2);
  await seeValue(scene, 10.5);
}

async function waitsForPeer(scene: Scene): Promise<void> {
  await scene.connector.start();
  // Who waits to be called has nothing to tell.
  if (!scene.listens)
    await until('the failure is told', () => scene.connector.state().lastError !== null, 20_000);
  assert.notEqual(scene.connector.state().state, 'connected');
  await scene.startPeer();
  await connected(scene, 40_000);
  await seeValue(scene, 11.5);
}

async function tellsLink(scene: Scene): Promise<void> {
  assert.equal(scene.connector.state().link, undefined);
  scene.proxy.delay(LINK_DELAY_MS);
  await scene.connector.start();
  await connected(scene, 40_000);
  await seeValue(scene, 18.5);
  const link = await linkOf(scene);
  assert.equal(link.family, 'IPv4');
  // There and back. Who waits to be called asks nobody anything.
  if (scene.listens) assert.equal(link.latencyMs, null);
  else
    assert.ok(
      Number(link.latencyMs) >= LINK_DELAY_MS * 2 - 1 && Number(link.latencyMs) < 2_000,
      `${link.latencyMs} ms`,
    );
  await scene.proxy.cut();
  await until('the link is lost', () => scene.connector.state().state !== 'connected');
  assert.equal(scene.connector.state().link, undefined, 'nothing is known of a link that is gone');
}

async function tellsIpv6(scene: Scene): Promise<void> {
  await scene.connector.start();
  await connected(scene);
  await seeValue(scene, 19.5);
  assert.equal((await linkOf(scene)).family, 'IPv6');
}

/** Once both are known, for whoever measures. */
const linkOf = (scene: Scene) =>
  until('the link is known', () => {
    const { link } = scene.connector.state();
    return link !== undefined && (scene.listens || link.latencyMs !== null) && link;
  });
