import {
  type Cell,
  type ForeignCollection,
  type ForeignField,
  type ForeignSource,
  unreachable,
} from '#platform/db/foreign.ts';
import { toForeignError } from '#platform/db/foreign-error.ts';
import { trimmedTime } from '#platform/db/foreign-files.ts';
import { quote, quoteAnyName } from '#platform/db/sql-parameters.ts';

const TYPES = { text: 'String', number: 'Float64', time: "DateTime64(3, 'UTC')" } as const;
/** A replica set would name other hosts to go to; the one that was checked is the one that is asked. */
const OPTIONS =
  'directConnection=true&serverSelectionTimeoutMS=10000&connectTimeoutMS=10000&socketTimeoutMS=60000';
/** Characters no database of MongoDB can have, which would mean something in a connection string. */
const NOT_IN_A_NAME = /[/\\. "$*<>:|?\0]/;
const OBJECT_ID = /^[0-9a-f]{24}$/;
const REFUSED = 'the user name or the password was refused';
const PROBE: ForeignField = { name: '_id', kind: 'text' };

/**
 * Documents have no columns, so the fields that are read are named, each with what it holds.
 * @param idsAreObjects whether a condition on `_id` compares object ids, else texts
 */
export function mongodbFunction(source: ForeignCollection, idsAreObjects = true): string {
  const { host, port, database, table, fields, username, password, usersIn } = source;
  if (fields.length === 0)
    throw unreachable('a collection has no columns of its own; name the fields to read');
  if (NOT_IN_A_NAME.test(database)) throw unreachable('a name holds characters no database can have');
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const options = usersIn === undefined ? OPTIONS : `${OPTIONS}&authSource=${usersIn}`;
  const parts = [address, database, table, username, password, structureOf(fields), options];
  return `mongodb(${[...parts, idsAreObjects ? '_id' : ''].map(quote).join(', ')})`;
}

/** Of fields within a document the document is read, as JSON. */
function structureOf(fields: readonly ForeignField[]): string {
  const types = new Map<string, string>();
  for (const { name, kind } of fields) if (!isInner(name)) types.set(name, TYPES[kind]);
  for (const { name } of fields) if (isInner(name)) types.set(pathOf(name)[0] ?? '', TYPES.text);
  return [...types].map(([name, type]) => `${quoteAnyName(name)} Nullable(${type})`).join(', ');
}

const pathOf = (name: string): string[] => name.split('.');
const isInner = (name: string): boolean => name.includes('.');

export function cellOfMongodb({ name, kind }: ForeignField): Cell {
  const column = { name, type: kind, kind, nullable: true, key: name === '_id', comment: '' };
  if (isInner(name)) return { column, source: outerOf(name), engine: innerOf(name, kind), watermark: null };
  return {
    column,
    source: quoteAnyName(name),
    engine: kind === 'time' ? (cell) => trimmedTime(`toTimeZone(${cell}, 'Asia/Shanghai')`) : 'plain',
    watermark: {
      column: comparedOf(name, kind),
      literal: (value) => literalOf(value, { name, kind }),
      only: null,
    },
  };
}

/** The connector has no way to say a date in a condition, and gives up; what it does not understand the engine judges. */
const comparedOf = (name: string, kind: ForeignField['kind']): string =>
  kind === 'time' ? `toTimeZone(${quoteAnyName(name)}, 'UTC')` : quoteAnyName(name);

const outerOf = (name: string): string => quoteAnyName(pathOf(name)[0] ?? '');

/** `address.city` of the document in `address`. What is no text is its JSON; the engine writes dates in UTC there. */
function innerOf(name: string, kind: ForeignField['kind']): (cell: string) => string {
  const path = pathOf(name).slice(1).map(quote).join(', ');
  return (cell) => {
    const text = `if(JSONType(${cell}, ${path}) = 'String', JSONExtractString(${cell}, ${path}), nullIf(nullIf(JSONExtractRaw(${cell}, ${path}), ''), 'null'))`;
    if (kind === 'number') return `toFloat64OrNull(${text})`;
    return kind === 'time' ? trimmedTime(`parseDateTime64BestEffortOrNull(${text}, 3, 'UTC')`) : text;
  };
}

function literalOf(value: string, { name, kind }: ForeignField): string {
  if (kind === 'text') return quote(value);
  const fits = kind === 'number' ? Number.isFinite(Number(value)) && value.trim() !== '' : /^\d/.test(value);
  if (!fits) throw unreachable(`the bookmark does not fit the column ${name}`);
  return kind === 'number'
    ? `toFloat64(${quote(value)})`
    : `toDateTime64(${quote(value)}, 3, 'Asia/Shanghai')`;
}

/** Whether a bookmark of `_id` is an object id, which another kind of id is not compared with. */
export const isObjectId = (value: string | null | undefined): boolean => OBJECT_ID.test(value ?? '');

/** The document whose field is highest in the source's own order; an index answers it. */
export const highestOfMongodb = (source: ForeignCollection, cell: Cell): string =>
  `select ${cell.source} as cell_0 from ${mongodbFunction({ ...source, fields: fieldsOf(source, cell) })} order by ${cell.source} desc limit 1`;

const fieldsOf = ({ fields }: ForeignCollection, { column }: Cell): ForeignField[] =>
  fields.filter(({ name }) => name === column.name);

/**
 * The collection, with the database in which its user is kept: its own, or `admin`, where most are.
 * @throws ForeignError also when it has no document: MongoDB answers the same for one that does not exist
 */
export async function openMongodb(
  source: ForeignCollection,
  ask: (sql: string) => Promise<unknown[]>,
): Promise<ForeignCollection> {
  const look = async (asked: ForeignCollection): Promise<ForeignCollection> => {
    const found = await ask(`select _id from ${mongodbFunction({ ...asked, fields: [PROBE] })} limit 1`);
    if (found.length === 0) throw unreachable('there is no such collection, or it is empty');
    return asked;
  };
  try {
    return await look(source);
  } catch (error) {
    const refused = toForeignError(error, source satisfies ForeignSource).message === REFUSED;
    if (!refused || source.username === '') throw error;
    return look({ ...source, usersIn: 'admin' });
  }
}
