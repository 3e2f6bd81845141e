import { rm } from 'node:fs/promises';
import type { Files } from '#platform/files/files.ts';
import type { Delivered, Spool } from './delivery.ts';
import { createSpool } from './files/spool.service.ts';

/** The folder of one run: what was delivered, and while it is landed the chunks for the engine. */
export const runFolder = (files: Files, run: string): Promise<string> => files.folder('fuse', 'runs', run);

/**
 * Lets `fill` write a delivery into an emptied folder and closes it: only then is it whole. A failure leaves nothing.
 * @returns what the filler said, and the size of the delivery in bytes
 */
export async function fillSpool(
  folder: string,
  fill: (spool: Spool) => Promise<Delivered>,
): Promise<{ delivered: Delivered; bytes: number }> {
  await rm(folder, { recursive: true, force: true });
  const spool = createSpool(folder);
  try {
    const delivered = await fill(spool);
    const parts = await spool.close();
    return { delivered, bytes: parts.reduce((sum, part) => sum + part.bytes, 0) };
  } catch (error) {
    await spool.abandon();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
