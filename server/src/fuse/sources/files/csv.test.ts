import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvScanner } from './csv-scan.ts';
import { brief, GB, readTable, refusal } from './files.fixture.ts';
import { ROW_CHARACTERS_MAX } from './limits.ts';

const scan = (pieces: readonly string[], delimiter = ',') => {
  const rows: string[][] = [];
  const places: number[] = [];
  const problems: string[] = [];
  const scanner = createCsvScanner(
    { delimiter, newline: '\n' },
    {
      row(cells, place) {
        rows.push(cells);
        places.push(place);
      },
      problem: (rule, place) => void problems.push(`${rule} ${place}`),
    },
  );
  for (const [at, piece] of pieces.entries()) scanner.feed(piece, at === pieces.length - 1);
  return { rows, places, problems };
};

describe('a text with delimiters', () => {
  it('takes rare delimiters where they cut every line alike and the usual ones do not', async () => {
    const rare = await readTable(
      'id%title%authors\n1%Growth, in part%A. B, C. D\n2%More, again, of it%E. F\n3%Last%G. H, I. J, K. L',
    );
    expect(rare).toMatchObject({ columns: ['id', 'title', 'authors'], options: { delimiter: '%' } });
    const usual = await readTable('name,share\na,50%\nb,20%\nc,30%');
    expect(usual).toMatchObject({ columns: ['name', 'share'], options: { delimiter: ',' } });
    const alone = await readTable('share\n50%\n20%\n30%');
    expect(alone).toMatchObject({ columns: ['share'] });
  });

  it('keeps quotes, delimiters and line ends of quoted cells, and the true lines', async () => {
    const table = await readTable('名称,备注,数\r\n"a,""b""","一\r\n二",1\r\n\r\nc"d,"e"f,2\r\n"g" ,,3');
    expect(table).toMatchObject({
      columns: ['名称', '备注', '数'],
      rows: [
        ['a,"b"', '一\r\n二', '1'],
        ['c"d', 'ef', '2'],
        ['g', '', '3'],
      ],
      places: [2, 5, 6],
      problems: [],
      options: { format: 'csv', encoding: 'utf-8', delimiter: ',', headerRow: 1 },
    });
  });

  it('goes on behind a quote that is never closed', async () => {
    const open = await readTable('a,b\n1,x\n2,"open\n3,y\n4,z\n');
    expect(open.rows).toEqual([
      ['1', 'x'],
      ['2', '"open'],
      ['3', 'y'],
      ['4', 'z'],
    ]);
    expect(brief(open)).toEqual(['quote-open 3 b']);
    const quoted = await readTable('a,b\n1,x\n2,"open\n3,y\n4,"z"\n');
    expect(quoted.rows).toEqual([
      ['1', 'x'],
      ['2', '"open'],
      ['3', 'y'],
      ['4', 'z'],
    ]);
    expect(brief(quoted)).toEqual(['quote-open 3 b']);
  });

  it('tells rows that are too short, and too long ones unless what is more is empty', async () => {
    const table = await readTable('a,b,c\n1,2\n1,2,3,,\n1,2,3,4\n');
    expect(table.rows).toEqual([
      ['1', '2', undefined],
      ['1', '2', '3'],
      ['1', '2', '3'],
    ]);
    expect(brief(table)).toEqual(['cells-too-few 2 c', 'cells-too-many 4 -']);
  });

  it.each([
    [',', 'a,b\n1;5,2\n'],
    [';', 'a;b\n1,5;2,5\n'],
    ['\t', 'a\tb\n1,5\t2\n'],
    ['|', 'a|b\n1|2\n'],
    [';', 'sep=;\na;b\n1;2\n'],
  ])('finds the delimiter %j', async (delimiter, text) => {
    const table = await readTable(text);
    expect(table.options).toMatchObject({ delimiter });
    expect(table.columns).toEqual(['a', 'b']);
    expect(table.rows).toHaveLength(1);
  });

  it.each([
    ['utf-8', Buffer.from('\ufeff企业,名称\n南昌,1\n')],
    ['utf-8', Buffer.from('企业,名称\n南昌,1\n')],
    ['gb18030', GB('企业,名称\n南昌,1\n')],
    ['utf-16le', Buffer.from('\ufeff企业,名称\n南昌,1\n', 'utf16le')],
    ['utf-16le', Buffer.from('企业,名称\n南昌,1\n', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeff企业,名称\n南昌,1\n', 'utf16le').swap16()],
  ])('is read in %s', async (encoding, content) => {
    const table = await readTable(content);
    expect(table).toMatchObject({ columns: ['企业', '名称'], rows: [['南昌', '1']] });
    expect(table.options.encoding).toBe(encoding);
  });

  it('becomes GB 18030 when its first other character comes late', async () => {
    const lines = Buffer.from(`id,name\n${'1,abcdefghij\n'.repeat(200_000)}`);
    const table = await readTable(Buffer.concat([lines, GB('2,南昌\n')]));
    expect(table.rows.at(-1)).toEqual(['2', '南昌']);
    expect(table.places.at(-1)).toBe(200_002);
    expect(table.problems).toEqual([]);
  });

  it('tells where characters are broken, and stays UTF-8 for a few of them', async () => {
    const text = Buffer.from('企业,名称\n南昌,一\n南昌,二X\n南昌,三\n');
    text[text.indexOf('X')] = 0xff;
    const table = await readTable(text);
    expect(table.options.encoding).toBe('utf-8');
    expect(brief(table)).toEqual(['text-broken 3 名称']);
    expect(table.rows[1]).toEqual(['南昌', '二\uFFFD']);
  });

  it('reads lines of another encoding as what they are, and tells them, also where a piece ends within a stretch', async () => {
    const many = Buffer.concat([
      GB('企业,名称\n'),
      ...Array.from({ length: 60_000 }, (_, at) =>
        at % 20_000 < 10_000 ? GB(`${at},南昌名称\n`) : Buffer.from(`${at},南昌名称\n`),
      ),
    ]);
    const table = await readTable(many);
    expect(table.options.encoding).toBe('gb18030');
    expect(table.rows.every(([at, name], row) => at === String(row) && name === '南昌名称')).toBe(true);
    expect(table.problems.map(({ rule, place, text }) => `${rule} ${place} ${text}`)).toEqual([
      'text-other-encoding 10002 UTF-8: 10002–20001',
      'text-other-encoding 30002 UTF-8: 30002–40001',
      'text-other-encoding 50002 UTF-8: 50002–60001',
    ]);
  });

  it('tells a header that is broken, and few stretches of many', async () => {
    const header = Buffer.from('企业,名称X\n');
    header[header.indexOf('X')] = 0xff;
    const lines = Array.from({ length: 4_000 }, (_, at) =>
      at % 2 ? GB('南昌,名称\n') : Buffer.from('南昌,企业名称企业名称\n'),
    );
    const table = await readTable(Buffer.concat([header, ...lines]));
    expect(brief(table)[0]).toMatch(/^text-broken 1 .*\uFFFD$/);
    const told = table.problems.filter(({ rule }) => rule === 'text-other-encoding');
    expect(told).toHaveLength(1_001);
    expect(told.at(-1)).toMatchObject({ place: null, text: '+ 1000' });
  });

  it('leaves out a row that is too large and counts on', async () => {
    const table = await readTable(`a,b\n1,2\n${'x'.repeat(ROW_CHARACTERS_MAX * 1.5)}\n3,4\n`);
    expect(table.rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(table.places).toEqual([2, 4]);
    expect(brief(table)).toEqual(['row-too-large 3 -']);
  });

  it('with 1 200 columns works, with more than 5 000 it is refused', async () => {
    const wide = (count: number) => {
      const names = Array.from({ length: count }, (_, at) => `c${at}`).join(',');
      return `${names}\n${'1,'.repeat(count - 1)}1\n`;
    };
    const table = await readTable(wide(1_200));
    expect(table.columns).toHaveLength(1_200);
    expect(table.rows[0]).toHaveLength(1_200);
    expect(await refusal(wide(5_001))).toMatchObject({ code: 'SOURCE_TOO_LARGE' });
  });

  it('is given in pages that stay small, also when short rows meet a wide header', async () => {
    const table = await readTable(
      `${Array.from({ length: 4_000 }, (_, at) => `c${at}`).join(',')}\n${'x\n'.repeat(300)}`,
    );
    expect(table.rows).toHaveLength(300);
    expect(Math.max(...table.pages.map(({ rows }) => rows.length))).toBe(50);
  });

  it('can be read again from its beginning, with lines that end with CR', async () => {
    const table = await readTable('a,b\r1,2\r3,"4"\r');
    expect(table.rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});

describe('the scanner', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '中', ' '), maxLength: 6 });
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 });
  const cuts = fc.array(fc.nat(30), { maxLength: 40 });
  const cut = (text: string, lengths: readonly number[]): string[] => {
    let at = 0;
    const pieces = lengths.map((length) => {
      at += length;
      return text.slice(at - length, at);
    });
    return [...pieces, text.slice(at)];
  };

  it('reads what was written, however it is cut', () => {
    fc.assert(
      fc.property(rows, cuts, (rows, cuts) => {
        const text = rows
          .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        const read = scan(cut(text, cuts));
        expect(read.rows.map((row) => row.map((cell) => cell.trim()))).toEqual(
          rows.map((row) => row.map((cell) => cell.trim())),
        );
        expect(read.problems).toEqual([]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('reads any text the same, however it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '中'), maxLength: 80 });
    fc.assert(
      fc.property(text, cuts, (text, cuts) => {
        expect(scan(cut(text, cuts))).toEqual(scan([text]));
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('takes a time that grows with the text alone when quotes never fit', () => {
    const started = performance.now();
    const { rows } = scan([`x,"\n${'a","\n'.repeat(400_000)}`]);
    expect(rows.length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
