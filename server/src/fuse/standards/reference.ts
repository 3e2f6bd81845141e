import type { ReferenceData } from '@ronghe/contracts';
import { shippedReference } from './shipped.ts';

/**
 * The one memory of reference data that all rules read. It begins with the data shipped; the service of this room puts
 * in what the platform keeps and again after each change. A rule that builds an index from it does so by `derived`.
 */
let current: ReferenceData | null = null;

/** The reference data that count now. */
export function reference(): ReferenceData {
  current ??= shippedReference();
  return current;
}

/** Makes other data count for every rule of this process from the next call on; null brings back the data shipped. */
export function useReference(data: ReferenceData | null): void {
  current = data;
}

/** What is built from one set of reference data, built again only when that set is another one. */
export function derived<Set extends keyof ReferenceData, Built>(
  set: Set,
  build: (entries: ReferenceData[Set]) => Built,
): () => Built {
  let from: ReferenceData[Set] | null = null;
  let built: Built;
  return () => {
    const entries = reference()[set];
    if (entries !== from) {
      built = build(entries);
      from = entries;
    }
    return built;
  };
}
