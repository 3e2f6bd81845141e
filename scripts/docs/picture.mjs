/**
 * Draws who imports whom as a Mermaid picture into ARCHITECTURE.md, between its two markers; `--check` only compares.
 *
 *   node scripts/docs/picture.mjs [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDependencies } from '../check-dependencies.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FILE = join(ROOT, 'ARCHITECTURE.md');
const START = '<!-- picture:start -->';
const END = '<!-- picture:end -->';

/** The room a file belongs to: `fuse`, `platform`, `app` (the server's own top files), or a process. */
function roomOf(path) {
  const [process, , room = ''] = path.split('/');
  if (path.includes('node_modules') || path.includes('.test.')) return null;
  if (process !== 'server')
    return ['contracts', 'edge', 'web', 'cli', 'demo'].includes(process) ? process : null;
  return room.endsWith('.ts') ? 'app' : room;
}

/** Mermaid text of the rooms and the imports between them, in a fixed order so that it can be compared. */
function pictureOf(modules) {
  const arrows = new Set();
  const rooms = new Set();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    if (from === null) continue;
    rooms.add(from);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (to !== null && to !== from) arrows.add(`  ${from} --> ${to}`);
    }
  }
  const inServer = [...rooms]
    .filter((room) => !['contracts', 'edge', 'web', 'cli', 'demo'].includes(room))
    .sort();
  const processes = [...rooms].filter((room) => !inServer.includes(room)).sort();
  return [
    '```mermaid',
    'flowchart TD',
    ...processes.map((room) => `  ${room}`),
    '  subgraph server',
    ...inServer.map((room) => `    ${room}`),
    '  end',
    ...[...arrows].sort(),
    '```',
  ].join('\n');
}

const text = readFileSync(FILE, 'utf8');
const [start, end] = [text.indexOf(START), text.indexOf(END)];
if (start === -1 || end < start) throw new Error(`ARCHITECTURE.md must hold ${START} and, after it, ${END}`);
const { modules } = await readDependencies(ROOT);
const drawn = `${text.slice(0, start + START.length)}\n${pictureOf(modules)}\n${text.slice(end)}`;
if (drawn === text) console.log('The picture in ARCHITECTURE.md fits the code.');
else if (process.argv.includes('--check')) {
  console.error(
    'The picture in ARCHITECTURE.md is older than the code. Run npm run picture and commit what it draws.',
  );
  process.exitCode = 1;
} else {
  writeFileSync(FILE, drawn);
  console.log('The picture in ARCHITECTURE.md is drawn anew.');
}
