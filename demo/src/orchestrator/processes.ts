import { join } from 'node:path';
import type { PlantCommand } from '../plants/plant-server.ts';
import type { Plant, PlantProtocol } from '../province/plants.ts';
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
  plant(plant: Plant, port: number): Promise<void>;
  replay(options: { file: string; speed: number; port: number }): Promise<void>;
  edge(collector: string, configFile: string): Promise<void>;
  command(plant: string, command: PlantCommand): void;
  /** Ends all of them. */
  stop(): Promise<void>;
};
export type ServerOptions = {
  dataFolder: string;
  port: number;
  environment: Readonly<Record<string, string>>;
};

const PLANT_SCRIPTS: Readonly<Record<PlantProtocol, string>> = {
  opcua: 'opcua-plant',
  'modbus-tcp': 'modbus-plant',
  'sparkplug-b': 'sparkplug-plant',
};

/** Prepares the processes; nothing runs yet. */
export function createProcesses({ scripts, state, warn, onServerDeath }: ProcessesContext): Processes {
  const children: Child[] = [];
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
    async plant({ key, protocol }, port) {
      const folder = join(state.folder, 'plants', key);
      await launch({
        name: key,
        script: scripts.child(PLANT_SCRIPTS[protocol]),
        args: ['--plant', key, '--port', String(port), '--folder', folder],
        ready: /^plant ready /,
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
    async edge(collector, configFile) {
      await launch({
        name: `edge-${collector}`,
        script: scripts.edge,
        preload: scripts.child('parent-guard'),
        args: ['--config', configFile],
        ready: /^edge ready /,
      });
    },
    command(plant, command) {
      const sent = children.find(({ name }) => name === plant)?.send({ command });
      if (!sent)
        warn(`${plant} 未运行，命令 ${command} 未送达 / is not running, the command was not delivered`);
    },
    stop: () => (stopping ??= Promise.all(children.map((child) => child.stop())).then(() => undefined)),
  };
}
