import type { Area } from './s7.address.ts';
import { parseAddress } from './s7.address.ts';
import type { S7Point } from './s7.config.ts';
import { type Kind, kindOf } from './s7.decode.ts';
import { ANSWER_BYTES, ITEMS_MAX, type Item, REQUEST_BYTES, unitBytes } from './s7.frame.ts';

/** Unused bytes worth reading along: an item of its own costs 16 in request and answer. */
const GAP_BYTES_MAX = 16;
/** Requests that are still filled while items are dealt out. */
const OPEN_REQUESTS_MAX = 64;

/** One point's place; `index` is that in the configuration, `start` and `length` count bytes, or elements of counters and timers. */
export type Place = { index: number; kind: Kind; area: Area; db: number; start: number; length: number };
/** Neighbouring points that are read together. Only a block of one value may be longer than a PDU. */
export type Block = { area: Area; db: number; start: number; length: number; places: Place[] };
/** A block, or the part of one that begins `offset` bytes behind its start. */
export type Part = { block: Block; offset: number; item: Item };
/** What goes into one PDU. */
export type Request = { parts: Part[] };

/** Most data bytes that an answer of one item has room for. */
export const dataBytesMax = (pduBytes: number): number =>
  (pduBytes - ANSWER_BYTES.head - ANSWER_BYTES.item) & ~1;

/** The place of a point; the address has been checked by the schema. */
export function placeOf(point: S7Point, index: number): Place {
  const address = parseAddress(point.address);
  if (address === null) throw new Error(`${point.address} is not an address`);
  const { area, db, start } = address;
  const kind = kindOf(point);
  return { index, kind, area, db, start, length: kind.bytes / unitBytes(area) };
}

/** Places gathered into as few blocks as gaps and PDU allow, in the order of their addresses. */
export function planBlocks(places: readonly Place[], pduBytes: number): Block[] {
  const sorted = [...places].sort(
    (left, right) => left.area.localeCompare(right.area) || left.db - right.db || left.start - right.start,
  );
  const blocks: Block[] = [];
  for (const place of sorted) {
    const block = blocks.at(-1);
    if (block !== undefined && joins(block, place, dataBytesMax(pduBytes))) {
      block.length = Math.max(block.length, place.start + place.length - block.start);
      block.places.push(place);
    } else {
      blocks.push(blockOf([place]));
    }
  }
  return blocks;
}

function joins(block: Block, place: Place, bytesMax: number): boolean {
  const unit = unitBytes(block.area);
  return (
    block.area === place.area &&
    block.db === place.db &&
    (place.start - block.start - block.length) * unit <= GAP_BYTES_MAX &&
    (place.start + place.length - block.start) * unit <= bytesMax
  );
}

/** One block around places of one area in the order of their addresses. At least one place. */
function blockOf(places: Place[]): Block {
  const [first] = places;
  if (first === undefined) throw new Error('a block without places');
  const end = places.reduce((most, place) => Math.max(most, place.start + place.length), 0);
  return { area: first.area, db: first.db, start: first.start, length: end - first.start, places };
}

/**
 * Two smaller blocks for the same points, cut at the widest gap between them first: the end of a data block is most
 * often there. Only for blocks of at least two points.
 */
export function splitBlock(block: Block): Block[] {
  let cut = Math.ceil(block.places.length / 2);
  let widest = 0;
  block.places.forEach((place, index) => {
    const before = block.places[index - 1];
    const gap = before === undefined ? 0 : place.start - (before.start + before.length);
    if (gap > widest) [widest, cut] = [gap, index];
  });
  return [blockOf(block.places.slice(0, cut)), blockOf(block.places.slice(cut))];
}

/**
 * Blocks dealt out to as few requests as the PDU allows, the largest first into the first request with room. A block
 * longer than a PDU becomes several items. With `alone` each item has a request of its own.
 */
export function packRequests(blocks: readonly Block[], pduBytes: number, alone = false): Request[] {
  const parts = blocks
    .flatMap((block) => partsOf(block, dataBytesMax(pduBytes)))
    .sort((left, right) => right.item.length - left.item.length);
  const requests: Request[] = [];
  let open: { request: Request; asked: number; answered: number }[] = [];
  for (const part of parts) {
    const bytes = part.item.length * unitBytes(part.item.area);
    const costs = ANSWER_BYTES.item + bytes + (bytes % 2);
    let found = open.find(
      (each) =>
        each.request.parts.length < (alone ? 1 : ITEMS_MAX) &&
        each.asked + REQUEST_BYTES.item <= pduBytes &&
        each.answered + costs <= pduBytes,
    );
    if (found === undefined) {
      found = { request: { parts: [] }, asked: REQUEST_BYTES.head, answered: ANSWER_BYTES.head };
      requests.push(found.request);
      open = [...open.slice(1 - OPEN_REQUESTS_MAX), found];
    }
    found.request.parts.push(part);
    found.asked += REQUEST_BYTES.item;
    found.answered += costs;
  }
  return requests;
}

function partsOf(block: Block, bytesMax: number): Part[] {
  const unit = unitBytes(block.area);
  const most = Math.floor(bytesMax / unit);
  const parts: Part[] = [];
  for (let at = 0; at < block.length; at += most) {
    const { area, db } = block;
    const item = { area, db, start: block.start + at, length: Math.min(most, block.length - at) };
    parts.push({ block, offset: at * unit, item });
  }
  return parts;
}

/** The bytes of one place out of those of its block. */
export function bytesIn(block: Block, place: Place, bytes: Buffer): Buffer {
  const unit = unitBytes(block.area);
  const from = (place.start - block.start) * unit;
  return bytes.subarray(from, from + place.length * unit);
}
