import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackParts } from './zip.ts';

type Part = { name: string; content: Buffer; claimed?: number; method?: number; flags?: number };

/** A ZIP file of deflated parts, each of which may claim another size than it has. */
function zipOf(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claimed, method = 8, flags = 0 } of parts) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const local = Buffer.alloc(31);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(1, 26);
    local.write(name, 30, 1);
    const entry = Buffer.alloc(47);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claimed ?? content.length, 24);
    entry.writeUInt16LE(1, 28);
    entry.writeUInt32LE(offset, 42);
    entry.write(name, 46, 1);
    locals.push(local, packed);
    entries.push(entry);
    offset += local.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...entries, end]);
}

describe('what a ZIP file really unpacks to', () => {
  const million = Buffer.alloc(1_000_000);
  const unpack = (content: Buffer, bytesMax: number) =>
    unpackParts(content, { wanted: () => true, bytesMax });

  it('is handed out within a bound over all wanted parts', async () => {
    const two = zipOf([
      { name: 'a', content: Buffer.from('first') },
      { name: 'b', content: million },
    ]);
    expect((await unpack(two, 1_000_005))?.get('a')?.toString()).toBe('first');
    expect(await unpack(two, 1_000_004)).toBeNull();
    const only = await unpackParts(two, { wanted: (name) => name === 'a', bytesMax: 5 });
    expect([...(only?.keys() ?? [])]).toEqual(['a']);
    expect(
      (await unpack(zipOf([{ name: 'a', content: million, method: 0 }]), 1_000_000))?.get('a'),
    ).toHaveLength(1_000_000);
    expect((await unpack(zipOf([]), 0))?.size).toBe(0);
  });

  it('does not believe a part that claims to be small', async () => {
    const bomb = zipOf([{ name: 'a', content: Buffer.alloc(200_000_000), claimed: 100 }]);
    expect(bomb.length).toBeLessThan(300_000);
    expect(await unpack(bomb, 64_000_000)).toBeNull();
  });

  it('refuses what it cannot unpack', async () => {
    expect(await unpack(zipOf([{ name: 'a', content: million, method: 12 }]), 1e9)).toBeNull();
    expect(await unpack(zipOf([{ name: 'a', content: million, flags: 1 }]), 1e9)).toBeNull();
    expect(await unpack(Buffer.from('PK\u0003\u0004 and nothing more'), 1e9)).toBeNull();
    const damaged = zipOf([{ name: 'a', content: Buffer.from('x'.repeat(5_000)) }]);
    for (let length = 0; length < damaged.length; length += 1)
      expect(await unpack(damaged.subarray(0, length), 1e9)).toBeNull();
    damaged.fill(0xff, 31, 40);
    expect(await unpack(damaged, 1e9)).toBeNull();
  });
});
