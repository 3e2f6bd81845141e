import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { schemaOf } from '../connectors/registry.ts';
import { localPathsOf, refusedPaths } from './local-paths.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ronghe-paths-'));
  for (const folder of ['allowed/in', 'other', 'connections/a/pki/own'])
    await mkdir(join(home, folder), { recursive: true });
  await writeFile(join(home, 'other/key.pem'), 'x');
  await symlink(join(home, 'other'), join(home, 'allowed/link'));
  await symlink(join(home, 'other/key.pem'), join(home, 'connections/a/link.pem'));
  await symlink(join(home, 'allowed'), join(home, 'short'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const refused = async (
  protocol: string,
  rest: object,
  allowed = ['allowed'],
  written: object | null = null,
): Promise<string[]> => {
  const issues = await refusedPaths({
    connection: { name: 'a', protocol, ...rest },
    schema: await schemaOf(protocol),
    index: 3,
    folder: join(home, 'connections/a'),
    allowed: allowed.map((each) => join(home, each)),
    written: new Set(
      written === null ? [] : localPathsOf({ name: 'a', protocol, ...written }, await schemaOf(protocol)),
    ),
  });
  return issues.map(({ path }) => path.replace('connections[3].', ''));
};
const url = (path: string) => pathToFileURL(join(home, path)).href;

test('a watched folder lies inside an allowed one, what becomes of its files too', async () => {
  expect(await refused('file', { endpoint: url('allowed/in'), doneFolder: 'done' })).toEqual([]);
  expect(await refused('file', { endpoint: url('allowed/new/deep') })).toEqual([]);
  expect(await refused('file', { endpoint: url('short/in') })).toEqual([]);
  expect(await refused('file', { endpoint: url('allowed/in') }, ['short'])).toEqual([]);
  expect(await refused('file', { endpoint: url('other') })).toEqual(['endpoint']);
  expect(await refused('file', { endpoint: url('allowed/link') })).toEqual(['endpoint']);
  expect(await refused('file', { endpoint: url('allowed/../other') })).toEqual(['endpoint']);
  expect(await refused('file', { endpoint: 'file:///%2Fetc' })).toEqual(['endpoint']);
  expect(await refused('file', { endpoint: url('connections/a') })).toEqual(['endpoint']);
  expect(
    await refused('file', { endpoint: url('allowed/in'), doneFolder: '../../other', failedFolder: '/etc' }),
  ).toEqual(['doneFolder', 'failedFolder']);
  expect(await refused('file', { endpoint: url('allowed/in') }, [])).toEqual(['endpoint']);
});

test('certificates may lie in the own folder, but other protocols do not get at the keys there', async () => {
  const at = (path: string) => join(home, path);
  expect(
    await refused('opcua', { security: { certificateFile: 'user.pem', privateKeyFile: 'pki/own/k' } }),
  ).toEqual([]);
  expect(
    await refused('opcua', { security: { certificateFile: '/etc/passwd', privateKeyFile: 'link.pem' } }),
  ).toEqual(['security.certificateFile', 'security.privateKeyFile']);
  expect(await refused('mqtt', { tls: { caFile: at('connections/a/ca.pem') } })).toEqual([]);
  expect(
    await refused('mqtt', { tls: { caFile: at('connections/b/ca.pem'), keyFile: at('allowed/k') } }),
  ).toEqual(['tls.caFile']);
  // The system would go up from the target of the link.
  expect(await refused('mqtt', { tls: { caFile: `${at('allowed')}/link/../x` } })).toEqual(['tls.caFile']);
  expect(await refused('sql', { passwordFile: at('connections/a/pki/own/private_key.pem') })).toEqual([
    'passwordFile',
  ]);
  expect(await refused('http', { mode: 'poll', tls: { keyFile: '/etc/shadow' } })).toEqual(['tls.keyFile']);
});

test('what the local file says in a connection may come back in the same place', async () => {
  const local = { tls: { caFile: '/etc/ca.pem' } };
  expect(await refused('mqtt', local, [], local)).toEqual([]);
  expect(await refused('mqtt', { tls: { keyFile: '/etc/ca.pem' } }, [], local)).toEqual(['tls.keyFile']);
  expect(await refused('mqtt', { name: 'b', ...local }, [], local)).toEqual(['tls.caFile']);
  expect(await refused('mqtt', { tls: { caFile: '/etc/other.pem' } }, [], local)).toEqual(['tls.caFile']);
});
