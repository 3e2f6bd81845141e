import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Something that the caller can put right; its message is all that is shown. */
export class Refusal extends Error {}

/** `my-protocol` → `MyProtocol`, `myProtocol`, `my_protocol`, `my protocol`. */
export function namesOf(kebab) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(kebab)) {
    throw new Refusal(`"${kebab}" is no name; it is made of a-z, 0-9 and single hyphens, as my-protocol.`);
  }
  const pascal = kebab.replace(/(?:^|-)([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return {
    kebab,
    pascal,
    camel: pascal[0].toLowerCase() + pascal.slice(1),
    snake: kebab.replaceAll('-', '_'),
    words: kebab.replaceAll('-', ' '),
  };
}

export const at = (path) => join(ROOT, path);
