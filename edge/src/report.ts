import type { CollectorReport } from '@ronghe/contracts';
import { pause } from './backoff.ts';
import { messageOf } from './connection.ts';
import type { Log } from './log.ts';

const REPORT_EVERY_MS = 5_000;
const REPORT_TIMEOUT_MS = 5_000;

export type Reporter = { start(): void; stop(): Promise<void> };

/**
 * Tells the server every five seconds how this collector is (`POST {url}/api/collect/report`). A report that does not
 * arrive is not repeated: the next one says more. Delivery does not depend on it.
 */
export function createReporter(options: {
  url: string;
  key: string;
  report: () => CollectorReport;
  log: Log;
  everyMs?: number;
}): Reporter {
  const address = `${options.url.replace(/\/+$/, '')}/api/collect/report`;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let lastFailure: string | null = null;

  const send = async (): Promise<string | null> => {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), REPORT_TIMEOUT_MS);
    const stop = () => timeout.abort();
    stopping.signal.addEventListener('abort', stop, { once: true });
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${options.key}` },
        body: JSON.stringify(options.report()),
        redirect: 'error',
        signal: timeout.signal,
      });
      await response.arrayBuffer();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return messageOf(error);
    } finally {
      clearTimeout(timer);
      stopping.signal.removeEventListener('abort', stop);
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const failure = await send();
      if (failure !== lastFailure && !stopping.signal.aborted) {
        if (failure === null) options.log.info('reports are taken by the server');
        else options.log.warn({ reason: failure }, 'the report was not taken by the server');
        lastFailure = failure;
      }
      await pause(options.everyMs ?? REPORT_EVERY_MS, stopping.signal);
    }
  };

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
