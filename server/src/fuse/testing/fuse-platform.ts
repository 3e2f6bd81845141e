import type { Enterprise, FieldMapping, NewSource, Run } from '@ronghe/contracts';
import { sql } from 'kysely';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type Fuse, fuse, fuseMigrations } from '../index.ts';
import { codeCheckCharacter, organisationCheckCharacter } from '../standards/uscc.ts';
import { type SourceSystem, startSourceSystem } from './source-system.ts';

/** A valid, invented code from eight characters of an organisation code. */
export function inventCode(organisation: string, division = '360100'): string {
  const body = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
  return body + codeCheckCharacter(body);
}

const map = (from: string, to: string, transform: string, unit: string | null = null): FieldMapping => ({
  from,
  to,
  transform,
  unit,
  values: {},
});

export const PARK_CLOUD: Omit<NewSource, 'connection'> = {
  key: 'park-cloud',
  name: '模拟园区云平台',
  owner: '模拟单位',
  organisation: 'jx',
  rowKey: ['id'],
  periodField: null,
  tests: [],
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 60,
  schedule: null,
  mappings: [
    map('qymc', 'name', 'name'),
    map('tyshxydm', 'code', 'code'),
    map('cym', 'formerName', 'name'),
    map('jc', 'shortName', 'name'),
    map('xzqhdm', 'division', 'division'),
    map('hydm', 'industry', 'industry'),
    map('lxdh', 'phone', 'phone'),
    map('zcrq', 'established', 'date'),
    map('zczb_wan', 'registeredCapital', 'number'),
    map('cyrs', 'employees', 'number'),
    map('nysr_wan', 'revenue', 'number'),
  ],
};

export const MONITOR: NewSource = {
  key: 'operation-monitor',
  name: '模拟运行监测平台',
  owner: '模拟单位',
  organisation: 'jx',
  connection: { kind: 'folder', folder: 'operation-monitor', options: {} },
  rowKey: ['信用代码|单位名称', '报告期'],
  periodField: '报告期',
  tests: [],
  target: 'enterprise',
  mode: 'full',
  watermarkField: null,
  priority: 40,
  schedule: null,
  mappings: [
    map('单位名称', 'name', 'name'),
    map('信用代码', 'code', 'code'),
    map('行政区划代码', 'division', 'division'),
    map('行业代码', 'industry', 'industry'),
    map('平均用工人数', 'employees', 'number'),
    map('营业收入(千元)', 'indicator:REVENUE', 'number', 'thousand-yuan'),
    map('用电量(万千瓦时)', 'indicator:ELECTRICITY', 'number'),
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
  // A test's source has a handful of rows, half of them wrong on purpose: shares say nothing of it. `held.test.ts` has the gate.
  await sql`update fuse.quality_rule set severity = 'warn' where severity = 'hold'`.execute(
    platform.relational.as<FuseTables>(),
  );
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
