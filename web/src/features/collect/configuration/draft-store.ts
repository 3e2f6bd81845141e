import type { ConnectionDocument, ProtocolSchema } from '@ronghe/contracts';
import type { JsonSchema } from '../form/json-schema.ts';
import { withoutSecrets } from '../form/secrets.ts';
import { joined } from '../form/value-path.ts';

/** A configuration that somebody is working on; `base` is the version it began with (null: there was none). */
export type Draft = {
  base: number | null;
  connections: readonly ConnectionDocument[];
  /** when it was last changed, in milliseconds since 1970 */
  changedAt: number;
  /** places whose secret was not kept when the page was loaded anew, and must be entered again */
  lost: readonly string[];
};
type Protocols = Readonly<Record<string, ProtocolSchema>>;

const KEY = (owner: string) => `ronghe.draft.${owner}`;
/** Whose draft of which collector: drafts of one person are not shown to the next at the same machine. */
export const draftOwner = (user: string, collector: string): string => `${user}/${collector}`;
/** Drafts of this visit, secrets included: they live as long as the page and are never written anywhere. */
const held = new Map<string, Draft>();

/** What a browser may keep of a draft: everything but secrets in the clear. */
export function keepable(draft: Draft, protocols: Protocols): Draft {
  const lost = new Set(draft.lost);
  const connections = draft.connections.map((connection, at) => {
    const schema = protocols[connection.protocol] as JsonSchema | undefined;
    const { value, removed } = withoutSecrets(schema, connection);
    for (const path of removed) lost.add(joined(`connections[${at}]`, path));
    return value as ConnectionDocument;
  });
  return { ...draft, connections, lost: [...lost] };
}

/** The draft of a collector: of this visit, or what the browser kept of an earlier one. */
export function readDraft(owner: string): Draft | null {
  return held.get(owner) ?? storedDraft(owner);
}

function storedDraft(owner: string): Draft | null {
  try {
    const draft: unknown = JSON.parse(localStorage.getItem(KEY(owner)) ?? 'null');
    return isDraft(draft) ? draft : null;
  } catch {
    // Forbidden storage, or a text that is no draft: there is none then.
    return null;
  }
}

const isDraft = (value: unknown): value is Draft => {
  if (typeof value !== 'object' || value === null) return false;
  const { base, connections, changedAt, lost } = value as Record<string, unknown>;
  return (
    (base === null || typeof base === 'number') &&
    Array.isArray(connections) &&
    typeof changedAt === 'number' &&
    Array.isArray(lost)
  );
};

/** Holds a draft for this visit. */
export const holdDraft = (owner: string, draft: Draft): void => void held.set(owner, draft);

/** Writes what may be kept into the browser. False when the browser has no room or allows none. */
export function storeDraft(owner: string, draft: Draft, protocols: Protocols): boolean {
  try {
    localStorage.setItem(KEY(owner), JSON.stringify(keepable(draft, protocols)));
    return true;
  } catch {
    return false;
  }
}

export function forgetDraft(owner: string): void {
  held.delete(owner);
  try {
    localStorage.removeItem(KEY(owner));
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
