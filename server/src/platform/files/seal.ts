import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from '#platform/files/files.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/**
 * Seals small secrets (credentials of other systems) at rest: AES-256-GCM (NIST SP 800-38D) with a key file of mode 0600
 * in `<data>/secrets`, made on first use. `purpose` is bound in: a sealed text moved to another row does not open.
 */
export type Sealer = {
  seal(text: string, purpose: string): Promise<string>;
  /** @throws Error when it was altered, moved, or sealed with another key */
  open(sealed: string, purpose: string): Promise<string>;
};

export function createSealer(files: Files): Sealer {
  let reading: Promise<Buffer> | undefined;
  const key = () => {
    reading ??= readOrMakeKey(files);
    // a failed read must not be remembered, the next call tries again
    reading.catch(() => {
      reading = undefined;
    });
    return reading;
  };
  return {
    async seal(text, purpose) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', await key(), nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    async open(sealed, purpose) {
      const [version, body = ''] = sealed.split('.');
      const bytes = Buffer.from(body, 'base64url');
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed text');
      const decipher = createDecipheriv('aes-256-gcm', await key(), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    },
  };
}

async function readOrMakeKey(files: Files): Promise<Buffer> {
  const folder = await files.folder('secrets');
  const path = join(folder, 'seal.key');
  const found = await readKey(path);
  if (found) return found;
  // written aside and linked, so that of two processes one key wins and nobody reads half a file
  const draft = join(folder, `seal.${randomBytes(6).toString('hex')}.draft`);
  await writeFile(draft, randomBytes(KEY_BYTES).toString('base64'), { mode: 0o600, flag: 'wx' });
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const made = await readKey(path);
  if (!made) throw new Error(`the key file ${path} cannot be read`);
  return made;
}

async function readKey(path: string): Promise<Buffer | null> {
  try {
    const key = Buffer.from(await readFile(path, 'utf8'), 'base64');
    if (key.length !== KEY_BYTES) throw new Error(`the key file ${path} is damaged`);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
