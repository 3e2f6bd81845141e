import { join } from 'node:path';
import { freePort } from '../plants/ports.ts';
import { PLANT_PROTOCOLS } from '../province/plants.ts';
import { createProvince } from '../province/province.ts';
import { writeRegister } from '../systems/enterprise-register.ts';
import { writeOperationFiles } from '../systems/operation-monitor.ts';
import { type Api, ApiError, signIn } from './api.ts';
import { createEdges } from './edges.ts';
import type { DemoOptions } from './options.ts';
import { createProcesses, type Processes, type ServerOptions } from './processes.ts';
import { playScenario, SCENARIOS, type Scenario } from './scenarios.ts';
import type { Scripts } from './scripts.ts';
import {
  DEMO_USERS,
  type NewCollector,
  seedCollectors,
  seedOrganisations,
  seedSources,
  seedUsers,
} from './seed.ts';
import { OPERATION_FOLDER, REGISTER_FOLDER } from './sources.ts';
import { type DemoState, openState, randomPassword } from './state.ts';

const PREFERRED_PORT = 8080;
const PREFERRED_MQTT_PORT = 1883;
const PREFERRED_SQL_PORT = 8123;
const ADMINISTRATOR = 'admin';

export type DemoContext = {
  options: DemoOptions;
  scripts: Scripts;
  environment: Readonly<Record<string, string | undefined>>;
  /** a line for the person at the terminal */
  say(line: string): void;
  /** a line about trouble */
  warn(line: string): void;
  /** the server ended by itself: the demo cannot go on */
  onServerDeath(): void;
};

export type Demo = {
  /** Starts everything; resolves with the portal's address once everything serves. @throws Error that can be shown */
  start(): Promise<string>;
  /** Ends all processes; safe at any moment and more than once. */
  stop(): Promise<void>;
};

/** Prepares the demo; nothing runs yet. */
export function createDemo(context: DemoContext): Demo {
  const state = openState(context.options.dataFolder);
  const processes = createProcesses({ ...context, state });
  let stopScenario = () => {};
  return {
    async start() {
      const url = await startDemo({ ...context, state, processes });
      stopScenario = playScenario(context.options.scenario, {
        command: processes.command,
        say: context.warn,
      });
      return url;
    },
    stop() {
      stopScenario();
      return processes.stop();
    },
  };
}

type Parts = DemoContext & { state: DemoState; processes: Processes };

async function startDemo(parts: Parts): Promise<string> {
  const { state, say, processes, options } = parts;
  say('融合演示：一个小小的江西，企业、设备和数据均为模拟 / a small province, everything in it is simulated');
  state.values.parkCloudPassword ??= randomPassword();
  const parkCloud = {
    port: await state.port('park-cloud'),
    password: state.values.parkCloudPassword,
  };
  const serverPlace = await placeServer(parts, `127.0.0.1:${parkCloud.port}`);
  await takePlantPorts(parts);
  const edges = await createEdges({ ...parts, replayFile: options.replay?.file ?? null });
  const changed = await writeFiles(parts);
  say('启动平台、工厂和业务系统 / starting the platform, the plants and the systems');
  // Everything that needs no answer of the platform starts beside it, the slowest first.
  const plants = startPlants(parts);
  const systems = Promise.all([
    startServer(parts, serverPlace),
    processes.parkCloud(parkCloud.port, parkCloud.password),
  ]);
  edges.startKnown(`http://127.0.0.1:${serverPlace.port}`);
  const seeded = systems.then(async ([url]) => {
    await seed(parts, { url, parkCloud, changed, collectors: edges.collectors });
    return url;
  });
  const [url] = await Promise.all([seeded, plants]);
  await edges.settle(url);
  tellSignIn(parts, url);
  return url;
}

type Seed = {
  url: string;
  parkCloud: { port: number; password: string };
  /** keys of sources that have new files to read */
  changed: ReadonlySet<string>;
  collectors: readonly NewCollector[];
};
/** Makes what the platform lacks: organisations, people, collectors, sources and their first runs. */
async function seed({ state, options, say }: Parts, wanted: Seed): Promise<void> {
  const { url, parkCloud, changed, collectors } = wanted;
  const api = await signInAsAdministrator(url, state);
  await seedOrganisations(api, { replay: options.replay !== null });
  await seedUsers(api, state);
  await seedCollectors(api, state, collectors);
  say('接入数据源并融合 / reading the sources');
  await seedSources(api, {
    parkCloud: { url: `http://127.0.0.1:${parkCloud.port}`, password: parkCloud.password },
    changed,
    say,
  });
}

/** The given password, the kept one, or a new one; the server takes it at its first start. */
function choosePassword({ state, environment }: Parts): string {
  const password = environment.RONGHE_ADMIN_PASSWORD || state.values.adminPassword || randomPassword();
  state.values.adminPassword = password;
  state.save();
  return password;
}

/** Puts the files of the systems into the platform's inbox; answers with the sources that have something new to read. */
async function writeFiles(parts: Parts): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  if (await writeMonths(parts)) changed.add(OPERATION_FOLDER);
  if (await writeRegister(join(parts.options.dataFolder, 'inbox', REGISTER_FOLDER)))
    changed.add(REGISTER_FOLDER);
  return changed;
}

/** Puts the monthly files into the platform's inbox; true when there is something new to read. */
async function writeMonths({ options, state }: Parts): Promise<boolean> {
  const scenario: Scenario = SCENARIOS[options.scenario];
  const dirty = scenario.dirtyMonth === true;
  const written = await writeOperationFiles({
    folder: join(options.dataFolder, 'inbox', OPERATION_FOLDER),
    now: new Date(),
    dirty,
    rewriteNewest: dirty !== state.values.dirtyMonth,
  });
  state.values.dirtyMonth = dirty;
  state.save();
  return written.length > 0;
}

/** Where the server is going to serve and what it is told; the port is known before it runs. */
async function placeServer(parts: Parts, sourceHost: string): Promise<ServerOptions> {
  const { options, state, environment } = parts;
  const port = await portalPort(options.port, state);
  const sqlPort = environment.RONGHE_SQL_PORT ?? String(await state.port('sql', PREFERRED_SQL_PORT));
  const mqttPort = environment.RONGHE_MQTT_PORT ?? String(await state.port('mqtt', PREFERRED_MQTT_PORT));
  const hosts = [environment.RONGHE_FUSE_SOURCE_HOSTS, sourceHost].filter(Boolean).join(',');
  return {
    dataFolder: options.dataFolder,
    port,
    environment: {
      RONGHE_ADMIN_PASSWORD: choosePassword(parts),
      RONGHE_FUSE_SOURCE_HOSTS: hosts,
      RONGHE_MQTT_PORT: mqttPort,
      RONGHE_SQL_PORT: sqlPort,
    },
  };
}

async function startServer({ state, processes }: Parts, place: ServerOptions): Promise<string> {
  const { url, password } = await processes.server(place);
  if (password) {
    state.values.adminPassword = password;
    state.save();
  }
  return url;
}

/** The port asked for is taken as it is; 0 takes a free one; none asked for keeps the one of the last start. */
async function portalPort(asked: number | null, state: DemoState): Promise<number> {
  if (asked === null) return state.port('server', PREFERRED_PORT);
  const port = asked === 0 ? await freePort() : asked;
  state.values.ports.server = port;
  state.save();
  return port;
}

/** Ports one after the other, so that no two get the same. */
async function takePlantPorts({ options, state }: Parts): Promise<void> {
  for (const { key } of createProvince().plants) await state.port(key);
  if (options.replay) await state.port('replay');
}

/** The plants, one process for each protocol, and the replay. */
async function startPlants({ options, state, processes }: Parts): Promise<void> {
  const portOf = (name: string) => state.values.ports[name] ?? 0;
  const { plants } = createProvince();
  const starting = PLANT_PROTOCOLS.map((protocol) =>
    processes.plants(
      protocol,
      plants.filter((plant) => plant.protocol === protocol).map(({ key }) => ({ key, port: portOf(key) })),
    ),
  );
  if (options.replay) starting.push(processes.replay({ ...options.replay, port: portOf('replay') }));
  await Promise.all(starting);
}

async function signInAsAdministrator(url: string, state: DemoState): Promise<Api> {
  const password = state.values.adminPassword ?? '';
  try {
    return await signIn(url, { username: ADMINISTRATOR, password });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401)
      throw new Error(
        '此数据文件夹的管理员密码与演示保存的不同：请用 RONGHE_ADMIN_PASSWORD 给出，或换一个 --data 文件夹 / the administrator of this data folder has another password: give it in RONGHE_ADMIN_PASSWORD or use another --data folder',
      );
    throw error;
  }
}

function tellSignIn({ say, state, options, environment }: Parts, url: string): void {
  const given = environment.RONGHE_ADMIN_PASSWORD === state.values.adminPassword;
  const password = given ? '（RONGHE_ADMIN_PASSWORD）' : (state.values.adminPassword ?? '');
  say(`门户 / portal: ${url}`);
  say(`管理员 / administrator: ${ADMINISTRATOR}  密码 / password: ${password}`);
  for (const { username, title } of DEMO_USERS) {
    const known = state.values.userPasswords[username];
    say(`演示用户 / demo user: ${username} (${title})  密码 / password: ${known ?? '（未保存 / not kept）'}`);
  }
  const { title } = SCENARIOS[options.scenario];
  say(`场景 / scenario: ${options.scenario} — ${title.zh} / ${title.en}`);
  say(`日志 / logs: ${join(state.folder, 'logs')}`);
}
