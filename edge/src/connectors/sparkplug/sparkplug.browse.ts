import { pause } from '../../backoff.ts';
import { folderItem } from '../../browse-item.ts';
import type { BrowseItem } from '../../connector.ts';
import { pointTypeOf } from './sparkplug.decode.ts';
import type { SavedNode } from './sparkplug.nodes.ts';

/** Births that were asked for come within this. */
const LISTEN_MS = 3_000;

/**
 * Edge nodes, their devices and metrics, as births have told them: `node/` is a node, `node/device/` a device, and a metric
 * has the address that a point is given. Nothing is known of nodes whose birth was missed.
 */
export function browseBirths(
  nodes: readonly SavedNode[],
  { node, limit }: { node: string | null; limit: number },
): BrowseItem[] {
  if (node === null) return nodes.map((each) => folderItem(`${each.node}/`, each.node)).slice(0, limit);
  const [id, device, end] = node.split('/');
  const born = nodes.find((each) => each.node === id);
  if (born === undefined || device === undefined)
    throw new Error('no birth of this edge node has been heard');
  const isDevice = end !== undefined;
  const devices = [...new Set(born.metrics.map((metric) => metric.device))].filter((name) => name !== '');
  const metrics = born.metrics.filter((metric) => metric.device === (isDevice ? device : ''));
  return [
    ...(isDevice ? [] : devices.map((name) => folderItem(`${id}/${name}/`, name))),
    ...metrics.map((metric): BrowseItem => {
      const address = `${id}/${metric.device}/${metric.name}`;
      return {
        id: address,
        name: metric.name,
        kind: 'point',
        type: pointTypeOf(metric.datatype),
        unit: metric.unit,
        description: null,
        config: { address },
      };
    }),
  ].slice(0, limit);
}

/** Waits for the first births of a connection that began at this time of `performance.now()`. */
export const waitForBirths = (beganMs: number, signal: AbortSignal): Promise<void> =>
  pause(Math.max(0, LISTEN_MS - (performance.now() - beganMs)), signal);
