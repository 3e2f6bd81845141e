import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { Answer, AnswerSummary } from '../gateway/gateway.ts';
import { inBlocks } from './blocks/blocks.ts';
import { inLz4Frame } from './blocks/lz4-frame.ts';
import { exceptionTail } from './errors.ts';
import { contentTypeOf } from './formats.data.ts';
import { REVISION_OF_OWN_WAYS, withRevision } from './native/revision.ts';
import type { OpenHead } from './progress.service.ts';
import { type Asked, type Encoding, encodingFor } from './request.ts';

/** Answers up to this size that somebody wants whole (`wait_end_of_query`) are held; larger ones are sent as they come. */
const HELD_BYTES_MAX = 8_388_608;
const WRITE_BYTES = 131_072;

export type Sending = {
  request: IncomingMessage;
  response: ServerResponse;
  answer: Answer;
  asked: Asked;
  tag: string;
  /** ends the headers of progress; what was begun of them must be gone on with */
  headOf: () => OpenHead | null;
  onFail: (error: unknown) => { text: string };
};

/**
 * Sends an answer in the format, blocks and encoding that were asked for. An error before the first byte is thrown; a later one stands at the
 * end of the answer, and the connection is cut, so that it does not look complete to a client that knows nothing of tags.
 */
export async function send(sending: Sending): Promise<void> {
  const { request, response, answer, asked, tag, headOf, onFail } = sending;
  const chunks =
    answer.format === 'Native' && asked.revision >= REVISION_OF_OWN_WAYS
      ? withRevision(answer.chunks)
      : answer.chunks;
  const iterator = chunks[Symbol.asyncIterator]();
  const held = await firstChunks(iterator, asked.waitForEnd ? HELD_BYTES_MAX : 0);
  const head = headOf();
  response.setHeader('Content-Type', contentTypeOf(answer.format));
  response.setHeader('X-ClickHouse-Format', answer.format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  if (answer.sandbox) response.setHeader('X-Data-Sandbox', '1');
  response.setHeader('X-ClickHouse-Summary', summaryText(answer.summary()));
  if (asked.progressEveryMs !== null && head === null)
    response.setHeader('X-ClickHouse-Progress', summaryText(answer.summary()));
  const encoding = asked.compression ? encodingFor(String(request.headers['accept-encoding'] ?? '')) : null;
  if (encoding !== null) response.setHeader('Content-Encoding', encoding);
  if (request.method === 'HEAD') {
    await iterator.return?.();
    return void response.writeHead(200).end();
  }
  let broken = false;
  const plain = bytesOf(iterator, held, (error) => {
    broken = true;
    return Buffer.from(exceptionTail(tag, onFail(error).text));
  });
  const bytes = encoding === 'lz4' ? inLz4Frame(blocksWhere(asked, plain)) : blocksWhere(asked, plain);
  const body = Readable.from(bytes, { objectMode: false, highWaterMark: WRITE_BYTES });
  const target = head === null ? response.writeHead(200) : head.socket;
  const steps = [compressor(encoding), head?.body() ?? null].filter((step) => step !== null);
  try {
    await pipeline([body, ...steps, target], { end: false });
  } catch {
    // the caller went away: the answer is ended by `bytesOf`
    target.destroy();
    return;
  }
  if (broken) target.write('', () => target.destroy());
  else target.end();
}

/** Blocks are made of all that is sent, also of an error at its end. */
const blocksWhere = ({ blocks }: Asked, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  blocks ? inBlocks(bytes) : bytes;

/** Takes chunks until the end when all of it may be held, else until there is more than `bytesMax`. At least one. */
async function firstChunks(iterator: AsyncIterator<Uint8Array>, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  do {
    const step = await iterator.next();
    if (step.done) return { chunks, ended: true };
    chunks.push(step.value);
    size += step.value.length;
  } while (size <= bytesMax);
  return { chunks, ended: false };
}

async function* bytesOf(
  iterator: AsyncIterator<Uint8Array>,
  { chunks, ended }: { chunks: readonly Uint8Array[]; ended: boolean },
  tail: (error: unknown) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let over = ended;
  try {
    yield* chunks;
    while (!over) {
      const step = await iterator.next();
      if (step.done) over = true;
      else yield step.value;
    }
  } catch (error) {
    over = true;
    yield tail(error);
  } finally {
    if (!over) await iterator.return?.();
  }
}

function compressor(encoding: Encoding | null): Transform | null {
  if (encoding === 'gzip') return createGzip({ level: 1 });
  if (encoding === 'deflate') return createDeflate({ level: 1 });
  return encoding === 'br' ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }) : null;
}

export const summaryText = ({ rowsRead, bytesRead, rows, bytes, elapsedNs }: AnswerSummary): string =>
  JSON.stringify({
    read_rows: String(rowsRead),
    read_bytes: String(bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: String(rows),
    result_bytes: String(bytes),
    elapsed_ns: String(elapsedNs),
  });
