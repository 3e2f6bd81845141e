/** A piece of text inside a block. */
export type Inline =
  | { kind: 'text' | 'code' | 'strong'; text: string }
  | { kind: 'link'; text: string; to: string };
/** A block of a text in the Markdown that our guides use. */
export type Block =
  | { kind: 'heading'; level: number; text: Inline[] }
  | { kind: 'paragraph'; text: Inline[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Inline[][] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'code'; text: string };

const HEADING = /^(#{1,4})\s+(.*)$/;
const ITEM = /^\s*(?:([-*])|(\d+)\.)\s+(.*)$/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const FENCE = /^```/;
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/g;

/**
 * Blocks of a Markdown text: headings, paragraphs, lists of one level, tables, fenced code; inside them code, strong and links to
 * http(s). Anything else stays the text it is, so nothing of a text becomes markup of the page.
 */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let at = 0;
  const takeWhile = (holds: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && holds(lines[at] ?? '')) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = HEADING.exec(line);
    if (line.trim() === '') at += 1;
    else if (heading) {
      at += 1;
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: inlinesOf(heading[2] ?? '') });
    } else if (FENCE.test(line)) {
      at += 1;
      blocks.push({ kind: 'code', text: takeWhile((next) => !FENCE.test(next)).join('\n') });
      at += 1;
    } else if (ITEM.test(line))
      blocks.push(listOf(takeWhile((next) => next.trim() !== '' && !HEADING.test(next))));
    else if (line.includes('|') && RULE.test(lines[at + 1] ?? ''))
      blocks.push(tableOf(takeWhile((next) => next.includes('|'))));
    else blocks.push({ kind: 'paragraph', text: inlinesOf(joined(takeWhile((next) => isProse(next)))) });
  }
  return blocks;
}

const isProse = (line: string): boolean =>
  line.trim() !== '' && !HEADING.test(line) && !ITEM.test(line) && !FENCE.test(line);

/** Lines of one paragraph; between Chinese characters a line end is no blank. */
const joined = (lines: readonly string[]): string =>
  lines
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/(\p{Script=Han}|[，。；：、）*`])\n(?=\p{Script=Han}|[（“])/gu, '$1')
    .replaceAll('\n', ' ');

/** A line that begins no item goes on with the one before. */
function listOf(lines: readonly string[]): Block {
  const items: string[][] = [];
  for (const line of lines) {
    const text = ITEM.exec(line)?.[3];
    if (text !== undefined) items.push([text]);
    else items.at(-1)?.push(line);
  }
  const number = ITEM.exec(lines[0] ?? '')?.[2];
  return {
    kind: 'list',
    ordered: number !== undefined,
    start: Number(number ?? 1),
    items: items.map((item) => inlinesOf(joined(item))),
  };
}

function tableOf([head = '', , ...rows]: readonly string[]): Block {
  return { kind: 'table', head: cellsOf(head), rows: rows.map(cellsOf) };
}

const cellsOf = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inlinesOf(cell.trim().replaceAll('\\|', '|')));

function inlinesOf(text: string): Inline[] {
  const pieces: Inline[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, strong, label, to] = found;
    if (found.index > from) pieces.push({ kind: 'text', text: text.slice(from, found.index) });
    if (code !== undefined) pieces.push({ kind: 'code', text: code });
    else if (strong !== undefined) pieces.push({ kind: 'strong', text: strong });
    else pieces.push({ kind: 'link', text: label ?? '', to: to ?? '' });
    from = found.index + whole.length;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}
