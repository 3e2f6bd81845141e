import { expect, it } from 'vitest';
import type { PointDefinition } from '#collect';
import { systemScope } from '#platform/auth/scope.ts';
import { systemClock } from '#platform/clock/clock.ts';
import { createLineProtocol } from './line-protocol.service.ts';

it('knows a series again after the memory of its first request was used by another', async () => {
  const asked: string[] = [];
  const points = {
    async resolve(_scope: unknown, _organisation: string, definitions: readonly PointDefinition[]) {
      asked.push(...definitions.map(({ key }) => key));
      return new Map(definitions.map(({ key, type }, at) => [key, { id: at + 1, type, edited: [] }]));
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
