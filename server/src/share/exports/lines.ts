import type { Cell } from './cells.ts';

/** Longest line that is put together: one row. */
const LINE_CHARACTERS_MAX = 50_000_000;

/** Rows of an answer in JSONCompactEachRow, whatever pieces it comes in. */
export async function* rowsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[]> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARACTERS_MAX) throw new Error('a row is longer than can be held');
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Cell[];
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield JSON.parse(rest) as Cell[];
}
