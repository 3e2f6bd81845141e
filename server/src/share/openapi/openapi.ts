import type { Bilingual } from '@ronghe/contracts';
import { type DescribedDataset, type Schema, schemaName, schemasOf } from './dataset-schemas.ts';

type Operation = { readonly [name: string]: unknown } & { 'x-permission'?: string };
/** The description of the whole platform, as far as it is read here. */
export type WholeDescription = {
  info?: { version?: string };
  paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: { schemas?: Readonly<Record<string, Schema>>; securitySchemes?: Schema };
};
type Caller = {
  may: (permission: string) => boolean;
  /** grades hold for the whole installation, only its root sets them */
  root: boolean;
  language: keyof Bilingual;
  /** address of the platform */
  url: string;
};

const ROOM = '/api/share/';
const OF_DATASET = '/api/share/datasets/{id}';
const ONLY_ROOT = '/grades';

/**
 * OpenAPI 3.1 of shared data for one caller: its datasets by name with the columns it sees, the operations it may use, and the schemas these lead
 * to. Made from the description of the whole platform, so that a new route is in it by itself.
 */
export function describeFor(
  whole: WholeDescription,
  datasets: readonly DescribedDataset[],
  { may, root, language, url }: Caller,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const put = (path: string, method: string, operation: Record<string, unknown>) => {
    paths[path] = { ...paths[path], [method]: { ...operation, operationId: operationId(method, path) } };
  };
  for (const [path, methods] of Object.entries(whole.paths ?? {})) {
    if (!path.startsWith(ROOM) || (path.endsWith(ONLY_ROOT) && !root)) continue;
    for (const [method, operation] of Object.entries(methods)) {
      const permission = operation['x-permission'];
      if (permission !== undefined && !may(permission)) continue;
      const told = withErrors(operation);
      if (path !== OF_DATASET && !path.startsWith(`${OF_DATASET}/`)) put(path, method, told);
      else
        for (const dataset of datasets)
          put(
            path.replace('{id}', dataset.id),
            method,
            ofDataset(told, path.slice(OF_DATASET.length), dataset, language),
          );
    }
  }
  const own = Object.assign({}, ...datasets.map((dataset) => schemasOf(dataset, language)));
  const schemas = { ...whole.components?.schemas, ...own, ErrorAnswer: ERROR };
  return {
    openapi: '3.1.0',
    info: {
      title: language === 'zh' ? '融合 · 数据共享接口' : 'Ronghe · shared data',
      version: whole.info?.version ?? '0',
      description: LEAD[language],
    },
    servers: [{ url }],
    tags: [
      { name: 'share' },
      ...datasets.map(({ id, title, description }) => ({
        name: id,
        description: `${title[language]}: ${description[language]}`,
      })),
    ],
    paths,
    components: {
      schemas: reached(paths, schemas),
      securitySchemes: whole.components?.securitySchemes ?? {},
    },
    security: [{ bearer: [] }],
  };
}

const LEAD: Bilingual = {
  zh: '只列出您能看到的数据集和列、能使用的操作；策略变化后内容随之变化。',
  en: 'Only the datasets and columns you see and the operations you may use; it changes with the policies.',
};

const ERROR: Schema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        hint: { type: 'string' },
        requestId: { type: 'string' },
        details: {
          type: 'array',
          items: {
            type: 'object',
            properties: { path: { type: 'string' }, message: { type: 'string' } },
            required: ['path', 'message'],
          },
        },
      },
      required: ['code', 'message', 'hint', 'requestId'],
    },
  },
  required: ['error'],
};
const ERROR_RESPONSE = {
  description: 'Refused or failed',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } },
};
const withErrors = (operation: Operation): Operation => ({
  ...operation,
  responses: { ...(operation.responses as Schema), default: ERROR_RESPONSE },
});

/** `post` of `/api/share/datasets/points/query` as `postDatasetsPointsQuery`. */
function operationId(method: string, path: string): string {
  const words = path.slice(ROOM.length).match(/[A-Za-z0-9]+/g) ?? [];
  return method + words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}

type Parameter = { readonly in?: string; readonly name?: string };
const json = (name: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
});

/** An operation of any dataset as one of this dataset: its id stands in the path, its columns in what is sent and answered. */
function ofDataset(
  operation: Operation,
  what: string,
  { id, title }: DescribedDataset,
  language: keyof Bilingual,
): Record<string, unknown> {
  const parameters = ((operation.parameters ?? []) as Parameter[]).filter(
    (parameter) => parameter.in !== 'path' || parameter.name !== 'id',
  );
  const { responses, parameters: _all, ...rest } = operation;
  const asks = what === '/query' || what === '/explain';
  const answers =
    what === '/query' ? { 200: { description: title[language], ...json(schemaName(id, 'Answer')) } } : {};
  const sent = asks ? schemaName(id, 'Question') : what === '/export' ? schemaName(id, 'Export') : null;
  return {
    ...rest,
    tags: [id],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(sent === null ? {} : { requestBody: { required: true, ...json(sent) } }),
    responses: { ...(responses as Schema), ...answers },
  };
}

const PREFIX = '#/components/schemas/';
/** The schemas that paths lead to, by name. */
function reached(paths: unknown, schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const found = new Set<string>();
  const open: unknown[] = [paths];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const child of Object.values(value)) open.push(child);
    const target = '$ref' in value && typeof value.$ref === 'string' ? value.$ref : '';
    const name = target.slice(PREFIX.length);
    if (!target.startsWith(PREFIX) || found.has(name)) continue;
    found.add(name);
    open.push(schemas[name]);
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}
