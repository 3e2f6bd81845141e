import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Child, type ChildOptions, createChild } from './child.ts';

let folder: string;
const children: Child[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-child-'));
});
afterEach(() => Promise.all(children.splice(0).map((child) => child.stop())));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function child(code: string, options: Partial<ChildOptions> = {}): Promise<Child> {
  const script = join(folder, `${Math.random()}.mjs`);
  await writeFile(script, code);
  const made = createChild({
    name: 'probe',
    script,
    args: [],
    ready: /^ready /,
    logFile: join(folder, 'probe.log'),
    onDeath: () => undefined,
    restart: false,
    ...options,
  });
  children.push(made);
  return made;
}
const SERVES = "console.log('hello'); console.log('ready 1'); setInterval(() => {}, 1000);";

it('starts, gives the line that says it serves, and keeps all lines in its log', async () => {
  const lines: string[] = [];
  const probe = await child(SERVES, {
    onLine: (line) => lines.push(line),
    logFile: join(folder, 'kept.log'),
  });
  expect(await probe.start()).toBe('ready 1');
  expect(lines).toEqual(['hello', 'ready 1']);
  await probe.stop();
  expect(await readFile(join(folder, 'kept.log'), 'utf8')).toBe('hello\nready 1\n');
});

it('says so, with the end of its log, when it ends before it serves', async () => {
  const probe = await child("console.error('no such folder'); process.exit(3);");
  await expect(probe.start()).rejects.toThrow(/exit 3[\s\S]*no such folder/);
});

it('is started again when it dies, and not when it was stopped', async () => {
  const marks = join(folder, 'marks');
  const deaths: string[] = [];
  const probe = await child(
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(marks)}, 'x'); console.log('ready 1');
     process.on('message', () => process.exit(7)); setInterval(() => {}, 1000);`,
    { restart: true, onDeath: (reason) => deaths.push(reason) },
  );
  await probe.start();
  expect(probe.send({ die: true })).toBe(true);
  await expect.poll(() => readFile(marks, 'utf8'), { timeout: 10_000 }).toBe('xx');
  expect(deaths).toEqual(['exit 7']);
  await probe.stop();
  expect(probe.send({ die: true })).toBe(false);
  expect(await readFile(marks, 'utf8')).toBe('xx');
  expect(deaths).toHaveLength(1);
}, 20_000);

it('is killed when it does not end by itself', async () => {
  const probe = await child(`process.on('SIGTERM', () => {}); ${SERVES}`, { stopMsMax: 300 });
  await probe.start();
  const before = Date.now();
  await probe.stop();
  expect(Date.now() - before).toBeGreaterThanOrEqual(300);
}, 20_000);

it('serves only when each of the lines it waits for has come', async () => {
  const probe = await child(
    "console.log('ready 1'); process.on('message', () => console.log('ready 2')); setInterval(() => {}, 1000);",
    { readyLines: 2, onLine: () => probe.send({ go: true }) },
  );
  expect(await probe.start()).toBe('ready 2');
}, 20_000);
