// The parser alone, one core: what `POST /api/v2/write` does with the bytes before anything is stored.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { short } from './table.mjs';

const LINES_PER_SECOND_GOAL = 1.5e6;
const RATIO_GOAL = 2.5;

/** @returns rows for the summary */
export function parserPart({ temp, data }) {
  const bodies = data.bodies(10_000);
  const file = join(temp, 'parser.lp');
  writeFileSync(file, bodies().body);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'parser.child.mjs'), file],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the parser could not be measured:\n${stderr}`);
  const { ours, naive } = JSON.parse(stdout);
  const ratio = ours / naive;
  return [
    [
      'parser, one core, known series: lines/s',
      short(ours),
      `goal ≥ ${short(LINES_PER_SECOND_GOAL)}${ours >= LINES_PER_SECOND_GOAL ? '' : ' — MISSED'}`,
    ],
    [
      'parser, one core: ours / split() and parseFloat()',
      `${ratio.toFixed(2)}x`,
      `goal ≥ ${RATIO_GOAL}x${ratio >= RATIO_GOAL ? '' : ' — MISSED'}`,
    ],
  ];
}
