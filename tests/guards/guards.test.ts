import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GOOD_IMPORTS, IMPORT_FAULTS, LINT_FAULTS } from './planted.ts';
import { makeScratch, type Scratch } from './scratch.ts';

const filesOf = (faults: readonly { files: Readonly<Record<string, string>> }[]): Record<string, string> =>
  Object.assign({}, ...faults.map(({ files }) => files));

describe('the dependency rules', () => {
  let scratch: Scratch;
  let found: { code: number; output: string };
  beforeAll(async () => {
    scratch = makeScratch();
    scratch.plant({ ...filesOf(IMPORT_FAULTS), ...GOOD_IMPORTS });
    found = await scratch.run(['scripts/check-dependencies.mjs']);
  });
  afterAll(() => scratch.remove());

  test('the check fails', () => expect(found.code, found.output).toBe(1));

  test.for(IMPORT_FAULTS)('$rule is seen in $path', ({ rule, path }) => {
    expect(
      found.output.split('\n').some((line) => line.startsWith(`${rule}: `) && line.includes(path)),
      found.output,
    ).toBe(true);
  });

  test.for(Object.keys(GOOD_IMPORTS))('nothing is said of %s', (path) => {
    expect(found.output).not.toContain(path);
  });

  test('a check that reads almost nothing fails', async () => {
    const empty = makeScratch({ empty: true });
    try {
      empty.plant({
        'contracts/src/a.ts': `import './b.ts';\n`,
        'contracts/src/b.ts': 'export const b = 1;\n',
      });
      const { code, output } = await empty.run(['scripts/check-dependencies.mjs']);
      expect(output).toContain('did not look at the sources');
      expect(code).toBe(1);
    } finally {
      empty.remove();
    }
  });
});

describe('the linter', () => {
  let scratch: Scratch;
  let found: { code: number; output: string };
  beforeAll(async () => {
    scratch = makeScratch({ empty: true });
    scratch.plant(filesOf(LINT_FAULTS));
    found = await scratch.run([
      'node_modules/@biomejs/biome/bin/biome',
      'lint',
      '--max-diagnostics=none',
      '--colors=off',
      'cli/src/planted-lint',
      'edge/src/planted-lint',
    ]);
  });
  afterAll(() => scratch.remove());

  test('the check fails', () => expect(found.code, found.output).toBe(1));

  test.for(LINT_FAULTS)('$rule is seen in $path', ({ rule, path }) => {
    const [, file = ''] = /([^/]+)$/.exec(path) ?? [];
    const reported = found.output
      .split('\n')
      .some((line) => line.includes(`/${file}`) && line.includes(`lint/${rule}`));
    expect(reported, found.output).toBe(true);
  });
});

/** Each line that ends in `// wrong` must be an error of the compiler, and no other line may be one. */
const TYPES = `
import type { DomainMigrations } from '#platform/db/migration.ts';
import type { Platform } from '#platform/platform.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { demand } from '#platform/auth/scope.ts';
import { createPointStore } from '../points/points.store.ts';

export async function typed(platform: Platform, scope: Scope, migrations: DomainMigrations) {
  const points = createPointStore(platform);
  await points.byKey(scope, 'a');
  await points.byKey('a'); // wrong
  await platform.audit.list(scope, { limit: 1 });
  await platform.audit.list({ limit: 1 }); // wrong
  demand(scope, 'collect:point:read');
  demand(scope, 'collect:point:reed'); // wrong
  platform.events.publish('ingest.rejected', { organisation: 'jx', count: 1 });
  platform.events.publish('ingest.rejectd', { organisation: 'jx', count: 1 }); // wrong
  const list = ['a'];
  const first: string = list[0]; // wrong
  if (migrations.word === 'nowhere') return first; // wrong
  throw new AppError('NOT_FOUND', { thing: 'x' });
  throw new AppError('NOT_FUOND', { thing: 'x' }); // wrong
}
export enum Kind { A } // wrong
`;

describe('the compiler', () => {
  test('refuses a store call without a scope, and names that no catalog has', {
    timeout: 60_000,
  }, async () => {
    const scratch = makeScratch();
    try {
      const path = 'server/src/collect/planted/types.ts';
      scratch.plant({
        [path]: TYPES,
        'tsconfig.planted.json': JSON.stringify({ extends: './tsconfig.json', include: [], files: [path] }),
      });
      const { output } = await scratch.run([
        'node_modules/typescript/bin/tsc',
        '-p',
        'tsconfig.planted.json',
        '--pretty',
        'false',
      ]);
      const reported = [...output.matchAll(/planted\/types\.ts\((\d+),/g)].map(([, line]) => Number(line));
      const wrong = TYPES.split('\n').flatMap((line, index) =>
        line.endsWith('// wrong') ? [index + 1] : [],
      );
      expect(
        [...new Set(reported)].sort((a, b) => a - b),
        output,
      ).toEqual(wrong);
    } finally {
      scratch.remove();
    }
  });
});

describe('the generated documents', () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = makeScratch();
  });
  afterAll(() => scratch.remove());

  test('are refused when the code says something else, by the name of the page', async () => {
    const page = 'docs/reference/errors.md';
    scratch.plant({ [page]: '# Errors\n' });
    const generate = ['--import', 'tsx', 'scripts/docs/generate.ts'];
    const before = await scratch.run([...generate, '--check', 'errors']);
    expect(before.output).toContain(page);
    expect(before.code).toBe(1);
    expect((await scratch.run([...generate, 'errors'])).code).toBe(0);
    const after = await scratch.run([...generate, '--check', 'errors']);
    expect(after.code, after.output).toBe(0);
  });

  test('the picture is refused when the code imports something else', async () => {
    const draw = ['scripts/docs/picture.mjs'];
    expect((await scratch.run(draw)).code).toBe(0);
    scratch.plant({ 'cli/src/planted.ts': `import '../../edge/src/clock.ts';\n` });
    const { code, output } = await scratch.run([...draw, '--check']);
    expect(output).toContain('npm run picture');
    expect(code).toBe(1);
  });
});
