/**
 * Who may import whom: runs the rules of .dependency-cruiser.cjs and prints each violation as a sentence.
 * Fails too when fewer modules were read than the house has, because a checker that reads nothing finds nothing.
 *
 *   node scripts/check-dependencies.mjs [--json]
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

/** Fewer modules than this mean that the parser did not work, not that the house is small. */
const MODULES_MIN = 50;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const FOLDERS = ['contracts/src', 'server/src', 'edge/src', 'web/src', 'cli/src', 'demo/src'];

/** Reads the sources below `root` and returns dependency-cruiser's result (modules and summary). */
export async function readDependencies(root = ROOT) {
  const { options, ...ruleSet } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'));
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const { enhancedResolveOptions, ...cruiseOptions } = options;
  const { output } = await cruise(
    folders,
    { ...cruiseOptions, enhancedResolveOptions, baseDir: root, ruleSet, validate: true, outputType: 'json' },
    enhancedResolveOptions,
  );
  return JSON.parse(output);
}

/** One line per violation: the rule, who imports what, and why that is not done here. */
export function sentences({ summary }) {
  const comments = new Map(summary.ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment]));
  return summary.violations.map(({ rule, from, to, cycle }) => {
    const way = cycle ? [from, ...cycle.map((step) => step.name)].join(' → ') : `${from} imports ${to}`;
    return `${rule.name}: ${from === to ? from : way}.\n    ${comments.get(rule.name) ?? ''}`;
  });
}

async function main() {
  const result = await readDependencies();
  const { totalDependenciesCruised, violations } = result.summary;
  const modules = result.modules.filter(({ source }) => !source.includes('node_modules')).length;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  for (const sentence of sentences(result)) console.error(sentence);
  const read = `${modules} modules and ${totalDependenciesCruised} imports read`;
  if (modules < MODULES_MIN) {
    console.error(
      `Only ${read}; at least ${MODULES_MIN} modules are expected. The check did not look at the sources.`,
    );
    process.exitCode = 1;
  } else if (violations.length > 0) {
    console.error(`${violations.length} imports break a rule (${read}).`);
    process.exitCode = 1;
  } else console.log(`Imports follow the rules (${read}).`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
