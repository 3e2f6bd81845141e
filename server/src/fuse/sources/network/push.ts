import { AppError } from '#platform/errors/errors.ts';
import type { ChangeBatch } from './debezium.ts';
import { parseExactJson } from './exact-json.ts';

/** Most events one request may carry. */
export const PUSH_EVENTS_MAX = 10_000;
const DETAILS_MAX = 20;

type Row = Record<string, unknown>;

/** A body of JSON in which no digit is lost. @throws AppError REQUEST_INVALID */
export function parseBody(text: string): unknown {
  try {
    return parseExactJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid([{ path: 'body', message: `not JSON: ${(error as Error).message}` }], error);
  }
}

/** One event, a JSON array of them, or one on each line (empty lines are left out). @throws AppError REQUEST_INVALID */
export function readEvents(text: string): unknown[] {
  const events = eventsOf(text.replace(/^\uFEFF/, '').trim());
  if (events.length > PUSH_EVENTS_MAX)
    throw invalid([{ path: 'body', message: `${events.length} events, at most ${PUSH_EVENTS_MAX}` }]);
  return events;
}

function eventsOf(text: string): unknown[] {
  if (text === '') return [];
  if (!text.includes('\n')) return listOf(parseBody(text));
  try {
    return listOf(parseExactJson(text));
  } catch {
    return eventsByLine(text);
  }
}

const listOf = (body: unknown): unknown[] => (Array.isArray(body) ? body : [body]);

function eventsByLine(text: string): unknown[] {
  const faults: { path: string; message: string }[] = [];
  const events = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [parseExactJson(line)];
    } catch (error) {
      faults.push({ path: `line ${index + 1}`, message: `not JSON: ${(error as Error).message}` });
      return [];
    }
  });
  if (faults.length > 0) throw invalid(faults.slice(0, DETAILS_MAX));
  return events;
}

/**
 * What a run gets of a batch of events: its rows and deletions, then each rejected event as a row without a key, so that
 * landing refuses it and keeps it where people see it. A batch of which nothing can be used is refused as a whole.
 * @throws AppError REQUEST_INVALID
 */
export function rowsOfBatch({ rows, deleted, rejects }: ChangeBatch): {
  rows: Row[];
  deleted: ReadonlySet<number>;
} {
  if (rows.length === 0 && rejects.length > 0)
    throw invalid(
      rejects
        .slice(0, DETAILS_MAX)
        .map(({ place, reason }) => ({ path: `events.${place - 1}`, message: reason })),
    );
  return {
    rows: [...rows, ...rejects.map(({ reason, text }) => ({ '#rejected': reason, '#event': text }))],
    deleted,
  };
}

export const invalid = (details: { path: string; message: string }[], cause?: unknown) =>
  new AppError('REQUEST_INVALID', {}, { details, cause });
