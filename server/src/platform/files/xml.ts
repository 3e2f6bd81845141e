/** A piece of XML; names without the prefix of their namespace. */
export type XmlToken =
  | { kind: 'open'; name: string; attributes: string; isEmpty: boolean }
  | { kind: 'close'; name: string }
  | { kind: 'text'; text: string };

const ATTRIBUTES_CHARACTERS_MAX = 8_192;

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * The elements and texts of a document in order, in one pass whatever it holds. An empty element is opened and closed.
 * Ends where the document stops being XML: enough for documents of which only a few elements count.
 */
export function* xmlTokens(xml: string): Generator<XmlToken> {
  let at = 0;
  while (at < xml.length) {
    const start = xml.indexOf('<', at);
    if (start !== at) yield { kind: 'text', text: xml.slice(at, start < 0 ? undefined : start) };
    if (start < 0) return;
    const [open, close] = xml.startsWith('<!--', start)
      ? ['<!--', '-->']
      : xml.startsWith('<![CDATA[', start)
        ? ['<![CDATA[', ']]>']
        : ['<', '>'];
    const end = open === '<' ? endOfTag(xml, start) : xml.indexOf(close, start + open.length);
    if (end < 0) return;
    const inside = xml.slice(start + open.length, end);
    at = end + close.length;
    if (open === '<![CDATA[') yield { kind: 'text', text: inside.replaceAll('&', '&amp;') };
    else if (open === '<') yield* tagTokens(inside);
  }
}

/** The `>` that is in no quotes. */
function endOfTag(xml: string, start: number): number {
  const marks = /[>"']/g;
  marks.lastIndex = start + 1;
  for (let found = marks.exec(xml); found !== null; found = marks.exec(xml)) {
    if (found[0] === '>') return found.index;
    const closed = xml.indexOf(found[0], found.index + 1);
    if (closed < 0) return -1;
    marks.lastIndex = closed + 1;
  }
  return -1;
}

function* tagTokens(inside: string): Generator<XmlToken> {
  if (/^[?!]/.test(inside)) return;
  if (inside.startsWith('/')) return yield { kind: 'close', name: local(inside.slice(1).trim()) };
  const isEmpty = inside.endsWith('/');
  const whole = isEmpty ? inside.slice(0, -1) : inside;
  const blank = whole.search(/\s/);
  const name = local(blank < 0 ? whole : whole.slice(0, blank));
  const attributes = blank < 0 ? '' : whole.slice(blank, blank + ATTRIBUTES_CHARACTERS_MAX);
  yield { kind: 'open', name, attributes, isEmpty };
  if (isEmpty) yield { kind: 'close', name };
}

/** Value of an attribute by its name without prefix; null when it is not there. */
export function attributeOf(attributes: string, name: string): string | null {
  for (const [, key = '', double, single] of attributes.matchAll(
    /\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  ))
    if (local(key) === name) return plainText(double ?? single ?? '');
  return null;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** A text with its entities resolved; those that XML does not know stay as they are. */
export const plainText = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
        if (name !== undefined) return ENTITIES.get(String(name)) ?? whole;
        const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
        return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
      })
    : text;
