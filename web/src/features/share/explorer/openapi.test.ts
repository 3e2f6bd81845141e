import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetQuestion, NewApiKey } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { addressOf, beginValues, exampleOf, type OpenApi, type Operation, operationsOf } from './openapi.ts';

const DOCUMENT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../../docs/reference/openapi.json'), 'utf8'),
) as OpenApi;
const all = operationsOf(DOCUMENT, () => true);
const find = (id: string): Operation => {
  const found = all.find((operation) => operation.id === id);
  if (!found) throw new Error(`${id} is not in the document`);
  return found;
};

describe('operations of the platform’s own description', () => {
  it('are those that somebody may call, files left out', () => {
    const few = operationsOf(DOCUMENT, (permission) => permission === 'share:dataset:read');
    expect(few.map(({ id }) => id)).toContain('POST /api/share/datasets/{id}/query');
    expect(few.every(({ permission }) => permission === null || permission === 'share:dataset:read')).toBe(
      true,
    );
    expect(all.length).toBeGreaterThan(few.length + 50);
  });

  it('ask first when they may write: a question by POST does not, revoking and saving do', () => {
    expect(find('POST /api/share/datasets/{id}/query').writes).toBe(false);
    expect(find('GET /api/share/datasets').writes).toBe(false);
    expect(find('POST /api/share/policies/{id}/revoke').writes).toBe(true);
    expect(find('POST /api/share/policies').writes).toBe(true);
  });

  it('come with a body that can be sent, as far as the schema tells', () => {
    const question = exampleOf(find('POST /api/share/datasets/{id}/query').body, DOCUMENT);
    expect(DatasetQuestion.safeParse(question).success).toBe(true);
    const key = exampleOf(find('POST /api/auth/keys').body, DOCUMENT) as Record<string, unknown>;
    expect(NewApiKey.safeParse({ ...key, name: 'n', organisation: 'jx' }).success).toBe(true);
    for (const { body } of all) expect(() => JSON.stringify(exampleOf(body, DOCUMENT))).not.toThrow();
  });
});

describe('the address of an operation', () => {
  const operation = find('GET /api/share/policies');
  it('has what was filled in and nothing else', () => {
    expect(
      addressOf(operation, { ...beginValues(operation, DOCUMENT), dataset: 'a b&c', state: '' }),
    ).toEqual({
      url: '/api/share/policies?dataset=a+b%26c',
    });
  });

  it('stays below its own path, whatever a parameter says', () => {
    const one = find('GET /api/share/datasets/{id}');
    expect(addressOf(one, { id: '../../auth/users?x=$&' })).toEqual({
      url: '/api/share/datasets/..%2F..%2Fauth%2Fusers%3Fx%3D%24%26',
    });
    expect(addressOf(one, { id: '..' })).toEqual({ dots: true });
    expect(addressOf(one, {})).toEqual({ missing: ['id'] });
  });
});
