import type { GuestAnswer, GuestSummary } from '#platform/db/guests.ts';

/** What is kept, statements and answers together, and the largest of either that is. */
const BYTES_MAX = 64 * 2 ** 20;
const ANSWER_BYTES_MAX = 2 ** 18;
const KEY_LENGTH_MAX = 2 ** 16;
/** What a question may not have in it, for then its answer may differ from one moment to the next; also where it only stands in a text. */
const OF_THE_MOMENT =
  /now|today|yesterday|timestamp|localtime|rand|shuffle|sample|uuid|generate|fuzz|block|uptime/i;

type Kept = { body: Uint8Array; summary: GuestSummary };
/** Two bytes a character of the statement, and what an entry costs besides. */
const ENTRY_BYTES = 512;
const sizeOf = (key: string, { body }: Kept): number => body.length + 2 * key.length + ENTRY_BYTES;
/** All that an answer depends on: the statement as the engine would get it, how it is written, its limits, and the state of what it reads. */
export type Asked = {
  sql: string;
  format: string;
  formatSettings: object;
  limits: object;
  /** of each dataset that is read; null when it may change meanwhile */
  states: readonly (string | null)[];
};

/**
 * Small answers of a moment ago: the same statement over rows that did not change need not be asked of the engine again. Who may ask, what is
 * decided and what is noted goes on as always; the decision stands in the statement. The oldest go first.
 */
export function createAnswerMemory() {
  const answers = new Map<string, Kept>();
  let bytes = 0;

  function keep(key: string, kept: Kept): void {
    const before = answers.get(key);
    bytes += sizeOf(key, kept) - (before ? sizeOf(key, before) : 0);
    answers.delete(key);
    answers.set(key, kept);
    for (const [oldest, old] of answers) {
      if (bytes <= BYTES_MAX) break;
      answers.delete(oldest);
      bytes -= sizeOf(oldest, old);
    }
  }

  return {
    /** Null for a question whose answer is not to be kept. */
    keyOf({ sql, format, formatSettings, limits, states }: Asked): string | null {
      if (states.length === 0 || states.includes(null) || OF_THE_MOMENT.test(sql)) return null;
      const key = JSON.stringify([states, format, formatSettings, limits, sql]);
      return key.length > KEY_LENGTH_MAX ? null : key;
    },

    find(key: string): GuestAnswer | null {
      const kept = answers.get(key);
      if (!kept) return null;
      keep(key, kept);
      return {
        chunks: (async function* () {
          if (kept.body.length > 0) yield kept.body;
        })(),
        // nothing was read for it
        summary: () => ({ ...kept.summary, readRows: 0, readBytes: 0, elapsedNs: 0 }),
      };
    },

    /** The same answer, kept when it was read to its end and is small. */
    keeping(key: string, answer: GuestAnswer): GuestAnswer {
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
export type AnswerMemory = ReturnType<typeof createAnswerMemory>;
