import { hash } from 'node:crypto';
import { AnalyticsError, toAnalyticsError } from '#platform/db/analytics-error.ts';
import { checkGuestText, refuseGuest } from '#platform/db/guest-text.ts';
import { checkGuestTree } from '#platform/db/guest-tree.ts';
import { GUEST_FORMATS, type GuestQuestion } from '#platform/db/guests.ts';

/** Shapes of questions whose check is remembered; asking the engine for a tree costs as much as a small question. */
const KNOWN_MAX = 2_000;

/** A question without the values of its literals, by name; `isKnown` when one of this shape passed the whole check before. */
export type GuestShape = { readonly name: string; readonly isKnown: boolean };

/** The check of questions, with a memory of the shapes that passed it, each with its tables. */
export type GuestChecks = {
  /** Checks what can be told without the engine. @throws AppError GUEST_REFUSED */
  readText(question: GuestQuestion): GuestShape;
  /** Checks what the engine understood of it, unless the shape is known: `explain` asks it for the tree. @throws AppError GUEST_REFUSED */
  readTree(question: GuestQuestion, shape: GuestShape, explain: () => Promise<string>): Promise<void>;
};

export function createGuestChecks(): GuestChecks {
  const known = new Set<string>();
  return {
    readText(question) {
      const shape = checkGuestText(question.sql);
      if (!GUEST_FORMATS.includes(question.format)) throw refuseGuest('a format');
      const name = hash('sha256', JSON.stringify([question.tables, shape]), 'base64');
      const isKnown = known.delete(name);
      if (isKnown) known.add(name);
      return { name, isKnown };
    },
    async readTree(question, { name, isKnown }, explain) {
      if (isKnown) return;
      const explained = await explain().catch((error: unknown) => {
        throw isSyntax(error) ? refuseGuest('not one select that the engine can read') : error;
      });
      checkGuestTree(explained, question.tables);
      known.add(name);
      const [oldest] = known;
      if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
    },
  };
}

/** A tree is made without looking at tables, so that what the engine says of itself here is about the text. */
const isSyntax = (error: unknown): boolean =>
  toAnalyticsError(error, { timeoutMs: 0, rowsMax: 0 }) instanceof AnalyticsError;
