import { type Logger, pino } from 'pino';

/** Structured log. A line is a sentence with fields; `error` means data was lost or a person is needed. */
export type Log = Logger;

/** JSON lines on standard error, so that standard output stays free for `edge ready <collector>`. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['key', 'password', '*.key', '*.password', 'authorization'],
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** A log that says nothing, for tests. */
export const silentLog = (): Log => pino({ level: 'silent' });
