import type { FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import type { Outcome } from '../doors/client-answers.ts';
import { bodyOf, type DoorParts, onAnswered, openDoor, sendOutcome } from '../doors/door.routes.ts';
import type { KnownDefinitions } from '../doors/keys.ts';
import { readOtlpJson } from './otlp-json.ts';
import { readOtlpProtobuf } from './otlp-protobuf.ts';
import { createSink } from './otlp-samples.ts';

/** OTLP/HTTP metrics, in protobuf and JSON; answers in the form of the request. */
export const otlpRoutes =
  ({ doors, gate, config, log }: DoorParts) =>
  async (app: Http) => {
    openDoor(app, {
      family: (request) => (isJson(request) ? 'otlp-json' : 'otlp-protobuf'),
      gate,
      bytesMax: config.ingestBodyBytesMax,
      log,
    });

    const known: KnownDefinitions = new Map();
    app.post(
      '/v1/metrics',
      {
        config: { permission: 'ingest:observation:write' },
        schema: { tags: ['ingest'], summary: 'OpenTelemetry metrics; stored when the answer is 200' },
      },
      async (request, reply) => {
        const json = isJson(request);
        if (!json && typeOf(request) !== 'application/x-protobuf')
          throw new AppError('REQUEST_NOT_UNDERSTOOD');
        const body = bodyOf(request);
        // JSON takes many times its length in memory, so that it may not be as long as protobuf.
        if (json && body.length > config.bodyBytesMax) throw new AppError('REQUEST_TOO_LARGE');
        let dataPoints = 0;
        const read = (nowMs: number) => {
          const sink = createSink(nowMs, known);
          if (json) readOtlpJson(body, sink);
          else readOtlpProtobuf(body, sink);
          dataPoints = sink.received();
          return sink.result();
        };
        const received = doors.receive(request.scope, { door: 'otlp', body, read });
        onAnswered(reply, received.end);
        const outcome = await received.store();
        return sendOutcome(reply, json ? 'otlp-json' : 'otlp-protobuf', inDataPoints(outcome, dataPoints));
      },
    );
  };

/** Senders count data points, of which a histogram is one and has several fields. */
function inDataPoints(outcome: Outcome, dataPoints: number): Outcome {
  if (!outcome.counts) return outcome;
  const rejected = Math.min(outcome.counts.rejected, dataPoints);
  return { ...outcome, counts: { ...outcome.counts, rejected } };
}

const typeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
const isJson = (request: FastifyRequest): boolean => typeOf(request) === 'application/json';
