import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startEdgeWith } from '../testing/edge-process.ts';
import { createFleetDouble } from '../testing/fleet-double.ts';
import { startModbusPeer } from '../testing/modbus-peer.ts';
import { startPlatformDouble } from '../testing/platform-double.ts';
import { freePort } from '../testing/tcp-proxy.ts';
import { until } from '../testing/wait.ts';
import { enrol } from './enrol.ts';
import { modbusOf } from './fleet.fixture.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

const CODE = '7K2M-9QXA-3TTB-0W5Z-HJ4D';
async function scene() {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-enrol-'));
  undo.push(() => rm(home, { recursive: true, force: true }));
  const { fleet, door } = createFleetDouble();
  fleet.codes.set(CODE, { collector: 'new-plant', key: 'rk_new' });
  const platform = await startPlatformDouble(0, door);
  undo.push(() => platform.stop());
  return { home, fleet, platform, file: join(home, 'etc', 'edge.yaml') };
}

test('a new collector enrols itself, is configured, and keeps its command line after a restart', {
  timeout: 120_000,
}, async () => {
  const { home, fleet, platform, file } = await scene();
  const peer = await startModbusPeer();
  undo.push(() => peer.stop());
  const args = ['--config', file, '--server', `${platform.url}/`, '--code', CODE];
  const first = startEdgeWith(home, args);
  undo.push(() => first.kill());
  await until('it is ready', () => first.output().stdout.includes('edge ready new-plant'), 60_000);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(parse(await readFile(file, 'utf8'))).toEqual({
    collector: 'new-plant',
    server: { url: platform.url, key: 'rk_new' },
    managed: true,
  });
  expect((await readdir(join(home, 'etc'))).sort()).toEqual(['buffer', 'edge.yaml']);
  fleet.configuration = {
    version: 1,
    connections: [modbusOf('press', peer.port, [{ key: 'a', address: 'holding:0' }])],
  };
  fleet.wake();
  await until('it delivers', () => platform.deliveries.some(({ key }) => key === 'Bearer rk_new'), 20_000);
  await until('it reports its version', () => platform.reports.at(-1)?.configuration?.version === 1, 20_000);
  first.child.kill('SIGTERM');
  expect(await first.exited).toBe(0);
  const again = startEdgeWith(home, args);
  undo.push(() => again.kill());
  await until('it is ready again', () => again.output().stdout.includes('edge ready new-plant'), 60_000);
  expect(again.output().stderr).toContain('--server and --code are not used');
  expect(first.output().stderr + again.output().stderr).not.toMatch(/rk_new|7K2M/);
});

test('what is wrong with an enrolment is told, and nothing is written', { timeout: 60_000 }, async () => {
  const { home, platform, file } = await scene();
  const other = createServer((_request, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => other.close(resolve)));
  const old = await startPlatformDouble();
  undo.push(() => old.stop());
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const cases: [string, string, string][] = [
    [platform.url, 'AAAA-AAAA-AAAA-AAAA-AAAA', '--code: is wrong, used already or too old'],
    [elsewhere, CODE, 'is not the platform'],
    [old.url, CODE, 'is not the platform, or one without enrolment'],
    [nobody, CODE, `${nobody} cannot be reached: `],
    ['ftp://h', CODE, '--server: is not an address'],
    ['http://u:p@h', CODE, '--server: is not an address'],
  ];
  for (const [server, code, message] of cases)
    await expect(enrol({ file, server, code }), server).rejects.toThrow(message);
  expect(await readdir(join(home, 'etc'))).toEqual([]);
  expect(await enrol({ file, server: platform.url, code: CODE })).toBe('new-plant');
});

test('a code is not used up when its key could not be written', { timeout: 60_000 }, async () => {
  const { home, platform, fleet } = await scene();
  await writeFile(join(home, 'file'), '');
  const file = join(home, 'file', 'edge.yaml');
  await expect(enrol({ file, server: platform.url, code: CODE })).rejects.toThrow('the code was not used');
  await mkdir(join(home, 'etc'));
  expect(fleet.codes.has(CODE)).toBe(true);
});

test('a command line that cannot enrol says what is missing', { timeout: 60_000 }, async () => {
  const { home, file } = await scene();
  const cases: [string[], string][] = [
    [['--config', file, '--code', CODE], '--server and --code are needed both'],
    [
      ['--config', file, '--config', `${file}2`, '--server', 'http://h', '--code', CODE],
      'give --config once',
    ],
    [['--config', file], 'cannot be read'],
  ];
  for (const [args, message] of cases) {
    const edge = startEdgeWith(home, args);
    expect(await edge.exited).toBe(1);
    expect(edge.output().stderr).toContain(message);
  }
});
