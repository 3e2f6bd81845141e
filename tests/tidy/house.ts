import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The repository as the tidy rules see it: paths from its root with `/`, and what is in them. */
export type House = {
  readonly files: readonly string[];
  text(path: string): string;
  bytes(path: string): number;
};

/** A tidy rule: every fault as one sentence that begins with the file. */
export type Rule = (house: House) => string[];

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage', 'screenshots']);
const SKIPPED_AT_ROOT = new Set(['data']);

/** Reads the tree below `root`; what git ignores is left out. Texts are read when asked for and kept. */
export function houseAt(root: string): House {
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !(folder === '' && SKIPPED_AT_ROOT.has(entry.name))) walk(path);
      } else if (entry.isFile()) files.push(path);
    }
  };
  walk('');
  const texts = new Map<string, string>();
  return {
    files: files.sort(),
    text(path) {
      const text = texts.get(path) ?? readFileSync(join(root, path), 'utf8');
      texts.set(path, text);
      return text;
    },
    bytes: (path) => statSync(join(root, path)).size,
  };
}

/** The same house with some files added, replaced, or (null) taken away; for the tests that plant faults. */
export function withFiles(house: House, changes: Readonly<Record<string, string | null>>): House {
  const kept = house.files.filter((path) => !(path in changes));
  const added = Object.keys(changes).filter((path) => changes[path] !== null);
  return {
    files: [...kept, ...added].sort(),
    text: (path) => changes[path] ?? house.text(path),
    bytes: (path) => {
      const text = changes[path];
      return typeof text === 'string' ? Buffer.byteLength(text) : house.bytes(path);
    },
  };
}

/** TypeScript and JavaScript that people wrote. */
export const isCode = (path: string): boolean => /\.(?:ts|tsx|mjs|cjs)$/.test(path);
/** Code that runs in production. */
export const isSource = (path: string): boolean =>
  /^(?:contracts|server|edge|web|cli|demo)\/src\/.*\.tsx?$/.test(path) && !isTest(path);
export const isTest = (path: string): boolean =>
  /\.(?:test|testing|contract|fixture)\.tsx?$|\/testing\/|^tests\//.test(path);

/** Line number (from 1) of a position in a text. */
export const lineAt = (text: string, position: number): number => text.slice(0, position).split('\n').length;
