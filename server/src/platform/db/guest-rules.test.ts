import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGuestError } from '#platform/db/guest-error.ts';
import { GUEST_AGGREGATES, GUEST_FUNCTIONS } from '#platform/db/guest-functions.data.ts';
import { checkGuestText } from '#platform/db/guest-text.ts';
import { checkGuestTree } from '#platform/db/guest-tree.ts';
import { createGuestTurns } from '#platform/db/guest-turns.ts';
import { quote } from '#platform/db/sql-parameters.ts';

const LIMITS = { timeoutMs: 1_000, rowsMax: 1 };
const never = new AbortController().signal;

describe('the text of a question of a guest', () => {
  it('may hold any text inside a literal', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, (value) => void checkGuestText(`select ${quote(value)} as x, "产量 (吨)" from t`)),
      { seed: 7, numRuns: 500 },
    );
  });

  it('may never hold a statement end, a comment or a line break in a name, wherever it stands', () => {
    const bad = fc.constantFrom(
      ';',
      '--',
      '/*',
      '#',
      '$',
      '"a\nb"',
      '`a\rb`',
      '\0',
      '\\',
      '{',
      '‘',
      '\u00a0',
    );
    const piece = fc.constantFrom('select', ' ', '1', ',', "'x\\'y'", '"n"', '`m`', '(', ')', '\n', "''");
    fc.assert(
      fc.property(fc.array(piece), bad, fc.array(piece), (before, fault, after) => {
        expect(() => checkGuestText([...before, fault, ...after].join(''))).toThrow();
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it.each([
    ["select 1, 'a' from t", "select 22, 'b c;--' from t", true],
    ['select a in (1, 2)', 'select a in (3, 40)', true],
    ['select a in (1, 2)', 'select a in (1, 2, 3)', false],
    ["select 'a'", 'select `a`', false],
    ['select a1', 'select a2', false],
    ['select 1e5', 'select 1e6', false],
    ['select 0x1', 'select 0x2', false],
    ['select 1.5', 'select 1.6', false],
    ['select t.1', 'select t.2', false],
    ["select 'it\\'s'", "select 'it\\'t'", false],
    ["select 'a''b'", "select 'a''c'", false],
    ['select "1"', 'select "2"', false],
  ])('%s and %s are of one shape: %s', (one, other, same) => {
    expect(checkGuestText(one) === checkGuestText(other)).toBe(same);
  });

  it('may be no longer than it may', () => {
    expect(() => checkGuestText(`select '${'x'.repeat(1_100_000)}'`)).toThrow();
  });
});

describe('the tree of a question of a guest', () => {
  const tree = (...lines: string[]) => `${lines.join('\n')}\n`;
  it.each([
    ['empty', ''],
    ['of another kind', tree('ShowTables')],
    ['with two roots', tree('SelectWithUnionQuery (children 1)', ' ExpressionList', 'ExpressionList')],
    ['with fewer children than told', tree('SelectWithUnionQuery (children 2)', ' ExpressionList')],
    ['with a child too deep', tree('SelectWithUnionQuery (children 1)', '   ExpressionList')],
    [
      'with an unknown kind',
      tree('SelectWithUnionQuery (children 1)', ' ExpressionList (children 1)', '  Novelty'),
    ],
    ['that is the answer of something else', tree('1')],
  ])('is refused when it is %s', (_case, explained) => {
    expect(() => checkGuestTree(explained, [])).toThrow(expect.objectContaining({ code: 'GUEST_REFUSED' }));
  });
});

describe('functions that a guest may call', () => {
  it('are none that read, wait or tell of the host, in any writing', () => {
    const bad =
      /^(dict|joinget|file|get(setting|server|macro|merge|client|os)|hostname|fqdn|current(user|role|prof|query)|user$|sleep|throw|aggthrow|ai[a-z]+(erate|embed|ify|late|ract)$|catboost|evalml|addressto|demangle|logtrace|hascolumn|filesystem|tcpport|uptime|formatrow|region|initialize|__)/;
    expect([...GUEST_FUNCTIONS, ...GUEST_AGGREGATES].filter((name) => bad.test(name))).toEqual([]);
  });
});

describe('errors of guests', () => {
  const failed = (message: string) => toGuestError(new Error(message), LIMITS, ['fuse.secret_table']);
  it.each([
    [
      'Code: 47. DB::Exception: Unknown expression identifier `x` in scope SELECT x FROM fuse.secret_table. (UNKNOWN_IDENTIFIER)',
      'Unknown expression identifier `x`',
    ],
    [
      "Code: 43. DB::Exception: Illegal type String of argument: In scope SELECT 1. Maybe you meant: ['hidden']. (ILLEGAL_TYPE_OF_ARGUMENT)",
      'Illegal type String of argument',
    ],
    [
      "Code: 6. DB::Exception: Cannot parse string 'hidden value' as UInt8. (CANNOT_PARSE_TEXT)",
      'CANNOT_PARSE_TEXT',
    ],
    [
      'Code: 47. DB::Exception: Identifier fuse.secret_table.a is not there. (UNKNOWN_IDENTIFIER)',
      'UNKNOWN_IDENTIFIER',
    ],
  ])('say what is wrong and nothing else: %s', (message, reason) => {
    expect(failed(message)).toMatchObject({ code: 'SQL_FAILED', values: { reason } });
  });

  it('are faults of ours when the number is not one of a question', () => {
    expect(failed('Code: 76. DB::Exception: Cannot open file /data/x. (CANNOT_OPEN_FILE)')).toMatchObject({
      name: 'AnalyticsError',
    });
  });
});

describe('turns of guests', () => {
  it('go round between actors and leave slots to others', async () => {
    const turns = createGuestTurns({ slots: 3, actorMax: 2, waitingMax: 10 });
    const order: string[] = [];
    const take = (actor: string) =>
      turns.take(actor, never).then((turn) => {
        order.push(actor);
        return turn;
      });
    const first = await Promise.all([take('a'), take('a')]);
    const later = ['a', 'a', 'b', 'b', 'c'].map(take);
    await wait(1);
    expect(order).toEqual(['a', 'a', 'b']);
    first[0]?.release();
    await later[0];
    (await later[2])?.release();
    (await later[3])?.release();
    await later[4];
    expect(order).toEqual(['a', 'a', 'b', 'a', 'b', 'c']);
    await expect(turns.take('d', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  it('are given up by who goes away while waiting, and refused beyond the limit and after the end', async () => {
    const turns = createGuestTurns({ slots: 1, actorMax: 1, waitingMax: 1 });
    const { release } = await turns.take('a', never);
    const going = new AbortController();
    const waiting = turns.take('a', going.signal);
    await expect(turns.take('a', never)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    going.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    const closing = turns.close();
    await expect(turns.take('b', never)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    release();
    release();
    await closing;
  });
});
