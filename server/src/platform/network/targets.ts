import { dangerOf, isAddress, normalHost } from '#platform/network/addresses.ts';

/** A place in the network. `host` as it was written. */
export type Target = { host: string; port: number };
/** How a room says that the platform does not go there; the text is the target as it was written. */
export type Refuse = (target: string) => Error;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** An allow-list of `host:port`, read once: entries in one spelling. Nothing matches an entry that is none. */
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
 * @throws what `refuse` says of the target as written
 */
export function demandListed(list: AllowList, target: Target, refuse: Refuse): string {
  const host = normalHost(target.host);
  if (host === null || !list.has(host, target.port)) throw refuse(textOfTarget(target));
  return host;
}

/**
 * Holds what a listed name leads to against the rules: every address of the answer must be ordinary or listed itself with
 * this port; `localhost` may mean the loopback. An address that is listed literally was somebody's will, whatever lies there.
 * @throws what `refuse` says of the target as written, never of what it led to
 */
export function demandHarmless(
  list: AllowList,
  target: Target,
  { host, addresses, refuse }: { host: string; addresses: readonly string[]; refuse: Refuse },
): void {
  if (isAddress(host)) return;
  for (const address of addresses) {
    const normal = normalHost(address);
    if (normal === null) throw refuse(textOfTarget(target));
    const danger = dangerOf(normal);
    const meant = danger === 'loopback' && host === 'localhost';
    if (danger !== null && !meant && !list.has(normal, target.port)) throw refuse(textOfTarget(target));
  }
}

/** Host and port of an http(s) address without name and password. @throws what `refuse` says of any other */
export function targetOfUrl(address: string | URL, refuse: Refuse): Target {
  const url = new URL(address);
  const standard = DEFAULT_PORTS[url.protocol];
  if (standard === undefined || url.username !== '' || url.password !== '')
    throw refuse(`${url.protocol}//${url.host}`);
  return { host: url.hostname, port: url.port === '' ? standard : Number(url.port) };
}

export const textOfTarget = ({ host, port }: Target): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
