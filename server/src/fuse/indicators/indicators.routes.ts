import {
  ComparisonQuery,
  EnterpriseSeriesQuery,
  FiguresExportQuery,
  FiguresQuery,
  Id,
  IndicatorComparison,
  IndicatorFigures,
  IndicatorList,
  IndicatorRebuild,
  IndicatorSeriesList,
  IndicatorTrend,
  Period,
  RevisionList,
  StatisticCode,
  TrendQuery,
} from '@ronghe/contracts';
import { z } from 'zod';
import type { Http } from '#platform/http/http.ts';
import type { Indicators } from './indicators.service.ts';

const ByCode = z.object({ code: StatisticCode });
const ById = z.object({ id: Id });

/** HTTP of the monthly indicators. */
export const indicatorRoutes =
  ({ catalogue, figures, trends, series, exportFigures, rebuild }: Indicators) =>
  async (app: Http) => {
    app.get(
      '/api/fuse/indicators',
      {
        config: { permission: 'fuse:indicator:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Indicators with their rules and the months that have values',
          response: { 200: IndicatorList },
        },
      },
      ({ scope }) => catalogue(scope),
    );

    app.get(
      '/api/fuse/indicators/:code/figures',
      {
        config: { permission: 'fuse:indicator:read' },
        schema: {
          tags: ['fuse'],
          summary: 'A sum of an indicator and its parts, with growth on comparable enterprises',
          params: ByCode,
          querystring: FiguresQuery,
          response: { 200: IndicatorFigures },
        },
      },
      ({ scope, params, query }) => figures.figures(scope, params.code, query),
    );

    app.get(
      '/api/fuse/indicators/:code/export',
      {
        config: { permission: 'fuse:indicator:read' },
        schema: {
          tags: ['fuse'],
          summary: 'The same as a workbook or CSV',
          params: ByCode,
          querystring: FiguresExportQuery,
        },
      },
      async ({ scope, params, query }, reply) => {
        const file = await exportFigures(scope, params.code, query);
        return reply
          .type(file.type)
          .header('content-disposition', `attachment; filename="${file.name}"`)
          .send(file.content);
      },
    );

    app.get(
      '/api/fuse/indicators/:code/trend',
      {
        config: { permission: 'fuse:indicator:read' },
        schema: {
          tags: ['fuse'],
          summary: 'A sum of an indicator month by month',
          params: ByCode,
          querystring: TrendQuery,
          response: { 200: IndicatorTrend },
        },
      },
      ({ scope, params, query }) => trends.trend(scope, params.code, query),
    );

    app.get(
      '/api/fuse/indicators/:code/comparison',
      {
        config: { permission: 'fuse:indicator:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Regions, sectors or enterprises side by side, month by month',
          params: ByCode,
          querystring: ComparisonQuery,
          response: { 200: IndicatorComparison },
        },
      },
      ({ scope, params, query }) => trends.comparison(scope, params.code, query),
    );

    app.post(
      '/api/fuse/indicators/rebuild',
      {
        config: { permission: 'fuse:run:write' },
        schema: {
          tags: ['fuse'],
          summary: 'Make all figures anew from the published values (root organisation)',
          response: { 202: IndicatorRebuild },
        },
      },
      async ({ scope }, reply) => reply.code(202).send({ enterprises: await rebuild(scope) }),
    );

    app.get(
      '/api/fuse/enterprises/:id/indicators',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Monthly indicators of an enterprise, as known now or at a moment',
          params: ById,
          querystring: EnterpriseSeriesQuery,
          response: { 200: IndicatorSeriesList },
        },
      },
      async ({ scope, params, query }) => ({ items: await series.series(scope, params.id, query.at) }),
    );

    app.get(
      '/api/fuse/enterprises/:id/indicators/:code/revisions',
      {
        config: { permission: 'fuse:enterprise:read' },
        schema: {
          tags: ['fuse'],
          summary: 'Every value that was published for a month of an indicator',
          params: ById.extend({ code: StatisticCode }),
          querystring: z.object({ period: Period }),
          response: { 200: RevisionList },
        },
      },
      async ({ scope, params, query }) => ({
        items: await series.revisions(scope, params.id, { code: params.code, period: query.period }),
      }),
    );
  };
