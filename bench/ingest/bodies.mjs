// Bodies to post: made once into a file, so that the generator does not compete with the server that is measured.
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { CHUNK_LINES, chunks } from './generate.mjs';

/**
 * Writes a data set to `file` and remembers where each chunk begins.
 * @returns `bodies(lines)` hands out bodies of so many lines (a multiple of 1,000), each time from the beginning;
 *   one body at a time is in memory. `remove()` deletes the file.
 */
export function spool(file, shape) {
  const handle = openSync(file, 'w+');
  const offsets = [0];
  const counts = [];
  let values = 0;
  for (const chunk of chunks(shape)) {
    writeSync(handle, chunk.body);
    offsets.push(offsets.at(-1) + chunk.body.length);
    counts.push(chunk.lines);
    values += chunk.values;
  }
  const lines = counts.reduce((sum, count) => sum + count, 0);
  return {
    shape,
    lines,
    values,
    bytes: offsets.at(-1),
    bodies(linesPerBody) {
      const step = linesPerBody / CHUNK_LINES;
      let at = 0;
      return () => {
        if (at >= counts.length) return null;
        const last = Math.min(at + step, counts.length);
        const body = Buffer.allocUnsafe(offsets[last] - offsets[at]);
        readSync(handle, body, 0, body.length, offsets[at]);
        let bodyLines = 0;
        for (; at < last; at += 1) bodyLines += counts[at];
        return { body, lines: bodyLines, values: (bodyLines * values) / lines };
      };
    },
    remove() {
      closeSync(handle);
      rmSync(file, { force: true });
    },
  };
}

/** The same from a generator, for data sets too long for a file; the loader then pays for making them. */
export function endless(shape, linesPerBody) {
  const source = chunks(shape);
  const step = linesPerBody / CHUNK_LINES;
  return () => {
    const parts = [];
    for (let count = 0; count < step; count += 1) {
      const { value, done } = source.next();
      if (done) break;
      parts.push(value);
    }
    if (parts.length === 0) return null;
    const total = (key) => parts.reduce((sum, part) => sum + part[key], 0);
    return {
      body: Buffer.concat(parts.map(({ body }) => body)),
      lines: total('lines'),
      values: total('values'),
    };
  };
}
