import {
  ChannelList,
  ChannelMade,
  ChannelTrial,
  Id,
  Maintenance,
  MaintenanceList,
  NewChannel,
  NewMaintenance,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Channels } from './channels.service.ts';
import type { MaintenanceService } from './maintenance.service.ts';

const ById = z.object({ id: Id });

/** HTTP of channels and maintenance. */
export const channelRoutes =
  ({ channels, maintenance }: { channels: Channels; maintenance: MaintenanceService }) =>
  async (app: Http) => {
    app.get(
      '/api/apply/channels',
      {
        config: { permission: 'apply:rule:write' },
        schema: {
          tags: ['apply'],
          summary: 'Channels of one’s own organisations',
          response: { 200: ChannelList },
        },
      },
      ({ scope }) => channels.list(scope),
    );

    app.post(
      '/api/apply/channels',
      {
        config: { permission: 'apply:channel:write' },
        schema: {
          tags: ['apply'],
          summary: 'A way to tell people or systems',
          body: NewChannel,
          response: { 201: ChannelMade },
        },
      },
      async ({ scope, body }, reply) => reply.code(201).send(await channels.create(scope, body)),
    );

    app.put(
      '/api/apply/channels/:id',
      {
        config: { permission: 'apply:channel:write' },
        schema: {
          tags: ['apply'],
          summary: 'Change a channel; secrets that are left out stay while the address stays',
          params: ById,
          body: NewChannel,
          response: { 200: ChannelMade },
        },
      },
      ({ scope, params, body }) => channels.change(scope, params.id, body),
    );

    app.delete(
      '/api/apply/channels/:id',
      {
        config: { permission: 'apply:channel:write' },
        schema: { tags: ['apply'], summary: 'Remove a channel', params: ById, response: { 204: z.null() } },
      },
      async ({ scope, params }, reply) => {
        await channels.remove(scope, params.id);
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/api/apply/channels/:id/try',
      {
        config: { permission: 'apply:channel:write' },
        schema: {
          tags: ['apply'],
          summary: 'Send a message that says that it is a trial',
          params: ById,
          response: { 200: ChannelTrial },
        },
      },
      ({ scope, params }) => channels.try(scope, params.id),
    );

    app.get(
      '/api/apply/maintenance',
      {
        config: { permission: 'apply:alert:read' },
        schema: {
          tags: ['apply'],
          summary: 'Maintenance that goes on or is to come, and that of the last week',
          response: { 200: MaintenanceList },
        },
      },
      ({ scope }) => maintenance.list(scope),
    );

    app.post(
      '/api/apply/maintenance',
      {
        config: { permission: 'apply:channel:write' },
        schema: {
          tags: ['apply'],
          summary: 'Tell nobody of alerts for a while',
          body: NewMaintenance,
          response: { 201: Maintenance },
        },
      },
      async ({ scope, body }, reply) => reply.code(201).send(await maintenance.add(scope, body)),
    );

    app.delete(
      '/api/apply/maintenance/:id',
      {
        config: { permission: 'apply:channel:write' },
        schema: { tags: ['apply'], summary: 'End maintenance', params: ById, response: { 204: z.null() } },
      },
      async ({ scope, params }, reply) => {
        await maintenance.remove(scope, params.id);
        return reply.code(204).send(null);
      },
    );
  };
