import {
  AccessRequest,
  AccessRequestGrant,
  AccessRequestGranted,
  AccessRequestPage,
  AccessRequestProposal,
  AccessRequestQuery,
  AccessRequestRefusal,
  AccessRequestTrial,
  AskableColumns,
  AskableQuery,
  Id,
  NewAccessRequest,
  PolicyTrialAnswer,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Answering } from './answering.service.ts';
import type { Asking } from './asking.service.ts';

const ById = z.object({ id: Id });
const ask = { permission: 'share:dataset:read' } as const;
const read = { permission: 'share:policy:read' } as const;
const answer = { permission: 'share:policy:write' } as const;
const tags = ['share'];

/** HTTP of requests for access. */
export const requestRoutes =
  ({ asking, answering }: { asking: Asking; answering: Answering }) =>
  async (app: Http) => {
    app.get(
      '/api/share/access-requests/columns',
      {
        config: ask,
        schema: {
          ...{ tags, summary: 'Columns of a dataset that the caller may ask for, seen or not' },
          querystring: AskableQuery,
          response: { 200: AskableColumns },
        },
      },
      ({ scope, query }) => asking.columns(scope, query.dataset),
    );

    app.get(
      '/api/share/access-requests/mine',
      {
        config: ask,
        schema: {
          ...{ tags, summary: 'One’s own requests for access, the newest first' },
          querystring: AccessRequestQuery,
          response: { 200: AccessRequestPage },
        },
      },
      ({ scope, query }) => asking.mine(scope, query),
    );

    app.post(
      '/api/share/access-requests',
      {
        config: ask,
        schema: {
          ...{ tags, summary: 'Ask the owner of data for rows and columns that one does not see' },
          body: NewAccessRequest,
          response: { 201: AccessRequest },
        },
      },
      async ({ scope, body }, reply) => reply.code(201).send(await asking.create(scope, body)),
    );

    app.post(
      '/api/share/access-requests/:id/withdraw',
      {
        config: ask,
        schema: {
          ...{ tags, summary: 'Take back one’s own open request' },
          params: ById,
          response: { 200: AccessRequest },
        },
      },
      ({ scope, params }) => asking.withdraw(scope, params.id),
    );

    app.get(
      '/api/share/access-requests',
      {
        config: read,
        schema: {
          ...{ tags, summary: 'Requests for data of one’s own organisations, the newest first' },
          querystring: AccessRequestQuery,
          response: { 200: AccessRequestPage },
        },
      },
      ({ scope, query }) => answering.list(scope, query),
    );

    app.get(
      '/api/share/access-requests/:id',
      {
        config: read,
        schema: {
          ...{ tags, summary: 'A request for data of one’s own, with the policy that would grant it' },
          params: ById,
          response: { 200: AccessRequestProposal },
        },
      },
      ({ scope, params }) => answering.get(scope, params.id),
    );

    app.post(
      '/api/share/access-requests/:id/try',
      {
        config: answer,
        schema: {
          ...{ tags, summary: 'See as the asker: what a policy that is not saved yet would show' },
          params: ById,
          body: AccessRequestTrial,
          response: { 200: PolicyTrialAnswer },
        },
      },
      ({ scope, params, body }) => answering.try(scope, params.id, body.policy),
    );

    app.post(
      '/api/share/access-requests/:id/grant',
      {
        config: answer,
        schema: {
          ...{ tags, summary: 'Grant a request by a policy; it holds at once' },
          params: ById,
          body: AccessRequestGrant,
          response: { 200: AccessRequestGranted },
        },
      },
      ({ scope, params, body }) => answering.grant(scope, params.id, body),
    );

    app.post(
      '/api/share/access-requests/:id/refuse',
      {
        config: answer,
        schema: {
          ...{ tags, summary: 'Refuse a request, with the reason' },
          params: ById,
          body: AccessRequestRefusal,
          response: { 200: AccessRequest },
        },
      },
      ({ scope, params, body }) => answering.refuse(scope, params.id, body.answer),
    );
  };
