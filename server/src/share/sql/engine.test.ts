import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGGREGATES, SCALARS, WINDOWS } from './functions.data.ts';
import { COMBINATORS, functionKind } from './functions.ts';
import { bindSql, type Facts, parseSql, printSql } from './sql.ts';
import { ACCEPTED } from './testing/accepted.fixture.ts';
import { CATALOG, relationOf, startTestEngine, type TestEngine } from './testing/engine.fixture.ts';
import { TRICKS } from './testing/tricks.fixture.ts';

let engine: TestEngine;
let facts: Facts;
const NAMED = 'TSVWithNamesAndTypes';

beforeAll(async () => {
  engine = await startTestEngine();
  const [version = '', user = '', timezone = ''] = (
    await engine.ours('select version(), currentUser(), timezone()')
  )
    .trim()
    .split('\t');
  facts = { version, user, timezone };
});
afterAll(() => engine.stop());

const printed = (text: string) => printSql(bindSql(parseSql(text), CATALOG), relationOf, facts);

describe('what we print gives the answer of what was asked, names and types included', () => {
  it.each(ACCEPTED)('%s', async (text) => {
    const question = text.replace(/\s(?:FORMAT \w+|SETTINGS .*)?;?$/, '');
    const answer = await engine.ours(printed(text), NAMED);
    expect(answer).toBe(await engine.original(question, NAMED));
    expect(answer).not.toBe('');
  });
});

describe('no name of the caller changes which rows a relation gives', () => {
  it.each(TRICKS)('%s', async (text) => {
    let sql: string;
    try {
      sql = printed(text);
    } catch (error) {
      // refused is safe too; other errors are faults
      expect(error).toMatchObject({ code: 'SQL_REFUSED' });
      return;
    }
    const answer = await engine.ours(sql).catch((error: Error) => error.message);
    expect(answer).not.toMatch(/\bB[12]\b/);
    expect(answer).toMatch(/A1|Exception/);
  });

  it('and the tricks would work on text that was not ours', async () => {
    const relation = `(${relationOf('share.golden')})`;
    expect(await engine.ours(`WITH (a, b) -> 1 AS equals SELECT name FROM ${relation}`)).toContain('B1');
    expect(
      await engine.ours(
        `WITH \`fuse.golden\` AS (SELECT 'gx.a' AS organisation, 'B1' AS name, 1 AS n) SELECT name FROM ${relation}`,
      ),
    ).toContain('B1');
  });
});

describe('the allow-list of functions', () => {
  type Known = { name: string; is_aggregate: number; case_insensitive: number };
  let known: Map<string, Known>;
  beforeAll(async () => {
    const rows = await engine.ours(
      'select name, is_aggregate, case_insensitive from system.functions',
      'JSONEachRow',
    );
    known = new Map(
      rows
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Known)
        .map((row) => [row.name, row]),
    );
  });
  const plain = (listed: string) => listed.replace('*', '');

  it('has no name the engine does not know', () => {
    const listed = [...SCALARS, ...AGGREGATES, ...WINDOWS].map(plain);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
    expect(listed.length).toBe(new Set(listed).size);
  });

  it('knows aggregates and case as the engine does', () => {
    const told = (list: readonly string[]) =>
      list.filter((name) => (known.get(plain(name))?.case_insensitive === 1) !== name.endsWith('*'));
    expect(told([...SCALARS, ...AGGREGATES, ...WINDOWS])).toEqual([]);
    expect(SCALARS.filter((name) => known.get(plain(name))?.is_aggregate === 1)).toEqual([]);
    expect([...AGGREGATES, ...WINDOWS].filter((name) => known.get(plain(name))?.is_aggregate !== 1)).toEqual(
      [],
    );
  });

  it('lets no combination of an aggregate name a function that is not listed', () => {
    const listed = new Set([...SCALARS, ...AGGREGATES, ...WINDOWS].map(plain));
    const reached = [...known.keys()].filter((name) => !listed.has(name) && functionKind(name) !== null);
    expect(reached).toEqual([]);
    expect(COMBINATORS.length).toBeGreaterThan(0);
  });
});
