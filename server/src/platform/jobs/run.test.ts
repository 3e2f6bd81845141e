import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import type { JobRow } from '#platform/jobs/job.store.ts';
import { backoffMs, errorText } from '#platform/jobs/job.ts';
import { type AbortCause, judge } from '#platform/jobs/run.ts';
import { createSchedule, nextRun, onceKey } from '#platform/jobs/schedule.ts';

const now = new Date('2026-03-02T08:00:00.000Z');
const row = (attempt: number, attempts_max = 3) => ({ attempt, attempts_max }) as JobRow;
const returned = { kind: 'returned', result: { rows: 1 } } as const;
const threw = (error: unknown) => ({ kind: 'threw', error }) as const;
const unheeded = { kind: 'unheeded' } as const;
const broken = new Error('disk on fire');
const refused = new AppError('SOURCE_TARGET_REFUSED', { target: 'x' });
const unreachable = new AppError('SOURCE_UNREACHABLE', { source: 's', reason: 'r' });

describe('a run that', () => {
  it.each([
    ['returns succeeds', returned, null, 1, 'succeeded'],
    ['throws is tried again', threw(broken), null, 1, 'queued'],
    ['throws at its last attempt fails', threw(broken), null, 3, 'failed'],
    ['meets the caller’s own fault fails at once', threw(refused), null, 1, 'failed'],
    ['cannot reach its source is tried again', threw(unreachable), null, 2, 'queued'],
    ['is cancelled is cancelled, whatever it returns', returned, 'cancel', 1, 'cancelled'],
    ['is cancelled and throws is cancelled', threw(broken), 'cancel', 1, 'cancelled'],
    ['does not heed a cancel is cancelled', unheeded, 'cancel', 1, 'cancelled'],
    ['is stopped by a shutdown waits again', threw(broken), 'shutdown', 3, 'queued'],
    [
      'returns after a shutdown waits again, because half its work may be missing',
      returned,
      'shutdown',
      3,
      'queued',
    ],
    ['takes too long is tried again', returned, 'timeout', 1, 'queued'],
    ['takes too long at its last attempt fails', unheeded, 'timeout', 3, 'failed'],
  ] as const)('%s', (_what, ended, cause: AbortCause | null, attempt, state) => {
    expect(judge({ job: row(attempt), ended, cause, now }).state).toBe(state);
  });

  it('was stopped by a shutdown loses no attempt', () => {
    expect(judge({ job: row(2), ended: unheeded, cause: 'shutdown', now })).toMatchObject({
      attempt: 1,
      runAt: now,
    });
  });

  it('fails waits 2, 4, 8 … seconds, at most a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(backoffMs)).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('fails tells its code and no secret', () => {
    expect(errorText(unreachable)).toBe('SOURCE_UNREACHABLE: The source s cannot be read: r');
    expect(errorText(new Error('connect postgres://u:open-sesame@h/d'))).not.toContain('open-sesame');
    expect(errorText('x'.repeat(5_000))).toHaveLength(500);
  });
});

describe('a schedule', () => {
  it('is in the time of Beijing', () => {
    expect(nextRun('0 2 * * *', now)).toEqual(new Date('2026-03-02T18:00:00.000Z'));
  });

  it('refuses an expression it does not understand', () => {
    expect(() => nextRun('every day', now)).toThrow();
  });

  it('gives each moment once, and does not make up for moments that passed', () => {
    const schedule = createSchedule();
    const definition = {
      kind: 'platform.tick',
      title: { zh: '滴答', en: 'Tick' },
      schedule: '* * * * *',
      run: async () => ({}),
    };
    const take = (time: string) =>
      schedule
        .take([definition], new Date(`2026-03-02T${time}Z`))
        .map(({ at }) => onceKey(definition.kind, at));
    expect(take('08:00:30.000')).toEqual([]);
    expect(take('08:00:59.999')).toEqual([]);
    expect(take('08:01:00.400')).toEqual(['platform.tick@2026-03-02T08:01:00.000Z']);
    expect(take('08:01:01.400')).toEqual([]);
    expect(take('08:07:01.000')).toEqual(['platform.tick@2026-03-02T08:02:00.000Z']);
    expect(take('08:07:59.000')).toEqual([]);
    expect(take('08:08:00.000')).toEqual(['platform.tick@2026-03-02T08:08:00.000Z']);
  });
});
