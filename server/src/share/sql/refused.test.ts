import { describe, expect, it } from 'vitest';
import { bindSql, parseSql, printSql } from './sql.ts';
import { CATALOG, relationOf } from './testing/engine.fixture.ts';
import { REFUSED } from './testing/refused.fixture.ts';

const run = (text: string) => printSql(bindSql(parseSql(text), CATALOG), relationOf, { version: '1' });

describe.each(Object.entries(REFUSED))('refused for %s', (reason, texts) => {
  it.each(texts)('%j', (text) => {
    expect(() => run(text)).toThrow(
      expect.objectContaining({ code: 'SQL_REFUSED', values: expect.objectContaining({ reason }) }),
    );
  });
});
