/** What a name gave: the parts in braces. */
export type NameParts = Readonly<Record<string, string>>;
export type NamePattern = {
  parts: readonly string[];
  /** null when the name does not fit. */
  match(name: string): NameParts | null;
};

type Token = { any: true; part: string | null } | { any: false; text: string };
const TOKEN = /\{([A-Za-z]\w{0,40})\}|([*])|([^*{}]+)/gy;

/**
 * Compiles a pattern of file names: `*` any characters, `?` one, `{part}` any characters, at least one, that are kept
 * under the name. A part takes as few characters as it can, the last one the rest. Upper and lower case differ. Linear
 * in the length of the name, whatever the pattern: no regular expression is made of it.
 * Returns null for a pattern that is not understood or not clear: a folder in it, a part twice, two parts side by side.
 */
export function compileNamePattern(pattern: string): NamePattern | null {
  const tokens = tokensOf(pattern);
  if (tokens === null) return null;
  const parts = tokens.flatMap((token) => (token.any && token.part !== null ? [token.part] : []));
  if (new Set(parts).size !== parts.length || parts.some((part) => part === 'key' || part === 'file'))
    return null;
  return { parts, match: (name) => matchTokens(tokens, name) };
}

function tokensOf(pattern: string): Token[] | null {
  if (pattern === '' || /[/\\]/.test(pattern)) return null;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const found = TOKEN.exec(pattern);
    if (found === null) return null;
    const any = found[3] === undefined;
    if (any && tokens.at(-1)?.any === true) return null;
    tokens.push(any ? { any, part: found[1] ?? null } : { any: false, text: found[3] ?? '' });
  }
  return tokens;
}

function matchTokens(tokens: readonly Token[], name: string): NameParts | null {
  const parts: Record<string, string> = {};
  let at = 0;
  let open: { part: string | null; from: number } | null = null;
  const closeAt = (end: number): boolean => {
    if (open === null) return true;
    if (open.part !== null && end === open.from) return false;
    if (open.part !== null) parts[open.part] = name.slice(open.from, end);
    open = null;
    return true;
  };
  for (const [index, token] of tokens.entries()) {
    if (token.any) {
      open = { part: token.part, from: at };
      continue;
    }
    const last = index === tokens.length - 1;
    const least: number = at + (open !== null && (open as { part: string | null }).part !== null ? 1 : 0);
    const found: number =
      open === null
        ? fitsAt(token.text, name, at)
          ? at
          : -1
        : findText(token.text, name, last ? Math.max(least, name.length - token.text.length) : least);
    if (found < 0 || !closeAt(found)) return null;
    at = found + token.text.length;
  }
  if (open !== null) return closeAt(name.length) ? parts : null;
  return at === name.length ? parts : null;
}

function findText(text: string, name: string, from: number): number {
  for (let at = from; at + text.length <= name.length; at += 1) if (fitsAt(text, name, at)) return at;
  return -1;
}

function fitsAt(text: string, name: string, at: number): boolean {
  if (at + text.length > name.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (text[index] !== '?' && text[index] !== name[at + index]) return false;
  return true;
}

const PLACEHOLDER = /\{(\w+)\}/g;

/** Names in braces. */
export const placeholdersOf = (template: string): string[] =>
  [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');

/** Puts values in the place of names in braces; an unknown name stays as it is. */
export const fillTemplate = (template: string, values: NameParts): string =>
  template.replace(
    PLACEHOLDER,
    (whole, name: string) => (Object.hasOwn(values, name) ? values[name] : whole) ?? whole,
  );
