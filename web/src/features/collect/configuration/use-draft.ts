import type { ConfigurationState, ConnectionDocument } from '@ronghe/contracts';
import { useEffect, useState } from 'react';
import { useMe } from '../../../lib/session.ts';
import { stepsOf, valueAt } from '../form/value-path.ts';
import { type Draft, draftOwner, forgetDraft, holdDraft, readDraft, storeDraft } from './draft-store.ts';

/** Rest after the last change before it is written into the browser. */
const STORE_REST_MS = 400;

export type DraftState = {
  connections: readonly ConnectionDocument[];
  /** null: nothing has been changed */
  draft: Draft | null;
  /** the newest version is another than the one this draft began with */
  outdated: boolean;
  /** false when the browser has no room for it */
  stored: boolean;
  /** places whose secret must be entered again */
  lost: readonly string[];
  change: (next: readonly ConnectionDocument[]) => void;
  /** another base, with what was made of both */
  rebased: (base: number | null, next: readonly ConnectionDocument[]) => void;
  discard: () => void;
};

/** What somebody is working on, on top of the newest version; it survives leaving the page and loading it anew. */
export function useDraft(collector: string, state: ConfigurationState): DraftState {
  const me = useMe();
  const owner = draftOwner(me?.id ?? '', collector);
  const [draft, setDraft] = useState<Draft | null>(() => readDraft(owner));
  const [stored, setStored] = useState(true);
  const newest = state.newest?.version ?? null;
  const { protocols } = state;
  useEffect(() => {
    if (draft === null) return;
    const timer = setTimeout(() => setStored(storeDraft(owner, draft, protocols)), STORE_REST_MS);
    return () => clearTimeout(timer);
  }, [draft, owner, protocols]);
  const put = (base: number | null, connections: readonly ConnectionDocument[]) => {
    const next: Draft = { base, connections, changedAt: Date.now(), lost: draft?.lost ?? [] };
    holdDraft(owner, next);
    setDraft(next);
  };
  const connections = draft?.connections ?? state.newest?.document ?? NONE;
  return {
    connections,
    draft,
    outdated: draft !== null && draft.base !== newest,
    stored,
    lost: (draft?.lost ?? []).filter((path) => valueAt({ connections }, stepsOf(path)) === undefined),
    change: (next) => put(draft ? draft.base : newest, next),
    rebased: put,
    discard: () => {
      forgetDraft(owner);
      setDraft(null);
    },
  };
}
const NONE: readonly ConnectionDocument[] = [];
