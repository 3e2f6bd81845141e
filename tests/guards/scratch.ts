import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const WORKSPACES = ['contracts', 'server', 'edge', 'web', 'cli', 'demo'];
const FILES = [
  'package.json',
  'tsconfig.json',
  'biome.json',
  '.gitignore',
  '.dependency-cruiser.cjs',
  'scripts',
  'docs',
  'ARCHITECTURE.md',
];

/** A copy of the sources in a folder of its own, where faults can be planted. */
export type Scratch = {
  root: string;
  /** Writes files; paths from the root. */
  plant(files: Readonly<Record<string, string>>): void;
  /** Runs Node there; resolves with the exit code and everything that was printed. */
  run(args: readonly string[]): Promise<{ code: number; output: string }>;
  remove(): void;
};

/**
 * Copies sources and settings; packages are linked one by one, so that `@ronghe/*` leads to the copies and not back to us.
 * With `empty` only the settings come along.
 */
export function makeScratch({ empty = false } = {}): Scratch {
  // The real path, because the tools compare paths and the temp folder may itself be a link.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ronghe-guards-')));
  const copied = ['package.json', ...(empty ? [] : ['src', 'tsconfig.json'])];
  for (const file of FILES) cpSync(join(ROOT, file), join(root, file), { recursive: true });
  for (const workspace of WORKSPACES) {
    for (const name of copied) {
      const from = join(ROOT, workspace, name);
      if (existsSync(from)) cpSync(from, join(root, workspace, name), { recursive: true });
    }
  }
  linkPackages(root);
  return {
    root,
    plant(files) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content);
      }
    },
    run: (args) => runNode(root, args),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function linkPackages(root: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(join(modules, '@ronghe'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@ronghe') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const workspace of WORKSPACES) symlinkSync(join(root, workspace), join(modules, '@ronghe', workspace));
}

function runNode(cwd: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
