import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import { bodyOf, type DoorParts, onAnswered, openDoor, sendOutcome } from '../doors/door.routes.ts';
import type { LineProtocol } from '../line-protocol/line-protocol.service.ts';
import type { Precision } from '../line-protocol/line-protocol.ts';

const PRECISIONS: readonly string[] = ['ns', 'us', 'ms', 's'];

const WriteQuery = z.object({
  org: z.string().max(200).optional(),
  orgID: z.string().max(200).optional(),
  bucket: z.string().max(200).optional(),
  precision: z.string().max(20).default('ns'),
});

/**
 * `POST /api/v2/write` as InfluxDB 2 answers it. Organisation is that of the key; `org` and `bucket` are accepted and not
 * looked at.
 */
export const influxV2Routes =
  ({ lines, gate, pool, config, log }: DoorParts & { lines: LineProtocol }) =>
  async (app: Http) => {
    openDoor(app, { family: 'influx-v2', gate, pool, bytesMax: config.ingestBodyBytesMax, log });

    app.post(
      '/api/v2/write',
      {
        config: { permission: 'ingest:observation:write' },
        schema: {
          tags: ['ingest'],
          summary: 'InfluxDB 2 line protocol; stored when the answer is 204',
          querystring: WriteQuery,
        },
      },
      async (request, reply) => {
        const { precision } = request.query;
        if (!PRECISIONS.includes(precision)) {
          const message = `invalid precision; valid precision units are ${PRECISIONS.join(', ')}`;
          return sendOutcome(reply, 'influx-v2', { kind: 'bad', message });
        }
        const received = lines.receive(request.scope, {
          body: bodyOf(request),
          precision: precision as Precision,
        });
        onAnswered(reply, received.end);
        const { error } = await received.write();
        if (error === null) return sendOutcome(reply, 'influx-v2', { kind: 'stored', message: '' });
        return sendOutcome(reply, 'influx-v2', { kind: 'partly', message: error });
      },
    );
  };
