import { PlatformStatus } from '@ronghe/contracts';
import { z } from 'zod';
import { demand } from '#platform/auth/scope.ts';
import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';

/** The shape that InfluxDB's clients ask for, so that their own health checks work against this platform. */
const Alive = z.object({
  name: z.string(),
  message: z.string(),
  status: z.literal('pass'),
  checks: z.array(z.string()),
  version: z.string(),
});
const Readiness = z.object({
  status: z.enum(['pass', 'fail']),
  engines: z.object({ relational: z.boolean(), analytics: z.boolean() }),
});
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

type Parts = Pick<Platform, 'relational' | 'analytics' | 'metrics' | 'auth' | 'clock'> & {
  version: string;
  startedAt: Date;
  stopping: () => boolean;
};

/** Life, readiness, metrics and the state of the platform. */
export const statusRoutes = (parts: Parts) => async (app: Http) => {
  const { relational, analytics, metrics, auth, clock, version, startedAt, stopping } = parts;
  app.get(
    '/health',
    {
      config: { open: true },
      schema: { tags: ['platform'], summary: 'The process lives', response: { 200: Alive } },
    },
    () => ({
      name: 'ronghe',
      message: 'ready for queries and writes',
      status: 'pass' as const,
      checks: [],
      version,
    }),
  );

  app.get(
    '/ready',
    {
      config: { open: true },
      schema: {
        tags: ['platform'],
        summary: 'Both engines answer',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const [a, b] = await Promise.all([relational.health(), analytics.health()]);
      const ready = a.ready && b.ready && !stopping();
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'pass' : 'fail', engines: { relational: a.ready, analytics: b.ready } });
    },
  );

  app.get(
    '/metrics',
    {
      config: { open: true },
      schema: { tags: ['platform'], summary: 'Prometheus metrics; without a key only from this machine' },
    },
    async (request, reply) => {
      // A scraper on the same machine needs no key; anybody else does, also when a reverse proxy here speaks for them.
      const local =
        LOOPBACK.has(request.ip) && !('x-forwarded-for' in request.headers || 'forwarded' in request.headers);
      if (!local) demand(await auth.scopeOf(request), 'platform:status:read');
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render());
    },
  );

  app.get(
    '/api/platform/status',
    {
      config: { permission: 'platform:status:read' },
      schema: { tags: ['platform'], summary: 'State of the platform', response: { 200: PlatformStatus } },
    },
    async () => {
      const [a, b] = await Promise.all([relational.health(), analytics.health()]);
      return {
        version,
        startedAt: startedAt.toISOString(),
        uptimeSeconds: (clock.now().getTime() - startedAt.getTime()) / 1000,
        memoryBytes: process.memoryUsage.rss(),
        engines: [
          { name: 'relational' as const, kind: relational.kind, ...a },
          { name: 'analytics' as const, kind: analytics.kind, ...b },
        ],
      };
    },
  );
};
