import type { Collector, ConfigurationIssue, ConfigurationState } from '@ronghe/contracts';

/** What became of the newest version of a configuration. */
export type AppliedState = {
  kind: 'none' | 'own-file' | 'applied' | 'waiting' | 'offline' | 'refused';
  newest: number | null;
  /** version that the collector works by now */
  running: number | null;
  issues: readonly ConfigurationIssue[];
};

/**
 * Reads it from the collector's last report. A version that was refused before somebody saved a newer one is no longer
 * told: the newer one counts.
 */
export function appliedState(collector: Collector, state: ConfigurationState): AppliedState {
  const told = collector.report?.configuration;
  const newest = state.newest?.version ?? null;
  const known = { newest, running: told?.version ?? null, issues: [] };
  if (state.managed === false || told?.managed === false) return { ...known, kind: 'own-file' };
  if (newest === null) return { ...known, kind: 'none' };
  if (told?.refused && told.refused.version === newest)
    return { ...known, kind: 'refused', issues: told.refused.issues };
  if (told?.version === newest) return { ...known, kind: 'applied' };
  return { ...known, kind: collector.state === 'online' ? 'waiting' : 'offline' };
}
