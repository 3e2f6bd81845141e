import type { ConnectionDocument, PointImportConnection } from '@ronghe/contracts';
import { type Dict, isDict } from '../form/json-schema.ts';
import { freeName } from './new-connection.ts';

/** What becomes of one connection of a file: a new one, points for one that is there, or nothing. */
export type ImportTarget = { kind: 'new' } | { kind: 'into'; connection: number } | { kind: 'skip' };

/** Connections of the draft that can take the points of an imported one: those of the same protocol. */
export const targetsOf = (
  imported: PointImportConnection,
  connections: readonly ConnectionDocument[],
): number[] => connections.flatMap(({ protocol }, at) => (protocol === imported.protocol ? [at] : []));

/** Where points go unless somebody chooses otherwise: into the connection of the same name, else a new one. */
export function usualTarget(
  imported: PointImportConnection,
  connections: readonly ConnectionDocument[],
): ImportTarget {
  const at = connections.findIndex(
    ({ name, protocol }) => name === imported.name && protocol === imported.protocol,
  );
  return at < 0 ? { kind: 'new' } : { kind: 'into', connection: at };
}

/**
 * The draft with what was imported. Points go by their key: those that are there take the fields of the file, the others
 * are added. Settings of a connection that is there stay as they are.
 */
export function withImported(
  connections: readonly ConnectionDocument[],
  imported: readonly { connection: PointImportConnection; target: ImportTarget }[],
): ConnectionDocument[] {
  const draft = [...connections];
  for (const { connection, target } of imported) {
    const present = target.kind === 'into' ? draft[target.connection] : undefined;
    if (target.kind === 'into' && present) {
      const points = mergePoints(listOf(present.points), listOf(connection.config.points));
      draft[target.connection] = { ...present, points };
    }
    if (target.kind !== 'new') continue;
    const taken = draft.some(({ name }) => name === connection.name);
    const name = taken ? freeName(connection.name, draft) : connection.name;
    draft.push({ ...connection.config, name, protocol: connection.protocol });
  }
  return draft;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Points with others put over them by key; those without a known key follow. */
export function mergePoints(points: readonly unknown[], more: readonly unknown[]): unknown[] {
  const keyOf = (point: unknown) => (isDict(point) && typeof point.key === 'string' ? point.key : undefined);
  const byKey = new Map(
    more.flatMap((point) => {
      const key = keyOf(point);
      return key === undefined ? [] : [[key, point as Dict] as const];
    }),
  );
  const known = new Set<string>();
  const merged = points.map((point) => {
    const key = keyOf(point);
    const next = key === undefined ? undefined : byKey.get(key);
    if (key === undefined || !next) return point;
    known.add(key);
    return { ...(point as Dict), ...next };
  });
  return [
    ...merged,
    ...more.filter((point) => {
      const key = keyOf(point);
      return key === undefined || !known.has(key);
    }),
  ];
}
