import { ITEMS_DEPTH_MAX, ROW_CHARACTERS_MAX } from './limits.ts';

export type ListEvents = {
  /** where the list stands, names joined by dots; empty for the document itself */
  found(path: string): void;
  item(text: string, place: number): void;
  tooLarge(place: number, text: string): void;
};
export type ListScanner = {
  feed(piece: string): void;
  /** `seeking`: no list so far; `list`: inside it; `done`: behind its end */
  state(): 'seeking' | 'list' | 'done';
  /** records that were begun */
  count(): number;
};
/** The brackets of a document do not fit. */
export class JsonBroken extends Error {}

const NAME_CHARACTERS_MAX = 1_000;
const DEPTH_MAX = 1_000;
const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COLON] = [
  34, 92, 44, 123, 125, 91, 93, 58,
];

/**
 * Cuts the list of a JSON document (RFC 8259) into its items without holding more than one of them. Where nobody says
 * where the list stands it is the document itself or its first list of objects.
 */
export function createListScanner(told: string | undefined, events: ListEvents): ListScanner {
  let state: 'seeking' | 'list' | 'done' = 'seeking';
  let isString = false;
  let isEscaped = false;
  // seeking
  const path: { isObject: boolean; name: string }[] = [];
  let name = '';
  let isName = false;
  /** a list that may be the one, until its first character tells */
  let maybe: string | null = null;
  // inside the list
  let depth = 0;
  let count = 0;
  let parts: string[] = [];
  let characters = 0;
  let hasItem = false;

  const seek = (code: number, text: string, at: number) => {
    if (isString) {
      if (isEscaped) isEscaped = false;
      else if (code === BACKSLASH) isEscaped = true;
      else if (code === QUOTE) {
        isString = false;
        return;
      }
      if (isName && name.length < NAME_CHARACTERS_MAX) name += text[at];
      return;
    }
    if (code <= 32) return;
    if (maybe !== null) {
      const found = maybe;
      maybe = null;
      if (code === OPEN || told !== undefined || (found === '' && code !== CLOSE_LIST))
        return enter(found, code);
      if (found === '' && code === CLOSE_LIST) {
        events.found('');
        state = 'done';
        return;
      }
    }
    const top = path.at(-1);
    if (code === QUOTE) {
      isString = true;
      isName = top?.isObject === true && top.name === '';
      if (isName) name = '';
    } else if (code === COLON && top?.isObject) top.name = plainName(name);
    else if (code === COMMA && top?.isObject) top.name = '';
    else if (code === OPEN || code === OPEN_LIST) {
      const here = path.every(({ isObject }) => isObject) ? path.map((level) => level.name).join('.') : null;
      path.push({ isObject: code === OPEN, name: '' });
      if (path.length > DEPTH_MAX) throw new JsonBroken();
      if (code === OPEN_LIST && here !== null)
        if (
          told === undefined || told === ''
            ? path.length - 1 <= (told === '' ? 0 : ITEMS_DEPTH_MAX)
            : here === told
        )
          maybe = here;
    } else if (code === CLOSE || code === CLOSE_LIST) {
      if (path.pop()?.isObject !== (code === CLOSE)) throw new JsonBroken();
    } else if (path.length === 0) throw new JsonBroken();
  };

  const enter = (found: string, code: number) => {
    events.found(found);
    state = code === CLOSE_LIST ? 'done' : 'list';
    depth = 0;
  };

  const keep = (text: string, from: number, end: number) => {
    characters += end - from;
    if (characters <= ROW_CHARACTERS_MAX && end > from) parts.push(text.slice(from, end));
  };
  const endItem = (text: string, from: number, end: number) => {
    keep(text, from, end);
    if (characters > ROW_CHARACTERS_MAX) events.tooLarge(count, parts.join('').slice(0, 500));
    else events.item(parts.length === 1 ? (parts[0] ?? '') : parts.join(''), count);
    parts = [];
    characters = 0;
    hasItem = false;
  };

  /** Reads inside the list from `at` on; gives where it stopped. */
  const list = (text: string, start: number): number => {
    let from = start;
    let at = start;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (isString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) isString = false;
        continue;
      }
      if (code <= 32 || code === 0xfeff) continue;
      if (depth === 0 && (code === COMMA || code === CLOSE_LIST)) {
        if (hasItem) endItem(text, from, at);
        from = at + 1;
        if (code === COMMA) continue;
        state = 'done';
        return at + 1;
      }
      if (!hasItem) {
        hasItem = true;
        count += 1;
        from = at;
      }
      if (code === QUOTE) isString = true;
      else if (code === OPEN || code === OPEN_LIST) depth += 1;
      else if (code === CLOSE || code === CLOSE_LIST) {
        depth -= 1;
        if (depth < 0) throw new JsonBroken();
      }
    }
    if (hasItem) keep(text, from, at);
    return at;
  };

  return {
    feed(piece) {
      let at = 0;
      while (state === 'seeking' && at < piece.length) {
        seek(piece.charCodeAt(at), piece, at);
        // the character that told belongs to the first item
        if (state === 'seeking') at += 1;
      }
      if (state === 'list') list(piece, at);
    },
    state: () => state,
    count: () => count,
  };
}

function plainName(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/**
 * A text of JSON read so that no digit is lost: a whole number that a double does not hold becomes a text. Throws
 * SyntaxError.
 */
export function parseExact(text: string): unknown {
  return JSON.parse(
    /\d{16}/.test(text)
      ? text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (found) =>
          found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`,
        )
      : text,
  );
}
