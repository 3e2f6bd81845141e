import type { Batch, Frame } from './frame.ts';

/** A collector's buffer; its batches are numbered. */
export type Epoch = { organisation: string; source: string; epoch: string };

/** Batches that are durable in the journal and that PostgreSQL does not know yet. */
export type Unrecorded = {
  /** The last one of this buffer. */
  last(epoch: Epoch): Batch | null;
  add(frame: Frame): void;
  remove(frame: Frame): void;
};

/** Sources send their batches one after the other, so the last one of each buffer says enough. */
export function createUnrecorded(): Unrecorded {
  const batches = new Map<string, Batch>();
  const keyOf = ({ organisation, source, epoch }: Epoch) => JSON.stringify([organisation, source, epoch]);
  const named = ({ organisation, source, batch }: Frame) =>
    source === null || batch === null
      ? null
      : { key: keyOf({ organisation, source, epoch: batch.epoch }), batch };
  return {
    last: (epoch) => batches.get(keyOf(epoch)) ?? null,
    add(frame) {
      const found = named(frame);
      if (found) batches.set(found.key, found.batch);
    },
    remove(frame) {
      const found = named(frame);
      // A later batch of the same buffer may be on its way already.
      if (found && batches.get(found.key) === found.batch) batches.delete(found.key);
    },
  };
}
