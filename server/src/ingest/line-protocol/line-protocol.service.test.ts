import { expect, it } from 'vitest';
import type { PointGroup } from '#collect';
import { systemScope } from '#platform/auth/scope.ts';
import { systemClock } from '#platform/clock/clock.ts';
import { createLineProtocol } from './line-protocol.service.ts';

it('knows a series again after the memory of its first request was used by another', async () => {
  const asked: string[] = [];
  const points = {
    resolve: async () => new Map(),
    async resolveGroups(_scope: unknown, _organisation: string, groups: readonly PointGroup[]) {
      asked.push(...groups.flatMap(({ key, fields }) => fields.keys.map((field) => `${key}.${field}`)));
      return new Map(
        groups.map(({ key, fields: { keys } }) => [key, { keys, numbers: keys.map((_, at) => at + 1) }]),
      );
    },
  };
  const intake = {
    store: async () => ({ duplicate: false, stored: 1, refused: [] }),
    refuse: async () => undefined,
  };
  const config = { ingestFutureHoursMax: 1 };
  const lines = createLineProtocol({ intake, points, clock: systemClock, config });
  const scope = systemScope({ organisation: 'jx', permissions: ['ingest:observation:write'], name: 'test' });
  const text = 'furnace,site=a temperature=1 1000000\n';
  const send = async () => {
    const body = Buffer.from(text);
    await lines.receive(scope, { body, precision: 'ns' }).write();
    body.fill('x');
  };
  await send();
  await send();
  expect(asked).toEqual(['furnace,site=a.temperature']);
});
