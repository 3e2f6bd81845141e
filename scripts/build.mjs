// Builds what is stale: server, edge, cli and demo with rolldown (npm packages stay outside), the portal with Vite.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, ROOT, readStamp, writeStamp } from './stamp.mjs';

const children = () =>
  existsSync(join(ROOT, 'demo/src/children'))
    ? readdirSync(join(ROOT, 'demo/src/children')).filter(
        (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
      )
    : [];

/** What is built from what. `entries` maps the output's name to its source. */
const PARTS = [
  {
    name: 'server',
    from: ['contracts/src', 'server/src'],
    out: 'server/dist',
    // The rules of standards and the profile of a file answer the command line from files of their own, without the engines.
    entries: () => ({
      server: 'server/src/main.ts',
      standards: 'server/src/fuse/standards/explain.child.ts',
      landing: 'server/src/fuse/sources/landing/landing.child.ts',
      profile: 'server/src/fuse/profile/profile.child.ts',
      link: 'server/src/fuse/linking/link.child.ts',
      derive: 'server/src/fuse/linking/derive.child.ts',
    }),
  },
  {
    name: 'edge',
    from: ['contracts/src', 'edge/src'],
    out: 'edge/dist',
    // A process begins with a file of its own.
    entries: () => ({
      main: 'edge/src/main.ts',
      'file.parquet.child': 'edge/src/connectors/file/file.parquet.child.ts',
    }),
  },
  {
    name: 'cli',
    from: ['contracts/src', 'cli/src'],
    out: 'cli/dist',
    entries: () => ({ main: 'cli/src/main.ts' }),
  },
  {
    name: 'demo',
    from: ['contracts/src', 'demo/src'],
    out: 'demo/dist',
    entries: () => ({
      main: 'demo/src/main.ts',
      replay: 'demo/src/replay.ts',
      ...Object.fromEntries(children().map((name) => [name.slice(0, -3), `demo/src/children/${name}`])),
    }),
  },
  {
    name: 'web',
    from: ['contracts/src', 'web/src', 'web/public', 'web/index.html', 'web/vite.config.ts'],
    out: 'web/dist',
  },
];

/**
 * Server processes need a larger thread pool, which only counts when it is set before Node touches it: a CommonJS file
 * is loaded without the pool, an ES module is not.
 */
const SERVER_ENTRY = "'use strict';\nprocess.env.UV_THREADPOOL_SIZE ??= '16';\nimport('./server.mjs');\n";

/**
 * npm packages are loaded as they are, but for these: pure modules of many small files that every process needs at once
 * (kysely alone is 288). Inside the bundle they cost a tenth of the time to load.
 */
const INLINED = /^(kysely|zod|yaml|fastify-type-provider-zod)(\/|$)/;

async function bundle({ out, entries }) {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(entries()).map(([name, path]) => [name, join(ROOT, path)])),
    platform: 'node',
    cwd: ROOT,
    external: (id) => /^[^./#]/.test(id) && !id.startsWith('@ronghe/') && !INLINED.test(id),
    logLevel: 'warn',
  });
  const esm = out === 'server/dist' ? 'mjs' : 'js';
  await build.write({
    dir: join(ROOT, out),
    format: 'esm',
    sourcemap: true,
    entryFileNames: `[name].${esm}`,
    chunkFileNames: `chunk-[name]-[hash].${esm}`,
  });
  await build.close();
}

function vite() {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'],
      { cwd: ROOT, stdio: ['ignore', 2, 2] },
    );
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`building the portal failed (exit ${code})`)),
    );
  });
}

/** Builds the parts named (all by default) whose sources changed since the last build. Returns the names built. */
export async function build(names = PARTS.map(({ name }) => name)) {
  const built = [];
  for (const part of PARTS.filter(({ name }) => names.includes(name))) {
    if (part.from.some((path) => !existsSync(join(ROOT, path)) && !path.endsWith('public'))) continue;
    const hash = hashOf([...part.from, 'scripts/build.mjs', 'package-lock.json']);
    if (existsSync(join(ROOT, part.out)) && readStamp(`build-${part.name}`) === hash) continue;
    rmSync(join(ROOT, part.out), { recursive: true, force: true });
    mkdirSync(join(ROOT, part.out), { recursive: true });
    if (part.name === 'web') await vite();
    else await bundle(part);
    if (part.name === 'server') {
      writeFileSync(join(ROOT, part.out, 'main.js'), SERVER_ENTRY);
      writeFileSync(join(ROOT, part.out, 'package.json'), '{ "type": "commonjs" }\n');
    }
    writeStamp(`build-${part.name}`, hash);
    built.push(part.name);
  }
  return built;
}
