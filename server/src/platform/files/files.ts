import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';

/** Folders under the data folder. Names from outside never leave their folder. */
export type Files = {
  /** Absolute path of a folder of the data folder, made when missing. */
  folder(...parts: string[]): Promise<string>;
};

/** Throws when a part would lead outside (`..`, absolute paths, NUL). */
export function createFiles(root: string): Files {
  const base = resolve(root);
  return {
    async folder(...parts) {
      const path = resolve(join(base, ...parts));
      const inside = relative(base, path);
      if (inside.startsWith('..') || isAbsolute(inside) || parts.some((part) => part.includes('\0'))) {
        throw new Error(`the folder ${parts.join('/')} lies outside the data folder`);
      }
      await mkdir(path, { recursive: true, mode: 0o750 });
      return path;
    },
  };
}
