import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#platform/log/log.ts';
import { columnsOfRows, packColumns } from './columns.ts';
import { decodeFrame, encodeFrame, type Frame } from './frame.ts';
import { type Journal, openJournal, type Position } from './journal.store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openJournal(folder, silentLog());
const files = () => readdirSync(folder).sort();
async function read(journal: Journal): Promise<string[]> {
  const texts: string[] = [];
  await journal.replay((content) => texts.push(content.toString()));
  return texts;
}
async function fill(texts: readonly string[]): Promise<Position[]> {
  const journal = await open();
  const positions = await Promise.all(texts.map((text) => journal.append([Buffer.from(text)])));
  await journal.close();
  return positions;
}

describe('the journal', () => {
  it('gives back what was appended, in order, and only what former runs left', async () => {
    const positions = await fill(['one', 'two', '']);
    expect(positions.map(({ offset }) => offset)).toEqual([0, 11, 22]);
    const journal = await open();
    expect(await read(journal)).toEqual(['one', 'two', '']);
    await journal.append([Buffer.from('three')]);
    await journal.close();
    const again = await open();
    expect(await read(again)).toEqual(['one', 'two', '', 'three']);
    await again.close();
  });

  it.each([1, 4, 7, 8, 9, 10])(
    'forgets a record that was never finished (%i bytes missing)',
    async (missing) => {
      await fill(['kept', 'torn']);
      const [name = ''] = files();
      const path = join(folder, name);
      truncateSync(path, readFileSync(path).length - missing);
      const journal = await open();
      expect(await read(journal)).toEqual(['kept']);
      await journal.append([Buffer.from('next')]);
      await journal.close();
      const again = await open();
      expect(await read(again)).toEqual(['kept', 'next']);
      await again.close();
    },
  );

  it('keeps what stands before damage and puts the file aside for a person', async () => {
    const positions = await fill(['good', 'bad', 'behind']);
    const [name = ''] = files();
    const path = join(folder, name);
    const bytes = readFileSync(path);
    bytes[(positions[1]?.offset ?? 0) + 8] = 0x21;
    writeFileSync(path, bytes);
    const journal = await open();
    expect(await read(journal)).toEqual(['good']);
    await journal.close();
    expect(files()).toEqual([`${name}.damaged`]);
  });

  it('takes a length that cannot be for the end', async () => {
    await fill(['good']);
    const [name = ''] = files();
    appendFileSync(join(folder, name), Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5]));
    const journal = await open();
    expect(await read(journal)).toEqual(['good']);
    await journal.close();
  });

  it('deletes segments that lie before what is needed, and everything at the end', async () => {
    await fill(['a']);
    await fill(['b']);
    const journal = await open();
    const position = await journal.append([Buffer.from('c')]);
    expect(files()).toHaveLength(3);
    await journal.release(position);
    expect(files()).toHaveLength(1);
    await journal.release({ segment: Number.POSITIVE_INFINITY, offset: 0 });
    expect(files()).toEqual([]);
    expect((await journal.append([Buffer.from('d')])).segment).toBeGreaterThan(position.segment);
    await journal.close();
  });

  it('never uses the number of a segment again, not even when all of them are gone', async () => {
    const first = await open();
    const { segment } = await first.append([Buffer.from('stored')]);
    await first.release({ segment: Number.POSITIVE_INFINITY, offset: 0 });
    await first.close();
    const again = await openJournal(folder, silentLog(), segment);
    expect((await again.append([Buffer.from('new')])).segment).toBe(segment + 1);
    await again.close();
  });

  it('tells everybody of a group when the disk refuses, and goes on afterwards', async () => {
    const journal = await open();
    await journal.append([Buffer.from('before')]);
    // The next segment cannot be begun in a folder that is gone.
    await journal.release({ segment: Number.POSITIVE_INFINITY, offset: 0 });
    rmSync(folder, { recursive: true });
    const both = await Promise.allSettled([
      journal.append([Buffer.from('x')]),
      journal.append([Buffer.from('y')]),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await openJournal(folder, silentLog());
    await journal.append([Buffer.from('after')]);
    await journal.close();
    const again = await open();
    expect(await read(again)).toEqual(['after']);
    await again.close();
  });
});

describe('a frame', () => {
  const row = { series: 3, timeUs: 5_000_001, quality: 1 };
  const frame = (rows: number): Frame => ({
    organisation: 'jx.铜',
    door: 'line-protocol',
    source: null,
    batch: null,
    receivedMs: 1_700_000_000_123,
    columns: packColumns(
      columnsOfRows(
        Array.from({ length: rows }, (_, index) => ({
          series: index + 1,
          timeUs: index * 10 ** 12,
          value: index === 1 ? Number.NaN : index / 3,
          quality: index % 3,
          reason: '',
        })),
      ),
    ),
    texts: [{ ...row, value: '文字', reason: '' }],
    reasoned: [
      { ...row, value: Number.NaN, reason: 'stale' },
      { ...row, value: -0.5, reason: 'clamped' },
    ],
  });

  const dataOf = ({ columns: { release: _, ...columns }, ...rest }: Frame) => ({ ...rest, columns });

  it.each([0, 1, 2, 7, 1000])('comes back as it went in (%i rows)', (rows) => {
    const wanted = frame(rows);
    const parts = encodeFrame(wanted);
    expect(dataOf(decodeFrame(Buffer.concat(parts)))).toEqual(dataOf(wanted));
    expect(parts[1]).toBe(wanted.columns.bytes);
  });

  it('is refused when it is longer or shorter than it says', () => {
    const bytes = Buffer.concat(encodeFrame(frame(7)));
    expect(() => decodeFrame(bytes.subarray(0, -1))).toThrow(/says it has/);
    expect(() => decodeFrame(Buffer.concat([bytes, Buffer.alloc(8)]))).toThrow(/says it has/);
  });

  it('refuses bytes that are none, without breaking anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => decodeFrame(Buffer.from(bytes))).toThrow();
      }),
    );
  });
});
