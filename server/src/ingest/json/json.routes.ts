import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import { bodyOf, type DoorParts, onAnswered, openDoor, sendOutcome } from '../doors/door.routes.ts';
import { readJsonSamples } from './json-forms.ts';

const TOKEN_CHARACTERS_MAX = 200;

/** Plain JSON of devices, and the addresses at which devices made for ThingsBoard deliver. */
export const jsonRoutes =
  ({ doors, gate, config, log }: DoorParts) =>
  async (app: Http) => {
    // JSON takes many times its length in memory, hence the smaller limit.
    openDoor(app, { family: 'json', gate, bytesMax: config.bodyBytesMax, log });
    const receive = async (
      request: FastifyRequest,
      reply: Parameters<typeof sendOutcome>[0],
      device?: { prefix: string },
    ) => {
      const body = bodyOf(request);
      const received = doors.receive(request.scope, {
        door: 'json',
        body,
        read: (nowMs) => readJsonSamples(parse(body), { ...device, nowMs }),
      });
      onAnswered(reply, received.end);
      return sendOutcome(reply, 'json', await received.store());
    };

    app.post(
      '/api/ingest/json',
      {
        config: { permission: 'ingest:observation:write' },
        schema: {
          tags: ['ingest'],
          summary: 'Plain JSON of a device, in any of the forms devices use; stored when the answer is 200',
        },
      },
      (request, reply) => receive(request, reply),
    );

    const byToken = { permission: 'ingest:observation:write' as const, keyIn: 'path' as const };
    const schema = {
      tags: ['ingest'],
      summary: 'As ThingsBoard takes it from a device; the token is an API key, whose name is the device',
      params: z.object({ token: z.string().max(TOKEN_CHARACTERS_MAX) }),
    };
    // A key is one device, as over MQTT: its name stands before the names of the values.
    const receiveDevice: typeof receive = (request, reply) =>
      receive(request, reply, { prefix: request.scope.actor.name });
    app.post('/api/v1/:token/telemetry', { config: byToken, schema }, (request, reply) =>
      receiveDevice(request, reply),
    );
    // Attributes are values without a history over there; here they are points like the others.
    app.post('/api/v1/:token/attributes', { config: byToken, schema }, (request, reply) =>
      receiveDevice(request, reply),
    );
  };

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const details = [{ path: 'body', message: 'is not JSON' }];
    throw new AppError('REQUEST_INVALID', {}, { details, cause: error });
  }
}
