import { createHash, randomBytes } from 'node:crypto';
import { ENROLMENT_CODE } from '@ronghe/contracts';

/** Crockford's base 32: no I, L, O and U, so that a code read aloud or typed is not mistaken. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 20;
const GROUP = 4;

/** A new one-time code: 100 random bits as five groups of four letters and digits. */
export function newCode(): string {
  // 256 is a multiple of 32, so every letter is as likely as the others.
  const letters = [...randomBytes(LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (letters.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

/** The code as it was given out, from what a person typed: any case, with or without dashes, O for 0, I and L for 1. Null when it cannot be one. */
export function readCode(typed: string): string | null {
  const letters = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const code = (letters.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-');
  return ENROLMENT_CODE.test(code) ? code : null;
}

/** What is stored of a code. 100 random bits that live for an hour cannot be guessed, so a fast hash is enough. */
export const hashCode = (code: string): string => createHash('sha256').update(code).digest('hex');
