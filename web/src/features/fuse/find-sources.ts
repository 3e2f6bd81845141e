import type { Source } from '@ronghe/contracts';

/**
 * Sources that fit all words, those first whose name does; a word may stand in the name, the key, the owner or a column. Words
 * stand in any order.
 */
export function findSources(sources: readonly Source[], text: string): Source[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (where: string) => words.every((word) => where.toLowerCase().includes(word));
  const named = sources.filter(({ name }) => holds(name));
  const others = sources.filter((source) => !named.includes(source) && holds(allOf(source)));
  return [...named, ...others];
}

const allOf = ({ name, key, owner, mappings }: Source): string =>
  [name, key, owner, ...mappings.flatMap(({ from, to }) => [from, to.replace(/^column:/, '')])].join(' ');
