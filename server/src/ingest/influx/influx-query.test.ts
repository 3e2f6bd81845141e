import { describe, expect, it } from 'vitest';
import { answerQuery } from './influx-query.ts';

const ask = (text: string | undefined, reading = false) =>
  answerQuery(text, { database: 'jx.plant', reading });
const done = { results: [{ statement_id: 0 }] };

describe('what writers of InfluxDB 1 ask', () => {
  it.each([
    ['CREATE DATABASE "telegraf"', done],
    ['CREATE DATABASE benchmark WITH REPLICATION 1', done],
    ['create database "a b" with duration 3d replication 1 name "x"', done],
    ['drop database benchmark', done],
    ['CREATE RETENTION POLICY "week" ON "telegraf" DURATION 7d REPLICATION 1', done],
    ['SHOW MEASUREMENTS', done],
    ['SHOW MEASUREMENTS ON "telegraf" LIMIT 1', done],
    [
      'show databases',
      {
        results: [
          { statement_id: 0, series: [{ name: 'databases', columns: ['name'], values: [['jx.plant']] }] },
        ],
      },
    ],
    ['CREATE DATABASE a; DROP DATABASE b;', { results: [{ statement_id: 0 }, { statement_id: 1 }] }],
  ])('%s', (text, answer) => {
    expect(ask(text)).toEqual(answer);
  });

  it('warns when a change comes by GET, and does not when it is a question', () => {
    expect(ask('CREATE DATABASE a', true)).toMatchObject({ results: [{ messages: [{ level: 'warning' }] }] });
    expect(JSON.stringify(ask('SHOW DATABASES', true))).not.toMatch(/warning/);
  });

  it('tells the one retention policy there is', () => {
    const answer = ask('SHOW RETENTION POLICIES ON "telegraf"');
    expect(answer).toMatchObject({
      results: [{ series: [{ values: [['autogen', '0s', '168h0m0s', 1, true]] }] }],
    });
  });

  it.each([
    [undefined, /missing required parameter "q"/],
    ['', /missing required parameter "q"/],
    [' ; ', /missing required parameter "q"/],
    ['SELECT * FROM cpu', /^error parsing query: "SELECT \* FROM cpu" is not answered here/],
    ['DROP DATABASE', /^error parsing query/],
    ['CREATE DATABASE a; SELECT 1', /^error parsing query/],
    ['x'.repeat(100_001), /too long/],
    ['drop database a;'.repeat(101), /too many/],
  ])('refuses %s in the shape of InfluxDB', (text, message) => {
    expect(ask(text)).toEqual({ error: expect.stringMatching(message) });
  });

  it('answers a statement made to take long at once', () => {
    const before = Date.now();
    ask(`create database "${'\\"'.repeat(45_000)} with `);
    ask(`show measurements${' '.repeat(99_000)}x\n`);
    expect(Date.now() - before).toBeLessThan(1_000);
  });
});
