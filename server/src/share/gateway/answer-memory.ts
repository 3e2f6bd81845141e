import type { GuestAnswer, GuestQuestion, GuestSummary } from '#platform/db/guests.ts';
import { createMemory } from './memory.ts';

/** What is kept, statements and answers together, and the largest of either that is. */
const BYTES_MAX = 64 * 2 ** 20;
const ANSWER_BYTES_MAX = 2 ** 18;
const KEY_LENGTH_MAX = 2 ** 16;
/** What a question may not have in it, for then its answer may differ from one moment to the next; also where it only stands in a text. */
const OF_THE_MOMENT =
  /now|today|yesterday|timestamp|localtime|rand|shuffle|sample|uuid|generate|fuzz|block|uptime/i;

type Kept = { body: Uint8Array; summary: GuestSummary };
/** An answer from memory; `same` is one object as long as it is the same answer. */
export type Remembered = GuestAnswer & { same: object };
/** The statement as the engine would get it, how it is written, and what the engine itself would keep it to. */
export type Asked = Pick<GuestQuestion, 'sql' | 'format' | 'formatSettings' | 'tables' | 'filters'>;
/** What else an answer depends on. */
export type Circumstances = {
  limits: object;
  /** of each dataset that is read; null when it may change meanwhile */
  states: readonly (string | null)[];
};

/** A question as a text that is the same for the same question; null for one whose answers are not to be kept. */
export function askedText({ sql, format, formatSettings = {}, tables, filters }: Asked): string | null {
  if (OF_THE_MOMENT.test(sql)) return null;
  const text = JSON.stringify([format, formatSettings, tables, filters, sql]);
  return text.length > KEY_LENGTH_MAX ? null : text;
}

/**
 * Small answers of a moment ago: the same statement over rows that did not change need not be asked of the engine again. Who may ask, what is
 * decided and what is noted goes on as always; the decision stands in the statement, and again in the conditions that the engine keeps itself. The
 * oldest go first.
 */
export function createAnswerMemory() {
  const answers = createMemory<Kept>({ bytesMax: BYTES_MAX });

  function keep(key: string, kept: Kept): void {
    answers.put(key, kept, kept.body.length);
  }

  return {
    /** Null when the answer is not to be kept. */
    keyOf(asked: string | null, { limits, states }: Circumstances): string | null {
      if (asked === null || states.length === 0 || states.includes(null)) return null;
      return `${JSON.stringify([states, limits])}${asked}`;
    },

    find(key: string): Remembered | null {
      const kept = answers.get(key);
      if (!kept) return null;
      return {
        same: kept,
        whole: kept.body,
        chunks: (async function* () {
          if (kept.body.length > 0) yield kept.body;
        })(),
        // nothing was read for it
        summary: () => ({ ...kept.summary, readRows: 0, readBytes: 0, elapsedNs: 0 }),
      };
    },

    /** The same answer, kept when it is small and all of it is there, or was read to its end. */
    keeping(key: string, answer: GuestAnswer): GuestAnswer {
      if (answer.whole) {
        if (answer.whole.length <= ANSWER_BYTES_MAX)
          keep(key, { body: answer.whole, summary: answer.summary() });
        return answer;
      }
      return {
        summary: answer.summary,
        chunks: (async function* () {
          let parts: Uint8Array[] | null = [];
          let length = 0;
          for await (const chunk of answer.chunks) {
            length += chunk.length;
            if (length > ANSWER_BYTES_MAX) parts = null;
            // a copy: the chunk may lie in memory that is used again
            parts?.push(Uint8Array.from(chunk));
            yield chunk;
          }
          if (parts) keep(key, { body: Buffer.concat(parts), summary: answer.summary() });
        })(),
      };
    },
  };
}
