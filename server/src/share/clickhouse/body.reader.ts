import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '#platform/errors/errors.ts';

/** Longest query in a body, after decompression. */
export const QUERY_BYTES_MAX = 1_048_576;

const INFLATE: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * The text of a request's body. Bytes are counted as they come out of decompression, so that a small bomb stops at the limit.
 * @throws AppError REQUEST_TOO_LARGE, REQUEST_NOT_UNDERSTOOD (encoding unknown, cut short, not UTF-8)
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const open = Object.hasOwn(INFLATE, encoding) ? INFLATE[encoding] : undefined;
  if (encoding !== 'identity' && encoding !== '' && !open) throw new AppError('REQUEST_NOT_UNDERSTOOD');
  const bytes = await collect(open ? pipeline(request, open(), () => {}) : request);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
  }
}

async function collect(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > QUERY_BYTES_MAX) throw new AppError('REQUEST_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
  }
  return Buffer.concat(chunks);
}
