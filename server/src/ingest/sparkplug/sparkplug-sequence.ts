import type { DataType } from './sparkplug-topic.ts';

const SEQ_VALUES = 256;
/** A message so little behind is one that was given up and came after all, or came twice. */
const LATE_MAX = 64;
const WAITING_MAX = 128;

/** Brings the messages of one edge node into the order of their `seq`, and waits a while for one that is missing. */
export type Sequence<Item> = {
  /** Applies the item in its turn. @returns true when it has to wait for one before it */
  take(at: { type: DataType; seq: number | null; bytes: number }, item: Item): boolean;
  /** Applies what waits, without saying that anything was lost. */
  stop(): void;
};

/** Bytes of messages that wait, of all nodes that share this. */
export type WaitingRoom = { bytes: number; bytesMax: number };

type Options<Item> = {
  waitMs: number;
  room: WaitingRoom;
  apply: (item: Item) => void;
  /** the missing message did not come; called before what waited for it is applied */
  lost: () => void;
};

export function createSequence<Item>({ waitMs, room, apply, lost }: Options<Item>): Sequence<Item> {
  const waiting = new Map<number, { item: Item; bytes: number }>();
  let last: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const next = () => ((last ?? 0) + 1) % SEQ_VALUES;
  const rest = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const advance = () => {
    for (let found = waiting.get(next()); found !== undefined; found = waiting.get(next())) {
      last = next();
      waiting.delete(last);
      room.bytes -= found.bytes;
      apply(found.item);
    }
    if (waiting.size === 0) rest();
  };
  /** Everything that waits, in order, as if nothing were missing. */
  const release = () => {
    rest();
    const from = last ?? 0;
    const distance = (seq: number) => (seq - from + SEQ_VALUES) % SEQ_VALUES;
    const items = [...waiting].sort(([one], [other]) => distance(one) - distance(other));
    waiting.clear();
    for (const [seq, { item, bytes }] of items) {
      last = seq;
      room.bytes -= bytes;
      apply(item);
    }
  };
  const giveUp = () => {
    lost();
    release();
  };

  return {
    take({ type, seq: told, bytes }, item) {
      const seq = told === null ? null : told % SEQ_VALUES;
      if (type === 'NBIRTH' || type === 'NDEATH') {
        // Of the session that ends here nothing more is to be expected.
        release();
        last = type === 'NBIRTH' ? (seq ?? 0) : null;
        apply(item);
        return false;
      }
      if (seq === null || last === null) {
        if (seq !== null) last = seq;
        apply(item);
        return false;
      }
      const ahead = (seq - next() + SEQ_VALUES) % SEQ_VALUES;
      if (ahead === 0) {
        last = seq;
        apply(item);
        advance();
        return false;
      }
      if (ahead >= SEQ_VALUES - LATE_MAX || waiting.has(seq)) {
        apply(item);
        return false;
      }
      waiting.set(seq, { item, bytes });
      room.bytes += bytes;
      timer ??= setTimeout(giveUp, waitMs);
      if (waiting.size >= WAITING_MAX || room.bytes > room.bytesMax) giveUp();
      return waiting.has(seq);
    },
    stop: release,
  };
}
