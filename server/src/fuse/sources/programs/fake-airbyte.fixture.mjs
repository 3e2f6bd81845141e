// An Airbyte connector for tests. What it does, well or badly, stands in its settings: { behaviour, rows }.
import { readFileSync } from 'node:fs';

const [command] = process.argv.slice(2);
const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : JSON.parse(readFileSync(process.argv[at + 1], 'utf8'));
};
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const config = argument('--config') ?? {};
const { behaviour = 'stream' } = config;
const descriptor = { name: 'companies', namespace: 'public' };
const stream = {
  ...descriptor,
  json_schema: { type: 'object', properties: { id: {}, name: {} } },
  supported_sync_modes: behaviour === 'full' ? ['full_refresh'] : ['full_refresh', 'incremental'],
  source_defined_cursor: true,
  source_defined_primary_key: [['id']],
};

tell({ type: 'LOG', log: { level: 'INFO', message: `started with ${config.credentials?.password}` } });
if (command === 'spec') tell({ type: 'SPEC', spec: { connectionSpecification: { type: 'object' } } });
if (command === 'check')
  tell({
    type: 'CONNECTION_STATUS',
    connectionStatus:
      behaviour === 'refused'
        ? { status: 'FAILED', message: `bad key ${config.credentials.password}` }
        : { status: 'SUCCEEDED' },
  });
if (command === 'discover')
  tell({ type: 'CATALOG', catalog: { streams: [stream, { ...stream, name: 'orders' }] } });
if (command === 'read') {
  const [configured] = argument('--catalog').streams;
  const state = argument('--state');
  const last =
    (Array.isArray(state)
      ? (state[0].stream?.stream_state ?? state[0].global?.shared_state)?.last
      : state?.last) ?? 0;
  const stateOf = (id) => {
    if (behaviour === 'legacy') return { data: { last: id } };
    if (behaviour === 'global')
      return { type: 'GLOBAL', global: { shared_state: { last: id }, stream_states: [] } };
    return { type: 'STREAM', stream: { stream_descriptor: descriptor, stream_state: { last: id } } };
  };
  for (const row of (config.rows ?? []).filter(({ id }) => id > last)) {
    tell({
      type: 'RECORD',
      record: {
        ...descriptor,
        stream: descriptor.name,
        data: { ...row, mode: configured.sync_mode },
        emitted_at: 1,
      },
    });
    tell({
      type: 'RECORD',
      record: { stream: 'companies', namespace: 'other', data: { id: -1 }, emitted_at: 1 },
    });
    tell({ type: 'STATE', state: stateOf(row.id) });
  }
  if (behaviour === 'trace')
    tell({
      type: 'TRACE',
      trace: {
        type: 'ERROR',
        emitted_at: 1,
        error: { message: 'the table is locked', internal_message: 'at line 7' },
      },
    });
  if (behaviour === 'unfinished')
    tell({
      type: 'TRACE',
      trace: {
        type: 'STREAM_STATUS',
        emitted_at: 1,
        stream_status: { stream_descriptor: descriptor, status: 'INCOMPLETE' },
      },
    });
}
