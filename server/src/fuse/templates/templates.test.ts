import { ConnectorTemplate, MappingContent, SourceConnection } from '@ronghe/contracts';
import { describe, expect, test } from 'vitest';
import { checkMapping, runTests } from '../mapping/mapping.ts';
import { standardise } from '../mapping/standardise.fixture.ts';
import { suggestMapping } from '../mapping/suggest.ts';
import { createProfiler, pageOfRows } from '../profile/profile.ts';
import { codeFault } from '../standards/uscc.ts';
import { TEMPLATES } from './templates.ts';

const profileOf = (rows: readonly Record<string, unknown>[]) => {
  const profiler = createProfiler();
  profiler.add(pageOfRows(rows));
  return profiler.result();
};
const exampleRow = ({ columns }: ConnectorTemplate) =>
  Object.fromEntries(columns.map(({ name, example }) => [name, example]));

describe.each(TEMPLATES.map((template) => [template.key, template] as const))(
  'the template %s',
  (_key, template) => {
    const content = MappingContent.parse(template);

    test('is one as the contract has it, with a mapping without fault', () => {
      expect(ConnectorTemplate.parse(template)).toEqual(template);
      expect(checkMapping(content, template.target)).toEqual([]);
    });
    test('passes its own tests, at least two', () => {
      expect(template.tests.length).toBeGreaterThanOrEqual(2);
      expect(runTests(content, standardise).filter(({ passed }) => !passed)).toEqual([]);
    });
    test('reads only columns that it names, and names every field it reads', () => {
      const named = new Set(template.columns.map(({ name }) => name));
      const read = [...template.rowKey, ...template.mappings.map(({ from }) => from)].flatMap((from) =>
        from.split('|'),
      );
      expect(read.filter((name) => !named.has(name))).toEqual([]);
      if (template.periodField !== null) expect(named).toContain(template.periodField);
    });
    test('is recognised by its own columns, in any order and with one more', () => {
      const row = { 备注: '', ...Object.fromEntries(Object.entries(exampleRow(template)).reverse()) };
      const suggestion = suggestMapping(profileOf([row]), { templates: TEMPLATES });
      expect(suggestion).toMatchObject({
        template: template.key,
        rowKey: template.rowKey,
        periodField: template.periodField,
        target: template.target,
      });
      for (const { to } of template.mappings.filter(
        ({ from }, at) => template.mappings.findIndex((one) => one.from === from) === at,
      ))
        expect(suggestion.columns.map((one) => one.to)).toContain(to);
    });
    test('is found again by the proposal without it, but for what only a person can know', () => {
      const suggestion = suggestMapping(profileOf([exampleRow(template)]), { templates: [] });
      const differing = suggestion.columns.filter(({ column, to }) => {
        const own = template.mappings
          .filter(({ from }) => from.split('|').includes(column))
          .map((one) => one.to);
        return own.length > 0 && !own.includes(to ?? '') && !own.every((one) => one.startsWith('column:'));
      });
      expect(
        differing.map(({ column, to }) => [column, to]).filter(([column]) => column !== '注册号'),
      ).toEqual([]);
    });
    test('has examples that are invented and a connection that lacks only what is filled in', () => {
      for (const { kind, example } of template.columns) {
        if (kind === 'code') expect(codeFault(example)).toBeNull();
        if (kind === 'name') expect(example).toContain('示例');
      }
      const upload = { upload: '00000000-0000-4000-8000-000000000000' };
      const filled = {
        ...template.connection,
        ...(template.connection.kind === 'http-json' ? { url: 'https://x.example' } : upload),
      };
      expect(SourceConnection.safeParse(filled).success).toBe(true);
    });
    test('speaks both languages', () => {
      expect(template.guide.zh.length).toBeGreaterThan(300);
      expect(template.guide.en).toMatch(/^# Connect|^# Collect/);
      expect(`${template.guide.en}${template.summary.en}${template.name.en}`).not.toMatch(/\p{Script=Han}/u);
    });
  },
);

test('keys are different, and the two provincial systems come first', () => {
  const keys = TEMPLATES.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.slice(0, 2)).toEqual(['park-cloud', 'operation-monitor']);
});
