import { PLANT, type TestIngest, until } from '../ingest.fixture.ts';
import { createUnscopedRollupStore } from './rollups.store.ts';

/** A number as a table keeps it; quality 0 is good. */
export type TestSample = { timeUs: number; value: number; quality: number };

let keys = 0;
let receivedMs = Date.UTC(2024, 0, 1);

/** Makes a numeric point of the copper plant; answers with its number and key. */
export async function newPoint(server: TestIngest, key = `rolled.${++keys}`) {
  const scope = server.platform.scope({ organisation: PLANT });
  const resolved = await server.collect.points.resolve(scope, PLANT, [{ key, type: 'number' }]);
  return { id: resolved.get(key)?.id ?? 0, key };
}

/** Puts samples straight into the table, as received later than those of the call before. */
export async function put(server: TestIngest, point: number, samples: readonly TestSample[]): Promise<void> {
  receivedMs += 1;
  await server.platform.analytics.insert('ingest.observations', [
    { name: 'series', type: 'UInt32', values: samples.map(() => point) },
    { name: 'time', type: 'DateTime64(6)', values: samples.map(({ timeUs }) => BigInt(timeUs)) },
    { name: 'value', type: 'Float64', values: Float64Array.from(samples, ({ value }) => value) },
    { name: 'quality', type: 'UInt8', values: samples.map(({ quality }) => quality) },
    { name: 'reason', type: 'String', values: samples.map(() => '') },
    { name: 'received_at', type: 'DateTime64(3)', values: samples.map(() => BigInt(receivedMs)) },
  ]);
}

/** Rolls up until everything that is stored now is in the rollups. */
export async function rollAll(server: TestIngest, rollups = server.ingest.rollups): Promise<void> {
  const { relational, analytics } = server.platform;
  const store = createUnscopedRollupStore({ relational, analytics, cluster: undefined });
  const nowS = Math.floor(Date.now() / 1000) + 1;
  const roll = async () => {
    await rollups.roll();
    return (await store.state()).watermarkS;
  };
  await until(roll, (watermarkS) => watermarkS >= nowS, 60_000);
}

/** RFC 3339 with microseconds where there are any. */
export function instant(timeUs: number): string {
  const text = new Date(Math.floor(timeUs / 1000)).toISOString();
  return timeUs % 1000 === 0 ? text : text.replace('Z', `${String(timeUs % 1000).padStart(3, '0')}Z`);
}
