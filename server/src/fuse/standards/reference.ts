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

/**
 * The same function with a memory of the texts it was asked last, `textsMax` to twice as many, for what is asked for the same text again and again while
 * records are fused. Answers must not be changed by who gets them; other reference data begin a new memory.
 */
export function remembered<Answer>(answer: (text: string) => Answer, textsMax: number) {
  let [from, recent, older] = [current, new Map<string, Answer>(), new Map<string, Answer>()];
  return (text: string): Answer => {
    if (from !== current) [from, recent, older] = [current, new Map(), new Map()];
    const known = recent.get(text);
    if (known !== undefined) return known;
    const found = older.get(text) ?? answer(text);
    if (recent.size >= textsMax) [older, recent] = [recent, new Map()];
    recent.set(text, found);
    return found;
  };
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
