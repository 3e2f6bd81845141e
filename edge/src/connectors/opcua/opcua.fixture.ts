import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../clock.ts';
import type { Connector, Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { type OpcuaPeer, type PeerOptions, startOpcuaPeer } from '../../testing/opcua-peer.ts';
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { OpcuaConfig } from './opcua.config.ts';
import { createOpcua } from './opcua.ts';

/** A server behind a link that can break, and what the connector says of it. */
export type Scene = {
  peer: OpcuaPeer;
  proxy: TcpProxy;
  connector: Connector;
  folder: string;
  readings: Reading[];
  gaps: Gap[];
  /** Samples of a point so far. */
  values(key: string): Reading[];
  /** Good values of a point, in the order of their source times. */
  good(key: string): unknown[];
  connected(timeMs?: number): Promise<unknown>;
  /** Another server on the same port, after the first has been stopped. */
  restartPeer(options?: PeerOptions): Promise<void>;
  /** Another connector with the same folder, after the first has been stopped. */
  restartConnector(): Connector;
};

/** Publishing every 50 ms and a patience of one second, so that recovery is quick; `rest` overrides. */
export async function openScene(
  undo: (() => Promise<unknown>)[],
  points: object[],
  rest: object = {},
  peerOptions: PeerOptions = {},
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const first = await startOpcuaPeer(peerOptions);
  const proxy = await startTcpProxy(first.port);
  undo.push(() => proxy.close());
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const config = OpcuaConfig.parse({
    name: 'furnace',
    protocol: 'opcua',
    endpoint: `opc.tcp://127.0.0.1:${proxy.port}`,
    publishingIntervalMs: 50,
    timeoutMs: 1_000,
    retryMs: 1_000,
    points,
    ...rest,
  });
  const connect = () =>
    createOpcua({
      config,
      emit: (some) => readings.push(...some),
      gap: (gap) => gaps.push(gap),
      log: silentLog(),
      clock: systemClock,
      folder,
    });
  const scene: Scene = {
    peer: first,
    proxy,
    connector: connect(),
    folder,
    readings,
    gaps,
    values: (key) => readings.filter(({ point }) => point.key === key),
    good: (key) =>
      scene
        .values(key)
        .filter(({ sample }) => sample[2] === 'good')
        .sort((one, other) => one.sample[0] - other.sample[0])
        .map(({ sample }) => sample[1]),
    connected: (timeMs = 20_000) =>
      until('the connection is up', () => scene.connector.state().state === 'connected', timeMs),
    async restartPeer(options = peerOptions) {
      scene.peer = await startOpcuaPeer({ ...options, port: first.port });
    },
    restartConnector() {
      scene.connector = connect();
      return scene.connector;
    },
  };
  undo.push(() => scene.peer.stop());
  undo.push(() => scene.connector.stop());
  return scene;
}
