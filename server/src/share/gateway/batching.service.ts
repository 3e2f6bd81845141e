import { setTimeout as wait } from 'node:timers/promises';
import type { GuestAnswer, GuestQuestion, Guests } from '#platform/db/guests.ts';
import { type Share, splitAnswer } from './points.ts';

/** Values that are asked for at once. */
const MEMBERS_MAX = 64;
/** Statements of one shape at once; what comes meanwhile is asked together afterwards. */
const AT_ONCE = 2;
/** While others keep coming, this much longer is waited for them, in steps of this. */
const GATHER_MS_MAX = 8;
const GATHER_STEP_MS = 1;
/** A larger answer to many is not worth its memory. */
const MANY_BYTES_MAX = 4_000_000;
/** Shapes that could not be asked together, which are asked one by one from then on. */
const ALONE_MAX = 1_000;

export type Member = {
  /** the same for questions of one caller that differ in the value only */
  shape: string;
  value: string | number;
  one(): GuestQuestion;
  many(values: readonly (string | number)[]): GuestQuestion;
};
type Waiting = Member & {
  resolve(answer: GuestAnswer | Promise<GuestAnswer>): void;
};
type Batch = { waiting: Waiting[]; running: number; together: boolean };

/**
 * Questions of one caller that differ in one value only, asked of the engine together while others are under way: a statement costs the engine
 * more to understand than to answer. One that comes alone waits for nobody. Whatever goes wrong with many is asked one by one.
 */
export function createBatches(guests: Guests) {
  const open = new Map<string, Batch>();
  const alone = new Set<string>();

  async function gathered(batch: Batch): Promise<Waiting[]> {
    for (let waitedMs = 0; batch.together && waitedMs < GATHER_MS_MAX; waitedMs += GATHER_STEP_MS) {
      const before = batch.waiting.length;
      await wait(GATHER_STEP_MS);
      if (batch.waiting.length === before || before >= MEMBERS_MAX) break;
    }
    return batch.waiting.splice(0, MEMBERS_MAX);
  }

  async function work(shape: string, batch: Batch): Promise<void> {
    batch.running += 1;
    while (batch.waiting.length > 0) {
      const members = await gathered(batch);
      batch.together = members.length > 1;
      if (members.length > 0) await answer(shape, members);
    }
    batch.running -= 1;
    if (batch.running === 0) open.delete(shape);
  }

  /** Never throws: each member has its own answer or error. */
  async function answer(shape: string, members: readonly Waiting[]): Promise<void> {
    const [first] = members;
    const values = [...new Set(members.map(({ value }) => value))];
    const oneByOne = async () => {
      const asked = members.map((member) => guests.ask(member.one()));
      members.forEach(({ resolve }, at) => {
        const own = asked[at];
        if (own) resolve(own);
      });
      await Promise.allSettled(asked);
    };
    if (!first || values.length === 1) return oneByOne();
    try {
      const question = first.many(filledUp(values));
      const { limits, format } = question;
      const resultBytes = Math.min(limits.resultBytes, MANY_BYTES_MAX);
      const many = await guests.ask({ ...question, limits: { ...limits, resultBytes } });
      const shareOf = splitAnswer(format, await bytesOf(many));
      for (const member of members) {
        const share = shareOf(member.value);
        // beyond a limit of its own: the engine tells it so
        const isOver = share.rows > limits.resultRows || share.body.length > limits.resultBytes;
        const own = isOver ? guests.ask(member.one()) : Promise.resolve(partOf(many, share, members.length));
        // whoever went away meanwhile does not hear of an error
        own.catch(() => {});
        member.resolve(own);
      }
    } catch {
      alone.add(shape);
      const [oldest] = alone;
      if (alone.size > ALONE_MAX && oldest !== undefined) alone.delete(oldest);
      await oneByOne();
    }
  }

  return {
    async ask(member: Member): Promise<GuestAnswer> {
      const { shape } = member;
      if (alone.has(shape)) return guests.ask(member.one());
      const batch = open.get(shape) ?? { waiting: [], running: 0, together: false };
      open.set(shape, batch);
      const { signal } = member.one();
      return new Promise<GuestAnswer>((resolve, reject) => {
        const waiting = { ...member, resolve };
        signal?.addEventListener(
          'abort',
          () => {
            batch.waiting = batch.waiting.filter((other) => other !== waiting);
            reject(signal.reason);
          },
          { once: true },
        );
        batch.waiting.push(waiting);
        if (batch.running < AT_ONCE) void work(shape, batch);
      });
    },
  };
}

/** The same values, some of them again, so that there are few lengths of lists: the engine's own check knows statements by their shape. */
function filledUp<Value>(values: readonly Value[]): Value[] {
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return Array.from({ length }, (_one, at) => values[at % values.length] as Value);
}

async function bytesOf({ whole, chunks }: GuestAnswer): Promise<Uint8Array> {
  if (whole) return whole;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts);
}

/** What one had of an answer to many; what was read for it is read for all of them. */
function partOf(many: GuestAnswer, { body, rows }: Share, members: number): GuestAnswer {
  const { readRows, readBytes, elapsedNs } = many.summary();
  const summary = {
    readRows: Math.ceil(readRows / members),
    readBytes: Math.ceil(readBytes / members),
    ...{ resultRows: rows, resultBytes: body.length, elapsedNs },
  };
  return {
    whole: body,
    chunks: (async function* () {
      if (body.length > 0) yield body;
    })(),
    summary: () => summary,
  };
}
