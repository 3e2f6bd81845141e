import type { PayloadContext } from './payload.ts';

/** How a topic's payload is to be read; `prefix` goes before the names in it. */
export type TopicForm = { form: PayloadContext['form']; prefix?: string };

/** Telemetry and client attributes of a ThingsBoard device, long and short; a key is one device. */
const DEVICE = new Set(['v1/devices/me/telemetry', 'v1/devices/me/attributes', 'v2/t', 'v2/a']);
const GATEWAY = new Set(['v1/gateway/telemetry', 'v1/gateway/attributes']);

/**
 * The topics of plain MQTT: ThingsBoard's, Neuron's `/neuron/<node>…`, the unified namespace `umh/v1/<path>`, and our own
 * `ronghe/v1/json/<device…>` and `ronghe/v1/line`. Null for every other topic.
 * @param sender name of the API key, which stands for the device where the topic names none
 */
export function formOfTopic(topic: string, sender: string): TopicForm | null {
  if (DEVICE.has(topic)) return { form: 'json', prefix: sender };
  if (GATEWAY.has(topic)) return { form: 'json' };
  const [, neuron] = /^\/?neuron\/(.+)$/.exec(topic) ?? [];
  if (neuron !== undefined) return { form: 'json', prefix: dotted(neuron) };
  const [, place] = /^umh\/v1\/(.+)$/.exec(topic) ?? [];
  if (place !== undefined) return { form: 'json', prefix: dotted(place) };
  const [, device] = /^ronghe\/v1\/json\/(.+)$/.exec(topic) ?? [];
  if (device !== undefined) return { form: 'json', prefix: dotted(device) };
  return /^ronghe\/v1\/line(\/|$)/.test(topic) ? { form: 'lines' } : null;
}

const dotted = (path: string): string => path.split('/').filter(Boolean).join('.');

/** What a device may listen to that may write but not read: what is addressed to it, and who steers. */
const ADDRESSED = [
  /^spBv1\.0\/[^+#/]+\/(NCMD|DCMD)\/[^+#/]+(\/[^#/]+)?(\/#)?$/,
  /^spBv1\.0\/STATE\/[^/]+$/,
  /^v1\/(devices\/me|gateway)\/(rpc|attributes)(\/|$)/,
];
export const isAddressed = (filter: string): boolean => ADDRESSED.some((pattern) => pattern.test(filter));
