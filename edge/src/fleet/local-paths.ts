import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationIssue } from '@ronghe/contracts';
import { nameOf } from '../config-issues.ts';
import { type MarkedSchema, markedTexts, type Path } from '../schema-marks.ts';

/** Where certificates of OPC UA lie, with our own private key, inside the folder of a connection. */
const KEYS_FOLDER = 'pki';

/**
 * Faults of the paths in a connection that the platform sent: a person there must not make a collector read any file of
 * this machine. Folders that are watched lie inside one of `allowed`; other files may also lie in the connection's own
 * folder, but not beside its keys. Symbolic links count as what they lead to.
 */
export async function refusedPaths(options: {
  connection: { name: string; protocol: string };
  schema: MarkedSchema;
  index: number;
  /** the connection's own folder, to which its paths are relative */
  folder: string;
  /** as in `allow.folders` of the local file, absolute */
  allowed: readonly string[];
  /** what the local file says in its own connections, as `localPathsOf` tells it */
  written: ReadonlySet<string>;
}): Promise<ConfigurationIssue[]> {
  const { connection, schema, index, folder } = options;
  const watches = connection.protocol === 'file';
  const allowed = await Promise.all(options.allowed.map(realTarget));
  const own = await realTarget(folder);
  const keys = join(own, KEYS_FOLDER);
  const base = watches ? pathOf(Reflect.get(connection, 'endpoint'), folder) : folder;
  const issues: ConfigurationIssue[] = [];
  for (const { path, text } of markedTexts(schema, connection, 'localPath')) {
    if (options.written.has(placeOf(connection, path, text))) continue;
    const at = nameOf(['connections', index, ...path]);
    // The system goes up from where a symbolic link leads to, which is not what the text says.
    if (text.split(/[/\\]/).includes('..')) {
      issues.push({ path: at, message: 'must not contain `..`' });
      continue;
    }
    const target = await realTarget(pathOf(text, base));
    const isOwn = !watches && isInside(own, target);
    const mayUseKeys = connection.protocol === 'opcua' || !isInside(keys, target);
    if (allowed.some((each) => isInside(each, target)) || (isOwn && mayUseKeys)) continue;
    issues.push({
      path: at,
      message: `${JSON.stringify(text.slice(0, 200))} is outside the folders that this collector allows; on its machine, add the folder to allow.folders in the configuration file and start it again`,
    });
  }
  return issues;
}

/** Paths that a person at this machine has written into connections: each counts in its own place only. */
export const localPathsOf = (
  connection: { name: string; protocol: string },
  schema: MarkedSchema,
): string[] =>
  markedTexts(schema, connection, 'localPath').map(({ path, text }) => placeOf(connection, path, text));

const placeOf = (connection: { name: string; protocol: string }, path: Path, text: string): string =>
  JSON.stringify([connection.name, connection.protocol, path, text]);

/** A path, or a `file:` URL, made absolute. What is no such URL is taken for a path, which then lies nowhere allowed. */
function pathOf(text: unknown, base: string): string {
  if (typeof text !== 'string') return base;
  if (!text.startsWith('file:')) return resolve(base, text);
  try {
    return fileURLToPath(text);
  } catch {
    return resolve(base, text);
  }
}

/** What a path leads to; of what does not exist yet, the part that does is followed. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realTarget(parent), basename(path));
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way);
}
