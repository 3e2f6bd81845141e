import { ERRORS, type ErrorCode } from '@ronghe/contracts';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { startModbusPeer } from '../testing/modbus-peer.ts';
import { startPlatformDouble } from '../testing/platform-double.ts';
import { until } from '../testing/wait.ts';
import { modbusOf, openFleet, type Scene } from './fleet.fixture.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A collector that polls, told by a first version. */
async function polling(local: Record<string, unknown> = {}) {
  const peer = await startModbusPeer();
  undo.push(() => peer.stop());
  const scene = await openFleet(undo, local);
  const connections = [modbusOf('press', peer.port, [{ key: 'a', address: 'holding:0' }])];
  scene.fleet.configuration = { version: 1, connections };
  scene.fleet.wake();
  await until('it is read', () => scene.values('a').length > 0);
  return { peer, scene, connections };
}
const refusal = (code: ErrorCode) => ({
  status: ERRORS[code].status,
  body: JSON.stringify({ error: { code, message: 'no', hint: '', requestId: 'x' } }),
});
const readOn = async (scene: Scene): Promise<void> => {
  const before = scene.values('a').length;
  await until('it is read on', () => scene.values('a').length > before + 2);
};

test('whoever is not known says hello again, and asks with its own key', { timeout: 60_000 }, async () => {
  const { scene } = await polling();
  expect(scene.fleet.hellos).toHaveLength(1);
  scene.fleet.next.push(refusal('COLLECTOR_UNKNOWN'));
  scene.fleet.wake();
  await until('the second hello', () => scene.fleet.hellos.length === 2);
  expect(new Set(scene.fleet.works.map(({ key }) => key))).toEqual(new Set(['Bearer rk_x']));
  await readOn(scene);
});

test('a refused key, a busy platform and a proxy are waited out', { timeout: 60_000 }, async () => {
  const { scene } = await polling();
  scene.fleet.next.push(
    refusal('PERMISSION_MISSING'),
    refusal('ENGINE_UNAVAILABLE'),
    { status: 502, body: '<html>bad gateway</html>' },
    { status: 200, body: '<html>sign in</html>' },
  );
  scene.fleet.wake();
  await until('all have been met', () => scene.fleet.next.length === 0);
  const outcome = await scene.fleet.ask({ kind: 'check', connections: [] });
  expect(outcome).toEqual({ ok: true, answer: { kind: 'check', issues: [] } });
  await readOn(scene);
});

test('a platform from before there were fleets is asked rarely, and everything else goes on', {
  timeout: 60_000,
}, async () => {
  const { scene } = await polling();
  const old = await startPlatformDouble();
  undo.push(() => old.stop());
  await scene.restart(old.url);
  await until('it delivers', () => old.deliveries.length > 2);
  await until('it reports', () => old.reports.at(-1)?.configuration?.version === 1);
});

test('questions are answered side by side, four at once, and one that comes twice is answered once', {
  timeout: 60_000,
}, async () => {
  const { scene } = await polling();
  const question = { id: 'same', question: { kind: 'check', connections: [] } };
  scene.fleet.next.push({
    status: 200,
    body: JSON.stringify({ configuration: null, questions: [question, question, { id: 7 }, null] }),
  });
  scene.fleet.wake();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => scene.fleet.ask({ kind: 'check', connections: [] })),
  );
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect(scene.fleet.strays.map(({ id }) => id)).toEqual(['same']);
});

test('a question that nobody understands is answered so', { timeout: 60_000 }, async () => {
  const { scene } = await polling();
  for (const question of [{ kind: 'run', command: 'id' }, { kind: 'try', connection: 7 }, {}])
    expect(await scene.fleet.ask(question)).toEqual({
      ok: false,
      message: 'this collector does not understand the question; it may be too old',
    });
});

test('whatever the platform sends, the collector goes on collecting by what it had', {
  timeout: 120_000,
}, async () => {
  const { scene, connections } = await polling();
  const rubbish = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"configuration":{"version":"2","connections":[]},"questions":[]}',
    '{"configuration":{"version":2.5,"connections":[]},"questions":[]}',
    '{"configuration":{"version":9,"connections":null},"questions":{}}',
    '{"configuration":{"version":10,"connections":[null,7,[],"x",{}]},"questions":[]}',
    `{"configuration":{"version":11,"connections":[{"name":"a","protocol":"__proto__"},{"name":"b","protocol":"modbus","__proto__":{"x":1}}]}}`,
    `{"configuration":{"version":12,"connections":${JSON.stringify(Array.from({ length: 201 }, () => connections[0]))}}}`,
    `{"configuration":{"version":13,"connections":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    `{"questions":${JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id: `x${id}`, question: null })))}}`,
    `{"configuration":{"version":14,"connections":["${'x'.repeat(2_000_000)}"]}}`,
  ];
  const anything = fc.sample(fc.json({ maxDepth: 5 }), 60);
  const near = fc.sample(
    fc.record({
      configuration: fc.record({ version: fc.integer({ min: 100 }), connections: fc.array(fc.jsonValue()) }),
      questions: fc.array(
        fc.record({
          id: fc.string(),
          question: fc.record({
            kind: fc.constantFrom('check', 'try', 'browse', 'certificates', 'trust', 'x'),
            connection: fc.oneof(
              fc.jsonValue(),
              fc.record({
                name: fc.string(),
                protocol: fc.constantFrom('file', 'sql', 'opcua', 'http', 'x'),
              }),
            ),
            connections: fc.jsonValue(),
            node: fc.jsonValue(),
            limit: fc.jsonValue(),
            thumbprint: fc.string(),
          }),
        }),
        { maxLength: 3 },
      ),
    }),
    60,
  );
  for (const body of [...rubbish, ...anything, ...near.map((each) => JSON.stringify(each))])
    scene.fleet.next.push({ status: 200, body });
  scene.fleet.wake();
  await until('all has been met', () => scene.fleet.next.length === 0, 60_000);
  // An empty list may have been among it, which is a configuration; then the first version has come again.
  await until('the first version holds', () => scene.collector.report().configuration?.version === 1);
  await until('it has been seen', () => scene.fleet.works.at(-1)?.configuration === 1);
  await readOn(scene);
  expect(scene.collector.report().connections.map(({ name }) => name)).toEqual(['press']);
  expect(await scene.fleet.ask({ kind: 'check', connections })).toMatchObject({ ok: true });
});
