import type { ConnectorContext, PointDescriptor } from '../../connector.ts';
import { createBlockReader } from './s7.blocks.ts';
import type { S7Config } from './s7.config.ts';
import type { Link } from './s7.link.ts';
import { type Block, type Place, placeOf, planBlocks, splitBlock } from './s7.plan.ts';
import { createWriter } from './s7.samples.ts';

/** A point that the PLC refuses is asked again after this. */
const REFUSED_RETRY_MS = 60_000;
/** What a person at the engineering station can do about a refusal. */
const ADVICE: Readonly<Record<string, string>> = {
  'function-not-available': 'permit access with PUT/GET communication in the protection settings of the CPU',
  'access-denied': 'the protection level of the CPU, or of the block, must allow reading without a password',
  'object-does-not-exist': 'the data block must exist and must not have optimised block access',
  'address-out-of-range': 'the data block must be long enough and must not have optimised block access',
};

/** Reads everything once a pass. Throws, as soon as nothing is under way any longer, why the link is of no use. */
export type Reader = { pass(link: Link): Promise<void> };

/** What a pass found: blocks to read from now on, points refused as parts, and with whole jobs. */
type Found = { blocks: Block[]; refused: Place[]; refusedWithJobs: number };

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
  const reader = createBlockReader(options.onAnswer);
  let planned: Link | null = null;
  let blocks: Block[] = [];
  let resting = new Map<Place, number>();

  const readAll = async (link: Link, first: Block[]): Promise<Found> => {
    const found: Found = { blocks: [], refused: [], refusedWithJobs: 0 };
    const rounds: { blocks: Block[]; alone: boolean }[] = [{ blocks: first, alone: false }];
    for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
      const halves: Block[] = [];
      const lonely: Block[] = [];
      await reader.read(link, round.blocks, round.alone, (block, outcome) => {
        if (outcome === 'silent') found.blocks.push(block);
        else if ('bytes' in outcome) {
          found.blocks.push(block);
          writer.write(block, outcome.bytes);
        } else if (outcome.alone) lonely.push(block);
        else if (outcome.splits && block.places.length > 1) halves.push(...splitBlock(block));
        else {
          writer.refuse(block, outcome.refused);
          if (outcome.splits) found.refused.push(...block.places);
          else {
            found.blocks.push(block);
            found.refusedWithJobs += block.places.length;
          }
        }
      });
      if (halves.length > 0) rounds.push({ blocks: halves, alone: round.alone });
      if (lonely.length > 0) rounds.push({ blocks: lonely, alone: true });
    }
    return found;
  };

  return {
    async pass(link) {
      if (planned !== link) {
        planned = link;
        resting = new Map();
        blocks = planBlocks(places, link.pduBytes);
        writer.forget();
      }
      const nowMs = clock.elapsedMs();
      const due = [...resting].filter(([, untilMs]) => untilMs <= nowMs).map(([place]) => place);
      const found = await readAll(link, [...blocks, ...planBlocks(due, link.pduBytes)]);
      for (const place of due) resting.delete(place);
      for (const place of found.refused) resting.set(place, nowMs + REFUSED_RETRY_MS);
      const cameBack = due.some((place) => !resting.has(place));
      blocks = found.blocks;
      // Points that came back join their neighbours again.
      if (cameBack)
        blocks = planBlocks(
          blocks.flatMap((block) => block.places),
          link.pduBytes,
        );
      options.onFailed(resting.size + found.refusedWithJobs);
      const told = writer.newRefusals();
      if (told !== null) log.warn({ ...told, advice: ADVICE[told.reason] }, 'the PLC refuses points');
    },
  };
}
