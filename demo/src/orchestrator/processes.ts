import { join } from 'node:path';
import type { PlantCommand } from '../plants/plant-server.ts';
import type { PlantProtocol } from '../province/plants.ts';
import { type Child, type ChildOptions, createChild } from './child.ts';
import type { Scripts } from './scripts.ts';
import type { DemoState } from './state.ts';

export type ProcessesContext = {
  scripts: Scripts;
  state: DemoState;
  warn(line: string): void;
  onServerDeath(): void;
};

/** The processes of the demo: started one by one, ended together. */
export type Processes = {
  /** @returns the address it serves at, and the administrator's password when it made one */
  server(options: ServerOptions): Promise<{ url: string; password: string | null }>;
  parkCloud(port: number, password: string): Promise<void>;
  /** One process for all plants of a protocol, so that its library is loaded once. */
  plants(protocol: PlantProtocol, places: readonly PlantPlace[]): Promise<void>;
  replay(options: { file: string; speed: number; port: number }): Promise<void>;
  /** One process with a collector for each file; one of the same name that runs already is ended before. */
  edge(name: string, configFiles: readonly string[]): Promise<void>;
  command(plant: string, command: PlantCommand): void;
  /** Ends all of them. */
  stop(): Promise<void>;
};
export type PlantPlace = { key: string; port: number };
export type ServerOptions = {
  dataFolder: string;
  port: number;
  environment: Readonly<Record<string, string>>;
};

const PLANT_SCRIPTS: Readonly<Record<PlantProtocol, string>> = {
  opcua: 'opcua-plant',
  modbus: 'modbus-plant',
  sparkplug: 'sparkplug-plant',
};

/** Prepares the processes; nothing runs yet. */
export function createProcesses({ scripts, state, warn, onServerDeath }: ProcessesContext): Processes {
  const children: Child[] = [];
  const processOfPlant = new Map<string, string>();
  let stopping: Promise<void> | undefined;
  const launch = async (
    options: Omit<ChildOptions, 'logFile' | 'onDeath' | 'restart'> & Partial<ChildOptions>,
  ) => {
    // A signal during the start must not leave a child that nobody knows of.
    if (stopping) throw new Error('正在停止 / stopping');
    const child = createChild({
      logFile: join(state.folder, 'logs', `${options.name}.log`),
      restart: true,
      onDeath: (reason) => warn(`${options.name} 意外退出（${reason}），将重新启动 / died and is restarted`),
      ...options,
    });
    children.push(child);
    return child.start();
  };
  return {
    async server({ dataFolder, port, environment }) {
      let password: string | null = null;
      const line = await launch({
        name: 'server',
        script: scripts.server,
        args: ['--data', dataFolder, '--port', String(port)],
        environment,
        ready: /^ready /,
        restart: false,
        onLine: (text) => {
          password = /^admin password: (.+)$/.exec(text)?.[1] ?? password;
        },
        onDeath: (reason) => {
          warn(`平台进程意外退出（${reason}）/ the server died; ${join(state.folder, 'logs/server.log')}`);
          onServerDeath();
        },
      });
      return { url: line.slice('ready '.length), password };
    },
    async parkCloud(port, password) {
      await launch({
        name: 'park-cloud',
        script: scripts.child('park-cloud'),
        args: ['--port', String(port)],
        environment: { PARK_CLOUD_PASSWORD: password },
        ready: /^system ready /,
      });
    },
    async plants(protocol, places) {
      const name = PLANT_SCRIPTS[protocol];
      for (const { key } of places) processOfPlant.set(key, name);
      const plants = places.flatMap(({ key, port }) => ['--plant', `${key}=${port}`]);
      await launch({
        name,
        script: scripts.child(name),
        args: [...plants, '--folder', join(state.folder, 'plants')],
        ready: /^plants ready /,
      });
    },
    async replay({ file, speed, port }) {
      const folder = join(state.folder, 'plants', 'replay');
      await launch({
        name: 'replay',
        script: scripts.replay,
        args: [file, '--port', String(port), '--speed', String(speed), '--folder', folder],
        ready: /^plant ready /,
      });
    },
    async edge(name, configFiles) {
      const before = children.find((child) => child.name === name);
      if (before) {
        await before.stop();
        children.splice(children.indexOf(before), 1);
      }
      await launch({
        name,
        script: scripts.edge,
        args: configFiles.flatMap((file) => ['--config', file]),
        ready: /^edge ready /,
        readyLines: configFiles.length,
      });
    },
    command(plant, command) {
      const name = processOfPlant.get(plant);
      const sent = children.find((child) => child.name === name)?.send({ plant, command });
      if (!sent)
        warn(`${plant} 未运行，命令 ${command} 未送达 / is not running, the command was not delivered`);
    },
    stop: () => (stopping ??= Promise.all(children.map((child) => child.stop())).then(() => undefined)),
  };
}
