import { describe, expect, it } from 'vitest';
import { createWaiting } from './waiting.ts';

const LONG_MS = 60_000;
const open = () => new AbortController().signal;
const request = (collector: string, signal = open(), ms = LONG_MS) => ({ collector, version: 1, ms, signal });

describe('a collector that waits', () => {
  it('is woken by its own name only', async () => {
    const waiting = createWaiting();
    const first = waiting.wait(request('a'));
    const second = waiting.wait(request('b'));
    waiting.wake('a');
    expect(await first).toBe(true);
    expect(waiting.all()).toEqual([{ collector: 'b', version: 1 }]);
    waiting.close();
    expect(await second).toBe(false);
  });

  it('leaves when it has gone, when its time is over, and when it asks anew', async () => {
    const waiting = createWaiting();
    const gone = new AbortController();
    const first = waiting.wait(request('a', gone.signal));
    gone.abort();
    expect(await first).toBe(false);
    expect(await waiting.wait(request('a', open(), 1))).toBe(false);
    const earlier = waiting.wait(request('a'));
    const later = waiting.wait(request('a'));
    expect(await earlier).toBe(false);
    expect(waiting.has('a')).toBe(true);
    waiting.wake('a');
    expect(await later).toBe(true);
    expect(waiting.has('a')).toBe(false);
  });

  it('does not wait where it makes no sense', async () => {
    const waiting = createWaiting();
    expect(await waiting.wait(request('a', AbortSignal.abort()))).toBe(false);
    expect(await waiting.wait(request('a', open(), 0))).toBe(false);
    waiting.close();
    expect(await waiting.wait(request('a'))).toBe(false);
  });
});
