import { describe, expect, it } from 'vitest';
import { brief, readTable, refusal } from './files.fixture.ts';
import { ROW_CHARACTERS_MAX } from './limits.ts';

describe('a JSON document', () => {
  it.each([
    ['[{"a":1,"b":null},{"b":"x","c":[1,{"d":2}]}]', undefined, undefined],
    [
      '{"code":0,"data":{"total":2,"list":[{"a":1,"b":null},{"b":"x","c":[1,{"d":2}]}]}}',
      undefined,
      'data.list',
    ],
    [
      '{"none":[],"rows":[{"z":1}],"x":{"list":[{"a":1,"b":null},{"b":"x","c":[1,{"d":2}]}]}}',
      'x.list',
      'x.list',
    ],
  ])('gives its list %s', async (text, told, itemsField) => {
    const table = await readTable(text, 'a.json', told === undefined ? {} : { itemsField: told });
    expect(table).toMatchObject({ columns: ['a', 'b', 'c'], places: [1, 2], problems: [] });
    expect(table.rows).toEqual([
      [1, null, undefined],
      [undefined, 'x', [1, { d: 2 }]],
    ]);
    expect(table.options.itemsField).toBe(itemsField);
  });

  it('tells items that are no objects and goes on', async () => {
    const table = await readTable('[{"a":1},7,{"a":x},{"a":"]}\\""}]', 'a.json');
    expect(table.rows).toEqual([[1], [']}"']]);
    expect(table.places).toEqual([1, 4]);
    expect(brief(table)).toEqual(['json-broken 2 -', 'json-broken 3 -']);
  });

  it('keeps all digits of long numbers and no more than it needs of names', async () => {
    const table = await readTable(
      '[{"id":913601000000000012,"t":"913601000000000012","__proto__":1,"constructor":2}]',
      'a.json',
    );
    expect(table.columns).toEqual(['id', 't', '__proto__', 'constructor']);
    expect(table.rows).toEqual([['913601000000000012', '913601000000000012', 1, 2]]);
  });

  it.each([
    ['[{"a":1},{"a":2', 'ends after record 2'],
    ['{"data":[{"a":1}}', 'broken near record 1'],
    ['{"data":{"a":1}}', 'no list'],
    ['[{"a":1}', 'ends after record 1'],
  ])('that is not whole is refused: %s', async (text, reason) => {
    expect(await refusal(text, 'a.json')).toMatchObject({
      code: 'TABLE_UNREADABLE',
      reason: expect.stringContaining(reason),
    });
  });

  it('of many pages is streamed; fields may differ from page to page', async () => {
    const items = Array.from({ length: 5_000 }, (_, at) => (at < 2_500 ? { a: at } : { b: at }));
    const table = await readTable(JSON.stringify({ rows: items }), 'a.json');
    expect(table.rows).toHaveLength(5_000);
    expect(table.pages.map(({ columns }) => columns)).toEqual([['a'], ['a', 'b'], ['b']]);
  });

  it('leaves out an item that is too large', async () => {
    const table = await readTable(
      `[{"a":1},{"a":"${'x'.repeat(ROW_CHARACTERS_MAX + 1)}"},{"a":3}]`,
      'a.json',
    );
    expect(table.rows).toEqual([[1], [3]]);
    expect(brief(table)).toEqual(['row-too-large 2 -']);
  });

  it('without items is a table without rows', async () => {
    expect(await readTable('[]', 'a.json')).toMatchObject({ rows: [], columns: [] });
  });
});

describe('lines of JSON', () => {
  it('are read whatever the file is called, broken ones told', async () => {
    const table = await readTable('{"a":1}\n\n{"a":2,"b":"二"}\r\nnot\n[1]\n{"a":3}', 'export.json');
    expect(table.options.format).toBe('jsonl');
    expect(table.rows).toEqual([
      [1, undefined],
      [2, '二'],
      [3, undefined],
    ]);
    expect(table.places).toEqual([1, 3, 6]);
    expect(brief(table)).toEqual(['json-broken 4 -', 'json-broken 5 -']);
  });

  it('of the spool mark what is deleted; a damaged line is no half delivery', async () => {
    const table = await readTable('{"r":{"a":1}}\n{"d":{"a":2}}\n', 'rows', { format: 'rows' });
    expect(table.rows).toEqual([[1], [2]]);
    expect([...(table.pages[0]?.deleted ?? [])]).toEqual([1]);
    expect(await refusal('{"r":{"a":1}}\n{"r":{"a', 'rows', { format: 'rows' })).toMatchObject({
      code: 'TABLE_UNREADABLE',
      reason: expect.stringContaining('line 2'),
    });
    expect(await readTable('', 'rows', { format: 'rows' })).toMatchObject({ rows: [], columns: [] });
  });

  it('as ClickHouse writes them have their names first', async () => {
    const text = '["id","名称"]\n[12345678901234567890,"a"]\n[2,null]\n';
    const table = await readTable(text, 'part', { format: 'compact' });
    expect(table).toMatchObject({
      columns: ['id', '名称'],
      rows: [
        ['12345678901234567890', 'a'],
        [2, null],
      ],
    });
    expect(table.places).toEqual([2, 3]);
    expect(await refusal('["a"]\n[1,2]\n', 'part', { format: 'compact' })).toMatchObject({
      reason: expect.stringContaining('line 2'),
    });
  });
});
