import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeWorkbook } from '../testing/source-system.ts';
import { inflatedBytes } from './zip.ts';

/** A ZIP file of one entry that claims a size. */
function zipOf(claimed: number): Buffer {
  const body = deflateRawSync(Buffer.alloc(10));
  const local = Buffer.alloc(31);
  local.writeUInt32LE(0x04034b50, 0);
  const entry = Buffer.alloc(47);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(claimed, 24);
  entry.writeUInt16LE(1, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + body.length, 16);
  return Buffer.concat([local, body, entry, end]);
}

test('the sizes a file claims for its parts are added up', () => {
  expect(inflatedBytes(zipOf(5_000_000))).toBe(5_000_000);
  expect(inflatedBytes(zipOf(0xffffffff))).toBe(Number.POSITIVE_INFINITY);
  expect(inflatedBytes(Buffer.from('no zip file at all, only text'))).toBe(0);
  expect(inflatedBytes(Buffer.alloc(0))).toBe(0);
});

test('a real workbook claims more than it has packed and far less than the limit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-zip-'));
  try {
    await writeWorkbook(folder, 'a.xlsx', {
      rows: Array.from({ length: 500 }, (_, id) => ({ id, name: '同样的内容' })),
    });
    const content = await readFile(join(folder, 'a.xlsx'));
    const bytes = inflatedBytes(content);
    expect(bytes).toBeGreaterThan(content.length);
    expect(bytes).toBeLessThan(1_000_000);
  } finally {
    await rm(folder, { recursive: true });
  }
});
