import type { Sample } from '@ronghe/contracts';
import type { ConnectorContext, PointDescriptor, Reading } from '../../connector.ts';
import type { S7Config } from './s7.config.ts';
import { decodeValue } from './s7.decode.ts';
import { unitBytes } from './s7.frame.ts';
import { type Link, S7Refused, S7Timeout } from './s7.link.ts';
import {
  type Block,
  bytesIn,
  type Part,
  type Place,
  packRequests,
  placeOf,
  planBlocks,
  type Request,
  splitBlock,
} from './s7.plan.ts';

/** Timeouts in a row, of each job that runs at a time, after which the connection is opened anew. */
const TIMEOUTS_MAX = 3;
/** A point that the PLC refuses is asked again after this. */
const REFUSED_RETRY_MS = 60_000;
/** With `onChange`, a value is repeated at least this often. */
const UNCHANGED_MS_MAX = 10_000;
/** What a person at the engineering station can do about a refusal. */
const ADVICE: Readonly<Record<string, string>> = {
  'function-not-available': 'permit access with PUT/GET communication in the protection settings of the CPU',
  'access-denied': 'the protection level of the CPU, or of the block, must allow reading without a password',
  'object-does-not-exist': 'the data block must exist and must not have optimised block access',
  'address-out-of-range': 'the data block must be long enough and must not have optimised block access',
};

/** Reads everything once a pass. Throws, as soon as nothing is under way any longer, why the connection is of no use. */
export type Reader = { pass(link: Link): Promise<void> };

type Outcome = { bytes: Buffer } | { refused: string; splits: boolean; alone: boolean } | 'silent';

/**
 * Plans anew for each connection, for the PLC may have been loaded with other blocks and its PDU may have changed.
 * Blocks that are refused are halved until the refused point stands alone; that one is left alone for a while.
 */
export function createReader(options: {
  context: ConnectorContext<S7Config>;
  descriptors: readonly PointDescriptor[];
  onAnswer: () => void;
  onFailed: (points: number) => void;
}): Reader {
  const { config, log, clock } = options.context;
  const places = config.points.map(placeOf);
  const writer = createWriter(options.context, options.descriptors);
  let planned: Link | null = null;
  let blocks: Block[] = [];
  let resting = new Map<Place, number>();
  let timeouts = 0;

  const readRequest = async (link: Link, request: Request, done: (part: Part, outcome: Outcome) => void) => {
    try {
      const answers = await link.read(request.parts.map((part) => part.item));
      timeouts = 0;
      options.onAnswer();
      for (const [index, part] of request.parts.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        done(part, 'bytes' in answer ? answer : { refused: answer.refused, splits: true, alone: false });
      }
    } catch (error) {
      if (error instanceof S7Timeout) {
        timeouts += 1;
        if (timeouts >= TIMEOUTS_MAX * link.jobsMax)
          throw new Error(`${timeouts} requests in a row had no answer`);
        for (const part of request.parts) done(part, 'silent');
        return;
      }
      if (!(error instanceof S7Refused)) throw error;
      timeouts = 0;
      options.onAnswer();
      const alone = error.splits && request.parts.length > 1;
      for (const part of request.parts) done(part, { refused: error.message, splits: error.splits, alone });
    }
  };

  /** Reads blocks with as many jobs at a time as were settled; each block has one outcome. */
  const readBlocks = async (
    link: Link,
    wanted: Block[],
    alone: boolean,
    settle: (block: Block, outcome: Outcome) => void,
  ) => {
    const requests = packRequests(wanted, link.pduBytes, alone);
    const gather = createGatherer(settle);
    const worker = async (): Promise<void> => {
      for (let request = requests.shift(); request !== undefined; request = requests.shift())
        await readRequest(link, request, gather);
    };
    const workers = await Promise.allSettled(
      Array.from({ length: Math.min(link.jobsMax, requests.length) }, () =>
        worker().catch((error: unknown) => {
          requests.length = 0;
          throw error;
        }),
      ),
    );
    for (const each of workers) if (each.status === 'rejected') throw each.reason;
  };

  /** A pass over blocks; returns those to read from now on, and tells how many points a whole job was refused for. */
  const readAll = async (link: Link, first: Block[]) => {
    const next: Block[] = [];
    let failed = 0;
    const refusedNow: Place[] = [];
    const rounds: { blocks: Block[]; alone: boolean }[] = [{ blocks: first, alone: false }];
    for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
      const halves: Block[] = [];
      const lonely: Block[] = [];
      await readBlocks(link, round.blocks, round.alone, (block, outcome) => {
        if (outcome === 'silent') next.push(block);
        else if ('bytes' in outcome) {
          next.push(block);
          writer.write(block, outcome.bytes);
        } else if (outcome.alone) lonely.push(block);
        else if (outcome.splits && block.places.length > 1) halves.push(...splitBlock(block));
        else {
          writer.refuse(block, outcome.refused);
          failed += block.places.length;
          if (!outcome.splits) next.push(block);
          else refusedNow.push(...block.places);
        }
      });
      if (halves.length > 0) rounds.push({ blocks: halves, alone: round.alone });
      if (lonely.length > 0) rounds.push({ blocks: lonely, alone: true });
    }
    return { next, failed, refusedNow };
  };

  return {
    async pass(link) {
      const nowMs = clock.now().getTime();
      if (planned !== link) {
        planned = link;
        timeouts = 0;
        resting = new Map();
        blocks = planBlocks(places, link.pduBytes);
      }
      const due = [...resting].filter(([, untilMs]) => untilMs <= nowMs).map(([place]) => place);
      const { next, failed, refusedNow } = await readAll(link, [
        ...blocks,
        ...planBlocks(due, link.pduBytes),
      ]);
      for (const place of due) resting.delete(place);
      for (const place of refusedNow) resting.set(place, clock.now().getTime() + REFUSED_RETRY_MS);
      // Points that came back join their neighbours again.
      blocks =
        due.length > refusedNow.length
          ? planBlocks(
              next.flatMap((block) => block.places),
              link.pduBytes,
            )
          : next;
      options.onFailed(failed + resting.size - refusedNow.length);
      const told = writer.newRefusals();
      if (told !== null) log.warn({ ...told, advice: ADVICE[told.reason] }, 'the PLC refuses points');
    },
  };
}

/** Brings the parts of a block together again: its bytes when all came, else the first reason why not. */
function createGatherer(settle: (block: Block, outcome: Outcome) => void) {
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

/** Turns bytes and refusals into samples, and remembers what was told last. */
function createWriter(context: ConnectorContext<S7Config>, descriptors: readonly PointDescriptor[]) {
  const { config, emit, clock } = context;
  const last = new Map<number, { value: Sample[1]; reason: string | null; atMs: number }>();
  const refused = new Map<number, string>();
  let newly: { point: string; reason: string; points: number } | null = null;
  return {
    write(block: Block, bytes: Buffer): void {
      const nowMs = clock.now().getTime();
      const readings: Reading[] = [];
      for (const place of block.places) {
        const point = descriptors[place.index];
        if (point === undefined) continue;
        refused.delete(place.index);
        const { value, quality, reason } = decodeValue(
          bytesIn(block, place, bytes),
          place.point,
          config.textEncoding,
        );
        const before = last.get(place.index);
        const same =
          before !== undefined &&
          Object.is(before.value, value) &&
          before.reason === reason &&
          nowMs - before.atMs < UNCHANGED_MS_MAX;
        if (config.onChange && same) continue;
        if (config.onChange) last.set(place.index, { value, reason, atMs: nowMs });
        readings.push({
          point,
          sample: reason === null ? [nowMs, value, quality] : [nowMs, value, quality, reason],
        });
      }
      if (readings.length > 0) emit(readings);
    },
    refuse(block: Block, reason: string): void {
      const nowMs = clock.now().getTime();
      const readings: Reading[] = [];
      for (const { index } of block.places) {
        const point = descriptors[index];
        if (point === undefined) continue;
        last.delete(index);
        if (refused.get(index) !== reason) {
          newly ??= { point: point.key, reason, points: 0 };
          newly.points += 1;
        }
        refused.set(index, reason);
        readings.push({ point, sample: [nowMs, null, 'bad', reason] });
      }
      emit(readings);
    },
    /** How many points are refused that were not before, with the first of them and its reason; null for none. */
    newRefusals() {
      const told = newly;
      newly = null;
      return told;
    },
  };
}
