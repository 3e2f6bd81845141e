import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeScratch, type Scratch } from './scratch.ts';

const FEATURE = 'server/src/collect/inspection-plans';
const CONNECTOR = 'edge/src/connectors/my-bus';
const CREATED = [FEATURE, CONNECTOR, 'contracts/src/collect.ts', 'contracts/src/permissions.ts'];

describe('npm run new', () => {
  let scratch: Scratch;
  let outputs: string[];
  beforeAll(async () => {
    scratch = makeScratch();
    const feature = await scratch.run(['scripts/new.mjs', 'feature', 'collect/inspection-plans']);
    const connector = await scratch.run(['scripts/new.mjs', 'connector', 'my-bus']);
    expect([feature.code, connector.code], feature.output + connector.output).toEqual([0, 0]);
    outputs = [feature.output, connector.output];
  });
  afterAll(() => scratch.remove());

  test('writes a feature with all its roles and says what is left to do', () => {
    for (const role of ['', '.routes', '.service', '.store', '.test', '.routes.test']) {
      expect(existsSync(join(scratch.root, `${FEATURE}/inspection-plans${role}.ts`)), role).toBe(true);
    }
    expect(outputs[0]).toContain('collect.inspection_plan');
    expect(outputs[0]).toContain('createInspectionPlans');
  });

  test('writes a connector that nothing but its name tells from the example, and registers it', () => {
    expect(readFileSync(join(scratch.root, 'edge/src/connectors/registry.ts'), 'utf8')).toContain(
      `import('./my-bus/my-bus.ts')).createMyBus`,
    );
    const config = readFileSync(join(scratch.root, `${CONNECTOR}/my-bus.config.ts`), 'utf8');
    expect(config).toContain(`z.literal('my-bus')`);
    expect(config).not.toContain('Modbus');
  });

  test('leaves no placeholder behind', () => {
    for (const path of ['contracts/src/collect.ts', `${FEATURE}/inspection-plans.store.ts`]) {
      expect(readFileSync(join(scratch.root, path), 'utf8')).not.toMatch(/__[a-z]/i);
    }
    expect(outputs.join()).not.toMatch(/__[a-z]/i);
  });

  test('writes what compiles', async () => {
    const config = { extends: './tsconfig.json', include: [FEATURE, CONNECTOR], files: [] };
    scratch.plant({ 'tsconfig.new.json': JSON.stringify(config) });
    const { output } = await scratch.run([
      'node_modules/typescript/bin/tsc',
      '-p',
      'tsconfig.new.json',
      '--pretty',
      'false',
    ]);
    const faults = output.split('\n').filter((line) => CREATED.some((path) => line.startsWith(path)));
    expect(faults, output).toEqual([]);
  });

  test('writes what the linter and the dependency rules accept', async () => {
    const lint = await scratch.run([
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      '--colors=off',
      ...CREATED,
    ]);
    expect(lint.code, lint.output).toBe(0);
    const { output } = await scratch.run(['scripts/check-dependencies.mjs']);
    expect(output.split('\n').filter((line) => CREATED.some((path) => line.includes(path)))).toEqual([]);
  });

  test.for([
    ['a feature that is there', ['feature', 'collect/points'], 'exists already'],
    ['a connector that is there', ['connector', 'modbus'], 'exists already'],
    ['a domain that is not there', ['feature', 'nowhere/things'], 'There is no domain nowhere yet'],
    ['a name in capitals', ['connector', 'MyBus'], 'is no name'],
    ['nothing', [], 'Say what and which'],
  ] as const)('refuses %s and says why', async ([, args, says]) => {
    const { code, output } = await scratch.run(['scripts/new.mjs', ...args]);
    expect(output).toContain(says);
    expect(code).not.toBe(0);
  });
});
