/** Sparkplug group of a plant: `yuzhang-copper` is group `yuzhang`. */
export const sparkplugGroup = (plant: string): string => plant.split('-')[0] ?? plant;

/** Sparkplug edge node of every plant. */
export const SPARKPLUG_NODE = 'line-1';

/** `oven-1.zone-1.temperature` is metric `zone-1.temperature` of device `oven-1`. */
export function splitKey(key: string): { device: string; metric: string } {
  const dot = key.indexOf('.');
  return { device: key.slice(0, dot), metric: key.slice(dot + 1) };
}
