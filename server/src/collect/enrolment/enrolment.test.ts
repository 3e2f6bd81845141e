import { ENROLMENT_CODE } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { hashCode, newCode, readCode } from './enrolment.ts';

describe('a one-time code', () => {
  it('has its shape, and no two are the same', () => {
    const codes = Array.from({ length: 200 }, newCode);
    for (const code of codes) expect(code).toMatch(ENROLMENT_CODE);
    expect(new Set(codes).size).toBe(200);
  });

  it.each([
    ['0123-4567-89AB-CDEF-GHJK', '0123-4567-89AB-CDEF-GHJK'],
    ['0123456789abcdefghjk', '0123-4567-89AB-CDEF-GHJK'],
    [' 0123 4567-89ab cdef-ghjk ', '0123-4567-89AB-CDEF-GHJK'],
    ['O1234567-89AB-CDEF-GHJ', null],
    ['OI23-L567-89AB-CDEF-GHJK', '0123-1567-89AB-CDEF-GHJK'],
    ['0123-4567-89AB-CDEF-GHJU', null],
    ['0123-4567-89AB-CDEF-GHJK-0', null],
    ['', null],
  ])('typed as "%s" is read as %s', (typed, code) => {
    expect(readCode(typed)).toBe(code);
  });

  it('is stored as something else', () => {
    const code = newCode();
    expect(hashCode(code)).not.toContain(code.slice(0, 4));
    expect(hashCode(code)).toBe(hashCode(readCode(code.toLowerCase()) ?? ''));
  });
});
