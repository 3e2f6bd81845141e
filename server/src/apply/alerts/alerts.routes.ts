import {
  Acknowledgement,
  AcknowledgementAnswer,
  AlertExplanation,
  AlertPage,
  AlertQuery,
  Id,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Alerts } from './alerts.service.ts';

/** HTTP of alerts. */
export const alertRoutes = (alerts: Alerts) => async (app: Http) => {
  app.get(
    '/api/apply/alerts',
    {
      config: { permission: 'apply:alert:read' },
      schema: {
        tags: ['apply'],
        summary: 'Alerts at one’s own points, the newest first',
        querystring: AlertQuery,
        response: { 200: AlertPage },
      },
    },
    ({ scope, query }) => alerts.list(scope, query),
  );

  app.post(
    '/api/apply/alerts/acknowledge',
    {
      config: { permission: 'apply:alert:acknowledge' },
      schema: {
        tags: ['apply'],
        summary: 'Say that one has seen alerts, with a note',
        body: Acknowledgement,
        response: { 200: AcknowledgementAnswer },
      },
    },
    ({ scope, body }) => alerts.acknowledge(scope, body),
  );

  app.get(
    '/api/apply/alerts/:id',
    {
      config: { permission: 'apply:alert:read' },
      schema: {
        tags: ['apply'],
        summary: 'An alert with its rule, readings, what was done and what was like it',
        params: z.object({ id: Id }),
        response: { 200: AlertExplanation },
      },
    },
    ({ scope, params }) => alerts.explain(scope, params.id),
  );
};
