import { describe, expect, it } from 'vitest';
import type { Refused } from '../observations/batch.ts';
import { decodeCursor, draftRejects, encodeCursor, reasonOf, shorten } from './rejects.ts';

let ids = 0;
const context = {
  request: 'r',
  organisation: 'jx',
  door: 'batch' as const,
  source: 'copper',
  nextId: () => String(++ids),
};
const fault = (point: string, count = 1): Refused => ({
  code: 'VALUE_NOT_FINITE',
  values: { point },
  point,
  sample: [1, null, 'good'],
  count,
});

describe('the rows that a request leaves in the list', () => {
  it('are one for each fault of each point, with how often it happened', () => {
    const rows = draftRejects([fault('a', 2), fault('b'), fault('a')], context);
    expect(rows).toMatchObject([
      {
        point: 'a',
        count: 3,
        code: 'VALUE_NOT_FINITE',
        sample: '[1,null,"good"]',
      },
      { point: 'b', count: 1 },
    ]);
  });

  it('are bounded, and what is beyond is counted', () => {
    const rows = draftRejects(
      Array.from({ length: 1_000 }, (_, index) => fault(`p${index}`)),
      context,
    );
    expect(rows).toHaveLength(201);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(rows.at(-1)).toMatchObject({ point: null, part: 'rest', count: 800 });
  });

  it('say what was wrong in the language of who reads', () => {
    expect(reasonOf('VALUE_NOT_FINITE', { point: 'a' }, 'zh-CN')).toBe('点位 a 的值不是有限数');
    expect(reasonOf('VALUE_NOT_FINITE', { point: 'a' }, 'en')).toBe(
      'The value of point a is not a finite number',
    );
    expect(reasonOf('REQUEST_INVALID', { details: 'sequence: wrong' }, 'en')).toBe(
      'The request is not valid: sequence: wrong',
    );
  });

  it('show a sample of at most 300 characters', () => {
    expect(shorten('x'.repeat(1_000))).toHaveLength(300);
    expect(shorten({ a: 1 })).toBe('{"a":1}');
    expect(shorten(undefined)).toBe('');
  });
});

describe('a cursor', () => {
  it('comes back as it was, and nothing else is taken', () => {
    expect(decodeCursor(encodeCursor(42))).toBe(42);
    expect(decodeCursor(undefined)).toBeNull();
    for (const bad of ['', 'x', Buffer.from('r1;drop').toString('base64url')])
      expect(() => decodeCursor(bad)).toThrowError(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});
