import {
  type BuiltInRoleName,
  Collector,
  CollectorWithKey,
  type NewUser,
  Organisation,
  OrganisationList,
  pageOf,
  RunPage,
  Source,
  SourceList,
  User,
  UserList,
} from '@ronghe/contracts';
import { createProvince, ROOT_ORGANISATION } from '../province/province.ts';
import type { Api } from './api.ts';
import { demoSources } from './sources.ts';
import { type DemoState, randomPassword } from './state.ts';

const RUN_MS_MAX = 180_000;
const POLL_MS = 500;
const PAGE_ROWS = 500;
/** Organisation and collector of a replayed recording. */
export const REPLAY_ORGANISATION = `${ROOT_ORGANISATION}.replay`;
export const REPLAY_COLLECTOR = 'replay';

type DemoUser = { username: string; title: string; organisation: string; role: BuiltInRoleName };
/** People of the demo, one for each way to look at the platform. */
export const DEMO_USERS: readonly DemoUser[] = [
  { username: 'sheng', title: '省级主管（演示）', organisation: ROOT_ORGANISATION, role: 'officer' },
  { username: 'yingtan', title: '鹰潭市主管（演示）', organisation: 'jx.yingtan', role: 'officer' },
  { username: 'shuju', title: '数据工程师（演示）', organisation: ROOT_ORGANISATION, role: 'data-engineer' },
  {
    username: 'tongye',
    title: '豫章澜铜业工程师（演示）',
    organisation: 'jx.yingtan.yuzhang-copper',
    role: 'plant-engineer',
  },
  { username: 'shenji', title: '审计员（演示）', organisation: ROOT_ORGANISATION, role: 'auditor' },
];

/** Makes the cities, the enterprises with a plant and, for a replay, its own organisation, as far as they are missing. */
export async function seedOrganisations(api: Api, { replay }: { replay: boolean }): Promise<void> {
  const { items } = await api.get('/api/auth/organisations', OrganisationList);
  const known = new Set(items.map(({ path }) => path));
  const { organisations } = createProvince();
  const extra = {
    path: REPLAY_ORGANISATION,
    kind: 'enterprise',
    name: '录制数据回放',
    division: null,
    code: null,
  };
  for (const organisation of replay ? [...organisations, extra] : organisations)
    if (!known.has(organisation.path)) await api.post('/api/auth/organisations', organisation, Organisation);
}

/** Makes the demo users that are missing; their passwords are random and kept in the state. */
export async function seedUsers(api: Api, state: DemoState): Promise<void> {
  const { items } = await api.get('/api/auth/users', UserList);
  const known = new Set(items.map(({ username }) => username));
  for (const { role, ...user } of DEMO_USERS) {
    if (known.has(user.username)) continue;
    const password = randomPassword();
    // Kept before it is used: a crash in between leaves a password without a user, not the other way round.
    state.values.userPasswords[user.username] = password;
    state.save();
    await api.post('/api/auth/users', { ...user, password, roles: [role] } satisfies NewUser, User);
  }
}

export type NewCollector = { name: string; title: string; organisation: string };
/**
 * Registers the collectors that are missing and keeps their keys in the state.
 * @throws Error when the platform knows a collector but its key was lost
 */
export async function seedCollectors(
  api: Api,
  state: DemoState,
  collectors: readonly NewCollector[],
): Promise<void> {
  const { items } = await api.get(`/api/collect/collectors?limit=${PAGE_ROWS}`, pageOf(Collector));
  const known = new Set(items.map(({ name }) => name));
  const { collectorKeys } = state.values;
  for (const collector of collectors) {
    if (known.has(collector.name) && collectorKeys[collector.name]) continue;
    if (known.has(collector.name))
      throw new Error(
        `采集器 ${collector.name} 已登记但密钥已丢失，请换一个 --data 文件夹 / the key of ${collector.name} is lost; use another --data folder`,
      );
    const { key } = await api.post('/api/collect/collectors', collector, CollectorWithKey);
    collectorKeys[collector.name] = key;
    state.save();
  }
}

export type SeedSourcesOptions = {
  parkCloud: { url: string; password: string };
  /** keys of sources that have something new to read */
  changed: ReadonlySet<string>;
  say(line: string): void;
};

/** Registers the sources and runs those that never ran or have news; waits for the runs and tells their counts. */
export async function seedSources(api: Api, options: SeedSourcesOptions): Promise<void> {
  const { items } = await api.get('/api/fuse/sources', SourceList);
  for (const wanted of demoSources(options.parkCloud)) {
    const source =
      items.find(({ key }) => key === wanted.key) ?? (await api.post('/api/fuse/sources', wanted, Source));
    if (source.lastRun?.state === 'succeeded' && !options.changed.has(source.key)) continue;
    options.say(await runSource(api, source));
  }
}

/** Runs a source and waits for the end; a failure is told, not thrown, because the rest of the demo works without. */
async function runSource(api: Api, source: Source): Promise<string> {
  const path = `/api/fuse/runs?source=${source.id}&limit=1`;
  const before = (await api.get(path, RunPage)).items[0]?.id;
  await api.post(`/api/fuse/sources/${source.id}/runs`, {}, { parse: () => null });
  const deadline = Date.now() + RUN_MS_MAX;
  while (Date.now() < deadline) {
    const run = (await api.get(path, RunPage)).items[0];
    if (run && run.id !== before && run.state !== 'running') {
      if (run.state !== 'succeeded') return `${source.name}: ${run.state} ${run.error ?? ''}`;
      return `${source.name}: 读取 ${run.rowsIn} 行，入库 ${run.rowsLanded}，拒收 ${run.rowsRejected}，新建企业 ${run.enterprisesCreated}`;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return `${source.name}: ${RUN_MS_MAX / 1000} 秒内没有结束，继续在后台运行 / still running`;
}
