// The one launcher behind `npm start`, `npm run demo`, `npm test` … : installs and builds what is missing or stale, then
// runs the command. Needs nothing but Node and npm. A second run does no work twice.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, ROOT, readStamp, writeStamp } from './stamp.mjs';

const [command, ...rest] = process.argv.slice(2);
const FLOOR = [20, 19];
const say = (line) => process.stderr.write(`${line}\n`);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])) return;
  say(`Ronghe needs Node ${FLOOR.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** False when the process that wrote the lock is gone, so that a killed launcher never blocks the next. */
function isAlive(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two launchers at once must not both install: the second waits for the first. */
function withLock(work) {
  const lock = join(ROOT, '.cache/launch.lock');
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isAlive(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  const release = () => rmSync(lock, { force: true });
  return Promise.resolve().then(work).finally(release);
}

function install() {
  const hash = hashOf(['package-lock.json', 'package.json']);
  if (existsSync(join(ROOT, 'node_modules')) && readStamp('install') === hash) return;
  say('Installing packages (npm ci) …');
  const ci = (...options) =>
    spawnSync('npm', ['ci', '--no-audit', '--no-fund', ...options], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    }).status;
  // What the cache has needs no question to the registry: the lock file holds every package to its hash. The second
  // try is for a cache whose page of a package is older than the version wanted.
  const status = ci('--prefer-offline') === 0 ? 0 : ci();
  if (status !== 0) process.exit(status ?? 1);
  writeStamp('install', hash);
}

/** Runs a child with our streams; signals are handed on, and its exit code is ours. */
function run(file, args = [], environment = {}) {
  const child = spawn(process.execPath, [...(file.node ?? []), join(ROOT, file.path), ...args], {
    cwd: process.cwd(),
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) =>
    child.on('exit', (code, signal) =>
      resolve(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1)),
    ),
  );
}

async function prepare(parts) {
  await withLock(async () => {
    install();
    const { build } = await import('./build.mjs');
    const built = await build(parts);
    if (built.length > 0) say(`Built ${built.join(', ')}.`);
  });
}

const vitest = { path: 'node_modules/vitest/vitest.mjs' };

/**
 * All tests, in two runs: the journeys share a whole province that works all the time, which would slow down everything
 * else. With arguments of one's own they are one run.
 */
async function testAll() {
  const test = (...options) => run(vitest, ['run', ...options], { UV_THREADPOOL_SIZE: '16' });
  if (rest.length > 0) return test(...rest);
  const others = await test('--project', '!journeys');
  const journeys = await test('--project', 'journeys');
  return others || journeys;
}
const COMMANDS = {
  start: {
    parts: ['server', 'web', 'cli'],
    run: () => run({ path: 'server/dist/main.js' }, rest),
  },
  demo: {
    parts: ['server', 'edge', 'demo', 'web', 'cli'],
    run: () => run({ path: 'demo/dist/main.js' }, rest),
  },
  dev: { parts: ['edge', 'demo'], run: () => run({ path: 'scripts/dev.mjs' }, rest) },
  test: {
    parts: ['server', 'edge', 'demo', 'web', 'cli'],
    run: testAll,
  },
  'test:long': {
    parts: ['server', 'edge', 'web', 'cli'],
    run: () =>
      run(vitest, ['run', '--project', 'long', ...rest], { UV_THREADPOOL_SIZE: '16', LONG_TESTS: '1' }),
  },
  check: { parts: [], run: () => run({ path: 'scripts/check.mjs' }, rest) },
  docs: {
    parts: [],
    run: () =>
      run({ path: 'scripts/docs/generate.ts', node: ['--import', 'tsx'] }, rest, {
        UV_THREADPOOL_SIZE: '16',
      }),
  },
  picture: { parts: [], run: () => run({ path: 'scripts/docs/picture.mjs' }, rest) },
  bench: { parts: ['server'], run: () => run({ path: 'bench/run.mjs' }, rest) },
  new: { parts: [], run: () => run({ path: 'scripts/new.mjs' }, rest) },
  ronghe: { parts: ['cli'], run: () => run({ path: 'cli/dist/main.js' }, rest) },
};

checkNode();
const chosen = COMMANDS[command];
if (!chosen) {
  say(`Unknown command ${command ?? ''}; there are: ${Object.keys(COMMANDS).join(', ')}.`);
  process.exit(2);
}
await prepare(chosen.parts);
process.exit(await chosen.run());
