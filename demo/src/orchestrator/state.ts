import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { freePort } from '../plants/ports.ts';

/** What the demo remembers; see `DemoState`. */
export type DemoStateValues = {
  adminPassword?: string;
  parkCloudPassword?: string;
  /** ports by name of the child, so that a second start uses the same */
  ports: Record<string, number>;
  /** keys of collectors by name; the platform tells a key only once */
  collectorKeys: Record<string, string>;
  /** passwords of the demo users */
  userPasswords: Record<string, string>;
  /** the newest monthly file on disk is the one of the scenario `dirty-month` */
  dirtyMonth: boolean;
};
const EMPTY: DemoStateValues = { ports: {}, collectorKeys: {}, userPasswords: {}, dirtyMonth: false };

/** What the demo keeps from start to start: `<data>/demo/state.json`, readable by its owner only. */
export type DemoState = {
  folder: string;
  values: DemoStateValues;
  save(): void;
  /** The port kept under a name, or a free one when there is none or it is taken by now. */
  port(name: string, preferred?: number): Promise<number>;
};

/** Opens the state below a data folder, empty at the first start. @throws Error when the file is damaged */
export function openState(dataFolder: string): DemoState {
  const folder = join(dataFolder, 'demo');
  const file = join(folder, 'state.json');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const values: DemoStateValues = { ...structuredClone(EMPTY), ...readJson(file) };
  const save = () => writePrivately(file, `${JSON.stringify(values, null, 2)}\n`);
  return {
    folder,
    values,
    save,
    async port(name, preferred) {
      const wanted = values.ports[name] ?? preferred;
      const port = wanted !== undefined && (await isFree(wanted)) ? wanted : await freePort();
      values.ports[name] = port;
      save();
      return port;
    },
  };
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivately(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, file);
}

/** A random password of 120 bits, easy to copy. */
export const randomPassword = (): string => randomBytes(15).toString('base64url');

function readJson(file: string): Partial<DemoStateValues> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} 已损坏 / is damaged: ${(error as Error).message}`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(true)));
  });
}
