import {
  NAME_CHARACTERS_MAX,
  NUMBER_CHARACTERS_MAX,
  RESERVED_PREFIX,
  STRING_CHARACTERS_MAX,
  TEXT_BYTES_MAX,
  TOKENS_MAX,
} from './limits.data.ts';
import { refused } from './refused.ts';

/** `word` is an unquoted name or keyword, `name` a quoted one; `text` is the value with escapes resolved. */
export type Token = {
  kind: 'word' | 'name' | 'string' | 'number' | 'sign' | 'end';
  text: string;
  at: number;
};

/** Longest first, so that `<=>` is not read as `<=` and `>`. */
const SIGNS = [
  ...['<=>', '<=', '>=', '<>', '!=', '==', '->', '::', '||'],
  ...['(', ')', '[', ']', '{', '}', ',', ';', '.', '*', '+', '-', '/', '%', '=', '<', '>', '?', ':'],
];
const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /(?:--|#!|# )[^\n]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = /[0-9]+/y;
/** ClickHouse's numbers: hexadecimal, binary, decimal with single underscores between digits. */
const NUMBER =
  /0[xX][0-9a-fA-F]+|0[bB][01]+|(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?/y;
const PLAIN = { "'": /[^'\\]+/y, '"': /[^"\\]+/y, '`': /[^`\\]+/y } as const;
type Quote = keyof typeof PLAIN;

/** Escapes of ClickHouse; an unknown one keeps its backslash (`'50\%'` is a pattern), as there. */
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0', a: '\x07', v: '\v', e: '\x1b' },
  ...{ '\\': '\\', "'": "'", '"': '"', '`': '`', '/': '/', '=': '=' },
};
/** Control, format and surrogate characters, separators of lines, and what quotes or escapes a name. */
const NAME_FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}`\\]/u;
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Splits a statement into tokens as ClickHouse's lexer does; what it would have to guess about is refused: other than ASCII
 * outside quotes, NUL, heredocs, unknown signs. Linear in the length of the text. The last token is `end`.
 * @throws AppError SQL_REFUSED
 */
export function tokensOf(text: string): Token[] {
  checkText(text);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipBlank(text, at);
    if (at >= text.length) break;
    if (tokens.length >= TOKENS_MAX) throw refused('too-long', at, '');
    const { token, end } = tokenAt(text, at, tokens.at(-1));
    tokens.push(token);
    at = end;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

/** A name of the caller's, however it was written: bounded, printable, not one of ours. */
export function checkName(name: string, at: number): string {
  if (name === '' || name.length > NAME_CHARACTERS_MAX || NAME_FORBIDDEN.test(name))
    throw refused('name', at, name);
  // ClickHouse splits some names at dots, so no part may look like ours either.
  if (name.split('.').some((part) => part.toLowerCase().startsWith(RESERVED_PREFIX)))
    throw refused('reserved-name', at, name);
  return name;
}

function checkText(text: string): void {
  if (text.length > TEXT_BYTES_MAX || Buffer.byteLength(text) > TEXT_BYTES_MAX)
    throw refused('too-long', 0, '');
  const nul = text.indexOf('\0');
  if (nul >= 0) throw refused('character', nul, 'NUL');
  const lone = text.search(LONE_SURROGATE);
  if (lone >= 0) throw refused('character', lone, 'surrogate');
}

const match = (pattern: RegExp, text: string, at: number): string | null => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
};

function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const skipped = match(SPACE, text, at) ?? match(LINE_COMMENT, text, at);
    if (skipped !== null) at += skipped.length;
    else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw refused('unterminated', at, '/*');
      at = end + 2;
    } else return at;
  }
}

type Read = { token: Token; end: number };

function tokenAt(text: string, at: number, before: Token | undefined): Read {
  const character = text.charAt(at);
  if (character === "'") {
    const { value, end } = quotedAt(text, at, character);
    if (value.length > STRING_CHARACTERS_MAX) throw refused('too-long', at, value);
    return { token: { kind: 'string', text: value, at }, end };
  }
  if (character === '"' || character === '`') {
    const { value, end } = quotedAt(text, at, character);
    return { token: { kind: 'name', text: checkName(value, at), at }, end };
  }
  const word = match(WORD, text, at);
  if (word !== null) return { token: { kind: 'word', text: word, at }, end: endOf(text, at, word) };
  if (/[0-9]/.test(character) || (/^\.[0-9]/.test(text.slice(at, at + 2)) && !endsOperand(text, at, before)))
    return numberAt(text, at, before);
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, at));
  if (sign === undefined) throw refused('character', at, text.slice(at, at + 10));
  return { token: { kind: 'sign', text: sign, at }, end: at + sign.length };
}

/** After a dot digits are the place in a tuple: `t.1.2` has no number 1.2 in it. */
function numberAt(text: string, at: number, before: Token | undefined): Read {
  const afterDot = before?.kind === 'sign' && before.text === '.';
  const number = match(afterDot ? DIGITS : NUMBER, text, at);
  if (number === null || number.length > NUMBER_CHARACTERS_MAX)
    throw refused('number', at, text.slice(at, at + 20));
  const token: Token = { kind: 'number', text: number.replace(/^\./, '0.'), at };
  return { token, end: endOf(text, at, number) };
}

/** `1abc`, `abc$x` and `abcé` are one thing for some readers and two for others: refused. */
function endOf(text: string, at: number, token: string): number {
  const end = at + token.length;
  if (/[A-Za-z0-9_$@#\u0080-\uffff]/.test(text.charAt(end)))
    throw refused('character', end, text.slice(at, end + 10));
  return end;
}

/** A dot right after an operand reaches into it: `t.1`; after a space or a sign it begins a number. */
const endsOperand = (text: string, at: number, before: Token | undefined): boolean =>
  before !== undefined && /[A-Za-z0-9_)\]`"]/.test(text.charAt(at - 1)) && before.kind !== 'string';

function quotedAt(text: string, start: number, quote: Quote): { value: string; end: number } {
  const pieces: string[] = [];
  let at = start + 1;
  for (;;) {
    const plain = match(PLAIN[quote], text, at);
    if (plain !== null) {
      pieces.push(plain);
      at += plain.length;
    }
    if (at >= text.length) throw refused('unterminated', start, text.slice(start, start + 20));
    if (text.charAt(at) === '\\') {
      const { value, end } = escapeAt(text, at);
      pieces.push(value);
      at = end;
    } else if (text.charAt(at + 1) === quote) {
      pieces.push(quote);
      at += 2;
    } else return { value: pieces.join(''), end: at + 1 };
  }
}

function escapeAt(text: string, at: number): { value: string; end: number } {
  const next = text.charAt(at + 1);
  if (next === 'x') {
    const code = Number.parseInt(/^[0-9a-fA-F]{2}/.exec(text.slice(at + 2, at + 4))?.[0] ?? '', 16);
    // Other bytes need not be UTF-8, and we keep text.
    if (!(code < 0x80)) throw refused('escape', at, text.slice(at, at + 4));
    return { value: String.fromCharCode(code), end: at + 4 };
  }
  // `\N` is a NULL for some readers and nothing for others.
  if (next === '' || next === 'N' || next === '\n' || next === '\r')
    throw refused('escape', at, text.slice(at, at + 2));
  return { value: ESCAPES[next] ?? `\\${next}`, end: at + 2 };
}
