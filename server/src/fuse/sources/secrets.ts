import type { SourceConnection } from '@ronghe/contracts';
import { SECRET_FIELDS, type StoredConnection } from '../fuse.tables.ts';
import { canonicalJson } from './rows.ts';

/** The secrets of one connection by the names of their fields; `secrets` is an object of its own. */
export type Secrets = Partial<Record<(typeof SECRET_FIELDS)[number], unknown>>;

/** Parts a connection into what is kept open and what is sealed. */
export function partConnection(connection: SourceConnection): { open: StoredConnection; secrets: Secrets } {
  const secrets: Secrets = {};
  const open: Record<string, unknown> = { ...connection };
  for (const field of SECRET_FIELDS) {
    const value = open[field];
    delete open[field];
    if (isFilled(value)) secrets[field] = value;
  }
  return { open: open as StoredConnection, secrets };
}

/**
 * Secrets after a change: what was left empty stays, but only while the connection leads to the same place; otherwise a
 * kept password could be sent to whoever the new address belongs to.
 */
export function mergeSecrets(
  before: { connection: StoredConnection; secrets: Secrets },
  after: { connection: StoredConnection; secrets: Secrets },
): Secrets {
  if (placeOf(before.connection) !== placeOf(after.connection)) return after.secrets;
  return { ...before.secrets, ...after.secrets };
}

/** What a secret is bound to: kind, place and who signs in. */
function placeOf(connection: StoredConnection): string {
  const { kind } = connection;
  const fields: Record<string, unknown> = { ...connection };
  const named = ['url', 'store', 'host', 'port', 'engine', 'username', 'accessKey', 'program', 'protocol'];
  const more = ['tokenPath', 'settings'];
  // where a program leads to stands somewhere in its settings
  return canonicalJson([kind, ...[...named, ...more].map((name) => fields[name] ?? null)]);
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== '';
}

/** Sealed text as it was before sources had several secrets: the bare password. */
export function readSecrets(text: string): Secrets {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Secrets;
  } catch {
    // a bare password
  }
  return { password: text };
}
