import { type Cell, type ForeignCollection, type ForeignField, unreachable } from '#platform/db/foreign.ts';
import { trimmedTime } from '#platform/db/foreign-files.ts';
import { quote, quoteAnyName } from '#platform/db/sql-parameters.ts';

const TYPES = { text: 'String', number: 'Float64', time: "DateTime64(3, 'UTC')" } as const;
const OPTIONS = 'serverSelectionTimeoutMS=10000&connectTimeoutMS=10000';

/** Documents have no columns, so the fields that are read are named, each with what it holds. */
export function mongodbFunction(source: ForeignCollection): string {
  const { host, port, database, table, fields, username, password } = source;
  if (fields.length === 0)
    throw unreachable('a collection has no columns of its own; name the fields to read');
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const structure = fields
    .map(({ name, kind }) => `${quoteAnyName(name)} Nullable(${TYPES[kind]})`)
    .join(', ');
  return `mongodb(${[address, database, table, username, password, structure, OPTIONS].map(quote).join(', ')})`;
}

export const cellOfMongodb = ({ name, kind }: ForeignField): Cell => ({
  column: { name, type: kind, kind, nullable: true, key: name === '_id', comment: '' },
  source: '',
  engine: kind === 'time' ? (cell) => trimmedTime(`toTimeZone(${cell}, 'Asia/Shanghai')`) : 'plain',
  watermark: null,
});
