import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExactJson } from './exact-json.ts';
import { nextLink, retryAfterMs } from './http-paging.ts';
import { createPushQueue, PUSH_QUEUE_LIMITS } from './push-queue.ts';
import { createWatermark } from './watermark.ts';

const SEED = 20260331;

describe('JSON without lost digits', () => {
  test.each([
    ['[12345678901234567]', ['12345678901234567']],
    ['[9007199254740993, -9007199254740993]', ['9007199254740993', '-9007199254740993']],
    ['[9007199254740991, 0.30000000000000004, 1e300]', [9007199254740991, 0.30000000000000004, 1e300]],
    ['{"a":3.14159265358979323846}', { a: '3.14159265358979323846' }],
    [
      '["12345678901234567890", "\\"12345678901234567890"]',
      ['12345678901234567890', '"12345678901234567890'],
    ],
  ])('%s', (text, value) => expect(parseExactJson(text)).toEqual(value));

  test('any other JSON is what JSON.parse reads, inside texts too', () => {
    const short = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.boolean(),
    );
    const digits = fc.stringMatching(/^\d{16,25}["\\]?$/);
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.string(), digits), fc.array(fc.oneof(short, digits))),
        (value) => {
          const text = JSON.stringify(value);
          expect(parseExactJson(text)).toEqual(JSON.parse(text));
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('a large text without an end, and one nested too deeply, are refused quickly', () => {
    const open = `["${'\\"1234567890123456'.repeat(200_000)}`;
    expect(() => parseExactJson(open)).toThrow(SyntaxError);
    expect(parseExactJson(`${open}", 1234567890123456789]`)).toMatchObject({ 1: '1234567890123456789' });
    expect(() => parseExactJson('['.repeat(65) + ']'.repeat(65))).toThrow(/deeper/);
  });
});

describe('the watermark', () => {
  const now = new Date('2026-03-31T00:00:00Z');
  const highest = (before: unknown, ...values: unknown[]) => {
    const watermark = createWatermark({ before, now });
    for (const value of values) watermark.see(value);
    return watermark.highest();
  };

  test.each([
    [null, [9, 10, '11'], '11'],
    [null, ['9', '10'], '10'],
    [null, ['1234567890123456788', '1234567890123456789'], '1234567890123456789'],
    [null, ['b', 'a', 'Z'], 'b'],
    [null, ['2026-03-30', '2026/3/31', '2026-03-30T23:00:00'], '2026/3/31'],
    [null, ['2026-03-30T12:00:00+08:00', '2026-03-30T05:00:00Z'], '2026-03-30T05:00:00Z'],
    [null, ['2026-03-30 08:00:00.1234567', '2026-03-30 08:00:00.1234568'], '2026-03-30 08:00:00.1234568'],
    [null, ['2026-03-30', '不详', '2026-03-29'], '2026-03-30'],
    [null, ['9999-12-31', '2026-03-29'], '2026-03-29'],
    [null, [null, '', undefined, {}, Number.NaN], null],
    ['2026-03-30', ['zzz', '99', '2026-03-29'], '2026-03-30'],
    ['2026-03-30', ['2026-03-31'], '2026-03-31'],
    [5, [-7], 5],
    [-7, [-3.5, -4], -3.5],
  ])('after %o of %o it is %s', (before, values, expected) =>
    expect(highest(before, ...values)).toBe(expected),
  );

  test('never goes back, and the order of rows does not matter', () => {
    const values = fc.array(fc.oneof(fc.integer(), fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(values, (list) => {
        const most = list.map((value) => BigInt(value)).reduce((a, b) => (a > b ? a : b));
        expect(BigInt(highest(null, ...list) ?? 'x')).toBe(most);
        expect(BigInt(highest(null, ...list.toReversed()) ?? 'x')).toBe(most);
        expect(highest(String(most + 1n), ...list)).toBe(String(most + 1n));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

test('the next page of a Link header', () => {
  const next = (header: string) => nextLink(header, 'http://a/b?c');
  expect(next('<x>; rel=next')).toBe('http://a/x');
  expect(next('<x>; rel="prev", <y>; REL="start NEXT"')).toBe('http://a/y');
  expect(next('<x>; title="; rel=next"; rel=prev')).toBeNull();
  expect(next('<x>; title="; rel=prev"; rel=next')).toBe('http://a/x');
  expect(next('x; rel=next')).toBeNull();
  expect(next(`${'<'.repeat(15_000)};rel=next`)).toBeNull();
  expect(nextLink(undefined, 'http://a')).toBeNull();
});

test('what Retry-After says', () => {
  const now = Date.UTC(2026, 2, 31);
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('Tue, 31 Mar 2026 00:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Tue, 31 Mar 2020 00:00:30 GMT', now)).toBe(0);
  for (const nothing of [undefined, '', 'soon', '-1']) expect(retryAfterMs(nothing, now)).toBeNull();
});

describe('deliveries that wait', () => {
  const place = (source: string, organisation = 'jx') => ({
    source,
    name: source,
    organisation,
    characters: 10,
  });

  test('are written one at a time for each source in the order they came, whatever became of the one before', async () => {
    const queue = createPushQueue();
    const order: number[] = [];
    const all = [0, 1, 2, 3].map((index) =>
      queue.take(place('a'), async () => {
        await Promise.resolve();
        order.push(index);
        if (index === 1) throw new Error('one');
      }),
    );
    const states = (await Promise.allSettled(all)).map(({ status }) => status);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(states).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  test('one organisation cannot take the room of the others', async () => {
    const queue = createPushQueue({
      ...PUSH_QUEUE_LIMITS,
      waitingMax: 4,
      waitingPerOrganisationMax: 3,
      waitingPerSourceMax: 2,
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const wait = (source: string, organisation?: string) =>
      queue.take(place(source, organisation), () => held);
    const waiting = [wait('a'), wait('a'), wait('b')];
    await expect(wait('a')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await expect(wait('c')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    waiting.push(wait('d', 'jx.nanchang'));
    await expect(wait('e', 'jx.yingtan')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    release();
    await Promise.all(waiting);
    await queue.take(place('c'), async () => {});
  });

  test('of one organisation may not fill the memory; one alone may be of any size', async () => {
    const queue = createPushQueue({ ...PUSH_QUEUE_LIMITS, charactersPerOrganisationMax: 15 });
    const big = queue.take({ ...place('a'), characters: 100 }, async () => 'whole');
    await expect(queue.take(place('b'), async () => {})).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await big).toBe('whole');
  });
});
