import { failed } from '../errors.ts';
import { createWalk, MoreNeeded, parseType, TypeUnknown, walkColumn } from './walk.ts';

/** From this revision of ClickHouse's protocol on a column says whether it is written in a way of its own. */
export const REVISION_OF_OWN_WAYS = 54_454;
/** What stands before a block: no overflow of a group, no bucket, the end. Source: BlockInfo of ClickHouse. */
const BLOCK_INFO = Uint8Array.of(1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0);
const NO_OWN_WAY = Uint8Array.of(0);
/** Most bytes of one block of the engine. */
const BLOCK_BYTES_MAX = 268_435_456;

/**
 * The Native format as clients read it that send `client_protocol_version`: every block has a head, and every column a byte more. The engine
 * writes neither, so that its blocks are walked over and the bytes put in.
 * @throws AppError SQL_FAILED NOT_IMPLEMENTED for a type whose values cannot be walked over (Variant, Dynamic, JSON, states of aggregates)
 */
export async function* withRevision(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  // tried again only when there is twice as much: a block is walked over from its beginning
  let enough = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < enough) continue;
    let rest: Uint8Array = Buffer.concat(waiting);
    for (let end = blockEnd(rest); end !== null; end = blockEnd(rest)) {
      yield Buffer.concat(end.parts);
      rest = rest.subarray(end.at);
    }
    waiting = [rest];
    size = rest.length;
    enough = size * 2;
    if (size > BLOCK_BYTES_MAX)
      throw failed(48, 'NOT_IMPLEMENTED', 'A block of the Native format is too large');
  }
  let rest: Uint8Array = Buffer.concat(waiting);
  for (let end = blockEnd(rest); end !== null; end = blockEnd(rest)) {
    yield Buffer.concat(end.parts);
    rest = rest.subarray(end.at);
  }
  // what is no block is the text of an error at the end of an answer
  if (rest.length > 0) yield rest;
}

/** The first block with what is put into it, and where it ends; null when it is not whole. */
function blockEnd(data: Uint8Array): { at: number; parts: Uint8Array[] } | null {
  if (data.length === 0) return null;
  const parts: Uint8Array[] = [BLOCK_INFO];
  try {
    const walk = createWalk(data);
    const [columns, rows] = [walk.size(), walk.size()];
    let from = 0;
    for (let column = 0; column < columns; column++) {
      walk.text();
      const type = parseType(walk.text());
      parts.push(data.subarray(from, walk.at), NO_OWN_WAY);
      from = walk.at;
      walkColumn(walk, type, rows);
    }
    parts.push(data.subarray(from, walk.at));
    return { at: walk.at, parts };
  } catch (error) {
    if (error instanceof MoreNeeded) return null;
    if (error instanceof TypeUnknown)
      throw failed(
        48,
        'NOT_IMPLEMENTED',
        `The type ${error.message} is not written in this revision of the Native format`,
      );
    throw error;
  }
}
