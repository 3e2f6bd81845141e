import type { Point, PointPatch, PointType } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';

/** What a door tells of a point when it delivers samples of it. Left out means "not told", which changes nothing. */
export type PointDefinition = {
  key: string;
  type: PointType;
  name?: string | undefined;
  unit?: string | undefined;
  equipment?: string | undefined;
  connection?: string | undefined;
  collector?: string | undefined;
};

/** A point as the samples need it: the series number and the type that was fixed when it was first seen. */
export type ResolvedPoint = { id: number; type: PointType };
export type Keyed = ResolvedPoint & { key: string };

/** Fields that a person may set. Once set by a person, a collector no longer changes them. */
export const EDITABLE_FIELDS = ['name', 'unit', 'equipment'] as const;
export type EditableField = (typeof EDITABLE_FIELDS)[number];

/** Names of the fields a patch sets; they join the point's `edited` list. */
export const editedFields = (patch: PointPatch): EditableField[] =>
  EDITABLE_FIELDS.filter((field) => patch[field] !== undefined);

/** What a door told besides key and type, as texts that are compared and never joined: it is done for every point. */
export type Told = Pick<PointDefinition, 'name' | 'unit' | 'equipment' | 'connection' | 'collector'>;
export const toldBy = ({ name, unit, equipment, connection, collector }: PointDefinition): Told => ({
  name,
  unit,
  equipment,
  connection,
  collector,
});
export const isSameTold = (one: Told, other: Told): boolean =>
  one.name === other.name &&
  one.unit === other.unit &&
  one.equipment === other.equipment &&
  one.connection === other.connection &&
  one.collector === other.collector;

/** The last definition wins when a request names a key twice. */
export function uniqueByKey(definitions: readonly PointDefinition[]): PointDefinition[] {
  const unique = new Map(definitions.map((definition) => [definition.key, definition]));
  return unique.size === definitions.length ? [...definitions] : [...unique.values()];
}

/** A reference from outside: digits are the number of a point, anything else is its key. */
export function parseReference(reference: string): { id: number } | { key: string } {
  const id = /^\d{1,10}$/.test(reference) ? Number(reference) : Number.NaN;
  return Number.isSafeInteger(id) && id <= ID_MAX ? { id } : { key: reference };
}
const ID_MAX = 2_147_483_647;

/**
 * Chooses the point a key means when several organisations in sight use it: the caller's own comes first.
 * @throws POINT_UNKNOWN when there is none, REQUEST_INVALID when it stays ambiguous
 */
export function chooseByKey(points: readonly Point[], context: { key: string; organisation: string }): Point {
  const own = points.find((point) => point.organisation === context.organisation);
  const [only, ...others] = points;
  if (own) return own;
  if (!only) throw new AppError('POINT_UNKNOWN', { point: context.key });
  if (others.length === 0) return only;
  throw new AppError(
    'REQUEST_INVALID',
    {},
    {
      details: [
        { path: 'point', message: 'the key exists in several organisations; use the point’s number' },
      ],
    },
  );
}

/** The page after this point number. */
export const encodeCursor = (id: number): string => Buffer.from(`p${id}`).toString('base64url');
/** @throws REQUEST_INVALID for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^p\d{1,10}$/.test(text))
    throw new AppError('REQUEST_INVALID', {}, { details: [{ path: 'cursor', message: 'not a cursor' }] });
  return Number(text.slice(1));
}
