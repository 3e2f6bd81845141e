import {
  AlertRule,
  AlertRuleChange,
  AlertRulePage,
  AlertRuleQuery,
  AlertTrial,
  AlertTrialAnswer,
  Id,
  NewAlertRule,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Rules } from './rules.service.ts';
import type { Trials } from './trial.service.ts';

const ById = z.object({ id: Id });
const read = { permission: 'apply:alert:read' } as const;
const write = { permission: 'apply:rule:write' } as const;

/** HTTP of alert rules. */
export const ruleRoutes =
  ({ rules, trials }: { rules: Rules; trials: Trials }) =>
  async (app: Http) => {
    app.get(
      '/api/apply/alert-rules',
      {
        config: { permission: read.permission },
        schema: {
          tags: ['apply'],
          summary: 'Alert rules of one’s own organisations, by name',
          querystring: AlertRuleQuery,
          response: { 200: AlertRulePage },
        },
      },
      ({ scope, query }) => rules.list(scope, query),
    );

    app.post(
      '/api/apply/alert-rules',
      {
        config: { permission: write.permission },
        schema: {
          tags: ['apply'],
          summary: 'Write an alert rule; it is evaluated from the next step on',
          body: NewAlertRule,
          response: { 201: AlertRule },
        },
      },
      async ({ scope, body }, reply) => reply.code(201).send(await rules.create(scope, body)),
    );

    app.post(
      '/api/apply/alert-rules/try',
      {
        config: { permission: write.permission },
        schema: {
          tags: ['apply'],
          summary: 'Hold a rule that is not saved yet against what was stored',
          body: AlertTrial,
          response: { 200: AlertTrialAnswer },
        },
      },
      ({ scope, body }) => trials.try(scope, body),
    );

    app.get(
      '/api/apply/alert-rules/:id',
      {
        config: { permission: read.permission },
        schema: { tags: ['apply'], summary: 'An alert rule', params: ById, response: { 200: AlertRule } },
      },
      ({ scope, params }) => rules.get(scope, params.id),
    );

    app.put(
      '/api/apply/alert-rules/:id',
      {
        config: { permission: write.permission },
        schema: {
          tags: ['apply'],
          summary: 'Write a new version of an alert rule; what it watches anew begins anew',
          params: ById,
          body: AlertRuleChange,
          response: { 200: AlertRule },
        },
      },
      ({ scope, params, body }) => rules.change(scope, params.id, body),
    );

    app.delete(
      '/api/apply/alert-rules/:id',
      {
        config: { permission: write.permission },
        schema: {
          tags: ['apply'],
          summary: 'Remove an alert rule; its alerts are over',
          params: ById,
          response: { 200: AlertRule },
        },
      },
      ({ scope, params }) => rules.remove(scope, params.id),
    );
  };
