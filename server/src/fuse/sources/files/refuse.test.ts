import { describe, expect, it } from 'vitest';
import { AppError, errorBody } from '#platform/errors/errors.ts';
import { readTable, refusal, zipOf } from './files.fixture.ts';

const ole = (stream: string): Buffer =>
  Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le')]);

describe('what is no table', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'a.xlsx', 'empty'],
    ['blank lines', Buffer.from('\n\n  \n'), 'a.csv', 'no table'],
    ['an old Excel file', ole('Workbook'), 'a.xls', '.xlsx'],
    ['a protected workbook', ole('EncryptedPackage'), 'a.xlsx', 'password'],
    ['an old document', ole('WordDocument'), 'a.doc', 'Word'],
    ['a binary workbook', zipOf({ 'xl/workbook.bin': '' }), 'a.xlsb', 'xlsb'],
    ['a document', zipOf({ 'word/document.xml': '' }), 'a.docx', 'Word'],
    ['a ZIP file', zipOf({ 'a.csv': 'a,b' }), 'a.zip', 'unpack it'],
    ['a PDF', Buffer.from('%PDF-1.7\n%\xe2'), 'a.csv', 'PDF'],
    ['a picture', Buffer.from('\x89PNG\r\n', 'latin1'), 'a.xlsx', 'PNG'],
    ['an archive', Buffer.from('Rar!\x1a\x07'), 'a.csv', 'RAR'],
    ['a web page', Buffer.from('\ufeff<html xmlns:o="urn"><table>'), 'a.xls', 'HTML'],
    ['XML Spreadsheet 2003', Buffer.from('<?xml version="1.0"?><Workbook>'), 'a.xls', 'XML'],
    ['rubbish', Buffer.from([1, 0, 0, 7, 0, 0, 200, 3]), 'a.csv', 'neither text'],
  ])('%s is refused with what it is', async (_, content, name, reason) => {
    const refused = await refusal(content, name);
    expect(refused).toMatchObject({ code: 'TABLE_UNREADABLE', reason: expect.stringContaining(reason) });
    expect(refused?.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  it('is refused where another format is asked for', async () => {
    expect(await refusal('a,b\n1,2\n', 'a.csv', { format: 'xlsx' })).toMatchObject({
      reason: expect.stringContaining('no xlsx file'),
    });
  });

  it('is told in both languages with the name of the file', async () => {
    const error = await readTable(ole('Workbook'), '月报.xls').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(AppError);
    const told = (locale: 'zh-CN' | 'en') =>
      errorBody(error as AppError, { locale, requestId: '' }).error.message;
    expect(told('zh-CN')).toBe(
      '文件 月报.xls 无法读取：这是旧版 Excel（.xls）文件；请在 Excel 或 WPS 中另存为 .xlsx',
    );
    expect(told('en')).toBe(
      'The file 月报.xls cannot be read: it is an old Excel file (.xls); save it as .xlsx in Excel or WPS',
    );
  });
});
