import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import { dangerOf, isAddress, normalHost } from './addresses.ts';

/** A place in the network that a source is read from. `host` as it was written. */
export type Target = { host: string; port: number };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The allow-list `fuseSourceHosts` read once: entries in one spelling. Nothing matches an entry that is none. */
export type AllowList = { has(host: string, port: number): boolean };

export function readAllowList(entries: readonly string[]): AllowList {
  const listed = new Set(entries.map(readEntry));
  return { has: (host, port) => listed.has(`${host}:${port}`) };
}

function readEntry(entry: string): string | null {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:[\]]+):(\d{1,5})$/.exec(entry.trim()) ?? [];
  const normal = normalHost(host);
  return normal === null ? null : `${normal}:${Number(port)}`;
}

/**
 * The target in its one spelling, when exactly it is on the list. No wildcard, no range, no default port.
 * @throws AppError SOURCE_TARGET_REFUSED with the target as written
 */
export function demandListed(list: AllowList, target: Target): string {
  const host = normalHost(target.host);
  if (host === null || !list.has(host, target.port)) throw refused(target);
  return host;
}

/**
 * Holds what a listed name leads to against the rules: every address of the answer must be ordinary or listed itself with
 * this port; `localhost` may mean the loopback. An address that is listed literally was somebody's will, whatever lies there.
 * @throws AppError SOURCE_TARGET_REFUSED with the target as written, never with what it led to
 */
export function demandHarmless(
  list: AllowList,
  target: Target,
  { host, addresses }: { host: string; addresses: readonly string[] },
): void {
  if (isAddress(host)) return;
  for (const address of addresses) {
    const normal = normalHost(address);
    if (normal === null) throw refused(target);
    const danger = dangerOf(normal);
    const meant = danger === 'loopback' && host === 'localhost';
    if (danger !== null && !meant && !list.has(normal, target.port)) throw refused(target);
  }
}

/** Where the platform would connect to for a connection; null for those that reach nothing by the network. */
export function targetOfConnection(connection: StoredConnection): Target | null {
  switch (connection.kind) {
    case 'http-json':
    case 'object':
      return targetOfUrl(connection.url);
    case 'database':
      return { host: connection.host, port: connection.port };
    case 'folder':
    case 'upload':
    case 'program':
    case 'push':
      return null;
  }
}

/** Host and port of an http(s) address. @throws AppError SOURCE_TARGET_REFUSED for any other */
export function targetOfUrl(address: string | URL): Target {
  const url = new URL(address);
  const standard = DEFAULT_PORTS[url.protocol];
  if (standard === undefined || url.username !== '' || url.password !== '')
    throw new AppError('SOURCE_TARGET_REFUSED', { target: `${url.protocol}//${url.host}` });
  return { host: url.hostname, port: url.port === '' ? standard : Number(url.port) };
}

export const textOfTarget = ({ host, port }: Target): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;

const refused = (target: Target) => new AppError('SOURCE_TARGET_REFUSED', { target: textOfTarget(target) });
