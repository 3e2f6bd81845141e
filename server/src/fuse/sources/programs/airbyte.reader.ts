import {
  AirbyteBookmark,
  AirbyteMessage,
  type AirbyteStream,
  configuredCatalog,
  findStream,
  isDeleted,
  isIncremental,
  isOf,
  nextState,
  withCursor,
} from './airbyte.ts';
import { failed, ProgramError } from './program.process.ts';
import { isObject, type ProgramDelivered, type ProgramOffer } from './programs.ts';
import { createRowBatch, type RowBatch } from './row-batch.ts';
import { CRASH, noStream, type ProgramRead, where } from './singer.reader.ts';
import type { Workspace } from './workspace.service.ts';

export async function discoverAirbyte(workspace: Workspace, config: string): Promise<ProgramOffer> {
  let specification: unknown = null;
  for await (const message of messages(workspace, ['spec']))
    if (message.type === 'SPEC') specification = message.spec;
  await check(workspace, config);
  const streams = await streamsOf(workspace, config);
  return {
    specification,
    streams: streams.map((stream) => ({
      name: stream.namespace ? `${stream.namespace}.${stream.name}` : stream.name,
      fields: isObject(stream.json_schema.properties) ? Object.keys(stream.json_schema.properties) : [],
      keys: keysOf(stream),
      incremental: isIncremental(stream),
    })),
  };
}

export async function readAirbyte({
  workspace,
  config,
  stream: wanted,
  watermark,
  spool,
  request,
}: ProgramRead): Promise<ProgramDelivered> {
  await check(workspace, config);
  const streams = await streamsOf(workspace, config);
  const found = findStream(streams, wanted);
  if (found === undefined)
    throw noStream(
      wanted,
      streams.map(({ name }) => name),
    );
  const stream = withCursor(found, watermark);
  const catalog = await workspace.file('catalog.json', configuredCatalog(stream));
  const incremental = isIncremental(stream);
  const kept = AirbyteBookmark.safeParse(request.bookmark);
  const before = incremental && kept.success ? kept.data.state : null;
  const state = before === null ? [] : ['--state', await workspace.file('state.json', before)];
  const batch = createRowBatch(spool, request);
  const seen: Seen = { state: before, unfinished: false };
  for await (const message of messages(workspace, [
    'read',
    '--config',
    config,
    '--catalog',
    catalog,
    ...state,
  ]))
    await take(message, { stream, batch, seen });
  await batch.flush();
  if (seen.unfinished) throw failed(workspace, `did not finish the stream ${wanted}`);
  if (batch.count() === 0 && workspace.stderr.some((line) => CRASH.test(line)))
    throw failed(workspace, 'ended without a record, but not well');
  return {
    mode: before === null ? 'full' : 'incremental',
    bookmark: incremental && seen.state !== null ? { state: seen.state } : null,
    keyProperties: keysOf(stream),
  };
}

type Seen = { state: unknown; unfinished: boolean };

async function take(
  message: AirbyteMessage,
  { stream, batch, seen }: { stream: AirbyteStream; batch: RowBatch; seen: Seen },
): Promise<void> {
  if (message.type === 'STATE') seen.state = nextState(seen.state, message);
  if (message.type === 'RECORD' && isOf(stream, message.record))
    await batch.add(message.record.data, isDeleted(message.record.data));
  const status = message.type === 'TRACE' ? message.trace.stream_status : null;
  if (status?.status === 'INCOMPLETE' && status.stream_descriptor.name === stream.name)
    seen.unfinished = true;
}

async function check(workspace: Workspace, config: string): Promise<void> {
  let status: string | null = null;
  for await (const message of messages(workspace, ['check', '--config', config])) {
    if (message.type !== 'CONNECTION_STATUS') continue;
    status = message.connectionStatus.status;
    if (status === 'FAILED')
      throw new ProgramError(
        'failed',
        `the check failed: ${message.connectionStatus.message ?? 'without a reason'}`,
      );
  }
  if (status === null) throw failed(workspace, 'gave no answer to the check');
}

async function streamsOf(workspace: Workspace, config: string): Promise<readonly AirbyteStream[]> {
  for await (const message of messages(workspace, ['discover', '--config', config]))
    if (message.type === 'CATALOG') return message.catalog.streams;
  throw failed(workspace, 'gave no catalog (discover)');
}

/** Known messages; what it logs joins standard error, and an error it traces is thrown. */
async function* messages(workspace: Workspace, args: readonly string[]): AsyncGenerator<AirbyteMessage> {
  for await (const message of workspace.messages(args)) {
    const known = AirbyteMessage.options.some((option) => option.shape.type.value === message.type);
    if (!known) continue;
    const parsed = AirbyteMessage.safeParse(message);
    if (!parsed.success)
      throw new ProgramError(
        'failed',
        `a ${String(message.type)} message is wrong at ${where(parsed.error)}`,
      );
    const { data } = parsed;
    if (data.type === 'LOG') workspace.note(`${data.log.level} ${data.log.message}`);
    if (data.type === 'TRACE' && data.trace.type === 'ERROR') {
      if (data.trace.error?.internal_message) workspace.note(data.trace.error.internal_message);
      throw new ProgramError(
        'failed',
        `it says: ${data.trace.error?.message ?? 'an error without a reason'}`,
      );
    }
    yield data;
  }
}

const keysOf = ({ source_defined_primary_key }: AirbyteStream): string[] =>
  (source_defined_primary_key ?? []).map((path) => path.join('.'));
