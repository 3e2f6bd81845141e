import type { ColumnKind } from '@ronghe/contracts';
import { cleanText } from '../standards/text.ts';
import type { Fit, ReadValue } from './values.ts';
import { HEADER_HINTS, type Hint } from './words.data.ts';

/** Values of a column with how many rows each stands for. */
export type WeighedValue = { text: string; weight: number; read: ReadValue };

/** From this share on a column is of a kind; a header that says so as well lowers it. */
const SHARE = 0.8;
const SHARE_HINTED = 0.5;
/** Plain numbers are months, days, divisions or industries only when nearly all of them are. */
const SHARE_NUMBERS = 0.95;
const FITTING_MIN = 5;

/** What a header says the values are. */
export function hintsOf(header: string): ReadonlySet<Hint> {
  const text = cleanText(header).replace(/\(.*?\)|\s/g, '');
  return new Set((Object.keys(HEADER_HINTS) as Hint[]).filter((hint) => HEADER_HINTS[hint].test(text)));
}

export type Told = { kind: ColumnKind; share: number };
type Counts = { filled: number; distinct: number };
type Case = { values: readonly WeighedValue[]; hints: ReadonlySet<Hint>; money: boolean } & Counts;
type Shares = (...fits: Fit[]) => number;

/** The kind of a column from its values and, where those leave it open, its header. */
export function kindOf(column: Case): Told {
  const total = column.values.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return { kind: 'empty', share: 1 };
  const shares: Shares = (...fits) =>
    column.values.reduce(
      (sum, { read, weight }) => sum + (fits.some((fit) => read.fits.has(fit)) ? weight : 0),
      0,
    ) / total;
  return (
    byIdentity(column, shares) ??
    byTime(column, shares) ??
    byPlace(column, shares) ??
    byWords(column, shares) ??
    byNumber(column, shares) ??
    byList(column)
  );
}

const hintedShare = (column: Case, hint: Hint, otherwise = SHARE) =>
  column.hints.has(hint) ? SHARE_HINTED : otherwise;
const told = (kind: ColumnKind, share: number): Told => ({ kind, share });

function byIdentity(column: Case, shares: Shares): Told | null {
  const [identity, code, old, email] = [
    shares('identity'),
    shares('code'),
    shares('old-code'),
    shares('email'),
  ];
  if (identity >= hintedShare(column, 'identity')) return told('identity', identity);
  if (code >= SHARE_HINTED) return told('code', code);
  // every eleventh number passes the check of an organisation code, so a few that do prove nothing
  if (old + code >= SHARE && column.distinct >= 3) return told('old-code', old);
  return email >= SHARE ? told('email', email) : null;
}

function byTime(column: Case, shares: Shares): Told | null {
  const period = shares('period', 'compact-period');
  const compact = shares('compact-period');
  const periodNeeded = hintedShare(column, 'period', compact > 0 ? SHARE_NUMBERS : SHARE);
  // of plain numbers of six digits a few are months by chance, many different ones are not
  if (period >= periodNeeded && (column.hints.has('period') || compact < SHARE || column.distinct <= 600))
    return told('period', period);
  if (shares('time') >= SHARE) return told('time', shares('time'));
  const date = shares(
    'date',
    'compact-date',
    'time',
    ...(column.hints.has('date') ? ['serial' as const] : []),
  );
  const numbers = shares('compact-date');
  if (date >= (numbers > SHARE_HINTED ? SHARE_NUMBERS : hintedShare(column, 'date')))
    return told('date', date);
  // dates with some months among them, as 成立日期 has them
  const mixed = shares('date', 'compact-date', 'period', 'compact-period', 'time');
  return mixed >= SHARE && column.hints.has('date') ? told('date', mixed) : null;
}

function byPlace(column: Case, shares: Shares): Told | null {
  const division = shares('division', 'division-name');
  const words = shares('division-name');
  const many = column.distinct >= 2 || column.hints.has('division');
  if (many && division >= hintedShare(column, 'division', words > SHARE_HINTED ? SHARE : SHARE_NUMBERS))
    return told('division', division);
  const industry = shares('industry', 'industry-name');
  const certain = shares('industry-name') >= SHARE_HINTED || column.values.some(isLettered);
  const fourDigits = column.values.every(({ text }) => /^\d{4}$/.test(text.trim()));
  if (column.hints.has('industry') ? industry >= SHARE_HINTED : certain ? industry >= SHARE : false)
    return told('industry', industry);
  if (industry >= SHARE_NUMBERS && fourDigits && column.distinct >= FITTING_MIN)
    return told('industry', industry);
  return null;
}
const isLettered = ({ text, read }: WeighedValue) =>
  read.fits.has('industry') && /^[A-Za-z]/.test(text.trim());

function byWords(column: Case, shares: Shares): Told | null {
  const phone = shares('phone');
  if (phone >= hintedShare(column, 'phone')) return told('phone', phone);
  const name = shares('name');
  if (name >= 0.6) return told('name', name);
  const address = shares('address');
  if (address >= 0.6) return told('address', address);
  const person = shares('person');
  const many = column.distinct >= FITTING_MIN && column.distinct / column.filled >= 0.3;
  if (person >= hintedShare(column, 'person', 2) || (many && person >= 0.9)) return told('person', person);
  const boolean = shares('boolean');
  if (boolean >= SHARE_NUMBERS && column.distinct <= 4) return told('boolean', boolean);
  const zeroOne = shares('zero-one');
  return zeroOne >= SHARE_NUMBERS && column.hints.has('boolean') ? told('boolean', zeroOne) : null;
}

function byNumber(column: Case, shares: Shares): Told | null {
  const number = shares('integer', 'decimal', 'measure', 'percent');
  const measured = column.values.some(({ read }) => read.measure?.quantity === 'money');
  if (number >= SHARE || (column.hints.has('number') && number >= SHARE_HINTED)) {
    const money = column.money || (measured && shares('measure') >= SHARE_HINTED);
    if (money) return told('money', number);
    return told(shares('integer') >= number - 1e-9 ? 'integer' : 'decimal', number);
  }
  return number >= 1 - SHARE && shares('period', 'date', 'code') < number ? told('mixed', 1 - number) : null;
}

const LIST_VALUES_MAX = 50;
const LIST_REPEATS_MIN = 4;
const byList = ({ filled, distinct }: Counts): Told =>
  distinct <= LIST_VALUES_MAX && filled >= distinct * LIST_REPEATS_MIN ? told('list', 1) : told('text', 1);
