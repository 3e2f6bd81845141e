import { Id, Job, JobKindList, JobPage, JobQuery, NewJob } from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Jobs } from '#platform/jobs/jobs.ts';

const TAGS = ['jobs'];
const ById = z.object({ id: Id });

/** Work on a clock and on demand: `/api/jobs/…`. */
export const jobRoutes = (jobs: Jobs) => async (app: Http) => {
  readRoutes(app, jobs);
  writeRoutes(app, jobs);
};

function readRoutes(app: Http, jobs: Jobs): void {
  const config = { permission: 'platform:job:read' } as const;
  app.get(
    '/api/jobs',
    {
      config,
      schema: {
        tags: TAGS,
        summary: 'Jobs of the caller’s organisations, newest first',
        querystring: JobQuery,
        response: { 200: JobPage },
      },
    },
    (request) => jobs.list(request.scope, request.query),
  );

  app.get(
    '/api/jobs/kinds',
    {
      config,
      schema: {
        tags: TAGS,
        summary: 'Kinds of jobs and when they run next',
        response: { 200: JobKindList },
      },
    },
    async () => ({ items: jobs.kinds() }),
  );

  app.get(
    '/api/jobs/:id',
    { config, schema: { tags: TAGS, summary: 'One job', params: ById, response: { 200: Job } } },
    (request) => jobs.get(request.scope, request.params.id),
  );
}

function writeRoutes(app: Http, jobs: Jobs): void {
  const config = { permission: 'platform:job:write' } as const;
  const answer = async (scope: Parameters<Jobs['wait']>[0], id: string) => jobs.get(scope, id);
  app.post(
    '/api/jobs',
    {
      config,
      schema: { tags: TAGS, summary: 'Start a job on demand', body: NewJob, response: { 202: Job } },
    },
    async (request, reply) => {
      const id = await jobs.startByHand(request.scope, request.body.kind);
      return reply.code(202).send(await answer(request.scope, id));
    },
  );

  app.post(
    '/api/jobs/:id/cancel',
    {
      config,
      schema: { tags: TAGS, summary: 'Cancel a job', params: ById, response: { 202: Job } },
    },
    async (request, reply) => {
      await jobs.cancel(request.scope, request.params.id);
      return reply.code(202).send(await answer(request.scope, request.params.id));
    },
  );

  app.post(
    '/api/jobs/:id/retry',
    {
      config,
      schema: { tags: TAGS, summary: 'Run an ended job once more', params: ById, response: { 202: Job } },
    },
    async (request, reply) => {
      const id = await jobs.retry(request.scope, request.params.id);
      return reply.code(202).send(await answer(request.scope, id));
    },
  );
}
