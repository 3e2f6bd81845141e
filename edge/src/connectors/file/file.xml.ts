import { UnreadableFile } from './file.rows.ts';

/** Longest tag or run of text; Excel's cells have at most 32,767 characters. */
const TOKEN_LENGTH_MAX = 1024 * 1024;

/** A tag opens, or text, or a tag closes. Names are without their prefix. A tag without content opens and closes. */
export type XmlToken =
  | { kind: 'open'; name: string; attributes: string }
  | { kind: 'close'; name: string }
  | { kind: 'text'; text: string };

/**
 * Cuts XML 1.0 into tokens as the text comes, for the machine-made parts of .xlsx (ECMA-376-2). No document types and so
 * no entities but the five and character references: what could grow or reach outside is refused. Not validated.
 * Throws UnreadableFile.
 */
export function createXmlReader(): { push(chunk: string): XmlToken[] } {
  let rest = '';
  return {
    push(chunk) {
      const text = rest + chunk;
      const tokens: XmlToken[] = [];
      let at = 0;
      for (;;) {
        const next = nextToken(text, at, tokens);
        if (next < 0) break;
        at = next;
      }
      rest = text.slice(at);
      if (rest.length > TOKEN_LENGTH_MAX)
        throw new UnreadableFile('the XML has a tag or text that is too long');
      return tokens;
    },
  };
}

/** Reads one token from `at`; returns where the next begins, or -1 when the text ends before. */
function nextToken(text: string, at: number, tokens: XmlToken[]): number {
  if (at >= text.length) return -1;
  if (text[at] !== '<') {
    const end = text.indexOf('<', at);
    if (end < 0) return -1;
    tokens.push({ kind: 'text', text: unescapeXml(text.slice(at, end)) });
    return end;
  }
  for (const [open, close] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    const start = text.slice(at, at + open.length);
    // The beginning of a mark may be all that has come.
    if (start !== open && at + start.length === text.length && start.length > 1 && open.startsWith(start))
      return -1;
    if (start !== open) continue;
    const end = text.indexOf(close, at + open.length);
    if (end < 0) return -1;
    if (open === '<![CDATA[') tokens.push({ kind: 'text', text: text.slice(at + open.length, end) });
    return end + close.length;
  }
  if (text[at + 1] === '!') throw new UnreadableFile('the XML has a document type, which .xlsx never has');
  const end = endOfTag(text, at);
  if (end < 0) return -1;
  if (text[at + 1] === '/') {
    tokens.push({ kind: 'close', name: localName(text.slice(at + 2, end).trim()) });
    return end + 1;
  }
  const empty = text[end - 1] === '/';
  const inside = text.slice(at + 1, empty ? end - 1 : end);
  const blank = inside.search(/\s/);
  const name = localName(blank < 0 ? inside : inside.slice(0, blank));
  tokens.push({ kind: 'open', name, attributes: blank < 0 ? '' : inside.slice(blank) });
  if (empty) tokens.push({ kind: 'close', name });
  return end + 1;
}

/** The `>` that ends a tag; inside an attribute it is only a character. */
function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const each = text[at];
    if (each === '>') return at;
    if (each !== '"' && each !== "'") continue;
    at = text.indexOf(each, at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const ATTRIBUTE = /(?:^|\s)(?:[\w.-]{1,100}:)?([\w.-]{1,100})\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)')/g;

/** An attribute by its name without prefix, or null. */
export function attributeOf(attributes: string, name: string): string | null {
  for (const [, found, double, single] of attributes.matchAll(ATTRIBUTE))
    if (found === name) return unescapeXml(double ?? single ?? '');
  return null;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g,
    (whole, hex, decimal, name) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
