/** Deepest nesting that is read; what is deeper would break recursive code behind us. */
const DEPTH_MAX = 64;
/** Where a text begins, or a number so long that JavaScript may not hold it. */
const TEXT_OR_LONG_NUMBER = /"|-?\d[\d.eE+-]{15,}/g;

/**
 * JSON in which no digit is lost: a number that JavaScript cannot hold (the long ids of many Java systems) becomes a text of
 * just these digits. Throws SyntaxError on what is no JSON (RFC 8259) or nests deeper than 64.
 */
export function parseExactJson(text: string): unknown {
  // first, because only in valid JSON every text has an end, which keeps the second look linear
  const value: unknown = JSON.parse(text);
  if (isDeeperThan(value, DEPTH_MAX)) throw new SyntaxError(`nested deeper than ${DEPTH_MAX}`);
  return /[\d.]{16}/.test(text) ? JSON.parse(quoteLongNumbers(text)) : value;
}

function quoteLongNumbers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  TEXT_OR_LONG_NUMBER.lastIndex = 0;
  for (let found = TEXT_OR_LONG_NUMBER.exec(text); found !== null; found = TEXT_OR_LONG_NUMBER.exec(text)) {
    const [token] = found;
    if (token === '"') {
      TEXT_OR_LONG_NUMBER.lastIndex = endOfText(text, found.index + 1);
    } else if (!isKept(token)) {
      parts.push(text.slice(copied, found.index), `"${token}"`);
      copied = found.index + token.length;
    }
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

/** The place behind the closing quotation mark of a text whose content begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

const isKept = (token: string): boolean => /[eE]/.test(token) || String(Number(token)) === token;

export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
