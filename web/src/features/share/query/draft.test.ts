import { execFileSync } from 'node:child_process';
import { type DatasetColumn, DatasetQuestion } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { type Draft, emptyDraft, exportOf, isAskable, measureNames, questionOf } from './draft.ts';
import { curlText, jsonText } from './question-text.ts';

const column = (name: string, type: DatasetColumn['type']): DatasetColumn => ({
  ...{ name, type, unit: null, grade: 1, level: 'general', personal: false, masks: [], partly: false },
  title: { zh: name, en: name },
  description: { zh: '', en: '' },
});
const COLUMNS = [column('name', 'text'), column('revenue', 'number'), column('updated_at', 'time')];
const draft = (more: Partial<Draft>): Draft => ({ ...emptyDraft(), ...more });
const asked = (more: Partial<Draft>) => questionOf(draft(more), COLUMNS).question;

describe('a question put together', () => {
  it('without anything reads every column, a page at a time', () => {
    expect(asked({})).toEqual({ limit: 100 });
    expect(exportOf(asked({ columns: ['name'], purpose: ' 统计 ' }), 'csv')).toEqual({
      ...{ select: ['name'], purpose: '统计', format: 'csv' },
    });
  });

  it('groups with a period and measures; names of the answer are told and never twice', () => {
    const question = asked({
      mode: 'groups',
      columns: ['name'],
      group: ['name', 'updated_at'],
      bucket: { column: 'updated_at', every: 'month' },
      measures: [
        { id: 1, fn: 'count', column: null },
        { id: 2, fn: 'sum', column: 'revenue' },
        { id: 3, fn: 'sum', column: 'revenue' },
        { id: 4, fn: 'countDistinct', column: 'name' },
      ],
      sort: [
        { id: 1, by: 'sum_revenue', order: 'desc' },
        { id: 2, by: 'revenue', order: 'asc' },
      ],
    });
    expect(question).toEqual({
      group: ['name', 'updated_at'],
      bucket: { column: 'updated_at', every: 'month', as: 'period_of_updated_at' },
      aggregates: [
        { fn: 'count', as: 'count' },
        { fn: 'sum', column: 'revenue', as: 'sum_revenue' },
        { fn: 'sum', column: 'revenue', as: 'sum_revenue_2' },
        { fn: 'countDistinct', column: 'name', as: 'distinct_name' },
      ],
      // what the answer does not have it cannot be put in order by
      sort: [{ by: 'sum_revenue', order: 'desc' }],
      limit: 100,
    });
    expect(DatasetQuestion.parse(question)).toEqual(question);
  });

  it('gives long columns names that the server takes', () => {
    const long = 'a'.repeat(63);
    const names = measureNames([
      { id: 1, fn: 'median', column: long },
      { id: 2, fn: 'median', column: long },
    ]);
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => name.length <= 63)).toBe(true);
  });

  it('waits for what a measure needs', () => {
    const measure = { id: 1, fn: 'sum' as const, column: null };
    expect(isAskable(draft({ mode: 'groups', measures: [measure] }))).toBe(false);
    expect(isAskable(draft({ mode: 'groups', measures: [] }))).toBe(false);
    expect(isAskable(draft({}))).toBe(true);
  });
});

describe('the same question for a program', () => {
  it('says as JSON what is sent, and a shell hands curl exactly that', () => {
    const question = { ...asked({}), filter: { column: 'name', op: 'eq' as const, value: `it's "a" $x \\` } };
    const command = curlText(question, { http: 'https://data.example', dataset: 'enterprises' });
    expect(command).toContain('"https://data.example/api/share/datasets/enterprises/query"');
    const handed = execFileSync('sh', ['-c', command.replace(/^curl/, `printf '%s\\n'`)], {
      encoding: 'utf8',
    });
    expect(handed.endsWith(`-d\n${jsonText(question)}\n`)).toBe(true);
  });
});
