// A Singer tap for tests. What it does, well or badly, stands in its settings: { behaviour, rows, note }.
import { readFileSync, writeFileSync } from 'node:fs';

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
};
const read = (name) => (argument(name) === null ? null : JSON.parse(readFileSync(argument(name), 'utf8')));
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const complain = (line) => process.stderr.write(`${line}\n`);
const config = read('--config');
const { behaviour = 'well', note } = config;
const schema = {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: 'string' }, at: { type: 'string' } },
};

if (process.argv.includes('--discover')) {
  if (behaviour === 'no-catalog') process.exit(0);
  tell({
    streams: ['companies', 'orders'].map((stream) => ({
      stream,
      tap_stream_id: stream,
      schema,
      metadata: [
        {
          breadcrumb: [],
          metadata: {
            'table-key-properties': ['id'],
            ...(stream === 'companies' ? { 'valid-replication-keys': ['at'] } : {}),
          },
        },
        { breadcrumb: ['properties', 'name'], metadata: { inclusion: 'available' } },
      ],
    })),
  });
  process.exit(0);
}

// what a test wants to know about how it was started
if (note) {
  const { mode } = (await import('node:fs')).statSync(argument('--config'));
  const seen = {
    config,
    catalog: read('--catalog'),
    state: read('--state'),
    environment: Object.keys(process.env).sort(),
    folder: process.cwd(),
    mode: mode & 0o777,
    arguments: process.argv.slice(2),
  };
  writeFileSync(note, JSON.stringify(seen));
}
const state = read('--state') ?? { last: 0 };
const version = config.version ?? 1;
const stream = read('--catalog').streams[0].stream;
switch (behaviour) {
  case 'rubbish':
    process.stdout.write(`Connecting with ${config.password}\n`);
    break;
  case 'exit':
    complain(`CRITICAL cannot sign in as root with ${config.password}`);
    process.exit(3);
    break;
  case 'quiet-crash':
    complain('Traceback (most recent call last):');
    complain('KeyError: no such thing');
    process.exit(0);
    break;
  case 'hang':
    complain('waiting');
    (await import('node:child_process')).spawn('sleep', ['600'], { stdio: 'inherit' }).unref();
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1000);
    break;
  case 'endless':
    tell({ type: 'SCHEMA', stream, schema, key_properties: ['id'] });
    for (let id = 1; ; id += 1) {
      const more = process.stdout.write(
        `${JSON.stringify({ type: 'RECORD', stream, record: { id, name: 'x'.repeat(500) } })}\n`,
      );
      if (!more) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  case 'long-line':
    for (;;)
      if (!process.stdout.write('x'.repeat(65_536)))
        await new Promise((resolve) => process.stdout.once('drain', resolve));
  case 'no-schema':
    tell({ type: 'RECORD', stream, record: { id: 1 } });
    break;
  case 'batch':
    tell({ type: 'SCHEMA', stream, schema, key_properties: ['id'] });
    tell({ type: 'BATCH', stream, manifest: [] });
    break;
  default: {
    tell({ type: 'SCHEMA', stream: 'orders', schema, key_properties: ['id'] });
    if (stream !== 'orders') tell({ type: 'SCHEMA', stream, schema, key_properties: ['id'] });
    tell({ type: 'ACTIVATE_VERSION', stream, version });
    tell({ type: 'STATE', value: { last: state.last } });
    for (const record of (config.rows ?? []).filter(({ id }) => id > state.last)) {
      tell({ type: 'RECORD', stream, record, version });
      tell({ type: 'RECORD', stream: 'others', record: { id: -1 } });
      tell({ type: 'STATE', value: { last: record.id } });
    }
    tell({ type: 'SOMETHING_NEW' });
  }
}
