import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Batch, CollectorReport, ERRORS, type ErrorCode } from '@ronghe/contracts';
import type { FleetDoor } from './fleet-double.ts';

/** One delivery as it came over the wire. */
export type Delivered = { batch: Batch; text: string; key: string | null; gzipped: boolean };

/** A small server that speaks the platform's two collector doors, and those of a fleet when it is given one, for tests of the collector alone. */
export type PlatformDouble = {
  url: string;
  deliveries: Delivered[];
  reports: CollectorReport[];
  /** What to do with the next deliveries, in order; when empty, acknowledge. */
  next: (Answer | ErrorCode)[];
  /** Takes every delivery and never answers, while true. */
  deaf: boolean;
  stop(): Promise<void>;
};
export type Answer = { status: number; body: string; headers?: Record<string, string> };

/**
 * Every body is checked against the wire format; one that breaks it is answered with REQUEST_INVALID. Without `fleet` it is
 * a platform from before there were fleets.
 */
export async function startPlatformDouble(port = 0, fleet?: FleetDoor): Promise<PlatformDouble> {
  const double: Omit<PlatformDouble, 'url' | 'stop'> = { deliveries: [], reports: [], next: [], deaf: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const gzipped = request.headers['content-encoding'] === 'gzip';
      const text = (gzipped ? gunzipSync(bytes) : bytes).toString('utf8');
      const reply = (answer: Answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.body);
      };
      if (request.url === '/api/collect/report') {
        double.reports.push(CollectorReport.parse(JSON.parse(text)));
        return reply({ status: 204, body: '' });
      }
      if (fleet?.(request, response, text)) return;
      if (request.url !== '/api/ingest/batches') return reply(errorAnswer('ROUTE_NOT_FOUND'));
      const parsed = Batch.safeParse(JSON.parse(text));
      if (!parsed.success) return reply(errorAnswer('REQUEST_INVALID'));
      const batch = parsed.data as Batch;
      double.deliveries.push({ batch, text, key: request.headers.authorization ?? null, gzipped });
      if (double.deaf) return;
      const next = double.next.shift();
      if (typeof next === 'string') return reply(errorAnswer(next));
      reply(next ?? acknowledgement(batch));
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: actual } = server.address() as AddressInfo;
  return Object.assign(double, {
    url: `http://127.0.0.1:${actual}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function acknowledgement(batch: Batch): Answer {
  const stored = batch.points.reduce((sum, point) => sum + point.samples.length, 0);
  return {
    status: 200,
    body: JSON.stringify({ acknowledged: batch.sequence, duplicate: false, stored, rejected: 0 }),
  };
}

/** An answer as the platform gives it for a code of the catalog. */
export function errorAnswer(code: ErrorCode): Answer {
  const { status, message, hint } = ERRORS[code];
  return {
    status,
    body: JSON.stringify({ error: { code, message: message.en, hint: hint.en, requestId: 'test' } }),
  };
}
