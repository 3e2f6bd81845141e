import { type Logger, pino } from 'pino';

/** Structured log. A line is a sentence with fields; `error` means data was lost or a person is needed. */
export type Log = Logger;

/** JSON lines on standard error, one object a line, so that standard output stays free for `ready <url>`. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['password', '*.password', 'authorization', 'key'],
    },
    pino.destination(2),
  );
}

/** A log that says nothing, for tests. */
export const silentLog = (): Log => pino({ level: 'silent' });
