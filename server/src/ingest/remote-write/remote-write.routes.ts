import type { FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import { bodyOf, type DoorParts, onAnswered, openDoor, sendOutcome } from '../doors/door.routes.ts';
import type { KnownDefinitions } from '../doors/keys.ts';
import { type RemoteWriteVersion, readRemoteWrite } from './remote-write.ts';

const FAMILIES = { 1: 'remote-write-1', 2: 'remote-write-2' } as const;

/** Prometheus remote write 1.0 and 2.0, under the addresses that senders are commonly set to. */
export const remoteWriteRoutes =
  ({ doors, gate, config: settings, log }: DoorParts) =>
  async (app: Http) => {
    openDoor(app, {
      family: (request) => FAMILIES[versionOf(request) ?? 1],
      gate,
      bytesMax: settings.ingestBodyBytesMax,
      encoding: 'snappy',
      log,
    });
    const known: KnownDefinitions = new Map();
    const config = { permission: 'ingest:observation:write' as const };
    const schema = {
      tags: ['ingest'],
      summary: 'Prometheus remote write 1.0 and 2.0; stored when the answer is 204',
    };
    const write = async (request: FastifyRequest, reply: Parameters<typeof sendOutcome>[0]) => {
      const version = versionOf(request);
      if (!version) throw new AppError('REQUEST_NOT_UNDERSTOOD');
      const body = bodyOf(request);
      const received = doors.receive(request.scope, {
        door: 'remote-write',
        body,
        read: () => readRemoteWrite(body, version, known),
      });
      onAnswered(reply, received.end);
      return sendOutcome(reply, FAMILIES[version], await received.store());
    };
    app.post('/api/v1/write', { config, schema }, write);
    app.post('/api/v1/push', { config, schema }, write);
    app.post('/api/v1/prom/write', { config, schema }, write);
  };

/** The version that the content type names; null for anything that is not remote write. */
function versionOf(request: FastifyRequest): RemoteWriteVersion | null {
  const [type, ...parameters] = (request.headers['content-type'] ?? 'application/x-protobuf')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (type !== 'application/x-protobuf') return null;
  const message = parameters.find((part) => part.startsWith('proto='))?.slice('proto='.length);
  if (message === undefined || message === 'prometheus.writerequest') return 1;
  return message === 'io.prometheus.write.v2.request' ? 2 : null;
}
