import { z } from 'zod';
import { isObject } from './programs.ts';

/**
 * Singer's messages and catalog. Source: https://github.com/singer-io/getting-started, SPEC.md and DISCOVERY_MODE.md, version 0.3.
 */
const Metadata = z.array(
  z.looseObject({ breadcrumb: z.array(z.string()), metadata: z.record(z.string(), z.unknown()) }),
);
export const SingerStream = z.looseObject({
  stream: z.string(),
  tap_stream_id: z.string().optional(),
  schema: z.record(z.string(), z.unknown()),
  key_properties: z.array(z.string()).nullish(),
  replication_method: z.string().nullish(),
  replication_key: z.string().nullish(),
  metadata: Metadata.nullish(),
});
export type SingerStream = z.infer<typeof SingerStream>;
export const SingerCatalog = z.looseObject({ streams: z.array(SingerStream) });
export type SingerCatalog = z.infer<typeof SingerCatalog>;

export const SingerMessage = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('SCHEMA'),
    stream: z.string(),
    schema: z.record(z.string(), z.unknown()),
    key_properties: z.array(z.string()).nullish(),
  }),
  z.looseObject({
    type: z.literal('RECORD'),
    stream: z.string(),
    record: z.record(z.string(), z.unknown()),
    version: z.number().nullish(),
  }),
  z.looseObject({ type: z.literal('STATE'), value: z.unknown() }),
  z.looseObject({ type: z.literal('ACTIVATE_VERSION'), stream: z.string(), version: z.number() }),
]);

/** What is handed back with the next run. */
export const SingerBookmark = z.object({ state: z.unknown(), version: z.number().nullable() });

export const findStream = ({ streams }: SingerCatalog, name: string): SingerStream | undefined =>
  streams.find(({ tap_stream_id }) => tap_stream_id === name) ??
  streams.find(({ stream }) => stream === name);

/** Whether a stream tells what changed since a state; and by which field, when it leaves that to whoever reads it. */
export function replicationOf(
  stream: SingerStream,
  watermark: string | null = null,
): {
  incremental: boolean;
  method: string;
  key: string | null;
} {
  const own = rootOf(stream);
  const keys = z.array(z.string()).catch([]).parse(own['valid-replication-keys']);
  const key = text(own['replication-key']) ?? stream.replication_key ?? watermark ?? keys[0] ?? null;
  const told =
    text(own['forced-replication-method']) ??
    text(own['replication-method']) ??
    stream.replication_method ??
    null;
  const method = told ?? (key === null ? 'FULL_TABLE' : 'INCREMENTAL');
  return { incremental: method !== 'FULL_TABLE', method, key };
}

/** The catalog with one stream selected, all its fields, and its replication settled; all others left out. */
export function selectStream(
  catalog: SingerCatalog,
  chosen: SingerStream,
  watermark: string | null,
): SingerCatalog {
  const { method, key } = replicationOf(chosen, watermark);
  const own = {
    ...rootOf(chosen),
    selected: true,
    'replication-method': method,
    ...(key === null ? {} : { 'replication-key': key }),
  };
  const properties = isObject(chosen.schema.properties) ? Object.keys(chosen.schema.properties) : [];
  const fields = properties.map((name) => {
    const told = chosen.metadata?.find(({ breadcrumb }) => breadcrumb.join('\0') === `properties\0${name}`);
    const unsupported = told?.metadata.inclusion === 'unsupported';
    return { breadcrumb: ['properties', name], metadata: { ...told?.metadata, selected: !unsupported } };
  });
  const deeper = (chosen.metadata ?? []).filter(({ breadcrumb }) => breadcrumb.length > 2);
  const stream: SingerStream = {
    ...chosen,
    schema: { ...chosen.schema, selected: true },
    replication_method: method,
    ...(key === null ? {} : { replication_key: key }),
    metadata: [{ breadcrumb: [], metadata: own }, ...fields, ...deeper],
  };
  return { ...catalog, streams: [stream] };
}

/** A row that the source says is gone (tap-mysql, tap-postgres with LOG_BASED, and others). */
export const isDeleted = (record: Readonly<Record<string, unknown>>): boolean =>
  record._sdc_deleted_at !== undefined && record._sdc_deleted_at !== null;

const rootOf = ({ metadata }: SingerStream): Record<string, unknown> =>
  metadata?.find(({ breadcrumb }) => breadcrumb.length === 0)?.metadata ?? {};
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
