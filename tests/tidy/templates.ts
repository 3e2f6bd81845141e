/** One template literal of a source text. */
export type Template = {
  /** name before the backtick, as `sql`; null when untagged */
  tag: string | null;
  /** the text with every `${…}` left in */
  text: string;
  /** the expressions between `${` and `}` */
  values: string[];
  /** line of the opening backtick, from 1 */
  line: number;
};

const REGEX_MAY_FOLLOW = /(?:^|[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|await|yield))\s*$/;

/**
 * Finds the template literals of TypeScript source, nested ones too. A small scanner is enough here: it knows comments,
 * strings, regular expressions and `${…}`, which are all the places where a backtick can hide.
 */
export function templatesOf(source: string): Template[] {
  const found: Template[] = [];
  let at = 0;

  const skipUntil = (end: string) => {
    const next = source.indexOf(end, at);
    at = next === -1 ? source.length : next + end.length;
  };
  const skipQuoted = (quote: string) => {
    at += 1;
    while (at < source.length && source[at] !== quote && source[at] !== '\n')
      at += source[at] === '\\' ? 2 : 1;
    at += 1;
  };
  const skipRegex = () => {
    at += 1;
    let inClass = false;
    while (at < source.length && source[at] !== '\n' && (inClass || source[at] !== '/')) {
      if (source[at] === '[') inClass = true;
      if (source[at] === ']') inClass = false;
      at += source[at] === '\\' ? 2 : 1;
    }
    at += 1;
  };
  const readTemplate = () => {
    const start = at;
    const tag = tagBefore(source, start);
    const values: string[] = [];
    at += 1;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at += 2;
      else if (source.startsWith('${', at)) {
        at += 2;
        const from = at;
        readCode('}');
        values.push(source.slice(from, at - 1).trim());
      } else at += 1;
    }
    at += 1;
    found.push({
      tag,
      text: source.slice(start + 1, at - 1),
      values,
      line: source.slice(0, start).split('\n').length,
    });
  };
  const readCode = (end: string | null) => {
    let depth = 0;
    while (at < source.length) {
      const letter = source[at];
      if (letter === end && depth === 0) {
        at += 1;
        return;
      }
      if (source.startsWith('//', at)) skipUntil('\n');
      else if (source.startsWith('/*', at)) skipUntil('*/');
      else if (letter === "'" || letter === '"') skipQuoted(letter);
      else if (letter === '`') readTemplate();
      else if (letter === '/' && REGEX_MAY_FOLLOW.test(source.slice(Math.max(0, at - 40), at))) skipRegex();
      else {
        if (letter === '{') depth += 1;
        if (letter === '}') depth -= 1;
        at += 1;
      }
    }
  };
  readCode(null);
  return found;
}

/** Name of the tag that ends right before `at`, stepping over its type arguments: `sql`, `sql<{ id: string }>`. */
function tagBefore(source: string, at: number): string | null {
  let end = at;
  if (source[end - 1] === '>') {
    let depth = 0;
    do {
      end -= 1;
      if (source[end] === '>' && source[end - 1] !== '=') depth += 1;
      if (source[end] === '<') depth -= 1;
    } while (end > 0 && depth > 0);
  }
  const name = /[A-Za-z_$][\w$.]*$/.exec(source.slice(Math.max(0, end - 80), end))?.[0];
  return name === undefined || name === 'return' ? null : name;
}
