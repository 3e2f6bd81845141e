// `npm run check`: format, lint, types, dependency rules, tidy test, documents. Every step runs, then the verdict.
import { spawn } from 'node:child_process';
import { ROOT } from './stamp.mjs';

const node = process.execPath;
const STEPS = [
  ['format and lint', node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['types', node, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['types of the portal', node, ['node_modules/typescript/bin/tsc', '-p', 'web/tsconfig.json']],
  ['dependency rules', node, ['scripts/check-dependencies.mjs']],
  ['tidy', node, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tidy']],
  ['documents', node, ['--import', 'tsx', 'scripts/docs/generate.ts', '--check']],
  ['picture', node, ['scripts/docs/picture.mjs', '--check']],
];

function step([name, file, args]) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('exit', (code) => {
      console.log(
        `${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
      );
      if (code !== 0) console.log(output.trim());
      resolve(code === 0);
    });
  });
}

const started = Date.now();
const queue = [...STEPS];
const results = [];
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) results.push(await step(next));
};
await Promise.all([worker(), worker()]);
const failed = results.filter((good) => !good).length;
console.log(
  `check: ${results.length - failed} of ${results.length} steps passed in ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
process.exit(failed === 0 ? 0 : 1);
