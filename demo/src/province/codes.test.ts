import fc from 'fast-check';
import { expect, it } from 'vitest';
import { creditCode, isCreditCode, organisationCheck, taxpayerNumber } from './codes.ts';

it.each([
  ['91350100M000100Y43', true],
  ['91350100M000100Y4Z', false],
  ['9135010OM000100Y43', false],
  ['91350100M000100Y4', false],
])('checks the worked example of GB 32100 and its damaged forms: %s', (code, valid) => {
  expect(isCreditCode(code)).toBe(valid);
});

it.each([
  ['62591217', '3'],
  ['MA62K026', '0'],
  ['71526726', 'X'],
])('gives the check character of organisation code %s', (body, check) => {
  expect(organisationCheck(body)).toBe(check);
});

const division = fc.integer({ min: 360_000, max: 361_199 }).map(String);
const body = fc.stringMatching(/^[0-9A-HJ-NP-RTUW-Y]{8}$/);

it('makes codes that are valid, and not valid any more with one character changed', () => {
  fc.assert(
    fc.property(
      division,
      body,
      fc.nat(17),
      fc.constantFrom(...'0123456789ABCDEFGHJKLMNPQRTUWXY'),
      (...drawn) => {
        const [place, organisation, position, character] = drawn;
        const code = creditCode(place, organisation);
        expect(isCreditCode(code)).toBe(true);
        fc.pre(code[position] !== character);
        expect(isCreditCode(code.slice(0, position) + character + code.slice(position + 1))).toBe(false);
      },
    ),
  );
});

it('gives the taxpayer number as division and organisation code', () => {
  expect(taxpayerNumber('91350100M000100Y43')).toBe('350100M000100Y4');
});
