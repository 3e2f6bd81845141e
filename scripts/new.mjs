/**
 * Begins something new in the shape of the house.
 *
 *   npm run new connector my-protocol      a copy of the living connector modbus, renamed and registered
 *   npm run new feature fuse/inspections   a small feature with all its roles, its contract and its permissions
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { newConnector } from './new/connector.mjs';
import { newFeature } from './new/feature.mjs';
import { Refusal, ROOT } from './new/names.mjs';

const KINDS = { connector: newConnector, feature: newFeature };

function main([kind, name]) {
  const make = KINDS[kind];
  if (!make || !name) {
    console.error(
      'Say what and which: npm run new connector my-protocol, or npm run new feature fuse/inspections.',
    );
    process.exitCode = 2;
    return;
  }
  try {
    const { written, next } = make(name);
    tidyUp(written);
    console.log(
      `Written:\n${written.map((path) => `  ${path}`).join('\n')}\n\nNow:\n${next.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Renaming makes lines longer or shorter; the formatter puts them right again. */
function tidyUp(paths) {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const code = paths.filter((path) => /\.tsx?$/.test(path));
  spawnSync(process.execPath, [biome, 'check', '--write', ...code], { cwd: ROOT, stdio: 'ignore' });
}

main(process.argv.slice(2));
