import { describe, expect, it } from 'vitest';
import { help, parseCall } from './call.ts';
import { COMMANDS, findCommand } from './commands.ts';
import { bytes, table } from './print.ts';

describe('the command line', () => {
  it.each([
    [['audit', 'verify'], { words: ['audit', 'verify'], options: {} }],
    [
      ['user', 'add', 'li', '--roles', 'officer', '--title=李工'],
      { words: ['user', 'add', 'li'], options: { roles: 'officer', title: '李工' } },
    ],
    [['status', '--url'], { words: ['status'], options: { url: '' } }],
  ])('splits %j into words and options', (args, expected) => {
    expect(parseCall(args)).toEqual(expected);
  });

  it.each([
    [['backup'], 'backup'],
    [['backup', 'list'], 'backup list'],
    [['restore', 'somewhere'], 'restore'],
    [['fuse', 'name', '江西铜业'], 'fuse name'],
    [['fuse', 'code'], 'fuse code'],
    [['audit'], null],
    [['dance'], null],
  ])('finds for %j the command %s', (words, name) => {
    expect(findCommand(words)?.name ?? null).toBe(name);
  });

  it('names every command in its help, in both languages', () => {
    const text = help();
    for (const { usage, summary } of COMMANDS) {
      expect(text).toContain(usage);
      expect(text).toContain(summary.zh);
      expect(text).toContain(summary.en);
    }
  });
});

describe('printing', () => {
  it('counts a Chinese character as two columns', () => {
    expect(
      table(
        ['a', 'b'],
        [
          ['中文', 1],
          ['x', null],
        ],
      ),
    ).toBe('a     b\n中文  1\nx     –');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
  ])('writes %i bytes as %s', (value, text) => expect(bytes(value)).toBe(text));
});
