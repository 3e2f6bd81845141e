/** A place inside a JSON value: the tokens of a JSON Pointer, unescaped. */
export type Pointer = readonly string[];

/** What a pointer leads to when it leads nowhere; `undefined` and `null` are values or could be mistaken for them. */
export const NOWHERE: unique symbol = Symbol('nowhere');

/** Whether a text is a JSON Pointer (RFC 6901, section 3): empty, or tokens after `/`, with `~` only as `~0` and `~1`. */
export const isPointer = (text: string): boolean => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text);

/** The tokens of a pointer that `isPointer` takes; `~1` is `/` and `~0` is `~` (RFC 6901, section 4, in this order). */
export function parsePointer(text: string): Pointer {
  if (text === '') return [];
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * What stands at a place, or NOWHERE. Only members of the JSON itself count, not what objects inherit; an index of an
 * array has no leading zero (RFC 6901, section 4).
 */
export function follow(value: unknown, pointer: Pointer): unknown {
  let at = value;
  for (const token of pointer) {
    if (Array.isArray(at)) {
      if (!/^(?:0|[1-9]\d{0,9})$/.test(token) || Number(token) >= at.length) return NOWHERE;
      at = at[Number(token)];
    } else if (typeof at === 'object' && at !== null && Object.hasOwn(at, token)) {
      at = Reflect.get(at, token);
    } else {
      return NOWHERE;
    }
  }
  return at;
}

/** Text with holes: a literal, the name or index of the item, or what a pointer finds in the item. */
export type Template = readonly (string | { name: true } | { pointer: Pointer })[];

const HOLE = /\{([^{}]*)\}/g;

/** Whether every hole of a template is `{#}` or a JSON Pointer in braces. */
export function isTemplate(text: string): boolean {
  const literal = text.replace(HOLE, (_all, inside: string) =>
    inside === '#' || isPointer(inside) ? '' : '{',
  );
  return !/[{}]/.test(literal);
}

/** `{/device}.{/metric}` → parts; `{#}` is the member name or the index of the item. */
export function parseTemplate(text: string): Template {
  const parts: Template[number][] = [];
  let from = 0;
  for (const hole of text.matchAll(HOLE)) {
    if (hole.index > from) parts.push(text.slice(from, hole.index));
    const inside = hole[1] ?? '';
    parts.push(inside === '#' ? { name: true } : { pointer: parsePointer(inside) });
    from = hole.index + hole[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** The text for one item; null when a hole finds no text, number or truth value. */
export function fill(template: Template, item: { name: string; value: unknown }): string | null {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const found = 'name' in part ? item.name : follow(item.value, part.pointer);
    if (typeof found !== 'string' && typeof found !== 'number' && typeof found !== 'boolean') return null;
    text += String(found);
  }
  return text;
}
