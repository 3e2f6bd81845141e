import multipart, { type MultipartFile } from '@fastify/multipart';
import {
  DatasetExportQuery,
  DatasetPage,
  DatasetQuery,
  Id,
  RunStarted,
  SourceLook,
  SourceLookRequest,
  SourceOffer,
  SourceOfferRequest,
  SourceUpload,
  TableProfileList,
  UPLOAD_BYTES_MAX,
  Upload,
} from '@ronghe/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import type { Datasets } from './dataset.service.ts';
import type { Looks } from './look.service.ts';
import type { Offers } from './offer.service.ts';
import type { Profiles } from './profiles.service.ts';
import type { Runs } from './runs.service.ts';
import type { Sources } from './sources.service.ts';
import type { Uploads } from './uploads.service.ts';

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;
const ById = z.object({ id: Id });
const FIELD_BYTES_MAX = 100;
/** What the form's parser says of a body that ends in the middle of a file. */
const BROKEN_OFF = /unexpected end of (multipart data|form|file)/i;
type Parts = {
  sources: Sources;
  runs: Runs;
  uploads: Uploads;
  datasets: Datasets;
  looks: Looks;
  offers: Offers;
  profiles: Profiles;
};

/** HTTP of data on their way in: files that are handed over, first looks, the rows of a source. */
export const intakeRoutes = (parts: Parts) => async (app: Http) => {
  await app.register(multipart, {
    limits: {
      fileSize: UPLOAD_BYTES_MAX + 1,
      files: 1,
      fields: 2,
      parts: 3,
      fieldSize: FIELD_BYTES_MAX,
      fieldNameSize: FIELD_BYTES_MAX,
      headerPairs: 20,
    },
  });
  registerUploads(app, parts);
  registerLooks(app, parts);
  registerRows(app, parts);
};

function registerUploads(app: Http, { sources, runs, uploads }: Parts): void {
  app.post(
    '/api/fuse/uploads',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'Hand a table file over, as one file of a form; kept a day unless a source uses it',
        consumes: ['multipart/form-data'],
        response: { 201: Upload },
      },
    },
    async (request, reply) => {
      const part = await fileOf(() => request.file());
      try {
        const upload = await uploads.take(request.scope, { name: part.filename, content: part.file });
        return reply.code(201).send(upload);
      } catch (error) {
        throw BROKEN_OFF.test((error as Error).message) ? invalidForm('the file breaks off', error) : error;
      }
    },
  );

  app.post(
    '/api/fuse/sources/:id/upload',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary: 'A newer file for a source of uploaded files; starts a run',
        params: ById,
        body: SourceUpload,
        response: { 202: RunStarted },
      },
    },
    async ({ scope, params, body }, reply) => {
      await sources.renewUpload(scope, params.id, body);
      return reply.code(202).send(await runs.start(scope, params.id));
    },
  );
}

function registerLooks(app: Http, { looks, offers }: Parts): void {
  app.post(
    '/api/fuse/sources/look',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary:
          'A first look at a source that is not registered: rows, profile and a proposal for the mapping',
        body: SourceLookRequest,
        response: { 200: SourceLook },
      },
    },
    ({ scope, body }) => looks.look(scope, body.connection),
  );

  app.post(
    '/api/fuse/sources/offer',
    {
      config: { permission: 'fuse:source:write' },
      schema: {
        tags: ['fuse'],
        summary:
          'What there is to read: tables and views of a database, columns of one, or streams of a program',
        body: SourceOfferRequest,
        response: { 200: SourceOffer },
      },
    },
    ({ scope, body }) => offers.offer(scope, body),
  );
}

function registerRows(app: Http, { datasets, profiles }: Parts): void {
  app.get(
    '/api/fuse/sources/:id/rows',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Rows of a source as readers see them',
        params: ById,
        querystring: DatasetQuery,
        response: { 200: DatasetPage },
      },
    },
    ({ scope, params, query }) => datasets.rows(scope, params.id, query),
  );

  app.get(
    '/api/fuse/sources/:id/rows/export',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary:
          'The same rows as CSV (UTF-8 with byte order mark) or Excel, fields as they came and as they were standardised',
        params: ById,
        querystring: DatasetExportQuery,
        response: { 200: z.string().describe('text/csv, or a workbook') },
      },
    },
    async ({ scope, params, query }, reply) => {
      const { name, content } = await datasets.exportRows(scope, params.id, query);
      return reply
        .type(CONTENT_TYPES[query.format])
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
        .send(content as never);
    },
  );

  app.get(
    '/api/fuse/sources/:id/profile',
    {
      config: { permission: 'fuse:source:read' },
      schema: {
        tags: ['fuse'],
        summary: 'Profiles of a source, one a run, newest first',
        params: ById,
        response: { 200: TableProfileList },
      },
    },
    async ({ scope, params }) => ({ items: await profiles.ofSource(scope, params.id) }),
  );
}

/** A form that breaks off or holds no file is the caller's fault and is answered as such. */
async function fileOf(read: () => Promise<MultipartFile | undefined>): Promise<MultipartFile> {
  try {
    const part = await read();
    if (part) return part;
  } catch (cause) {
    throw invalidForm('not a form with one file', cause);
  }
  throw invalidForm('a form needs one file');
}

const invalidForm = (message: string, cause?: unknown) =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path: 'body', message }], cause });
