import type { Enterprise, NewSource, Run } from '@ronghe/contracts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Fuse, fuse, fuseMigrations } from '../index.ts';
import { codeCheckCharacter, organisationCheckCharacter } from '../standards/uscc.ts';
import { type SourceSystem, startSourceSystem } from './source-system.ts';

/** A valid, invented code from eight characters of an organisation code. */
export function inventCode(organisation: string, division = '360100'): string {
  const body = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
  return body + codeCheckCharacter(body);
}

export const PARK_CLOUD = {
  key: 'park-cloud',
  name: '模拟园区云平台',
  owner: '模拟单位',
  organisation: 'jx',
  rowKey: ['id'],
  periodField: null,
  priority: 60,
  schedule: null,
  mappings: [
    { from: 'qymc', to: 'name', transform: 'name' },
    { from: 'tyshxydm', to: 'code', transform: 'code' },
    { from: 'cym', to: 'formerName', transform: 'name' },
    { from: 'jc', to: 'shortName', transform: 'name' },
    { from: 'xzqhdm', to: 'division', transform: 'division' },
    { from: 'hydm', to: 'industry', transform: 'industry' },
    { from: 'lxdh', to: 'phone', transform: 'phone' },
    { from: 'zcrq', to: 'established', transform: 'date' },
    { from: 'zczb_wan', to: 'registeredCapital', transform: 'number' },
    { from: 'cyrs', to: 'employees', transform: 'number' },
    { from: 'nysr_wan', to: 'revenue', transform: 'number' },
  ],
} as const satisfies Omit<NewSource, 'connection' | 'mappings' | 'rowKey'> & {
  rowKey: readonly string[];
  mappings: readonly unknown[];
};

export const MONITOR: NewSource = {
  key: 'operation-monitor',
  name: '模拟运行监测平台',
  owner: '模拟单位',
  organisation: 'jx',
  connection: { kind: 'excel-folder', folder: 'operation-monitor' },
  rowKey: ['信用代码|单位名称', '报告期'],
  periodField: '报告期',
  priority: 40,
  schedule: null,
  mappings: [
    { from: '单位名称', to: 'name', transform: 'name' },
    { from: '信用代码', to: 'code', transform: 'code' },
    { from: '行政区划代码', to: 'division', transform: 'division' },
    { from: '行业代码', to: 'industry', transform: 'industry' },
    { from: '平均用工人数', to: 'employees', transform: 'number' },
    { from: '营业收入(千元)', to: 'indicator:REVENUE', transform: 'thousand-to-wan' },
    { from: '用电量(万千瓦时)', to: 'indicator:ELECTRICITY', transform: 'number' },
  ],
};

/** A platform with the domain started and one source system allowed. */
export async function startFuse() {
  const system = await startSourceSystem();
  const platform = await startTestPlatform({
    domains: [fuseMigrations],
    config: { fuseSourceHosts: [system.host] },
  });
  const domain = fuse(platform);
  await domain.start?.();
  await platform.jobs.start();
  return {
    platform,
    domain,
    system,
    parkCloud: parkCloud(system),
    run: (source: string) => runSource(platform, domain, source),
    byName: (name: string) => byName(platform, domain, name),
    async stop() {
      await platform.jobs.stop();
      await domain.stop?.();
      await platform.stop();
      await system.stop();
    },
  };
}
export type FuseTest = Awaited<ReturnType<typeof startFuse>>;

export const parkCloud = (system: SourceSystem): NewSource => ({
  ...PARK_CLOUD,
  rowKey: [...PARK_CLOUD.rowKey],
  mappings: [...PARK_CLOUD.mappings],
  connection: {
    kind: 'http-json',
    url: system.url,
    tokenPath: '/api/token',
    listPath: '/api/v1/enterprises',
    username: 'ronghe',
    password: system.password,
    reading: { pageSize: 2 },
  },
});

async function runSource(platform: TestPlatform, domain: Fuse, source: string): Promise<Run> {
  const started = await domain.runs.start(platform.scope(), source);
  await platform.jobs.wait(platform.scope(), started.job, { timeoutMs: 60_000 });
  return domain.runs.get(platform.scope(), started.run);
}

/** The one enterprise that this search finds, whole. */
async function byName(platform: TestPlatform, domain: Fuse, search: string): Promise<Enterprise> {
  const found = await domain.enterprises.list(platform.scope(), { search, limit: 10 });
  const [only] = found.items;
  if (!only || found.total !== 1) throw new Error(`"${search}" finds ${found.total} enterprises`);
  return domain.enterprises.get(platform.scope(), only.id);
}
