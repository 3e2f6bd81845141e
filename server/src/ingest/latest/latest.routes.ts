import { LatestList, LatestQuery, LiveQuery } from '@ronghe/contracts';
import type { Auth } from '#platform/auth/auth.ts';
import type { Http } from '#platform/http/http.ts';
import type { Latest } from './latest.service.ts';
import type { LiveStreams } from './live.ts';

type Parts = { latest: Latest; streams: LiveStreams; auth: Auth };

/** HTTP of newest values: asked once, or live as server-sent events. */
export const latestRoutes =
  ({ latest, streams, auth }: Parts) =>
  async (app: Http) => {
    // Open streams would keep the server from closing.
    app.addHook('preClose', async () => streams.close());

    app.get(
      '/api/ingest/latest',
      {
        config: { permission: 'ingest:observation:read' },
        schema: {
          tags: ['ingest'],
          summary: 'Newest values of points',
          querystring: LatestQuery,
          response: { 200: LatestList },
        },
        // made by ourselves, and asked for every second; the tests check it against the schema
        serializerCompiler: () => (answer: unknown) => JSON.stringify(answer),
      },
      ({ scope, query }) => latest.list(scope, query),
    );

    app.get(
      '/api/ingest/live',
      {
        config: { permission: 'ingest:observation:read' },
        schema: {
          tags: ['ingest'],
          summary: 'Newest values live: server-sent events `latest` with an array of LatestValue',
          querystring: LiveQuery,
        },
      },
      async (request, reply) => {
        const { scope, query } = request;
        const isAllowed = async () =>
          (await auth.scopeOf(request)).permissions.has('ingest:observation:read');
        const live = streams.open(`${scope.actor.kind} ${scope.actor.id}`, isAllowed);
        try {
          const watched = await latest.watch(scope, query.points, live.send);
          live.onClose(watched.stop);
          for (const value of watched.now) live.send(value);
        } catch (error) {
          live.stream.destroy();
          throw error;
        }
        return reply
          .header('content-type', 'text/event-stream; charset=utf-8')
          .header('cache-control', 'no-cache, no-transform')
          .header('x-accel-buffering', 'no')
          .send(live.stream);
      },
    );
  };
