import {
  ERRORS,
  type ErrorCode,
  fillText,
  type Locale,
  type OrganisationPath,
  type Reject,
} from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { Refused } from '../observations/batch.ts';

/** Values for the texts of the error's catalog entry; the words are chosen when somebody reads. */
export type RejectValues = Readonly<Record<string, string | number>>;
/** A row on its way into the list; `request` and `part` make it unique. */
export type RejectDraft = Omit<Reject, 'receivedAt' | 'reason'> & {
  request: string;
  part: string;
  values: RejectValues;
};

const SAMPLE_CHARACTERS_MAX = 300;
const REASON_CHARACTERS_MAX = 500;
/** Rows one request may leave in the list; what is beyond is counted in one row a code. */
const ROWS_PER_REQUEST_MAX = 200;

type Context = {
  /** names the request, so that the same one sent again leaves no second row */
  request: string;
  organisation: OrganisationPath;
  door: Reject['door'];
  source: string | null;
  nextId: () => string;
};

/** One row for each fault of each point (or line) of a request, shortened; many rows end in one that counts the rest. */
export function draftRejects(refused: readonly Refused[], context: Context): RejectDraft[] {
  const { request, organisation, door, source, nextId } = context;
  const rows = new Map<string, RejectDraft>();
  for (const fault of refused) {
    const wanted = fault.part ?? fault.point ?? '';
    const full = rows.size >= ROWS_PER_REQUEST_MAX && !rows.has(`${fault.code} ${wanted}`);
    const part = full ? 'rest' : wanted;
    const key = `${fault.code} ${part}`;
    const known = rows.get(key);
    if (known) known.count += fault.count;
    else {
      const sample = shorten(fault.sample);
      const point = full ? null : fault.point;
      const { code, values, count } = fault;
      const row = {
        id: nextId(),
        request,
        organisation,
        door,
        source,
        point,
        code,
        part,
        values,
        sample,
        count,
      };
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** What was wrong, in the reader's language; `details` says more where the catalog's sentence is general. */
export function reasonOf(code: ErrorCode, values: RejectValues, locale: Locale): string {
  const { message } = ERRORS[code];
  const text = fillText(locale === 'en' ? message.en : message.zh, values);
  const more = values.details === undefined ? '' : `: ${values.details}`;
  return `${text}${more}`.slice(0, REASON_CHARACTERS_MAX);
}

/** What came in, as text of at most 300 characters. */
export function shorten(sample: unknown): string {
  const text = typeof sample === 'string' ? sample : (JSON.stringify(sample) ?? '');
  return text.length <= SAMPLE_CHARACTERS_MAX ? text : `${text.slice(0, SAMPLE_CHARACTERS_MAX - 1)}…`;
}

/** The page before this row. */
export const encodeCursor = (sequence: number): string => Buffer.from(`r${sequence}`).toString('base64url');
/** null for the first page. @throws REQUEST_INVALID for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^r\d{1,15}$/.test(text))
    throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'cursor', message: 'not a cursor' }] });
  return Number(text.slice(1));
}
