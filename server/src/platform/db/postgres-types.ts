import pg from 'pg';

const { builtins } = pg.types;
const INT8_ARRAY = 1016;
const NUMERIC_ARRAY = 1231;
const DATE_ARRAY = 1182;
const TEXT_ARRAY: number = 1009;
/** A double holds every decimal of up to 15 digits exactly enough to print it back. */
const DIGITS_MAX = 15;
const DECIMALS_MIN = 6;

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, parseInteger],
  [builtins.NUMERIC, parseDecimal],
  // a calendar day has no time zone; a Date would shift it
  [builtins.DATE, (text) => text],
  [builtins.TIMESTAMP, (text) => new Date(`${text.replace(' ', 'T')}Z`)],
  [INT8_ARRAY, arrayOf(parseInteger)],
  [NUMERIC_ARRAY, arrayOf(parseDecimal)],
  [DATE_ARRAY, arrayOf((text) => text)],
]);

/** Type parsers of our connections; unlike pg's global ones they change nothing for others. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(oid)) ?? pg.types.getTypeParser(oid, format ?? 'text'),
};

/** `bigint` text as a number, or unchanged beyond ±(2^53 − 1). */
export function parseInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/**
 * `numeric` text as a number when it keeps 15 digits whole or six decimals: sums of money stay exact, averages (which
 * PostgreSQL gives with many decimals) are rounded to a double. Anything longer, and `NaN`, stays text.
 */
export function parseDecimal(text: string): number | string {
  const value = Number(text);
  const [whole = '', fraction = ''] = text.replace(/^-?0*/, '').split('.');
  const digits = whole.length + Math.min(fraction.replace(/0+$/, '').length, DECIMALS_MIN);
  return digits <= DIGITS_MAX && Number.isFinite(value) ? value : text;
}

function arrayOf(parse: (text: string) => unknown) {
  const split = pg.types.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => (string | null)[];
  return (text: string) => split(text).map((element) => (element === null ? null : parse(element)));
}
