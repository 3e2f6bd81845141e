import {
  Batch,
  BatchAnswer,
  PointPage,
  PointQuery,
  ReadAnswer,
  ReadQuery,
  Series,
  SeriesQuery,
} from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import type { Observations } from './observations.service.ts';

/** How a point got its key; see `keyOf` of the line protocol. */
const POINT_KEYS = [
  'Every field of every series is a point. Its key is `measurement,tag=value,tag=value.field`, tags sorted by name:',
  '`cpu,host=a,region=n usage=1` becomes `cpu,host=a,region=n.usage`. The last dot is always the one before the field.',
  'Characters other than letters, digits, space and `. _ - / : ( ) @` are written as `%XX` of their UTF-8 bytes, the dot also',
  'inside a field. Keys over 256 characters are cut and end in `#` and a SHA-256 of the whole. Collectors name their keys',
  'themselves. `search` looks for a part of key, name or equipment.',
].join(' ');

/**
 * Thousands of rows that we made ourselves: to check each against the schema again would take longer than to read them. The
 * tests check the answers against it.
 */
const asTold = () => (answer: unknown) => JSON.stringify(answer);

/** HTTP of observations. */
export const observationRoutes = (observations: Observations) => async (app: Http) => {
  app.post(
    '/api/ingest/batches',
    {
      config: { permission: 'ingest:observation:write' },
      // The schema documents; the service reads the body itself, because one wrong sample must not refuse the others.
      validatorCompiler: () => (value: unknown) => ({ value }),
      schema: {
        tags: ['ingest'],
        summary: 'Deliver a batch of a collector; the answer comes when it is on disk',
        body: Batch,
        response: { 200: BatchAnswer },
      },
    },
    ({ scope, body }) => observations.write(scope, body, { door: 'batch' }),
  );

  app.get(
    '/api/ingest/observations',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Observations of points in a time range: as they are, in time buckets, or thinned out',
        description:
          'Without `bucket`, `aggregate` and `downsample` the samples themselves; a sample that is not good keeps its quality and reason. Buckets are of good samples; `bad` counts the others. Where samples are older than `ingestRawDays`, buckets come from minutes, hours and days, in whole ones. An hour is read when no range is given.',
        querystring: ReadQuery,
        response: { 200: ReadAnswer },
      },
      serializerCompiler: asTold,
    },
    ({ scope, query }) => observations.read(scope, query),
  );

  app.get(
    '/api/ingest/points',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Points that can be read',
        description: POINT_KEYS,
        querystring: PointQuery,
        response: { 200: PointPage },
      },
    },
    ({ scope, query }) => observations.points(scope, query),
  );

  app.get(
    '/api/ingest/series',
    {
      config: { permission: 'ingest:observation:read' },
      schema: {
        tags: ['ingest'],
        summary: 'Time buckets of a point for a chart, with gaps shown as gaps',
        querystring: SeriesQuery,
        response: { 200: Series },
      },
    },
    ({ scope, query }) => observations.series(scope, query),
  );
};
