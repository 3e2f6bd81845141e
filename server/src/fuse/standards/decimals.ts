/** An exact decimal: `digits` / 10^`scale`. */
type Decimal = { digits: bigint; scale: number };

/** Longest text that is read as a number, and most places after the point that a quotient keeps. */
const TEXT_LENGTH_MAX = 60;
const PLACES_MAX = 15;

/** Reads `-1234.5`; null for anything else. Grouping, exponents and units are the caller's. */
function toDecimal(text: string): Decimal | null {
  const parts = text.length <= TEXT_LENGTH_MAX ? /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  if (!parts) return null;
  const [, sign = '', whole = '', fraction = ''] = parts;
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), scale: fraction.length };
}

function toText({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = scale === 0 ? '' : text.slice(-scale).replace(/0+$/, '');
  const value = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && /[1-9]/.test(value) ? `-${value}` : value;
}

/** `exact` is false when the quotient has no finite decimal of 15 places and was rounded half away from zero. */
export type Scaled = { value: string; exact: boolean };

/** `text` times `factor` divided by `divisor`, without binary fractions. null when one is no decimal or the divisor is 0. */
export function scale(text: string, factor: string, divisor: string): Scaled | null {
  const [value, times, by] = [toDecimal(text), toDecimal(factor), toDecimal(divisor)];
  if (!value || !times || !by || by.digits === 0n) return null;
  const places = 10n ** BigInt(PLACES_MAX + by.scale);
  const dividend = value.digits * times.digits * places;
  const divider = by.digits * 10n ** BigInt(value.scale + times.scale);
  const [quotient, remainder] = [dividend / divider, dividend % divider];
  const half = 2n * (remainder < 0n ? -remainder : remainder) >= (divider < 0n ? -divider : divider);
  const away = dividend < 0n === divider < 0n ? 1n : -1n;
  return {
    value: toText({ digits: half ? quotient + away : quotient, scale: PLACES_MAX }),
    exact: remainder === 0n,
  };
}

/** The sum of two decimals; null when one is none. */
export function add(a: string, b: string): string | null {
  const [left, right] = [toDecimal(a), toDecimal(b)];
  if (!left || !right) return null;
  const to = Math.max(left.scale, right.scale);
  const raised = ({ digits, scale: from }: Decimal) => digits * 10n ** BigInt(to - from);
  return toText({ digits: raised(left) + raised(right), scale: to });
}
