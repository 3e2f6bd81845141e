import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import { bodyOf, type DoorParts, onAnswered, openDoor, sendOutcome } from '../doors/door.routes.ts';
import type { LineProtocol } from '../line-protocol/line-protocol.service.ts';
import type { Precision } from '../line-protocol/line-protocol.ts';
import { answerQuery } from './influx-query.ts';

/** The version clients see; some ask for at least 2. */
export const INFLUXDB_VERSION = 'v2.7.0';

const PRECISIONS = new Map<string, Precision>([
  ['', 'ns'],
  ['n', 'ns'],
  ['ns', 'ns'],
  ['u', 'us'],
  ['µ', 'us'],
  ['μ', 'us'],
  ['us', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'm'],
  ['h', 'h'],
]);
const CONSISTENCIES = ['', 'any', 'one', 'quorum', 'all'];

const text = z.string().max(1_000).optional();
/** `u` and `p` are read by the sign-in. Databases and retention policies are accepted and not looked at. */
const WriteQuery = z.object({
  db: text,
  rp: text,
  precision: z.string().max(20).default(''),
  consistency: z.string().max(20).default(''),
  u: text,
  p: text,
});
const QueryQuery = z.object({ q: z.string().optional(), db: text, u: text, p: text });

const invalid = (path: string, message: string) =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path, message }] });

/** `/write`, `/query` and `/ping` as InfluxDB 1 answers them. */
export const influxV1Routes =
  ({ lines, gate, pool, config, log }: DoorParts & { lines: LineProtocol }) =>
  async (app: Http) => {
    openDoor(app, { family: 'influx-v1', gate, pool, bytesMax: config.ingestBodyBytesMax, log });

    app.route({
      method: ['GET', 'HEAD'],
      url: '/ping',
      config: { open: true },
      schema: {
        tags: ['ingest'],
        summary: 'InfluxDB clients ask whether anybody is there',
        querystring: z.object({ verbose: z.string().max(20).optional() }),
      },
      handler: (request, reply) => {
        void reply.header('x-influxdb-version', INFLUXDB_VERSION).header('x-influxdb-build', 'OSS');
        const { verbose } = request.query;
        if (verbose === undefined || verbose === '' || verbose === '0' || verbose === 'false')
          return reply.code(204).send();
        return reply.code(200).send({ version: INFLUXDB_VERSION });
      },
    });

    app.post(
      '/write',
      {
        config: { permission: 'ingest:observation:write', keyIn: 'influxdb' },
        schema: {
          tags: ['ingest'],
          summary: 'InfluxDB 1 line protocol; stored when the answer is 204',
          querystring: WriteQuery,
        },
      },
      async (request, reply) => {
        const precision = PRECISIONS.get(request.query.precision);
        if (!precision) throw invalid('precision', 'must be one of n, ns, u, us, ms, s, m, h');
        if (!CONSISTENCIES.includes(request.query.consistency))
          throw invalid('consistency', 'invalid consistency level');
        const received = lines.receive(request.scope, { body: bodyOf(request), precision });
        onAnswered(reply, received.end);
        const { stored, error } = await received.write();
        const counts = { stored, rejected: 0 };
        if (error === null) return sendOutcome(reply, 'influx-v1', { kind: 'stored', message: '', counts });
        return sendOutcome(reply, 'influx-v1', { kind: 'partly', message: error, counts });
      },
    );

    app.route({
      method: ['GET', 'POST'],
      url: '/query',
      config: { permission: 'ingest:observation:write', keyIn: 'influxdb' },
      schema: {
        tags: ['ingest'],
        summary: 'What InfluxDB 1 writers ask before they write',
        querystring: QueryQuery,
      },
      handler: (request, reply) => {
        const form = Object.fromEntries(new URLSearchParams(bodyOf(request).toString('utf8')));
        const answer = answerQuery(request.query.q ?? form.q, {
          database: request.scope.organisation,
          reading: request.method === 'GET',
        });
        void reply.header('x-influxdb-version', INFLUXDB_VERSION);
        if ('error' in answer) return sendOutcome(reply, 'influx-v1', { kind: 'bad', message: answer.error });
        return reply.code(200).send(answer);
      },
    });
  };
