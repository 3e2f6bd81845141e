import {
  ConflictPage,
  ConflictQuery,
  DecisionReason,
  Id,
  NewPin,
  NewSurvivorship,
  Pin,
  PinList,
  SurvivorshipPreview,
  SurvivorshipSaved,
  SurvivorshipTry,
  SurvivorshipVersion,
  SurvivorshipVersions,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Pins } from './pins.service.ts';
import type { Survivorships } from './survivorship.service.ts';

const ById = z.object({ id: Id });
const ByPin = ById.extend({ pin: Id });

type Parts = { survivorships: Survivorships; pins: Pins };

/** HTTP of how golden values are chosen. */
export const survivorshipRoutes =
  ({ survivorships, pins }: Parts) =>
  async (app: Http) => {
    registerPins(app, pins);
    registerVersions(app, survivorships);

    app.get(
      '/api/fuse/conflicts',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Golden values on which trusted sources disagree',
          querystring: ConflictQuery,
          response: { 200: ConflictPage },
        },
      },
      ({ scope, query }) => survivorships.conflicts(scope, query),
    );
  };

function registerPins(app: Http, pins: Pins): void {
  app.get(
    '/api/fuse/enterprises/:id/pins',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Values that people fixed of an enterprise, ended ones too, newest first',
        params: ById,
        response: { 200: PinList },
      },
    },
    async ({ scope, params }) => ({ items: await pins.list(scope, params.id) }),
  );

  app.post(
    '/api/fuse/enterprises/:id/pins',
    {
      config: { permission: 'fuse:pin:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Fix a value of an enterprise; it wins until it expires or is lifted',
        params: ById,
        body: NewPin,
        response: { 201: Pin },
      },
    },
    async ({ scope, params, body }, reply) => reply.code(201).send(await pins.pin(scope, params.id, body)),
  );

  app.post(
    '/api/fuse/enterprises/:id/pins/:pin/lift',
    {
      config: { permission: 'fuse:pin:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Lift a fixed value; it is chosen from the sources again',
        params: ByPin,
        body: DecisionReason,
        response: { 200: Pin },
      },
    },
    ({ scope, params, body }) => pins.lift(scope, params.id, { id: params.pin, reason: body.reason }),
  );
}

function registerVersions(app: Http, survivorships: Survivorships): void {
  app.get(
    '/api/fuse/survivorship',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'How golden values are chosen now',
        response: { 200: SurvivorshipVersion },
      },
    },
    ({ scope }) => survivorships.get(scope),
  );

  app.get(
    '/api/fuse/survivorship/versions',
    {
      config: { permission: 'fuse:enterprise:read' },
      schema: {
        tags: ['fuse'],
        summary: 'How they were chosen before, newest first',
        response: { 200: SurvivorshipVersions },
      },
    },
    async ({ scope }) => ({ items: await survivorships.versions(scope) }),
  );

  app.post(
    '/api/fuse/survivorship/preview',
    {
      config: { permission: 'fuse:survivorship:write' },
      schema: {
        tags: ['fuse'],
        summary: 'What a change would do: numbers and examples, nothing is written',
        body: SurvivorshipTry,
        response: { 200: SurvivorshipPreview },
      },
    },
    ({ scope, body }) => survivorships.preview(scope, body.content),
  );

  app.post(
    '/api/fuse/survivorship',
    {
      config: { permission: 'fuse:survivorship:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Change how golden values are chosen, as a new version; a job chooses all values again',
        body: NewSurvivorship,
        response: { 201: SurvivorshipSaved },
      },
    },
    async ({ scope, body }, reply) => reply.code(201).send(await survivorships.save(scope, body)),
  );
}
