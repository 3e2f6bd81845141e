// `npm run bench [NAME …]`: runs the named benchmarks (all by default) and prints what they measured. A name that is none but begins
// others runs those: `fuse` is `fuse-link` and `fuse-sources`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace('.bench.mjs', ''));
const asked = process.argv.slice(2);
const chosen =
  asked.length === 0
    ? names
    : asked.flatMap((name) => {
        const begun = names.filter((one) => one.startsWith(`${name}-`));
        return names.includes(name) || begun.length === 0 ? [name] : begun;
      });
for (const name of chosen) {
  if (!names.includes(name)) {
    console.error(`There is no benchmark ${name}; there are: ${names.join(', ')}.`);
    process.exit(2);
  }
  const { run } = await import(join(folder, `${name}.bench.mjs`));
  console.log(`\n# ${name}`);
  for (const [what, value, goal] of await run())
    console.log(`${what.padEnd(58)} ${String(value).padStart(14)}   ${goal ?? ''}`);
}
process.exit(0);
