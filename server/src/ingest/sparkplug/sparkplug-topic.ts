import { keyOfPath } from '../doors/keys.ts';

const DATA = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH']);
const COMMANDS = new Set(['NCMD', 'DCMD']);

export type DataType = 'NBIRTH' | 'NDATA' | 'NDEATH' | 'DBIRTH' | 'DDATA' | 'DDEATH';
/** What a topic is about; `device` is '' for the edge node itself. */
export type SparkplugTopic =
  | { kind: 'data'; type: DataType; group: string; node: string; device: string }
  | { kind: 'command' }
  | { kind: 'state'; host: string };

/** `spBv1.0/<group>/<type>/<node>[/<device>]` and `spBv1.0/STATE/<host>` (Sparkplug B 3.0, 4.2); null for others. */
export function parseTopic(topic: string): SparkplugTopic | null {
  const parts = topic.split('/');
  const [space, group = '', type = '', node = '', device = ''] = parts;
  if (space !== 'spBv1.0' || parts.length > 5 || parts.includes('')) return null;
  if (group === 'STATE' && parts.length === 3) return { kind: 'state', host: type };
  if (COMMANDS.has(type) && parts.length >= 4) return { kind: 'command' };
  const levels = type.startsWith('D') ? 5 : 4;
  if (!DATA.has(type) || parts.length !== levels) return null;
  return { kind: 'data', type: type as DataType, group, node, device };
}

/** Key of a metric: `<group>/<node>[/<device>]:<metric>`; two metrics never get the same one. */
export function keyOfMetric(place: { group: string; node: string; device: string }, name: string): string {
  const ids = [place.group, place.node, place.device].filter((id) => id !== '').map(withoutColon);
  return keyOfPath([`${ids.join('/')}:${name}`]);
}

const withoutColon = (id: string): string => id.replaceAll('%', '%25').replaceAll(':', '%3A');

/** Metrics that steer the session and are no samples. */
export const isControl = (name: string): boolean =>
  name === 'bdSeq' || name.startsWith('Node Control/') || name.startsWith('Device Control/');
