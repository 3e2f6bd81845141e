import { type ErrorBody, POINT_IMPORT_BYTES_MAX, type PointImportPreview } from '@ronghe/contracts';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { collect, collectMigrations } from '../index.ts';
import { loadCases } from './cases.fixture.ts';

const BOUNDARY = '----ronghe';
let platform: TestPlatform;
let http: Http;
let engineer: string;
let reader: string;
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [collectMigrations] });
  http = await platform.serve([collect(platform)]);
  await platform.auth.addOrganisation(platform.scope(), {
    path: 'jx.copper',
    kind: 'enterprise',
    name: 'copper',
    division: null,
    code: null,
  });
  engineer = await platform.signIn({ organisation: 'jx.copper', role: 'plant-engineer' });
  reader = await platform.signIn({ organisation: 'jx.copper', role: 'officer' });
});
afterAll(() => platform.stop());

type Upload = { file?: Buffer; query?: string; token?: string | null; language?: string; field?: string };
async function upload({ file, query = '', token = engineer, language = 'en', field = 'file' }: Upload) {
  const part = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"; filename="list"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const payload = Buffer.concat([
    ...(file === undefined ? [] : [Buffer.from(part), file, Buffer.from('\r\n')]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
  const response = await http.inject({
    method: 'POST',
    url: `/api/collect/imports/preview${query}`,
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'accept-language': language,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    payload,
  });
  return { status: response.statusCode, body: response.json() as PointImportPreview & ErrorBody };
}
const caseOf = async (name: string): Promise<Buffer> => {
  const found = (await loadCases()).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found.bytes;
};

describe('preview', () => {
  it('answers what the file becomes, in the language of the caller', async () => {
    const file = await caseOf('table-modbus');
    const { status, body } = await upload({ file });
    expect(status).toBe(200);
    expect(body).toMatchObject({ format: 'excel', points: 5 });
    expect(body.issues[0]?.place).toBe('sheet "点表" row 8');
    const chinese = await upload({ file, language: 'zh-CN' });
    expect(chinese.body.issues[0]?.place).toBe('工作表“点表”第 8 行');
    expect(chinese.body.issues[0]?.message).toMatch(/^没有写协议/);
  });

  it('reads a file as what it is called, and refuses one that is something else', async () => {
    const file = await caseOf('kepware-tags');
    expect((await upload({ file })).body.format).toBe('kepware');
    expect((await upload({ file, query: '?format=csv' })).body.format).toBe('csv');
    const wrong = await upload({ file, query: '?format=telegraf' });
    expect(wrong).toMatchObject({ status: 422, body: { error: { code: 'IMPORT_UNREADABLE' } } });
    expect((await upload({ file, query: '?format=word' })).status).toBe(400);
  });

  it('takes the protocol from the request where a file does not tell it', async () => {
    const file = Buffer.from('key,address,function code\nq,9,4\n');
    const { body } = await upload({ file, query: '?protocol=modbus' });
    expect(body.connections[0]?.config).toMatchObject({ points: [{ key: 'q', address: 'input:9' }] });
  });

  it('carries passwords in the configuration and nowhere else', async () => {
    const { body } = await upload({ file: await caseOf('telegraf') });
    expect(JSON.stringify(body.connections)).toContain('opc-secret');
    expect(JSON.stringify(body.issues)).not.toMatch(/secret"|-secret/);
  });

  it('asks for the right to change collectors', async () => {
    const file = await caseOf('table-bare');
    expect((await upload({ file, token: null })).status).toBe(401);
    expect(await upload({ file, token: reader })).toMatchObject({
      status: 403,
      body: { error: { code: 'PERMISSION_MISSING' } },
    });
  });

  it('saves nothing that another could see', async () => {
    const before = await platform.relational
      .as<{ 'collect.point': { key: string }; 'collect.collector': { name: string } }>()
      .selectFrom('collect.point')
      .select('key')
      .execute();
    await upload({ file: await caseOf('kepware-project') });
    const after = await platform.relational
      .as<{ 'collect.point': { key: string } }>()
      .selectFrom('collect.point')
      .select('key')
      .execute();
    expect(after).toEqual(before);
  });

  it('says what is wrong with a file or a form', async () => {
    const code = async (wanted: Upload) => (await upload(wanted)).body.error.code;
    expect(await code({})).toBe('REQUEST_INVALID');
    expect(await code({ file: Buffer.alloc(0) })).toBe('IMPORT_UNREADABLE');
    expect(await code({ file: Buffer.from('PK\u0003\u0004 cut off') })).toBe('IMPORT_TOO_LARGE');
    expect(await code({ file: Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2]) })).toBe('IMPORT_UNREADABLE');
    expect(await code({ file: Buffer.alloc(POINT_IMPORT_BYTES_MAX + 1, 'a') })).toBe('IMPORT_TOO_LARGE');
    const json = await http.inject({
      method: 'POST',
      url: '/api/collect/imports/preview',
      headers: { authorization: `Bearer ${engineer}` },
      payload: { file: 'x' },
    });
    expect(json.statusCode).toBe(415);
  });

  it('holds two files at once and sends a third away', async () => {
    const file = Buffer.from(
      `key,address\n${Array.from({ length: 20_000 }, (_, index) => `p${index},coil:${index}`).join('\n')}`,
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => upload({ file })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 429, 429]);
    expect((await upload({ file })).status).toBe(200);
  });
});

describe('template', () => {
  const template = (query: string, token: string | null = engineer, language = 'zh-CN') =>
    http.inject({
      method: 'GET',
      url: `/api/collect/imports/template${query}`,
      headers: { 'accept-language': language, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });

  it.each(['modbus', 's7', 'opcua', 'iec104', 'dlt645', 'mqtt'])(
    'for %s can be filled in and sent back',
    async (protocol) => {
      for (const language of ['zh-CN', 'en']) {
        const answer = await template(`?protocol=${protocol}`, engineer, language);
        expect(answer.statusCode).toBe(200);
        expect(answer.headers['content-disposition']).toContain(`points-${protocol}.xlsx`);
        const { body } = await upload({ file: answer.rawPayload });
        expect(body).toMatchObject({ format: 'excel', points: 1, connections: [{ protocol }] });
        expect(body.issues.filter(({ level }) => level === 'error')).toEqual([]);
      }
    },
  );

  it('explains each column', async () => {
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load((await template('')).rawPayload as unknown as exceljs.Buffer);
    const [points, about] = workbook.worksheets;
    expect(points?.name).toBe('点位');
    expect(about?.rowCount).toBe(
      points?.getRow(1).cellCount === undefined ? 0 : points.getRow(1).cellCount + 1,
    );
  });

  it('asks for the right to change collectors', async () => {
    expect((await template('', reader)).statusCode).toBe(403);
    expect((await template('', null)).statusCode).toBe(401);
    expect((await template('?protocol=profinet')).statusCode).toBe(400);
  });
});
