import { z } from 'zod';
import { CollectorName } from './collect.ts';

/** Lists of points that can be taken over from elsewhere. */
export const POINT_IMPORT_FORMATS = ['excel', 'csv', 'kepware', 'neuron', 'telegraf', 'thingsboard'] as const;
export const PointImportFormat = z.enum(POINT_IMPORT_FORMATS);
export type PointImportFormat = z.infer<typeof PointImportFormat>;

/** Protocols whose points can stand in a table. */
export const POINT_TABLE_PROTOCOLS = ['modbus', 's7', 'opcua', 'iec104', 'dlt645', 'mqtt'] as const;
export const PointTableProtocol = z.enum(POINT_TABLE_PROTOCOLS);
export type PointTableProtocol = z.infer<typeof PointTableProtocol>;

/** Bytes of the largest file that is taken. */
export const POINT_IMPORT_BYTES_MAX = 20_000_000;
/** Most points and connections of one file. */
export const POINT_IMPORT_POINTS_MAX = 100_000;
export const POINT_IMPORT_CONNECTIONS_MAX = 200;
/** Most issues that are told one by one; `issuesTotal` counts all. */
export const POINT_IMPORT_ISSUES_MAX = 500;

export const PointImportQuery = z.object({
  format: PointImportFormat.optional().describe(
    'what the file is; recognised from its content when left out',
  ),
  protocol: PointTableProtocol.optional().describe(
    'protocol of points whose file does not say it; guessed from their addresses when left out',
  ),
});
export type PointImportQuery = z.infer<typeof PointImportQuery>;

export const PointTemplateQuery = z.object({ protocol: PointTableProtocol.default('modbus') });
export type PointTemplateQuery = z.infer<typeof PointTemplateQuery>;

/** A connection that a file gave. */
export const PointImportConnection = z
  .object({
    name: CollectorName.describe('also in `config`'),
    protocol: z.string().max(40),
    config: z
      .record(z.string(), z.unknown())
      .describe(
        'one entry of `connections` in the configuration of a collector; without `endpoint` where the file names none',
      ),
  })
  .meta({ id: 'PointImportConnection' });
export type PointImportConnection = z.infer<typeof PointImportConnection>;

/** What could not be carried over, or only otherwise than it was. */
export const PointImportIssue = z
  .object({
    place: z
      .string()
      .describe('sheet and row, line, or names from the outer to the inner, in the language of the caller'),
    message: z.string().describe('what is the matter and what to do, in the language of the caller'),
    level: z
      .enum(['error', 'warning'])
      .describe('error: it is not in the result; warning: it is, look at it'),
  })
  .meta({ id: 'PointImportIssue' });
export type PointImportIssue = z.infer<typeof PointImportIssue>;

/** What a file becomes; nothing has been saved. */
export const PointImportPreview = z
  .object({
    format: PointImportFormat,
    connections: z.array(PointImportConnection),
    points: z.number().int().describe('in all connections together'),
    issues: z.array(PointImportIssue).max(POINT_IMPORT_ISSUES_MAX).describe('errors first'),
    issuesTotal: z.number().int().describe('all, also those that are not listed'),
  })
  .meta({ id: 'PointImportPreview' });
export type PointImportPreview = z.infer<typeof PointImportPreview>;
