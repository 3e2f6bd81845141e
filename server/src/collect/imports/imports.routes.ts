import multipart from '@fastify/multipart';
import {
  POINT_IMPORT_BYTES_MAX,
  PointImportPreview,
  PointImportQuery,
  PointTemplateQuery,
} from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { Http } from '#platform/http/http.ts';
import type { Imports } from './imports.service.ts';
import type { Templates } from './template.service.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const FIELD_BYTES_MAX = 100;

/** HTTP of lists of points from other systems. */
export const importRoutes =
  ({ imports, templates }: { imports: Imports; templates: Templates }) =>
  async (app: Http) => {
    await app.register(multipart, {
      limits: {
        fileSize: POINT_IMPORT_BYTES_MAX,
        files: 1,
        fields: 2,
        parts: 3,
        fieldSize: FIELD_BYTES_MAX,
        fieldNameSize: FIELD_BYTES_MAX,
        headerPairs: 20,
      },
    });

    app.post(
      '/api/collect/imports/preview',
      {
        config: { permission: 'collect:collector:write' },
        schema: {
          tags: ['collect'],
          summary: 'What a file with points becomes, as one file of a form; nothing is saved',
          consumes: ['multipart/form-data'],
          querystring: PointImportQuery,
          response: { 200: PointImportPreview },
        },
      },
      (request) =>
        imports.preview(request.scope, request.query, async () => {
          const part = await upload(() => request.file());
          if (part === undefined)
            throw new AppError(
              'REQUEST_INVALID',
              {},
              { details: [{ path: 'body', message: 'a form needs one file' }] },
            );
          return upload(() => part.toBuffer());
        }),
    );

    app.get(
      '/api/collect/imports/template',
      {
        config: { permission: 'collect:collector:write' },
        schema: {
          tags: ['collect'],
          summary: 'An Excel workbook to fill in with points of a protocol',
          querystring: PointTemplateQuery,
        },
      },
      async ({ scope, query }, reply) =>
        reply
          .type(XLSX)
          .header('content-disposition', `attachment; filename="points-${query.protocol}.xlsx"`)
          .send(await templates.workbook(scope, query.protocol)),
    );
  };

/** What the reader of forms throws, in words of the platform. */
async function upload<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const { code, statusCode } = cause as { code?: string; statusCode?: number };
    if (code === 'FST_REQ_FILE_TOO_LARGE')
      throw new AppError(
        'IMPORT_TOO_LARGE',
        { reason: `more than ${POINT_IMPORT_BYTES_MAX} bytes` },
        { cause },
      );
    if (code === 'FST_INVALID_MULTIPART_CONTENT_TYPE')
      throw new AppError('REQUEST_NOT_UNDERSTOOD', {}, { cause });
    // A fault of ours stays one; what the reader says of a broken form is a plain error.
    if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
    if (statusCode === 413) throw new AppError('REQUEST_TOO_LARGE', {}, { cause });
    throw new AppError(
      'REQUEST_INVALID',
      {},
      { details: [{ path: 'body', message: 'not a form with one file' }], cause },
    );
  }
}
