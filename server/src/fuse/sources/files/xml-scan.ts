import { plainText } from '#platform/files/xml.ts';
import { TAG_CHARACTERS_MAX } from './limits.ts';

export type XmlEvents = {
  /** `tag` is what stands between the brackets. An empty element is opened and closed. */
  open(name: string, tag: string): void;
  close(name: string): void;
  text(text: string): void;
};
export type XmlScanner = {
  /** Takes the next part of a document. Throws XmlDamaged. */
  feed(piece: string): void;
  end(): void;
};
/** What is no XML, or has what no table needs: document types, tags of megabytes. */
export class XmlDamaged extends Error {}

const ENTITY_CHARACTERS_MAX = 12;
const [BANG, QUESTION, SLASH, COLON, QUOTE, APOSTROPHE, END] = [33, 63, 47, 58, 34, 39, 62];

/**
 * The elements and texts of a document that comes in parts (XML 1.0), in one pass; names without their prefix. The same
 * as `xmlTokens` of the ground floor, for documents of hundreds of megabytes.
 */
export function createXmlScanner(events: XmlEvents): XmlScanner {
  let rest = '';
  let names: string[] = [];

  /** End of the tag at `start`, -1 when it is not whole yet. */
  const tagEnd = (text: string, start: number): number => {
    let quote = 0;
    for (let at = start + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (quote !== 0) quote = code === quote ? 0 : quote;
      else if (code === END) return at;
      else if (code === QUOTE || code === APOSTROPHE) quote = code;
    }
    return -1;
  };

  const tag = (text: string, start: number, end: number) => {
    const isClose = text.charCodeAt(start + 1) === SLASH;
    const isEmpty = text.charCodeAt(end - 1) === SLASH;
    let from = isClose ? start + 2 : start + 1;
    let to = from;
    const limit = isEmpty ? end - 1 : end;
    for (; to < limit; to += 1) {
      const code = text.charCodeAt(to);
      if (code <= 32) break;
      if (code === COLON) from = to + 1;
    }
    const name = text.slice(from, to);
    if (name === '') throw new XmlDamaged();
    if (isClose) {
      if (names.pop() !== name) throw new XmlDamaged();
      return events.close(name);
    }
    events.open(name, text.slice(to, limit));
    if (isEmpty) events.close(name);
    else if (names.push(name) > 1_000) throw new XmlDamaged();
  };

  /** Comments, CDATA and instructions; gives where they end, -1 when that has not come yet. */
  const special = (text: string, start: number): number => {
    const isCdata = text.startsWith('<![CDATA[', start);
    const close = isCdata
      ? ']]>'
      : text.startsWith('<!--', start)
        ? '-->'
        : text.charCodeAt(start + 1) === QUESTION
          ? '?>'
          : '';
    if (close === '') {
      if (text.length - start < 9) return -1;
      throw new XmlDamaged();
    }
    const end = text.indexOf(close, start + 2);
    if (end < 0) {
      if (text.length - start > TAG_CHARACTERS_MAX) throw new XmlDamaged();
      return -1;
    }
    if (isCdata) events.text(text.slice(start + 9, end));
    return end + close.length;
  };

  const feed = (piece: string) => {
    const text = rest === '' ? piece : rest + piece;
    let at = 0;
    while (at < text.length) {
      const start = text.indexOf('<', at);
      if (start !== at) {
        let end = start < 0 ? text.length : start;
        if (start < 0) {
          const open = text.lastIndexOf('&');
          if (open >= at && text.length - open <= ENTITY_CHARACTERS_MAX && !text.includes(';', open))
            end = open;
        }
        if (end > at) events.text(plainText(text.slice(at, end)));
        at = end;
        if (start < 0) break;
      }
      const code = text.charCodeAt(start + 1);
      if (code === BANG || code === QUESTION) {
        const end = special(text, start);
        if (end < 0) break;
        at = end;
        continue;
      }
      const end = tagEnd(text, start);
      if (end < 0) {
        if (text.length - start > TAG_CHARACTERS_MAX) throw new XmlDamaged();
        break;
      }
      tag(text, start, end);
      at = end + 1;
    }
    rest = at === 0 ? text : text.slice(at);
  };
  return {
    feed,
    end() {
      if (names.length > 0 || rest.trim() !== '') throw new XmlDamaged();
      names = [];
    },
  };
}

/** Value of an attribute of a tag as `XmlEvents.open` gives it; null when it is not there. */
export function attribute(tag: string, name: string): string | null {
  for (let at = tag.indexOf(name); at >= 0; at = tag.indexOf(name, at + 1)) {
    const before = tag.charCodeAt(at - 1);
    if (at > 0 && before > 32 && before !== COLON) continue;
    let next = at + name.length;
    while (tag.charCodeAt(next) <= 32) next += 1;
    if (tag.charCodeAt(next) !== 61) continue;
    next += 1;
    while (tag.charCodeAt(next) <= 32) next += 1;
    const quote = tag.charCodeAt(next);
    if (quote !== QUOTE && quote !== APOSTROPHE) continue;
    const end = tag.indexOf(quote === QUOTE ? '"' : "'", next + 1);
    return end < 0 ? null : plainText(tag.slice(next + 1, end));
  }
  return null;
}
