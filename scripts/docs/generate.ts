/**
 * Writes the generated reference below docs/reference, or with `--check` only compares and fails on a difference.
 * With names, only those pages: `errors events`.
 *
 *   node --import tsx scripts/docs/generate.ts [--check] [page …]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from './markdown.ts';
import { cliPage } from './pages/cli.ts';
import { configurationPage } from './pages/configuration.ts';
import { connectorsPage } from './pages/connectors.ts';
import { errorsPage } from './pages/errors.ts';
import { eventsPage } from './pages/events.ts';
import { openapiPage } from './pages/openapi.ts';
import { permissionsPage } from './pages/permissions.ts';
import { templatesPage } from './pages/templates.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES: readonly Page[] = [
  cliPage,
  configurationPage,
  connectorsPage,
  errorsPage,
  eventsPage,
  openapiPage,
  permissionsPage,
  templatesPage,
];

const checkOnly = process.argv.includes('--check');
const differing: string[] = [];
const names = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const chosen = PAGES.filter(
  ({ path }) => names.length === 0 || names.some((name) => path.includes(`/${name}.`)),
);
for (const { path, render } of chosen) {
  const file = join(ROOT, path);
  const content = await render();
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
  differing.push(path);
  if (checkOnly) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
if (checkOnly && differing.length > 0) {
  console.error(
    `The reference is older than the code: ${differing.join(', ')}. Run npm run docs and commit what it writes.`,
  );
  process.exitCode = 1;
} else if (differing.length > 0) console.log(`Written: ${differing.join(', ')}.`);
else console.log(`The reference fits the code (${chosen.length} pages).`);
