import { createHash } from 'node:crypto';
import { AnalyticsError, toAnalyticsError } from '#platform/db/analytics-error.ts';
import { checkGuestText, refuseGuest } from '#platform/db/guest-text.ts';
import { checkGuestTree } from '#platform/db/guest-tree.ts';
import { GUEST_FORMATS, type GuestQuestion } from '#platform/db/guests.ts';

/** Questions whose check is remembered; asking the engine for a tree costs as much as a small question. */
const KNOWN_MAX = 2_000;

/** The check of questions, with a memory of those that passed it, by their exact text and tables. */
export type GuestChecks = {
  /** Checks the text; true when the same question passed whole before. @throws AppError GUEST_REFUSED */
  knows(question: GuestQuestion): boolean;
  /** Checks what the engine understood of it: `explain` asks it for the tree. @throws AppError GUEST_REFUSED */
  check(question: GuestQuestion, explain: () => Promise<string>): Promise<void>;
};

export function createGuestChecks(): GuestChecks {
  const known = new Set<string>();
  return {
    knows(question) {
      checkGuestText(question.sql);
      if (!GUEST_FORMATS.includes(question.format)) throw refuseGuest('a format');
      const key = keyOf(question);
      if (!known.delete(key)) return false;
      known.add(key);
      return true;
    },
    async check(question, explain) {
      const explained = await explain().catch((error: unknown) => {
        throw isSyntax(error) ? refuseGuest('not one select that the engine can read') : error;
      });
      checkGuestTree(explained, question.tables);
      known.add(keyOf(question));
      const [oldest] = known;
      if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
    },
  };
}

const keyOf = ({ sql, tables }: GuestQuestion): string =>
  createHash('sha256')
    .update(JSON.stringify([tables, sql]))
    .digest('base64');

/** A tree is made without looking at tables, so that what the engine says of itself here is about the text. */
const isSyntax = (error: unknown): boolean =>
  toAnalyticsError(error, { timeoutMs: 0, rowsMax: 0 }) instanceof AnalyticsError;
