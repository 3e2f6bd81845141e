import { PointKey } from '@ronghe/contracts';
import { POINTS_MAX } from '../../config.ts';
import type { PointDescriptor } from '../../connector.ts';
import { descriptorOf, type PointSource } from './file.decode.ts';

/** Keys that were refused are remembered up to this many, so that each is checked once. */
const REFUSED_MAX = 10_000;

/** The points that files have brought, each with one descriptor for as long as the process runs. */
export type Points = {
  /** The descriptor, or the reason why there is none: `key-not-allowed`, `too-many-points`. */
  take(source: PointSource): PointDescriptor | string;
  all(): Iterable<PointDescriptor>;
  count(): number;
};

export function createPoints(connection: string): Points {
  const known = new Map<string, PointDescriptor>();
  const refused = new Set<string>();
  return {
    take(source) {
      const point = known.get(source.key);
      if (point !== undefined) return point;
      if (refused.has(source.key) || !PointKey.safeParse(source.key).success) {
        if (refused.size < REFUSED_MAX) refused.add(source.key);
        return 'key-not-allowed';
      }
      if (known.size >= POINTS_MAX) return 'too-many-points';
      const made = descriptorOf(connection, source);
      known.set(source.key, made);
      return made;
    },
    all: () => known.values(),
    count: () => known.size,
  };
}
