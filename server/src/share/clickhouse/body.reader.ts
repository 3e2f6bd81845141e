import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '#platform/errors/errors.ts';
import { readBlocks } from './blocks/blocks.ts';
import { failed } from './errors.ts';

/** Longest query in a body, before and after decompression. */
export const QUERY_BYTES_MAX = 1_048_576;
/** Times that a body may become larger, once it is larger than a small one. */
const RATIO_MAX = 1_000;
const RATIO_FREE_BYTES = 65_536;

const INFLATE: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * The bytes of a request's body, out of its encoding and, where it is in ClickHouse's blocks, out of these. Bytes are counted as they come
 * out of decompression, so that a small bomb stops at the limit.
 * @throws AppError REQUEST_TOO_LARGE, REQUEST_NOT_UNDERSTOOD (encoding unknown, cut short), SQL_FAILED as `readBlocks`
 */
export async function readBody(
  request: IncomingMessage,
  { blocks }: { blocks: boolean },
): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const open = Object.hasOwn(INFLATE, encoding) ? INFLATE[encoding] : undefined;
  if (encoding !== 'identity' && encoding !== '' && !open) throw new AppError('REQUEST_NOT_UNDERSTOOD');
  const bytes = await (open ? collectOpened(request, open()) : collect(request));
  return blocks ? readBlocks(bytes, QUERY_BYTES_MAX) : bytes;
}

/** @throws AppError REQUEST_NOT_UNDERSTOOD for what is not UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
  }
}

/**
 * The fields of a `multipart/form-data` body, where clients put a query and parameters that are too long for an address.
 * @throws AppError REQUEST_NOT_UNDERSTOOD for a body that is none, SQL_FAILED NOT_IMPLEMENTED for a file: a table of the caller's own
 */
export async function formOf(
  bytes: Uint8Array,
  contentType: string,
): Promise<[name: string, value: string][]> {
  const form = await new Response(Uint8Array.from(bytes), { headers: { 'content-type': contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
    });
  return [...form].map(([name, value]) => {
    if (typeof value !== 'string') throw failed(48, 'NOT_IMPLEMENTED', 'External tables are not taken');
    return [name, value];
  });
}

function collectOpened(request: IncomingMessage, opener: Transform): Promise<Buffer> {
  let taken = 0;
  request.on('data', (chunk: Buffer) => {
    taken += chunk.length;
  });
  return collect(
    pipeline(request, opener, () => {}),
    (size) => size > RATIO_FREE_BYTES && size > taken * RATIO_MAX,
  );
}

async function collect(source: Readable, swells: (size: number) => boolean = () => false): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > QUERY_BYTES_MAX || swells(size)) throw new AppError('REQUEST_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
  }
  return Buffer.concat(chunks);
}
