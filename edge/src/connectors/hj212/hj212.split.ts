import { Hj212Error, type Message } from './hj212.decode.ts';

/** Most pieces of one message, most characters of all of them, and most messages that are being put together at once. */
export const PARTS_MAX = 200;
export const JOINED_LENGTH_MAX = 65_536;
export const OPEN_MAX = 4;

/** Puts the pieces of one connection's messages together (Flag bit D, PNUM, PNO). Memory is bounded by the three limits. */
export type Joiner = {
  /** The data area of the whole message; null while pieces are missing. Throws Hj212Error past a limit. */
  join(message: Message): string | null;
  /** Messages that were given up because a new one began before they were whole. */
  incomplete(): number;
};

type Series = { qn: string; count: number; parts: (string | undefined)[]; last: number; length: number };

/**
 * Pieces belong together by MN and CN. With one QN for all of them they may come in any order; a sender that asks for an
 * answer to every piece gives each a QN of its own, and then they must come in theirs. So a piece that is sent again after
 * its message was whole never becomes part of the next one.
 */
export function createJoiner(): Joiner {
  const open = new Map<string, Series>();
  let incomplete = 0;
  const begin = (key: string, qn: string, count: number): Series => {
    const series: Series = { qn, count, parts: [], last: 0, length: 0 };
    if (open.delete(key)) incomplete += 1;
    for (const oldest of open.keys()) {
      if (open.size < OPEN_MAX) break;
      open.delete(oldest);
      incomplete += 1;
    }
    open.set(key, series);
    return series;
  };
  return {
    incomplete: () => incomplete,
    join({ mn, cn, qn, part, content }) {
      if (part === null) return content;
      const key = `${mn}/${cn}`;
      const { count, number } = part;
      if (count > PARTS_MAX) throw new Hj212Error(`a message of ${count} parts is too long`);
      const there = open.get(key);
      if (there !== undefined && there.parts[number - 1] === content) return null;
      const series = there !== undefined && fits(there, qn, count, number) ? there : begin(key, qn, count);
      series.parts[number - 1] = content;
      series.last = number;
      series.length += content.length;
      if (series.length > JOINED_LENGTH_MAX) {
        open.delete(key);
        throw new Hj212Error(`a message of more than ${JOINED_LENGTH_MAX} characters is too long`);
      }
      const parts = series.parts.filter((each) => each !== undefined);
      if (parts.length < count) return null;
      open.delete(key);
      return parts.reduce(joinTwo);
    },
  };
}

function fits(series: Series, qn: string, count: number, number: number): boolean {
  if (series.count !== count || series.parts[number - 1] !== undefined) return false;
  return series.qn === qn || (number > 1 && number === series.last + 1);
}

/**
 * A piece may end anywhere, also inside a number. Only where a whole field ends and the next begins without a separator
 * between them, one is put in.
 */
function joinTwo(left: string, right: string): string {
  const last = left.slice(Math.max(left.lastIndexOf(';'), left.lastIndexOf(',')) + 1);
  const first = /^[^;,]*/.exec(right)?.[0] ?? '';
  return last.includes('=') && first.includes('=') ? `${left};${right}` : `${left}${right}`;
}
