import type { ConnectionDocument } from '@ronghe/contracts';
import { emptyOf, isDict, type JsonSchema } from '../form/json-schema.ts';

/** A name that no connection has yet: `modbus-1`, then `modbus-2`. */
export function freeName(wish: string, connections: readonly { name: string }[]): string {
  const names = new Set(connections.map(({ name }) => name));
  const stem = wish.replace(/-\d+$/, '');
  for (let number = 1; ; number += 1) {
    const name = `${stem}-${number}`;
    if (!names.has(name)) return name;
  }
}

/** A connection with what its schema demands and nothing else. */
export function newConnection(
  protocol: string,
  schema: JsonSchema | undefined,
  connections: readonly { name: string }[],
): ConnectionDocument {
  const empty = schema ? emptyOf(schema) : {};
  return { ...(isDict(empty) ? empty : {}), name: freeName(protocol, connections), protocol };
}
