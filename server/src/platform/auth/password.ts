import { hash, verify } from '@node-rs/argon2';
import { AppError } from '#platform/errors/errors.ts';

/** Shortest password, in characters. */
export const PASSWORD_CHARACTERS_MIN = 12;
const DISTINCT_CHARACTERS_MIN = 5;

/** argon2id with the first choice of the OWASP password storage cheat sheet: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const HASH_PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** Long enough for the rule and still among the first that are tried; compared without case and punctuation. */
const COMMON = new Set([
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'passw0rd1234',
  'administrator',
  'administrator1',
  'administrator123',
  'admin1234567',
  'admin12345678',
  'welcome12345',
  'changeme1234',
  'changemechangeme',
  'letmeinletmein',
  'iloveyou1234',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiop1234567890',
  'qwerty123456',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'qazwsxedcrfv',
  'zaq12wsxcde3',
  'asdfghjkl123',
  'zxcvbnm12345',
  '123456789012',
  '1234567890123',
  '1234567890qwe',
  '1234567890ab',
  '123456abcdef',
  'abcdef123456',
  'abcdefghijkl',
  'abc123456789',
  'a12345678910',
  'woaini520131',
  'woaini1314520',
  '520131452013',
  'aa1234567890',
  'aini13145201',
  'ronghe123456',
  'jiangxi12345',
  'nanchang1234',
]);

/** Hash of a new password, with its parameters and salt inside. */
export const hashPassword = (password: string): Promise<string> => hash(password, PARAMETERS);

/** Whether the password fits; false for a hash that cannot be read. Takes the time the hash's parameters ask for. */
export async function passwordFits(passwordHash: string, password: string): Promise<boolean> {
  try {
    return await verify(passwordHash, password);
  } catch {
    return false;
  }
}

/** True when the hash was made with other parameters than today's, so that it is renewed at the next sign-in. */
export const isOutdated = (passwordHash: string): boolean => !passwordHash.startsWith(HASH_PREFIX);

/** True when the password breaks one of the rules: length, the user name in it, too few different characters, common. */
export function isWeak(password: string, username: string): boolean {
  const lower = password.toLowerCase();
  const plain = lower.replace(/[^a-z0-9]/g, '');
  return (
    [...password].length < PASSWORD_CHARACTERS_MIN ||
    lower.includes(username.toLowerCase()) ||
    new Set(lower).size < DISTINCT_CHARACTERS_MIN ||
    COMMON.has(lower) ||
    COMMON.has(plain)
  );
}

/** @throws AppError PASSWORD_WEAK */
export function demandStrong(password: string, username: string): void {
  if (isWeak(password, username)) throw new AppError('PASSWORD_WEAK');
}
