import { z } from 'zod';

/**
 * Airbyte's protocol, version 0. Source: https://github.com/airbytehq/airbyte-protocol, airbyte_protocol.yaml.
 */
const Descriptor = z.looseObject({ name: z.string(), namespace: z.string().nullish() });
export const AirbyteStream = z.looseObject({
  name: z.string(),
  namespace: z.string().nullish(),
  json_schema: z.record(z.string(), z.unknown()),
  supported_sync_modes: z.array(z.string()).nullish(),
  source_defined_cursor: z.boolean().nullish(),
  default_cursor_field: z.array(z.string()).nullish(),
  source_defined_primary_key: z.array(z.array(z.string())).nullish(),
});
export type AirbyteStream = z.infer<typeof AirbyteStream>;

export const AirbyteMessage = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('SPEC'), spec: z.record(z.string(), z.unknown()) }),
  z.looseObject({
    type: z.literal('CONNECTION_STATUS'),
    connectionStatus: z.looseObject({
      status: z.enum(['SUCCEEDED', 'FAILED']),
      message: z.string().nullish(),
    }),
  }),
  z.looseObject({ type: z.literal('CATALOG'), catalog: z.looseObject({ streams: z.array(AirbyteStream) }) }),
  z.looseObject({
    type: z.literal('RECORD'),
    record: z.looseObject({
      stream: z.string(),
      namespace: z.string().nullish(),
      data: z.record(z.string(), z.unknown()),
    }),
  }),
  z.looseObject({
    type: z.literal('STATE'),
    state: z.looseObject({
      type: z.enum(['GLOBAL', 'STREAM', 'LEGACY']).nullish(),
      stream: z.looseObject({ stream_descriptor: Descriptor }).nullish(),
      global: z.record(z.string(), z.unknown()).nullish(),
      data: z.unknown().optional(),
    }),
  }),
  z.looseObject({ type: z.literal('LOG'), log: z.looseObject({ level: z.string(), message: z.string() }) }),
  z.looseObject({
    type: z.literal('TRACE'),
    trace: z.looseObject({
      type: z.string(),
      error: z.looseObject({ message: z.string(), internal_message: z.string().nullish() }).nullish(),
      stream_status: z.looseObject({ stream_descriptor: Descriptor, status: z.string() }).nullish(),
    }),
  }),
  z.looseObject({ type: z.literal('CONTROL') }),
]);
export type AirbyteMessage = z.infer<typeof AirbyteMessage>;

/** What a run is continued from: the argument of `--state` as it is. */
export const AirbyteBookmark = z.object({ state: z.unknown() });

export const findStream = (streams: readonly AirbyteStream[], wanted: string): AirbyteStream | undefined =>
  streams.find(({ name, namespace }) => namespace && `${namespace}.${name}` === wanted) ??
  streams.find(({ name }) => name === wanted);

/** The stream with the field a person chose, when it names none itself. */
export const withCursor = (stream: AirbyteStream, watermark: string | null): AirbyteStream =>
  watermark === null ||
  stream.source_defined_cursor === true ||
  (stream.default_cursor_field ?? []).length > 0
    ? stream
    : { ...stream, default_cursor_field: [watermark] };

/** Incremental when the stream can be and knows by which field. */
export const isIncremental = ({
  supported_sync_modes,
  source_defined_cursor,
  default_cursor_field,
}: AirbyteStream): boolean =>
  (supported_sync_modes ?? []).includes('incremental') &&
  (source_defined_cursor === true || (default_cursor_field ?? []).length > 0);

export function configuredCatalog(stream: AirbyteStream): unknown {
  const incremental = isIncremental(stream);
  return {
    streams: [
      {
        stream,
        sync_mode: incremental ? 'incremental' : 'full_refresh',
        destination_sync_mode: 'append',
        cursor_field: stream.default_cursor_field ?? [],
        primary_key: stream.source_defined_primary_key ?? [],
      },
    ],
  };
}

export const isOf = (
  { name, namespace }: AirbyteStream,
  record: { stream: string; namespace?: string | null | undefined },
): boolean => record.stream === name && (record.namespace ?? '') === (namespace ?? '');

/** The state after one more message: the newest one of all, or of each stream. */
export function nextState(before: unknown, { state }: Extract<AirbyteMessage, { type: 'STATE' }>): unknown {
  if (state.type === 'GLOBAL') return [{ type: 'GLOBAL', global: state.global }];
  if (state.type !== 'STREAM') return state.data;
  const descriptor = JSON.stringify(state.stream?.stream_descriptor);
  const others = (Array.isArray(before) ? (before as StreamState[]) : []).filter(
    ({ stream }) => JSON.stringify(stream?.stream_descriptor) !== descriptor,
  );
  return [...others, { type: 'STREAM', stream: state.stream }];
}
type StreamState = { stream?: { stream_descriptor?: unknown } };

/** A row that change capture says is gone. */
export const isDeleted = (data: Readonly<Record<string, unknown>>): boolean =>
  data._ab_cdc_deleted_at !== undefined && data._ab_cdc_deleted_at !== null;
