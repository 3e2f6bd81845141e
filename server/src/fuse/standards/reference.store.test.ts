import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { fuseMigrations } from '../migrations.ts';
import { createReferenceStore, REFERENCE_VERSIONS_MAX } from './reference.store.ts';
import { nextVersion } from './reference-memory.service.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [fuseMigrations] });
}, 60_000);
afterAll(() => platform.stop());

test('the newest versions are kept, one of them holds, and a version is added once', async () => {
  const scope = platform.scope();
  const store = createReferenceStore(platform.relational.as<FuseTables>());
  const add = (version: number) =>
    store.add(scope, {
      ...nextVersion('units', { last: version - 1, before: [], content: [{ unit: `u${version}` }] }),
      source: '测试',
      madeBy: '测试',
      at: new Date(Date.UTC(2026, 0, 1) + version * 1_000),
    });
  for (let version = 1; version <= REFERENCE_VERSIONS_MAX + 2; version += 1)
    expect(await add(version)).toBe(true);
  expect(await add(REFERENCE_VERSIONS_MAX + 2)).toBe(false);
  const { items, total } = await store.list(scope, 'units', { limit: 500 });
  expect([total, items[0]?.version, items.at(-1)?.version]).toEqual([
    REFERENCE_VERSIONS_MAX,
    REFERENCE_VERSIONS_MAX + 2,
    3,
  ]);
  expect(items.filter(({ validTo }) => validTo === null).map(({ version }) => version)).toEqual([
    REFERENCE_VERSIONS_MAX + 2,
  ]);
  expect(items[1]?.validTo).toBe(items[0]?.validFrom);
  expect((await store.find(scope, 'units'))?.content).toEqual([{ unit: `u${REFERENCE_VERSIONS_MAX + 2}` }]);
});
