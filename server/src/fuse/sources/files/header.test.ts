import { describe, expect, it } from 'vitest';
import { brief, readTable, workbook } from './files.fixture.ts';

const csv = (...lines: string[]) => readTable(lines.join('\n'));

describe('the header of a text', () => {
  it('stands below titles, empty lines and notes', async () => {
    const table = await csv(
      '2024年企业情况表,,,',
      '',
      '填报单位：某某局,,,单位：万元',
      '企业名称,产值,人数,日期',
      '甲厂,1.5,20,2024-01-01',
      '乙厂,2,30,2024-01-02',
    );
    expect(table.options.headerRow).toBe(4);
    expect(table.columns).toEqual(['企业名称', '产值', '人数', '日期']);
    expect(table.rows).toHaveLength(2);
    expect(table.places).toEqual([5, 6]);
  });

  it('takes units and column numbers below it as its own', async () => {
    const table = await csv(
      '企业名称,产值,用电,人数',
      ',万元,（kWh）,人',
      '甲,1,2,3',
      'a厂,1.5,20,7',
      'b厂,2,30,8',
    );
    expect(table.columns).toEqual(['企业名称', '产值（万元）', '用电（kWh）', '人数（人）']);
    expect(table.rows).toEqual([
      ['a厂', '1.5', '20', '7'],
      ['b厂', '2', '30', '8'],
    ]);
    expect(brief(table)[0]).toBe('header-merged 1 产值（万元）');
  });

  it('of two lines is joined over its gaps', async () => {
    const table = await csv('企业,产值,,能耗,', ',本月,累计,本月,累计', 'a厂,1,2,3,4', 'b厂,2,3,4,5');
    expect(table.columns).toEqual(['企业', '产值/本月', '产值/累计', '能耗/本月', '能耗/累计']);
    expect(table.rows).toHaveLength(2);
  });

  it('names what is empty or repeated', async () => {
    const table = await csv('名称,金额,,金额', 'a,1,2,3', 'b,4,5,6');
    expect(table.columns).toEqual(['名称', '金额', '列C', '金额_2']);
    expect(brief(table)).toEqual(['header-empty 1 列C', 'header-repeated 1 金额_2']);
  });

  it('is missing when the first row is like those below it', async () => {
    const table = await csv(
      '91360100MA35000001,甲厂,12',
      '91360100MA35000002,乙厂,13',
      '91360100MA35000003,丙厂,14',
    );
    expect(table.options.headerRow).toBe(0);
    expect(table.columns).toEqual(['列A', '列B', '列C']);
    expect(table.rows).toHaveLength(3);
  });

  it.each([
    ['years', '指标,2022,2023,2024', '产值,1,2,3'],
    ['months', '企业,2024-01,2024-02,2024-03', '甲,1,2,3'],
    ['texts alone', '企业,城市,行业', '甲,南昌,钢铁'],
    ['one column', '企业名称', '甲'],
    ['a name that holds a number', 'x1,x2,x3', '1,2,3'],
  ])('may hold %s', async (_, header, row) => {
    const table = await csv(header, row, row.replaceAll('1', '4').replaceAll('甲', '乙'));
    expect(table.options.headerRow).toBe(1);
    expect(table.columns).toEqual(header.split(','));
  });

  it('stands where it is said to', async () => {
    const text = 'a,b\nc,d\n1,2\n';
    expect((await readTable(text, 't.csv', { headerRow: 2 })).columns).toEqual(['c', 'd']);
    const none = await readTable(text, 't.csv', { headerRow: 0 });
    expect(none.columns).toEqual(['列A', '列B']);
    expect(none.rows).toHaveLength(3);
    await expect(readTable(text, 't.csv', { headerRow: 9 })).rejects.toMatchObject({
      code: 'TABLE_UNREADABLE',
      message: expect.stringContaining('row 9'),
    });
  });

  it('alone is a table without rows', async () => {
    expect(await csv('企业名称,产值')).toMatchObject({
      columns: ['企业名称', '产值'],
      rows: [],
      problems: [],
    });
  });

  it('is followed by rows of which notes are left out and totals are not', async () => {
    const table = await csv(
      '企业,产值,人数',
      'a厂,1,2',
      '合计,1,2',
      '注：本表不含规下企业,,',
      '填表人：张三,,审核：李四',
      '',
    );
    expect(table.rows.map(([first]) => first)).toEqual(['a厂', '合计']);
    expect(table.problems).toEqual([]);
  });
});

describe('the header of a sheet', () => {
  it('of merged cells is joined to names of two and three lines', async () => {
    const table = await readTable(
      workbook(
        [
          ['2024年工业企业主要指标', null, null, null, null, null],
          ['企业名称', '产值', null, '能耗', null, null],
          [null, '本月', '累计', '电', null, '煤'],
          [null, null, null, '峰', '谷', null],
          ['a厂', 1, 2, 3, 4, 5],
          ['b厂', 2, 3, 4, 5, 6],
        ],
        ['A1:F1', 'A2:A4', 'B2:C2', 'D2:F2', 'B3:B4', 'C3:C4', 'D3:E3', 'F3:F4'],
      ),
      'book.xlsx',
    );
    expect(table.columns).toEqual([
      '企业名称',
      '产值/本月',
      '产值/累计',
      '能耗/电/峰',
      '能耗/电/谷',
      '能耗/煤',
    ]);
    expect(table.rows).toEqual([
      ['a厂', 1, 2, 3, 4, 5],
      ['b厂', 2, 3, 4, 5, 6],
    ]);
    expect(table.places).toEqual([5, 6]);
    expect(brief(table).filter((text) => text.startsWith('header-merged'))).toHaveLength(5);
  });

  it('is found between a title and a line of units', async () => {
    const table = await readTable(
      workbook([
        [null, '情况表', null],
        [null, null, '单位：万元'],
        ['企业', '产值', '利润'],
        [null, '万元', '万元'],
        ['a厂', 1, 2],
        ['注：含税', null, null],
      ]),
    );
    expect(table.columns).toEqual(['企业', '产值（万元）', '利润（万元）']);
    expect(table.rows).toEqual([['a厂', 1, 2]]);
  });
});
