import type { Written } from './registry.ts';

/**
 * A connection as it may be tried beside one that runs: it takes nothing away from it. Files stay where they are, a broker
 * keeps the messages of the session, and nobody is told that another host has come.
 */
export function forTrial(written: Written): Written {
  switch (written.protocol) {
    case 'file':
      return { ...written, after: 'keep' };
    case 'mqtt': {
      const { clientId: _clientId, cleanSession: _cleanSession, ...rest } = written;
      return rest;
    }
    case 'sparkplug':
      return written.role === 'primary' ? { ...written, role: 'active' } : written;
    default:
      return written;
  }
}

/** Protocols that are always looked through over a connection of its own, since the one that runs hears only what it asked for. */
export const BROWSED_APART: ReadonlySet<string> = new Set(['mqtt']);

/** The same for looking around only: no points are read, but everything is heard where that is how one finds out. */
export function forBrowsing(written: Written): Written {
  switch (written.protocol) {
    case 'opcua':
    case 'modbus':
      return { ...written, points: [] };
    case 'mqtt':
      return {
        ...forTrial(written),
        points: [],
        discover: [{ topic: '#', key: '{topic}/{field}' }],
        pointsMax: 1,
      };
    case 'sparkplug':
      return { ...forTrial(written), points: [] };
    default:
      return forTrial(written);
  }
}

/**
 * Where a connection waits for its devices to call; null when it is the one that calls. Such a connection is not tried: what
 * a device sends would be acknowledged and not stored.
 */
export function listeningAt(written: Written): { host: string; port: number } | null {
  const address =
    written.protocol === 'http' && written.mode === 'push'
      ? written.listen
      : written.protocol === 'hj212'
        ? (written.endpoint ?? 'tcp://127.0.0.1:9212')
        : null;
  if (typeof address !== 'string') return null;
  const [, host = '', port = ''] = /^\w+:\/\/(\[[^\]]+\]|[^/:]+):(\d+)/.exec(address) ?? [];
  const plain = host.replace(/^\[|\]$/g, '');
  return { host: plain, port: Number(port) };
}

/** How many points a connection names, so that it is known when each has spoken; null when it finds points by itself. */
export function pointsNamed(written: Written): number | null {
  const { protocol, points = [], discover, lists, queries, keyColumn } = written;
  if (!Array.isArray(points)) return null;
  const finds =
    discover === true ||
    (Array.isArray(discover) && discover.length > 0) ||
    (Array.isArray(lists) && lists.length > 0) ||
    queries !== undefined ||
    keyColumn !== undefined ||
    (protocol === 'sparkplug' && points.length === 0);
  return finds ? null : points.length;
}
