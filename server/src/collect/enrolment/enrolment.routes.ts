import {
  CollectorName,
  CollectorWithCode,
  Enrolment,
  EnrolmentAnswer,
  EnrolmentCode,
  NewCollector,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Enrolments } from './enrolment.service.ts';

/** HTTP of one-time codes. */
export const enrolmentRoutes = (enrolments: Enrolments) => async (app: Http) => {
  app.post(
    '/api/collect/enrolments',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary:
          'Register a collector that enrols itself; its one-time code is in this answer and nowhere else',
        body: NewCollector,
        response: { 201: CollectorWithCode },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await enrolments.register(scope, body)),
  );

  app.post(
    '/api/collect/collectors/:name/enrolment',
    {
      config: { permission: 'collect:collector:write' },
      schema: {
        tags: ['collect'],
        summary: 'A new one-time code of a collector; its key is revoked when the code is used',
        params: z.object({ name: CollectorName }),
        response: { 201: EnrolmentCode },
      },
    },
    async ({ scope, params }, reply) => reply.code(201).send(await enrolments.renew(scope, params.name)),
  );

  app.post(
    '/api/collect/enrol',
    {
      config: { open: true },
      schema: {
        tags: ['collect'],
        summary: 'A new collector trades its one-time code for its key',
        body: Enrolment,
        response: { 200: EnrolmentAnswer },
      },
    },
    ({ body, ip }) => enrolments.enrol(body.code, ip),
  );
};
