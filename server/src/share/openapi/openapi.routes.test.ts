import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

type Described = {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: Record<string, { properties?: Record<string, object> }> };
};
let share: ShareTest;
let reader: string;
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.invent([{ name: '甲铜业', organisation: 'jx.nanchang', revenue: 100 }]);
  const columns = [{ column: 'revenue', grade: 2, level: 'general', personal: false, reason: '测试' }];
  await share.call('PUT', '/api/share/datasets/enterprises/grades', { payload: { columns } });
  reader = (await share.key('jx.nanchang', ['share:dataset:read'])).token;
}, 120_000);
afterAll(() => share?.stop());

const describedFor = async (token: string, language = 'zh-CN') => {
  const answer = await share.call<Described>('GET', '/api/share/openapi.json', {
    token,
    headers: { 'accept-language': language },
  });
  expect(answer.status, answer.text).toBe(200);
  return { document: answer.body, text: answer.text };
};

test.each([
  ['a reader', () => reader],
  ['who may do everything', () => share.admin],
])('is valid OpenAPI 3.1 for %s, every name once', async (_name, token) => {
  const { document } = await describedFor(token());
  expect(document.openapi).toBe('3.1.0');
  const verdict = await new Validator().validate(structuredClone(document) as Record<string, unknown>);
  expect(verdict.errors ?? []).toEqual([]);
  expect(verdict.valid).toBe(true);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  const targets = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  for (const [, name = ''] of targets) expect(Object.keys(document.components.schemas)).toContain(name);
});

test('the description of the whole platform is valid too', async () => {
  const { body } = await share.call<Record<string, unknown>>('GET', '/openapi.json');
  const verdict = await new Validator().validate(structuredClone(body));
  expect(verdict.errors ?? []).toEqual([]);
});

test('tells the datasets, columns and operations of its caller and none besides', async () => {
  const { document, text } = await describedFor(reader);
  const paths = Object.keys(document.paths);
  expect(paths).toContain('/api/share/datasets/enterprises/query');
  // no right to export, to policies, or to what lies behind enterprises
  expect(paths.filter((path) => /export|policies|grades|usage|indicators/.test(path))).toEqual([]);
  expect(paths.every((path) => path.startsWith('/api/share/'))).toBe(true);
  expect(text).not.toContain('revenue');
  expect(text).toContain('"organisation"');
  const all = await describedFor(share.admin);
  expect(all.text).toContain('"revenue"');
  for (const path of ['/api/share/datasets/indicators/query', '/api/share/datasets/enterprises/export'])
    expect(Object.keys(all.document.paths)).toContain(path);
  expect((await describedFor(reader, 'en')).text).toContain('Former name');
  const nobody = await share.key('jx.nanchang', ['collect:point:read']);
  expect((await share.call('GET', '/api/share/openapi.json', { token: nobody.token })).status).toBe(403);
});

test('its schemas fit what is sent and answered', async () => {
  const { document } = await describedFor(reader);
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const fits = (name: string) => {
    const check = ajv.getSchema(`document#/components/schemas/${name}`);
    if (!check) throw new Error(`${name} is no schema of the document`);
    return check;
  };
  const question = fits('enterprises_Question');
  const asked = {
    select: ['id', 'name', 'updated_at'],
    filter: {
      and: [{ column: 'name', op: 'contains', value: '铜' }, { not: { column: 'code', op: 'notNull' } }],
    },
    sort: [{ by: 'name', order: 'asc' }],
  };
  expect(question(asked), JSON.stringify(question.errors)).toBe(true);
  const answer = await share.ask(asked, reader);
  expect(answer.status, answer.text).toBe(200);
  const answered = fits('enterprises_Answer');
  expect(answered(answer.body), JSON.stringify(answered.errors)).toBe(true);
  // what the platform refuses the schema refuses too
  for (const wrong of [
    { select: ['revenue'] },
    { filter: { column: 'revenue', op: 'gt', value: 1 } },
    { filter: { column: 'name', op: 'gt', value: 1 } },
    { bucket: { column: 'name', every: 'day' } },
    { limit: 1e9 },
  ]) {
    expect(question(wrong)).toBe(false);
    expect((await share.ask(wrong, reader)).status).toBe(400);
  }
});
