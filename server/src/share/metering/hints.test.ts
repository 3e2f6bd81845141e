import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressHint,
  type Days,
  guessingHint,
  type Hour,
  networkOf,
  type Past,
  refusedHint,
  timeHint,
  usualMost,
  volumeHint,
  walkingHint,
  wordsOfHint,
} from './hints.ts';
import { shapeOf } from './shape.ts';

const hour = (more: Partial<Hour> = {}): Hour => ({
  ...{ requests: 1, refused: 0, rows: 0, hour: 2, addresses: ['10.1.2.3'] },
  ...more,
});
const past = (more: Partial<Past> = {}): Past => ({
  ...{ knownDays: 28, activeDays: 28, requests: 1_000, nearRows: [], nearRequests: [], hours: [2] },
  addresses: ['10.1.2.3'],
  ...more,
});
const NEW: Days = { rows: [], empty: [], refused: [] };
const series = (more: object) => ({
  questions: 0,
  rows: 0,
  hourQuestions: 0,
  hourEmpty: 0,
  hourSmall: 0,
  ...more,
});

describe('volume against the own past', () => {
  test('a steady daily job never alarms, whatever it takes and however it wavers by a fifth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 29, maxLength: 29 }),
        (rows, wavering) => {
          const [now = 0, ...before] = wavering.map((part) => Math.round(rows * (1 + part)));
          expect(volumeHint(hour({ rows: now }), past({ nearRows: before }))).toBeNull();
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  test('nor does a weekly job, a growing one, or one whose past has a day that was strange', () => {
    const weekly = past({ nearRows: [500_000, 500_000, 500_000, 500_000] });
    expect(volumeHint(hour({ rows: 520_000 }), weekly)).toBeNull();
    const growing = past({
      nearRows: Array.from({ length: 28 }, (_value, day) => 100_000 * 0.98 ** (day + 1)),
    });
    expect(volumeHint(hour({ rows: 100_000 }), growing)).toBeNull();
    const strange = past({ nearRows: [9_000_000, ...new Array<number>(27).fill(100_000)] });
    expect(volumeHint(hour({ rows: 110_000 }), strange)).toBeNull();
    // and the strange day hides nothing
    expect(volumeHint(hour({ rows: 1_000_000 }), strange)).toMatchObject({ what: 'rows', median: 100_000 });
  });

  test('ten times as much alarms with its figures; little never does, nor does who has no past', () => {
    const steady = past({ nearRows: new Array<number>(28).fill(20_000) });
    expect(volumeHint(hour({ rows: 200_000 }), steady)).toEqual({
      ...{ what: 'rows', now: 200_000, median: 20_000, deviation: 0, most: 30_000, days: 28 },
    });
    expect(volumeHint(hour({ rows: 9_999 }), past())).toBeNull();
    expect(volumeHint(hour({ rows: 10_001 }), past())).not.toBeNull();
    expect(volumeHint(hour({ rows: 1e9 }), past({ knownDays: 6 }))).toBeNull();
    expect(
      volumeHint(hour({ requests: 5_000 }), past({ nearRequests: new Array<number>(28).fill(10) })),
    ).toMatchObject({
      what: 'requests',
    });
  });

  test('what is usual is the median with its deviation, or the busiest day but one', () => {
    expect(usualMost([10, 12, 11, 9, 10])).toMatchObject({ median: 10, deviation: 1 });
    expect(usualMost([0, 0, 0, 40, 50]).most).toBe(60);
    expect(usualMost([])).toEqual({ median: 0, deviation: 0, most: 0 });
  });
});

describe('scraping', () => {
  test('pages over most of a dataset alarm once they are new', () => {
    const walked = series({ questions: 95, rows: 9_500 });
    expect(walkingHint(walked, NEW, 10_000)).toEqual({
      questions: 95,
      rows: 9_500,
      total: 10_000,
      share: 0.95,
    });
    expect(walkingHint(walked, NEW, 100_000)).toBeNull();
    expect(walkingHint(walked, NEW, 0)).toBeNull();
    expect(walkingHint(series({ questions: 5, rows: 9_500 }), NEW, 10_000)).toBeNull();
    // a job that fetches everything each night
    expect(walkingHint(walked, { ...NEW, rows: [9_400, 9_300, 9_200] }, 10_000)).toBeNull();
    expect(walkingHint(walked, { ...NEW, rows: [9_400, 9_300] }, 10_000)).not.toBeNull();
  });

  test('ids that are tried alarm; look-ups that find something do not', () => {
    expect(guessingHint(series({ hourQuestions: 400, hourEmpty: 380, hourSmall: 400 }), NEW)).toEqual({
      ...{ questions: 400, empty: 380, share: 0.95 },
    });
    expect(guessingHint(series({ hourQuestions: 400, hourEmpty: 20, hourSmall: 400 }), NEW)).toBeNull();
    expect(guessingHint(series({ hourQuestions: 99, hourEmpty: 99, hourSmall: 99 }), NEW)).toBeNull();
    expect(guessingHint(series({ hourQuestions: 400, hourEmpty: 380, hourSmall: 100 }), NEW)).toBeNull();
    const polling = { ...NEW, empty: [300, 350, 400] };
    expect(guessingHint(series({ hourQuestions: 400, hourEmpty: 380, hourSmall: 400 }), polling)).toBeNull();
  });

  test('refused questions alarm when they are many, most, and new', () => {
    expect(refusedHint(hour({ requests: 80, refused: 60 }), NEW)).toMatchObject({ refused: 60, share: 0.75 });
    expect(refusedHint(hour({ requests: 200, refused: 60 }), NEW)).toBeNull();
    expect(refusedHint(hour({ requests: 49, refused: 49 }), NEW)).toBeNull();
    expect(refusedHint(hour({ requests: 80, refused: 60 }), { ...NEW, refused: [50, 60, 70] })).toBeNull();
  });
});

describe('place and time of a key', () => {
  test('a neighbour is no news, another network is', () => {
    expect(addressHint(hour({ addresses: ['10.1.2.77'] }), past())).toBeNull();
    expect(addressHint(hour({ addresses: ['203.0.113.9', '10.1.2.3'] }), past())).toMatchObject({
      address: '203.0.113.9',
    });
    expect(addressHint(hour({ addresses: ['203.0.113.9'] }), past({ activeDays: 6 }))).toBeNull();
    const roaming = past({
      addresses: ['10.1.1.1', '10.1.2.1', '10.1.3.1', '10.1.4.1', '10.1.5.1', '10.1.6.1'],
    });
    expect(addressHint(hour({ addresses: ['203.0.113.9'] }), roaming)).toBeNull();
    // accesses of before addresses were kept
    expect(addressHint(hour({ addresses: ['203.0.113.9'] }), past({ addresses: [''] }))).toBeNull();
    expect(networkOf('::ffff:10.1.2.3')).toBe('10.1.2');
    expect(networkOf('2001:DB8:1:2:3::9')).toBe('2001:db8:1:2');
    expect(networkOf('2001:db8::9')).toBe('2001:db8:0:0');
  });

  test('an hour beside the usual one is no news, also over midnight; another one is', () => {
    expect(timeHint(hour({ hour: 3, requests: 9 }), past())).toBeNull();
    expect(timeHint(hour({ hour: 0, requests: 9 }), past({ hours: [23] }))).toBeNull();
    expect(timeHint(hour({ hour: 14, requests: 9 }), past())).toMatchObject({ hour: 14, hours: '2' });
    expect(timeHint(hour({ hour: 14, requests: 4 }), past())).toBeNull();
    expect(timeHint(hour({ hour: 14, requests: 9 }), past({ activeDays: 13 }))).toBeNull();
    const always = past({ hours: Array.from({ length: 13 }, (_value, at) => at) });
    expect(timeHint(hour({ hour: 20, requests: 9 }), always)).toBeNull();
  });
});

test('every hint says its figures in both languages', () => {
  const figures = {
    what: 'rows',
    now: 7,
    median: 1,
    most: 2,
    days: 28,
    questions: 3,
    rows: 4,
    total: 5,
    share: 0.5,
  };
  const more = { empty: 6, refused: 8, requests: 9, hour: 14, hours: '2', known: 1, address: '203.0.113.9' };
  for (const kind of ['volume', 'walking', 'guessing', 'refused', 'address', 'time'] as const)
    for (const text of Object.values(wordsOfHint(kind, { ...figures, ...more }))) {
      expect(text).toMatch(/\d/);
      expect(text).not.toMatch(/undefined|NaN/);
    }
});

describe('the shape of a question', () => {
  test.each([
    ["select a from t where id = 'x1'", "select a from t  where id = 'y''2'"],
    ['select a from t limit 100', 'select a from t limit 7'],
    ["select a from t where id in ('a', 'b')", "select a from t where id in ('a','b','c', 'd')"],
    ['select a from t where n > 0x1f', 'select a from t where n > 1.5e3'],
    ["select a from t where id = 'it\\'s'", "select a from t where id = '\\\\'"],
  ])('%s is %s', (one, other) => expect(shapeOf(one)).toBe(shapeOf(other)));

  test.each([
    ['select a from t', 'select b from t'],
    ['select a1 from t', 'select a2 from t'],
    ["select a from t where id = 'x'", "select a from t where id > 'x'"],
  ])('%s is not %s', (one, other) => expect(shapeOf(one)).not.toBe(shapeOf(other)));

  test('takes time in proportion to the text', () => {
    const started = performance.now();
    for (const text of [
      "'".repeat(262_143),
      '\\'.repeat(262_144),
      '?   '.repeat(65_000),
      '1'.repeat(262_144),
      ' '.repeat(262_144),
    ])
      shapeOf(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
