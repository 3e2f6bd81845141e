const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
/** Backslash, quote and the ASCII control characters. */
const ESCAPED = /[\\'\p{Cc}]/gu;

/** A ClickHouse text literal with nothing in it that could end it. */
export const quoteText = (text: string): string =>
  `'${text.replace(ESCAPED, (character) => ESCAPES[character] ?? hexadecimal(character))}'`;

/** C1 control characters are two bytes of UTF-8 and stay as they are. */
const hexadecimal = (character: string): string =>
  character < '\x80' ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : character;

/**
 * A checked name (`checkName`) in backticks. It holds neither backtick nor backslash nor control character, so it needs no escapes;
 * one that does is a fault of ours.
 */
export function quoteChecked(name: string): string {
  if (/[`\\\p{Cc}]/u.test(name)) throw new TypeError('a name was not checked');
  return `\`${name}\``;
}
