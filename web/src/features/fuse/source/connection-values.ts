import type { DatabaseEngine, SourceConnection, SourceKind, TableOptions } from '@ronghe/contracts';

/** What a form holds of a connection: texts and numbers by field, objects as JSON text. */
export type ConnectionValues = Record<string, unknown>;

export const DATABASE_PORTS: Readonly<Record<DatabaseEngine, number>> = {
  postgresql: 5432,
  mysql: 3306,
  mongodb: 27017,
};

/** What has to be filled in before a system can be asked what it offers. */
export const OFFER_NEEDS = {
  database: ['host', 'port', 'database'],
  program: ['program', 'settings', 'secrets'],
} as const;

const BLANK: Readonly<Record<SourceKind, ConnectionValues>> = {
  upload: { upload: '', options: {} },
  folder: { folder: '', options: {} },
  'http-json': { url: '', tokenPath: '', listPath: '', username: '', password: '', reading: {} },
  database: {
    engine: 'postgresql',
    host: '',
    port: DATABASE_PORTS.postgresql,
    database: '',
    schema: '',
    table: '',
    fields: [],
    username: '',
    password: '',
  },
  object: { url: '', store: 'http', format: 'csv', accessKey: '', secretKey: '' },
  program: { protocol: 'singer', program: '', stream: '', settings: '{}', secrets: '{}' },
  push: { format: 'rows' },
};

/** Values to begin a form with, from what is known of a connection; secrets are never known. */
export function valuesOf(kind: SourceKind, known: Readonly<Record<string, unknown>> = {}): ConnectionValues {
  const values: ConnectionValues = { ...BLANK[kind] };
  for (const [name, value] of Object.entries(known)) {
    if (name === 'kind' || value === null || value === undefined) continue;
    values[name] = kind === 'program' && name === 'settings' ? JSON.stringify(value, null, 2) : value;
  }
  return values;
}

/** The connection that a form's values say; what was left empty is left away where it may be. */
export function connectionOf(kind: SourceKind, values: ConnectionValues): SourceConnection {
  const filled = { ...BLANK[kind], ...stripped(values) };
  if (kind === 'database' && (filled.schema === '' || filled.engine !== 'postgresql')) delete filled.schema;
  if (kind === 'database' && filled.engine !== 'mongodb') delete filled.fields;
  if (kind === 'http-json') {
    const reading = stripped((filled.reading ?? {}) as ConnectionValues);
    if (Object.keys(reading).length === 0) delete filled.reading;
    else filled.reading = reading;
  }
  if (kind === 'folder' || kind === 'upload') filled.options = optionsOf(filled.options);
  if (kind === 'program') {
    filled.settings = objectOf(filled.settings);
    filled.secrets = objectOf(filled.secrets);
  }
  return { kind, ...filled } as SourceConnection;
}

/** Options without what is to be recognised from the file. */
export const optionsOf = (options: unknown): TableOptions => stripped((options ?? {}) as ConnectionValues);

const stripped = (values: ConnectionValues): ConnectionValues =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );

/** An object from JSON text. @throws SyntaxError when it is none; forms check before */
function objectOf(text: unknown): Record<string, unknown> {
  if (typeof text !== 'string') return (text ?? {}) as Record<string, unknown>;
  return text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export function isJsonObject(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
