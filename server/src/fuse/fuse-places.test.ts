import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FuseTest, inventCode, startFuse } from './testing/fuse-platform.ts';

const OWN = inventCode('80000001', '360600');
const rows = [
  { id: 1, qymc: '模拟鹰潭甲有限公司', tyshxydm: OWN, xzqhdm: '360602' },
  { id: 2, qymc: '模拟鹰潭乙有限公司', tyshxydm: inventCode('80000002', '360600'), xzqhdm: '360602' },
  { id: 3, qymc: '模拟赣州丙有限公司', tyshxydm: inventCode('80000003', '360700'), xzqhdm: '360702' },
  { id: 4, qymc: '模拟无地丁有限公司', tyshxydm: inventCode('80000004', '360700'), xzqhdm: '' },
];

let fuse: FuseTest;
let source: string;
beforeAll(async () => {
  fuse = await startFuse();
  source = (await fuse.domain.sources.register(fuse.platform.scope(), fuse.parkCloud)).id;
  fuse.system.state.rows = rows;
}, 120_000);
afterAll(() => fuse.stop());

const places = async () => {
  const { items } = await fuse.domain.enterprises.list(fuse.platform.scope(), { limit: 100 });
  return Object.fromEntries(items.map(({ name, organisation }) => [name.slice(2, 5), organisation]));
};
const add = (path: string, more: { kind: 'city' | 'enterprise'; division?: string; code?: string }) =>
  fuse.platform.auth.addOrganisation(fuse.platform.scope(), {
    ...{ path, kind: more.kind, name: path },
    ...{ division: more.division ?? null, code: more.code ?? null },
  });

test('a tree that grew moves enterprises with the next run, each once and told, and nobody else', async () => {
  await fuse.run(source);
  expect(await places()).toEqual({ 鹰潭甲: 'jx', 鹰潭乙: 'jx', 赣州丙: 'jx', 无地丁: 'jx' });
  await add('jx.yingtan', { kind: 'city', division: '360600' });
  await add('jx.yingtan.jia', { kind: 'enterprise', code: OWN });
  const told: string[] = [];
  const unlisten = fuse.platform.events.listen('fuse.enterprise.changed', ({ organisation }) => {
    told.push(organisation);
  });
  expect(await fuse.run(source)).toMatchObject({ state: 'succeeded', rowsChanged: 0, valuesChanged: 0 });
  expect(await places()).toEqual({
    ...{ 鹰潭甲: 'jx.yingtan.jia', 鹰潭乙: 'jx.yingtan' },
    ...{ 赣州丙: 'jx', 无地丁: 'jx' },
  });
  expect(told.sort()).toEqual(['jx.yingtan', 'jx.yingtan.jia']);
  await fuse.run(source);
  expect(told).toHaveLength(2);
  unlisten();
}, 120_000);
