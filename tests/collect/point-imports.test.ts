import { describe, expect, it } from 'vitest';
import { itemOf } from '../../edge/src/connectors/dlt645/dlt645.items.ts';
import { openConnector } from '../../edge/src/connectors/registry.ts';
import { loadCases, preview, workbookOf } from '../../server/src/collect/imports/cases.fixture.ts';
import { COLUMNS } from '../../server/src/collect/imports/columns.data.ts';
import { isCommonIdentifier } from '../../server/src/collect/imports/dlt645-points.ts';
import { columnsOf } from '../../server/src/collect/imports/template.service.ts';

// The server cannot ask the collector's schemas: processes meet in contracts only. So what an import makes is held
// against the real ones here.
const ENDPOINTS: Readonly<Record<string, string>> = {
  modbus: 'tcp://127.0.0.1:502',
  s7: 'tcp://127.0.0.1:102',
  opcua: 'opc.tcp://127.0.0.1:4840',
  iec104: 'tcp://127.0.0.1:2404',
  dlt645: 'tcp://127.0.0.1:4196',
  mqtt: 'mqtt://127.0.0.1:1883',
};

async function expectAccepted(bytes: Buffer): Promise<void> {
  const { connections } = await preview(bytes);
  expect(connections.length).toBeGreaterThan(0);
  for (const [index, { protocol, config, name }] of connections.entries()) {
    // Without an address the person chooses a connection that has one.
    const whole = { endpoint: ENDPOINTS[protocol], ...config, name, protocol };
    await expect(openConnector(whole, index)).resolves.toMatchObject({ create: expect.any(Function) });
  }
}

const cases = await loadCases();

describe('the collector takes what an import makes', () => {
  it.each(cases)('$name', ({ bytes }) => expectAccepted(bytes));

  it.each(Object.keys(ENDPOINTS) as (keyof typeof ENDPOINTS)[])(
    'the template for %s, as it is handed out',
    async (protocol) => {
      const names = columnsOf(protocol as 'modbus');
      const example = names.map(
        (name) => COLUMNS[name].examples?.[protocol as 'modbus'] ?? COLUMNS[name].example ?? null,
      );
      for (const language of ['zh', 'en'] as const)
        await expectAccepted(
          await workbookOf([
            { name: 'Points', rows: [names.map((name) => COLUMNS[name].header[language]), example] },
          ]),
        );
    },
  );
});

describe('identifiers of DL/T 645 that need no format', () => {
  it('are the same here and at the collector', () => {
    const hex = (number: number) => number.toString(16).toUpperCase().padStart(2, '0');
    for (const first of ['00', '02', '04'])
      for (let kind = 0; kind < 256; kind += 1)
        for (const middle of ['00', '01', '02', '03', '04', '3F', '40'])
          for (let last = 0; last < 14; last += 1) {
            const identifier = `${first}${hex(kind)}${middle}${hex(last)}`;
            expect(`${identifier} ${isCommonIdentifier(identifier)}`).toBe(
              `${identifier} ${itemOf(identifier) !== null}`,
            );
          }
  });
});
