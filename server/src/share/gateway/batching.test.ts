import type { Permission } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '#platform/auth/scope.ts';
import type { GuestAnswer, GuestQuestion, Guests } from '#platform/db/guests.ts';
import { AppError } from '#platform/errors/errors.ts';
import { type ShareTest, startShare } from '../share.fixture.ts';
import { createBatches, type Member } from './batching.service.ts';
import { splitAnswer } from './points.ts';

const LIMITS = { timeMs: 1e4, memoryBytes: 1e8, resultRows: 10, resultBytes: 1e6, readRows: 1e6, threads: 1 };
const questionOf = (sql: string): GuestQuestion => ({
  ...{ sql, format: 'TabSeparated', tables: [], filters: {}, limits: LIMITS, actor: 'a' },
});
const memberOf = (value: number, signal?: AbortSignal): Member => ({
  ...{ shape: 's', value, one: () => ({ ...questionOf(`one ${value}`), ...(signal ? { signal } : {}) }) },
  many: (values) => questionOf(`many ${values.join(' ')}`),
});
const answerOf = (text: string): GuestAnswer => ({
  whole: Buffer.from(text),
  chunks: (async function* () {})(),
  summary: () => ({ readRows: 8, readBytes: 80, resultRows: 1, resultBytes: 1, elapsedNs: 5 }),
});
const textOf = (answer: GuestAnswer) => Buffer.from(answer.whole ?? []).toString();

/** An engine that says what it was asked, and answers when it is told to. */
function engine(how: (sql: string) => string) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const guests: Guests = {
    async ask({ sql }) {
      asked.push(sql);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return answerOf(how(sql));
    },
  };
  const go = async (until: Promise<unknown>) => {
    let over = false;
    void until.finally(() => {
      over = true;
    });
    while (!over) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return until;
  };
  return { guests, asked, go };
}
const rows = (sql: string) => {
  const [kind, ...values] = sql.split(' ');
  return [...new Set(values)]
    .map((value) => (kind === 'one' ? `row ${value}\n` : `row ${value}\t${value}\n`))
    .join('');
};

describe('questions that differ in a value', () => {
  test('are asked together while others are under way, and each gets its own rows', async () => {
    const { guests, asked, go } = engine(rows);
    const { ask } = createBatches(guests);
    const all = Promise.all(Array.from({ length: 20 }, (_one, at) => ask(memberOf(at % 15))));
    const texts = ((await go(all)) as GuestAnswer[]).map(textOf);
    expect(texts).toEqual(Array.from({ length: 20 }, (_one, at) => `row ${at % 15}\n`));
    expect(asked.filter((sql) => sql.startsWith('one'))).toHaveLength(2);
    expect(asked.length).toBeLessThanOrEqual(4);
    // lists have few lengths, so that few statements are new to the engine
    for (const sql of asked.slice(2)) expect([2, 4, 8, 16]).toContain(sql.split(' ').length - 1);
  });

  test('are asked one by one when together they fail, from then on', async () => {
    const { guests, asked, go } = engine((sql) => {
      if (sql.startsWith('many')) throw new AppError('RESULT_TOO_LARGE', { max: 1 });
      return rows(sql);
    });
    const { ask } = createBatches(guests);
    const all = () => go(Promise.all(Array.from({ length: 6 }, (_one, at) => ask(memberOf(at)))));
    expect(((await all()) as GuestAnswer[]).map(textOf)).toEqual(
      [0, 1, 2, 3, 4, 5].map((at) => `row ${at}\n`),
    );
    expect(asked.filter((sql) => sql.startsWith('many'))).toHaveLength(1);
    await all();
    expect(asked.filter((sql) => sql.startsWith('many'))).toHaveLength(1);
  });

  test('that had more rows than one may have are asked alone', async () => {
    const { guests, asked, go } = engine((sql) => (sql.startsWith('many') ? 'x\t3\n'.repeat(11) : rows(sql)));
    const { ask } = createBatches(guests);
    await go(Promise.all([1, 2, 3, 4].map((value) => ask(memberOf(value)))));
    expect(asked).toContain('one 3');
    expect(asked).not.toContain('one 4');
  });

  test('leave alone whoever goes away', async () => {
    const { guests, go } = engine(rows);
    const { ask } = createBatches(guests);
    const gone = new AbortController();
    const all = Promise.allSettled(
      [1, 2, 3, 4].map((value) => ask(memberOf(value, value === 3 ? gone.signal : undefined))),
    );
    gone.abort(new Error('gone'));
    const settled = (await go(all)) as PromiseSettledResult<GuestAnswer>[];
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });
});

test('an answer is taken apart by its last field, whatever stands in the others', () => {
  const bytes = (text: string) => Buffer.from(text);
  const shown = (format: string, text: string, value: string | number) =>
    Buffer.from(splitAnswer(format, bytes(text))(value).body).toString();
  expect(shown('TabSeparated', 'a\\t7\t7\nb\t8\n', 7)).toBe('a\\t7\n');
  expect(shown('TabSeparated', 'a\t8\n', 7)).toBe('');
  const line = '{"name":",\\"rh__key\\":\\"8\\"}","rh__key":"7"}\n';
  expect(shown('JSONEachRow', line, 7)).toBe('{"name":",\\"rh__key\\":\\"8\\"}"}\n');
  expect(() => shown('TabSeparated', 'no value\n', 7)).toThrow();
});

let share: ShareTest;
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  await share.invent(
    Array.from({ length: 24 }, (_one, at) => ({
      name: `第${at}公司${at % 5 === 0 ? '\t"\\\n' : ''}`,
      organisation: at % 3 === 0 ? 'jx.ganzhou' : 'jx.nanchang',
      code: `C${at % 8}`,
      revenue: at === 1 ? null : at / 3,
      phone: `1380000${1000 + at}`,
    })),
  );
}, 120_000);
afterAll(() => share?.stop());

const RIGHTS: Permission[] = ['share:dataset:read', 'share:sql:use', 'fuse:enterprise:read'];
const scopeOf = (organisation: string): Scope => ({
  actor: { kind: 'key', id: `key of ${organisation}`, name: 'app' },
  ...{ organisation, permissions: new Set(RIGHTS), locale: 'zh-CN', requestId: 'r', from: null },
});
async function ask(organisation: string, sql: string, format: string): Promise<string> {
  const answer = await share.sharing.gateway.ask(scopeOf(organisation), {
    ...{ sql, format, door: 'sql', requestId: 'r' },
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts).toString();
}

/** Every statement the engine's guests are asked meanwhile. */
async function watched<Result>(work: () => Promise<Result>): Promise<{ result: Result; asked: string[] }> {
  const { guests } = share.platform.analytics;
  const { ask: before } = guests;
  const asked: string[] = [];
  guests.ask = (question) => {
    asked.push(question.sql);
    return before(question);
  };
  try {
    return { result: await work(), asked };
  } finally {
    guests.ask = before;
  }
}

test.each([
  ['a number', 'TabSeparated', (at: number) => `number = ${at + 1}`, ''],
  ['a number, backwards', 'TSV', (at: number) => `${at + 1} = number`, ''],
  [
    'a code, in order, some of them',
    'JSONEachRow',
    (at: number) => `code = 'C${at}'`,
    'order by number desc limit 2',
  ],
  ['a format that cannot be split', 'CSV', (at: number) => `code = 'C${at}'`, 'order by number'],
])(
  'many at once over %s in %s give what each gives alone, to each caller their own',
  async (_what, format, where, rest) => {
    const sqls = Array.from(
      { length: 40 },
      (_one, at) => `select name, revenue as r, phone from share.enterprises where ${where(at)} ${rest}`,
    );
    const asked = (organisation: string) => Promise.all(sqls.map((sql) => ask(organisation, sql, format)));
    const { result, asked: statements } = await watched(() =>
      Promise.all([asked('jx.nanchang'), asked('jx.ganzhou')]),
    );
    // the memory of answers has them now, but for a question that is another
    const alone = async (organisation: string) => {
      const texts: string[] = [];
      for (const sql of sqls)
        texts.push(await ask(organisation, sql.replace('phone from', "phone, '@@' as one from"), format));
      return texts.map((text) => text.replaceAll(/,"one":"@@"|[\t,]"?@@"?/g, ''));
    };
    expect(result).toEqual([await alone('jx.nanchang'), await alone('jx.ganzhou')]);
    expect(result.flat().join('')).toMatch(/第/);
    if (format === 'CSV') expect(statements).toHaveLength(80);
    else expect(statements.length).toBeLessThan(40);
  },
);
