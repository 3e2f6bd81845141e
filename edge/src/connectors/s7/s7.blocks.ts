import { unitBytes } from './s7.frame.ts';
import { type Link, S7Refused, S7Timeout } from './s7.link.ts';
import { type Block, type Part, packRequests, type Request } from './s7.plan.ts';

/** Timeouts in a row, for each request under way at a time, after which the connection is opened anew. */
const TIMEOUTS_MAX = 3;

/**
 * What became of a block. `refused` is the reason; `splits` when a part of it may succeed, `alone` when it was refused
 * together with others and may succeed without them. `silent`: no answer in time.
 */
export type Outcome = { bytes: Buffer } | { refused: string; splits: boolean; alone: boolean } | 'silent';

/** Reads blocks with as many jobs at a time as were settled. */
export type BlockReader = {
  /**
   * Settles each block once, as its answer comes. Rejects, as soon as nothing is under way any longer, with the reason
   * why the link is of no use. With `alone` each variable has a request of its own.
   */
  read(link: Link, blocks: readonly Block[], alone: boolean, settle: Settle): Promise<void>;
};
type Settle = (block: Block, outcome: Outcome) => void;

/** `onAnswer` is told of every answer, before its blocks are settled. */
export function createBlockReader(onAnswer: () => void): BlockReader {
  let timeouts = 0;
  let linkBefore: Link | null = null;

  const readRequest = async (link: Link, request: Request, done: (part: Part, outcome: Outcome) => void) => {
    try {
      const answers = await link.read(request.parts.map((part) => part.item));
      timeouts = 0;
      onAnswer();
      for (const [index, part] of request.parts.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        done(part, 'bytes' in answer ? answer : { refused: answer.refused, splits: true, alone: false });
      }
    } catch (error) {
      if (error instanceof S7Timeout) {
        timeouts += 1;
        for (const part of request.parts) done(part, 'silent');
        return;
      }
      if (!(error instanceof S7Refused)) throw error;
      timeouts = 0;
      onAnswer();
      const alone = error.splits && request.parts.length > 1;
      for (const part of request.parts) done(part, { refused: error.message, splits: error.splits, alone });
    }
  };

  return {
    async read(link, blocks, alone, settle) {
      if (link !== linkBefore) timeouts = 0;
      linkBefore = link;
      const requests = packRequests(blocks, link.pduBytes, alone);
      const underWay = Math.min(link.jobsMax, requests.length);
      const gather = createGatherer(settle);
      const worker = async (): Promise<void> => {
        for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
          await readRequest(link, request, gather);
          if (timeouts >= TIMEOUTS_MAX * underWay)
            throw new Error(`${timeouts} requests in a row had no answer`);
        }
      };
      const workers = await Promise.allSettled(
        Array.from({ length: underWay }, () =>
          worker().catch((error: unknown) => {
            requests.length = 0;
            throw error;
          }),
        ),
      );
      for (const each of workers) if (each.status === 'rejected') throw each.reason;
    },
  };
}

/** Brings the parts of a block together again: its bytes when all came, else the first reason why not. */
function createGatherer(settle: Settle) {
  const unfinished = new Map<Block, { bytes: Buffer; missing: number; worst: Outcome | null }>();
  return (part: Part, outcome: Outcome): void => {
    const { block, item } = part;
    if (item.length === block.length) {
      settle(block, outcome);
      return;
    }
    const whole = block.length * unitBytes(block.area);
    const state = unfinished.get(block) ?? { bytes: Buffer.alloc(whole), missing: block.length, worst: null };
    unfinished.set(block, state);
    state.missing -= item.length;
    if (outcome !== 'silent' && 'bytes' in outcome) outcome.bytes.copy(state.bytes, part.offset);
    else state.worst ??= outcome;
    if (state.missing > 0) return;
    unfinished.delete(block);
    settle(block, state.worst ?? { bytes: state.bytes });
  };
}
