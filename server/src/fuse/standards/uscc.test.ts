import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  codeCheckCharacter,
  codeFault,
  identify,
  isRegistrationNumber,
  organisationCheckCharacter,
} from './uscc.ts';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const characters = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 30 }), { minLength: length, maxLength: length })
    .map((values) => values.map((value) => ALPHABET[value]).join(''));
const validCodes = fc
  .tuple(characters(8), fc.integer({ min: 360100, max: 361199 }))
  .map(([organisation, division]) => {
    const body = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
    return body + codeCheckCharacter(body);
  });

describe('unified social credit code', () => {
  test.each([
    ['91350100M000100Y43', null],
    ['91110000600037341L', null],
    ['914403001922038216', null],
    ['91360000625912173B', null],
    ['9144030071526726XG', null],
    ['91512081MA62K0260E', null],
    ['914403001922038217', 'check-character'],
    ['91360000625912174B', 'organisation-check'],
    ['91350100M000100Y4Z', 'format'],
    ['9136000062591217', 'format'],
    ['9136OOOO625912173B', 'format'],
  ])('%s has the fault %s', (code, fault) => expect(codeFault(code)).toBe(fault));

  test('every code built by the two checks is accepted, and any one changed character is found', () => {
    fc.assert(
      fc.property(
        validCodes,
        fc.integer({ min: 0, max: 17 }),
        fc.integer({ min: 1, max: 30 }),
        (code, at, by) => {
          expect(codeFault(code)).toBeNull();
          const other = ALPHABET[(ALPHABET.indexOf(code[at] ?? '') + by) % 31] ?? '';
          expect(codeFault(code.slice(0, at) + other + code.slice(at + 1))).not.toBeNull();
        },
      ),
    );
  });

  test('full width, lower case, blanks and hyphens do not matter', () => {
    expect(identify(' ９１３６００００－625912173b ').text).toBe('91360000625912173B');
  });
});

describe('older numbers', () => {
  test.each(['440301103097413', '350200100001042', '110108002734659', '100000000003965'])(
    '%s is a registration number',
    (number) => expect(isRegistrationNumber(number)).toBe(true),
  );
  test('a changed last digit is found', () => expect(isRegistrationNumber('440301103097414')).toBe(false));

  test('code, taxpayer number and organisation code of one enterprise share the join key', () => {
    for (const text of ['91360000625912173B', '360000625912173', '625912173', '62591217-3'])
      expect(identify(text).joinKey, text).toBe('O:625912173');
  });
  test('a code with a wrong check character has no join key', () =>
    expect(identify('91360000625912173C')).toMatchObject({ kind: 'invalid', joinKey: null }));
});
