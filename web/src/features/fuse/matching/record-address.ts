import type { RecordRef } from '@ronghe/contracts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_LENGTH = 36;

/** A record as it stands in an address: `<source>:<entityKey>`; the key may hold anything, colons too. */
export const addressOfRecord = ({ source, entityKey }: RecordRef): string => `${source}:${entityKey}`;

/** Reads what `addressOfRecord` wrote; null when it is something else. */
export function recordOfAddress(text: string | undefined): RecordRef | null {
  if (text === undefined) return null;
  const source = text.slice(0, UUID_LENGTH);
  const entityKey = text.slice(UUID_LENGTH + 1);
  return UUID.test(source) && text[UUID_LENGTH] === ':' && entityKey !== '' ? { source, entityKey } : null;
}
