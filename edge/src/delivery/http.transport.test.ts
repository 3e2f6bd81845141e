import type { ErrorCode } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { errorAnswer } from '../testing/platform-double.ts';
import { outcomeOf } from './http.transport.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const outcome = (status: number, answer: string, retryAfter: string | null = null) =>
  outcomeOf({ status, answer, retryAfter, sequence: 7, nowMs });
const acknowledged = (sequence: number) =>
  JSON.stringify({ acknowledged: sequence, duplicate: false, stored: 1, rejected: 0 });

test('only an acknowledgement of this batch removes it', () => {
  expect(outcome(200, acknowledged(7)).kind).toBe('acknowledged');
  expect(outcome(200, acknowledged(6)).kind).toBe('later');
  expect(outcome(200, '<html>Please sign in</html>').kind).toBe('later');
  expect(outcome(204, '').kind).toBe('later');
});

const codes: [ErrorCode, string][] = [
  ['REQUEST_INVALID', 'refused'],
  ['REQUEST_TOO_LARGE', 'refused'],
  ['REQUEST_NOT_UNDERSTOOD', 'refused'],
  ['POINT_LIMIT', 'refused'],
  ['LOGIN_REQUIRED', 'blocked'],
  ['PERMISSION_MISSING', 'blocked'],
  ['COLLECTOR_UNKNOWN', 'blocked'],
  ['BATCH_SEQUENCE_CONFLICT', 'conflict'],
  ['RATE_LIMITED', 'later'],
  ['INGEST_OVERLOADED', 'later'],
  ['SHUTTING_DOWN', 'later'],
  ['INTERNAL', 'later'],
];
for (const [code, kind] of codes)
  test(`${code} means ${kind}`, () => {
    const { status, body } = errorAnswer(code);
    expect(outcome(status, body).kind).toBe(kind);
  });

test('a proxy’s 400 or 404 decides nothing over data', () => {
  expect(outcome(400, 'Bad Request').kind).toBe('blocked');
  expect(outcome(404, '<html>').kind).toBe('blocked');
  expect(outcome(502, '<html>').kind).toBe('later');
});

test('Retry-After is followed in seconds and as a date, within a limit', () => {
  const { body } = errorAnswer('INGEST_OVERLOADED');
  expect(outcome(503, body, '3')).toMatchObject({ retryAfterMs: 3_000 });
  expect(outcome(503, body, 'Thu, 01 Jan 2026 00:00:10 GMT')).toMatchObject({ retryAfterMs: 10_000 });
  expect(outcome(503, body, '999999')).toMatchObject({ retryAfterMs: 300_000 });
  expect(outcome(503, body, 'soon')).not.toHaveProperty('retryAfterMs');
});
