import { describe, expect, it } from 'vitest';
import { createFormat, NO_VALUE } from './format.ts';

const zh = createFormat('zh-CN');
const en = createFormat('en');

describe('numbers', () => {
  it.each([
    [0, '0', '0'],
    [9_999, '9,999', '9,999'],
    [12_345, '1.2 万', '12.3k'],
    [3_456_789, '345.7 万', '3.5M'],
    [120_000_000, '1.2 亿', '120M'],
    [7_800_000_000, '78 亿', '7.8B'],
    [2_500_000_000_000, '2.5 万亿', '2.5T'],
    [-56_000, '-5.6 万', '-56k'],
  ])('writes %d as %s in Chinese and %s in English', (value, chinese, english) => {
    expect(zh.compact(value)).toBe(chinese);
    expect(en.compact(value)).toBe(english);
  });

  it('writes money, which is stored in 10,000 CNY, with its unit', () => {
    expect(zh.money(243_058)).toBe('24.3 亿元');
    expect(zh.money(7_480)).toBe('7,480 万元');
    expect(en.money(243_058)).toBe('2.4 B CNY');
  });

  it('shows a dash where there is no number', () => {
    for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(zh.number(value)).toBe(NO_VALUE);
      expect(zh.compact(value)).toBe(NO_VALUE);
      expect(en.money(value)).toBe(NO_VALUE);
    }
  });

  it('writes shares and sizes', () => {
    expect(zh.percent(0.9912)).toBe('99.1%');
    expect(zh.bytes(0)).toBe('0 B');
    expect(zh.bytes(1_536)).toBe('1.5 KB');
    expect(zh.bytes(5 * 1024 ** 3)).toBe('5 GB');
  });
});

describe('times', () => {
  it('shows every moment in Beijing time, wherever the reader sits', () => {
    expect(zh.dateTime('2026-11-22T16:30:05.000Z')).toBe('2026-11-23 00:30:05');
    expect(zh.preciseTime('2026-11-22T16:30:05.025Z')).toBe('2026-11-23 00:30:05.025');
    expect(en.date('2026-11-22T16:30:05.000Z')).toBe('2026-11-23');
    expect(zh.shortTime('2026-01-01T00:00:00+08:00')).toBe('00:00');
  });

  it('shows a dash for what is no moment', () => {
    expect(zh.dateTime(null)).toBe(NO_VALUE);
    expect(zh.dateTime('yesterday')).toBe(NO_VALUE);
  });

  it('tells ages in the language of the page', () => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    expect(zh.ago('2026-11-22T09:57:00Z', now)).toBe('3分钟前');
    expect(en.ago('2026-11-22T09:57:00Z', now)).toBe('3 minutes ago');
    expect(zh.ago('2026-11-20T10:00:00Z', now)).toBe('前天');
  });

  it('writes the two largest units of a duration', () => {
    expect(zh.duration(6_400)).toBe('6.4 秒');
    expect(zh.duration(3 * 86_400_000 + 4 * 3_600_000 + 59_000)).toBe('3 天 4 小时');
    expect(en.duration(125_000)).toBe('2 min 5 s');
    expect(zh.duration(null)).toBe(NO_VALUE);
  });
});
