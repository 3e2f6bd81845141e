import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttp } from '#platform/http/server.ts';
import { startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { keyOf } from './doors.fixture.ts';

let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest();
});
afterAll(() => server.stop());

it('a key in an address or a query reaches neither the log nor the metrics, nor an answer', async () => {
  const key = await keyOf(server);
  const said: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void said.push(line) });
  const { config, auth, metrics } = server.platform;
  const http = await createHttp({ config, auth, log, metrics, version: 'test' });
  await http.register(async (app) => server.ingest.routes?.(app as typeof http));
  const wrong = `${key.slice(0, -4)}zzzz`;
  const requests = [key, wrong].flatMap((one) => [
    { method: 'POST' as const, url: `/write?db=d&u=a&p=${one}`, payload: 'secret v=1 1000000\nbad' },
    { method: 'GET' as const, url: `/query?q=nonsense&p=${one}` },
    { method: 'POST' as const, url: `/write?db=${'x'.repeat(2_000)}&p=${one}`, payload: 'm v=1' },
    { method: 'POST' as const, url: `/api/v1/${one}/telemetry`, payload: '{"a":' },
    { method: 'POST' as const, url: `/api/v1/${one}/nowhere`, payload: {} },
  ]);
  for (const request of requests) said.push(JSON.stringify((await http.inject(request)).body));
  said.push(metrics.render());
  await http.close();
  expect(said.join('\n')).toContain('answered');
  for (const one of [key, wrong]) expect(said.join('\n')).not.toContain(one.slice(12));
});
