import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../testing/wait.ts';
import { OpcuaFault } from './opcua.calls.ts';
import { openScene, type Scene } from './opcua.fixture.ts';
import { createLadder, SILENT, stepFor } from './opcua.recovery.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

describe('the ladder', () => {
  test('begins with the least that can help', () => {
    const cases: [string, string][] = [
      [SILENT, 'resubscribe'],
      ['BadNoSubscription', 'resubscribe'],
      ['BadSubscriptionIdInvalid', 'resubscribe'],
      ['BadSessionIdInvalid', 'session'],
      ['BadSessionClosed', 'session'],
      ['BadUserAccessDenied', 'session'],
      ['BadConnectionClosed', 'channel'],
      ['BadSecureChannelIdInvalid', 'channel'],
      ['BadTimeout', 'channel'],
      ['BadCertificateUntrusted', 'channel'],
    ];
    for (const [code, step] of cases) expect([code, stepFor(new OpcuaFault(code))]).toEqual([code, step]);
  });

  test('climbs when a step did not help, and stays on the channel while a session may be kept', () => {
    const ladder = createLadder(60_000);
    const steps = [0, 1, 2, 3, 4, 30_000, 59_000, 62_003, 62_004].map((nowMs) =>
      ladder.next('resubscribe', nowMs),
    );
    expect(steps).toEqual([
      'resubscribe',
      'session',
      'channel',
      'channel',
      'channel',
      'channel',
      'channel',
      'restart',
      'restart',
    ]);
    ladder.reset();
    expect(ladder.isRepeated()).toBe(false);
    expect(ladder.next('session', 70_000)).toBe('session');
    expect(ladder.next('channel', 70_001)).toBe('channel');
    expect(ladder.next('resubscribe', 70_002)).toBe('channel');
    expect(ladder.isRepeated()).toBe(true);
  });
});

/** A connection that brings values of one point. */
async function running(points: object[] = []): Promise<Scene> {
  const scene = await openScene(
    undo,
    [{ key: 'v', address: 'ns=1;s=V' }, ...points],
    {},
    { history: new Map() },
  );
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  return scene;
}

/** Sets a value until it is seen. */
async function comes(scene: Scene, value: number, name = 'V', key = 'v'): Promise<void> {
  scene.peer.set(name, value);
  await until(`value ${value}`, () => scene.good(key).includes(value), 30_000);
}

const recovered = (scene: Scene, count = 1) =>
  until('it recovers', () => scene.connector.state().recoveries >= count, 30_000);

describe('what is tried, and counted:', () => {
  test('a subscription that the server dropped is made anew on the same session', {
    timeout: 60_000,
  }, async () => {
    const scene = await running();
    scene.peer.dropSubscriptions();
    await recovered(scene);
    await comes(scene, 2);
    expect(scene.connector.state().steps).toEqual({ resubscribe: 1 });
    expect(scene.peer.sessions()).toBe(1);
    await until('the gap is told', () => scene.gaps.length > 0);
    expect(scene.gaps).toMatchObject([{ points: 1, reason: 'subscription-lost' }]);
  });

  test('a subscription that fell silent is noticed though the link works', { timeout: 60_000 }, async () => {
    const scene = await running();
    scene.peer.silence();
    await recovered(scene);
    await comes(scene, 2);
    expect(scene.connector.state().steps).toEqual({ resubscribe: 1 });
    await until('the gap is told', () => scene.gaps[0]?.reason === 'subscription-silent');
    await until('the old one is gone', () => scene.peer.subscriptions() === 1);
  });

  test('a server that stays silent makes it climb from subscription to session to channel', {
    timeout: 90_000,
  }, async () => {
    const scene = await running();
    scene.peer.silence(true);
    await until('a new channel is tried', () => (scene.connector.state().steps?.channel ?? 0) > 0, 60_000);
    expect(scene.connector.state().steps).toMatchObject({ resubscribe: 1, session: 1 });
    expect(scene.peer.sessions()).toBeLessThanOrEqual(2);
  });

  test('a session that the server forgot is made anew on the same channel', { timeout: 60_000 }, async () => {
    const scene = await running();
    scene.peer.expireSessions();
    await recovered(scene);
    await comes(scene, 2);
    expect(scene.connector.state().steps).toEqual({ session: 1 });
    expect(scene.peer.sessions()).toBe(1);
  });

  test('a cut link costs a channel only: the session moves, and its queue loses nothing', {
    timeout: 60_000,
  }, async () => {
    const scene = await running();
    await scene.proxy.cut();
    await until('it is noticed', () => scene.connector.state().state !== 'connected');
    for (let value = 2; value <= 6; value += 1) {
      scene.peer.set('V', value);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    await scene.proxy.mend();
    await recovered(scene);
    await until('the last', () => scene.good('v').includes(6));
    expect([...new Set(scene.good('v'))]).toEqual([1, 2, 3, 4, 5, 6]);
    const { steps } = scene.connector.state();
    expect(Object.keys(steps ?? {})).toEqual(['channel']);
    expect(scene.peer.sessions()).toBe(1);
    expect(scene.peer.subscriptions()).toBe(1);
  });

  test('a restarted server costs a channel and a session', { timeout: 60_000 }, async () => {
    const scene = await running();
    await scene.peer.stop();
    await until('it is noticed', () => scene.connector.state().state !== 'connected');
    await scene.restartPeer();
    scene.peer.set('V', 2);
    await recovered(scene);
    await comes(scene, 3);
    expect(scene.connector.state().steps).toMatchObject({ session: 1 });
    expect(scene.connector.state().steps?.channel).toBeGreaterThan(0);
  });
});

test('a node that vanished does not hold up the others, and is taken again when it is back', {
  timeout: 60_000,
}, async () => {
  const scene = await running([{ key: 'w', address: 'ns=1;s=W' }]);
  scene.peer.set('W', 1);
  await until('both', () => scene.good('w').includes(1), 20_000);
  scene.peer.remove('W');
  scene.peer.expireSessions();
  await recovered(scene);
  await comes(scene, 2);
  await until('it is refused', () => scene.values('w').at(-1)?.sample[3] === 'BadNodeIdUnknown');
  expect(scene.connector.state().pointsFailed).toBe(1);
  await comes(scene, 3, 'W', 'w');
  await until('it is no longer counted', () => scene.connector.state().pointsFailed === 0);
});

test('indexes of namespaces that moved with a restart are found again by their URIs', {
  timeout: 60_000,
}, async () => {
  const [one, two, three] = ['urn:plant:one', 'urn:plant:two', 'urn:plant:three;50%'];
  const scene = await openScene(
    undo,
    [
      { key: 'index', address: 'ns=3;s=T' },
      { key: 'uri', address: `nsu=${two};s=T` },
      { key: 'path', path: '/Objects/3:Machine/3:T' },
      { key: 'odd', address: 'nsu=urn:plant:three%3B50%25;s=T3' },
    ],
    {},
    { namespaces: [one, two, three] },
  );
  const set = (value: number) => {
    scene.peer.set('T', value, { namespace: two });
    scene.peer.set('T3', value, { namespace: three });
  };
  set(1);
  const all = ['index', 'uri', 'path', 'odd'];
  await scene.connector.start();
  for (const key of all) await until(key, () => scene.good(key).includes(1), 20_000);
  await scene.peer.stop();
  await scene.restartPeer({ namespaces: [three, one, two] });
  // What has the old index now must not be taken for the point.
  scene.peer.set('T1', -1, { namespace: one });
  set(2);
  await recovered(scene);
  for (const key of all) await until(key, () => scene.good(key).includes(2), 20_000);
  expect(scene.connector.state().pointsFailed).toBe(0);
});

test('half frames in both directions are survived', { timeout: 60_000 }, async () => {
  const scene = await running();
  for (const from of ['target', 'caller'] as const) {
    const { recoveries } = scene.connector.state();
    scene.proxy.halve(from);
    await until('the link is replaced', () => scene.connector.state().recoveries > recoveries, 30_000);
    await comes(scene, from === 'target' ? 2 : 3);
  }
});

test('a stop does not wait for the answers of a frozen link', { timeout: 60_000 }, async () => {
  const points = [{ key: 'v', address: 'ns=1;s=V' }];
  const scene = await openScene(undo, points, { mode: 'poll', pollIntervalMs: 50, timeoutMs: 20_000 });
  scene.peer.set('V', 1);
  await scene.connector.start();
  await until('the first', () => scene.good('v')[0] === 1);
  scene.proxy.freeze();
  // A round of reading is on its way by then.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = performance.now();
  await scene.connector.stop();
  expect(performance.now() - before).toBeLessThan(5_000);
});
