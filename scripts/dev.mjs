// `npm run dev`: the server restarts on every change of its sources (tsx, no build), the portal is served by Vite with hot
// reload and hands /api on to the server. Arguments go to the server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './stamp.mjs';

const args = process.argv.slice(2);
const port = args[args.indexOf('--port') + 1 || args.length] ?? process.env.RONGHE_PORT ?? '8080';
const node = process.execPath;
const watched = ['server/src', 'contracts/src'].map((path) => `--watch-path=${join(ROOT, path)}`);
const children = [
  spawn(
    node,
    [...watched, '--watch-preserve-output', '--import', 'tsx', join(ROOT, 'server/src/main.ts'), ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    },
  ),
  spawn(node, [join(ROOT, 'node_modules/vite/bin/vite.js'), join(ROOT, 'web')], {
    stdio: 'inherit',
    env: { ...process.env, RONGHE_DEV_SERVER: `http://127.0.0.1:${port}` },
  }),
];
const stop = () => {
  for (const child of children) child.kill('SIGTERM');
};
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
for (const child of children) child.on('exit', stop);
