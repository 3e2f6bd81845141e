import { describe, expect, test } from 'vitest';
import type { GuestAnswer, GuestFormat } from '#platform/db/guests.ts';
import { askedText, createAnswerMemory } from './answer-memory.ts';

const ASKED = {
  ...{ sql: 'select 1', format: 'CSV' as GuestFormat, formatSettings: {}, limits: { resultRows: 10 } },
  ...{ tables: ['a.b'], filters: { 'a.b': 'c = 1' } as Record<string, string> },
  states: ['7'] as (string | null)[],
};
const keyOf = (asked: typeof ASKED) => createAnswerMemory().keyOf(askedText(asked), asked);
const SUMMARY = { readRows: 5, readBytes: 50, resultRows: 1, resultBytes: 2, elapsedNs: 9 };
const answerOf = (...chunks: string[]): GuestAnswer => ({
  summary: () => SUMMARY,
  chunks: (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })(),
});
async function read(answer: GuestAnswer | null): Promise<string | null> {
  if (answer === null) return null;
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('answers of a moment ago', () => {
  test('come again for the same question to the same rows, and cost no reading', async () => {
    const memory = createAnswerMemory();
    const key = keyOf(ASKED) ?? '';
    expect(memory.find(key)).toBeNull();
    expect(await read(memory.keeping(key, answerOf('a\n', 'b\n')))).toBe('a\nb\n');
    for (const _turn of [1, 2]) expect(await read(memory.find(key))).toBe('a\nb\n');
    expect(memory.find(key)?.summary()).toEqual({ ...SUMMARY, readRows: 0, readBytes: 0, elapsedNs: 0 });
  });

  test.each([
    ['another state of the rows', { states: ['8'] }],
    ['another statement', { sql: 'select 2' }],
    ['another format', { format: 'TSKV' as GuestFormat }],
    ['other conditions of the engine', { filters: { 'a.b': 'c = 2' } }],
    ['other tables', { tables: ['a.b', 'a.c'] }],
    ['other settings of it', { formatSettings: { x: 1 } }],
    ['other limits', { limits: { resultRows: 1 } }],
    ['another dataset beside it', { states: ['7', '7'] }],
  ])('are not those of %s', (_what, other) => {
    expect(keyOf({ ...ASKED, ...other })).not.toBe(keyOf(ASKED));
  });

  test.each([
    ['rows that may change meanwhile', { states: ['7', null] }],
    ['no dataset at all', { states: [] }],
    ['the time', { sql: 'select NOW()' }],
    ['chance', { sql: 'select rand()' }],
    ['an order that is none', { sql: 'select arrayShuffle([1])' }],
  ])('are not kept of %s', (_what, other) => {
    expect(keyOf({ ...ASKED, ...other })).toBeNull();
  });

  test('are kept only when they were read to the end and are small', async () => {
    const memory = createAnswerMemory();
    for await (const _chunk of memory.keeping('half', answerOf('a', 'b')).chunks) break;
    expect(memory.find('half')).toBeNull();
    await read(memory.keeping('large', answerOf('x'.repeat(200_000), 'x'.repeat(100_000))));
    expect(memory.find('large')).toBeNull();
    const failing: GuestAnswer = {
      summary: () => SUMMARY,
      chunks: (async function* () {
        yield Buffer.from('a');
        throw new Error('the engine went away');
      })(),
    };
    await expect(read(memory.keeping('failed', failing))).rejects.toThrow();
    expect(memory.find('failed')).toBeNull();
  });

  test('are one object as long as they are the same, and another afterwards', async () => {
    const memory = createAnswerMemory();
    const whole = Buffer.from('a');
    const at = { summary: () => SUMMARY, whole };
    memory.keeping('k', { ...answerOf('a'), ...at });
    const first = memory.find('k');
    expect(memory.find('k')?.same).toBe(first?.same);
    memory.keeping('k', { ...answerOf('a'), ...at });
    expect(memory.find('k')?.same).not.toBe(first?.same);
    memory.keeping('large', { ...answerOf(), ...at, whole: Buffer.alloc(300_000) });
    expect(memory.find('large')).toBeNull();
  });

  test('give way to newer ones, those asked for longest ago first', async () => {
    const memory = createAnswerMemory();
    const body = 'x'.repeat(2 ** 18);
    for (let at = 0; at < 250; at += 1) await read(memory.keeping(String(at), answerOf(body)));
    expect(memory.find('0')).not.toBeNull();
    for (let at = 250; at < 256; at += 1) await read(memory.keeping(String(at), answerOf(body)));
    expect(memory.find('0')).not.toBeNull();
    expect(memory.find('1')).toBeNull();
  });

  test('are counted with their questions: long ones with empty answers do not pile up', async () => {
    const memory = createAnswerMemory();
    const key = (at: number) => `${at} ${'x'.repeat(60_000)}`;
    for (let at = 0; at < 700; at += 1) await read(memory.keeping(key(at), answerOf()));
    expect(memory.find(key(0))).toBeNull();
    expect(memory.find(key(699))).not.toBeNull();
    expect(askedText({ ...ASKED, sql: 'x'.repeat(70_000) })).toBeNull();
  });
});
