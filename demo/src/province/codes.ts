/** The 31 characters of GB 32100-2015 (no I O S V Z); the index is the value. */
const CREDIT_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CREDIT_LENGTH = 18;
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;

/**
 * Check character of an organisation code (GB 11714): eight characters in, `0`–`9` or `X` out. Here letters count
 * A=10 … Z=35, which is not the order of the credit code.
 */
export function organisationCheck(body: string): string {
  if (!/^[0-9A-Z]{8}$/.test(body))
    throw new RangeError('an organisation code has 8 characters before its check');
  const sum = ORGANISATION_WEIGHTS.reduce(
    (total, weight, index) => total + weight * Number.parseInt(body.charAt(index), 36),
    0,
  );
  const check = 11 - (sum % 11);
  return check === 10 ? 'X' : check === 11 ? '0' : String(check);
}

/** Check character of a unified social credit code (GB 32100-2015): weights are the powers of 3 modulo 31. */
export function creditCheck(body: string): string {
  if (body.length !== CREDIT_LENGTH - 1) throw new RangeError('17 characters come before the check');
  let sum = 0;
  let weight = 1;
  for (const character of body) {
    const value = CREDIT_ALPHABET.indexOf(character);
    if (value < 0) throw new RangeError(`${character} is not a character of GB 32100`);
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return CREDIT_ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/** Code of an enterprise (`91`) registered in a division, from its eight-character organisation body. */
export function creditCode(division: string, organisationBody: string): string {
  const body = `91${division}${organisationBody}${organisationCheck(organisationBody)}`;
  return body + creditCheck(body);
}

/** True when both check characters of an 18-character code hold. */
export function isCreditCode(code: string): boolean {
  if (code.length !== CREDIT_LENGTH || [...code].some((character) => !CREDIT_ALPHABET.includes(character)))
    return false;
  return code[16] === organisationCheck(code.slice(8, 16)) && code[17] === creditCheck(code.slice(0, 17));
}

/** The taxpayer number used before October 2015: six of the division and nine of the organisation code. */
export const taxpayerNumber = (code: string): string => code.slice(2, 17);
