import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { type Limits, queryTimeout } from '#platform/db/analytics-error.ts';
import { createGuestChecks, type GuestChecks } from '#platform/db/guest-checks.ts';
import { toGuestError } from '#platform/db/guest-error.ts';
import { forExplaining, GUEST_DATABASE, guestSettings } from '#platform/db/guest-settings.ts';
import { createGuestTurns, type GuestTurns } from '#platform/db/guest-turns.ts';
import type { GuestAnswer, GuestQuestion, GuestSummary, Guests } from '#platform/db/guests.ts';
import { onCluster } from '#platform/db/table-sql.ts';

/** A server answers more at once than one process does. */
const GUESTS_MAX = 16;
const GUESTS_OF_ACTOR_MAX = 4;
const WAITING_OF_ACTOR_MAX = 200;
/** The server stops by itself in time; this is for one that does not answer. */
const GRACE_MS = 2_000;
/** Silence of a connection; the time limit of a question is shorter. */
const REQUEST_TIMEOUT_MS = 21_600_000;

type Parts = {
  client: ClickHouseClient;
  turns: GuestTurns;
  checks: GuestChecks;
  ready: () => Promise<void>;
  stopping: AbortSignal;
};

/**
 * Guests of a ClickHouse server, over connections of their own. Settings travel with each question and hold for it alone. The server
 * finishes an answer on its own disk before it sends it (`wait_end_of_query`): what fails does so before the first byte, the summary is
 * exact, and a caller that takes slowly holds no thread of the server.
 */
export function createServerGuests({
  url,
  cluster,
  stopping,
}: {
  url: string;
  cluster: string | undefined;
  stopping: AbortSignal;
}): Guests & { close(): Promise<void> } {
  const options = {
    url,
    application: 'ronghe guests',
    max_open_connections: GUESTS_MAX,
    request_timeout: REQUEST_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
  };
  const client = createClient({ ...options, database: GUEST_DATABASE });
  let ready: Promise<void> | undefined;
  const parts: Parts = {
    client,
    turns: createGuestTurns({
      slots: GUESTS_MAX,
      actorMax: GUESTS_OF_ACTOR_MAX,
      waitingMax: WAITING_OF_ACTOR_MAX,
    }),
    checks: createGuestChecks(),
    ready: () =>
      (ready ??= makeDatabase(options, cluster).catch((error: unknown) => {
        ready = undefined;
        throw error;
      })),
    stopping,
  };
  return {
    ask: (question) => ask(parts, question),
    async close() {
      await parts.turns.close();
      await client.close();
    },
  };
}

async function makeDatabase(
  options: Parameters<typeof createClient>[0],
  cluster: string | undefined,
): Promise<void> {
  const client = createClient(options);
  try {
    await client.command({ query: `create database if not exists ${GUEST_DATABASE}${onCluster(cluster)}` });
  } finally {
    await client.close();
  }
}

async function ask(parts: Parts, question: GuestQuestion): Promise<GuestAnswer> {
  const limits: Limits = { timeoutMs: question.limits.timeMs, rowsMax: question.limits.resultRows };
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(queryTimeout(limits)), limits.timeoutMs + GRACE_MS);
  const given = [parts.stopping, question.signal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any([over.signal, ...given]);
  const fail = (error: unknown) =>
    toGuestError(signal.aborted ? signal.reason : error, limits, question.tables);
  let release = () => {};
  const leave = () => {
    clearTimeout(timer);
    release();
  };
  try {
    const shape = parts.checks.readText(question);
    await parts.ready();
    ({ release } = await parts.turns.take(question.actor, signal));
    const run = (query: string, settings: ClickHouseSettings) =>
      parts.client.exec({
        query,
        query_id: randomUUID(),
        abort_signal: signal,
        clickhouse_settings: { ...settings, readonly: '1' },
      });
    await parts.checks.readTree(question, shape, async () =>
      text(
        (await run(`explain ast ${question.sql}\nformat TSVRaw`, settingsOf(forExplaining(question))))
          .stream as Readable,
      ),
    );
    const startedAt = performance.now();
    const { stream, summary } = await run(`${question.sql}\nformat ${question.format}`, settingsOf(question));
    const told: GuestSummary = {
      readRows: Number(summary?.read_rows ?? 0),
      readBytes: Number(summary?.read_bytes ?? 0),
      resultRows: Number(summary?.result_rows ?? 0),
      resultBytes: 0,
      elapsedNs: Math.round((performance.now() - startedAt) * 1e6),
    };
    const body = stream as Readable;
    body.once('close', leave);
    signal.addEventListener('abort', () => body.destroy(), { once: true });
    return { chunks: chunksOf(body, told, fail), summary: () => ({ ...told }) };
  } catch (error) {
    leave();
    throw fail(error);
  }
}

async function* chunksOf(
  body: Readable,
  told: GuestSummary,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      told.resultBytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw fail(error);
  } finally {
    body.destroy();
  }
}

const settingsOf = (question: GuestQuestion): ClickHouseSettings => ({
  ...Object.fromEntries(
    Object.entries(guestSettings(question)).map(([name, value]) => [name, String(value)]),
  ),
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 1,
});
