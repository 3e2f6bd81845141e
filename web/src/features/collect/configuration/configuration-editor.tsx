import type { Collector, ConfigurationState, TrialReading } from '@ronghe/contracts';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../../lib/session.ts';
import type { JsonSchema } from '../form/json-schema.ts';
import { diffConfigurations } from './config-diff.ts';
import { ConnectionEditor } from './connection-editor.tsx';
import { ConnectionList } from './connection-list.tsx';
import { DraftBar } from './draft-bar.tsx';
import { type Editor, EditorProvider } from './editor-context.ts';
import { useEditorPlace } from './editor-place.ts';
import { IssueList } from './issue-list.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { OutdatedNotice } from './outdated-notice.tsx';
import { useDraft } from './use-draft.ts';
import { type ToldIssues, useIssues } from './use-issues.ts';

type EditorProps = { collector: Collector; state: ConfigurationState; reload: () => unknown };

/** Connections and points of a collector, changed in a draft and saved as a new version. */
export function ConfigurationEditor({ collector, state, reload }: EditorProps) {
  const { t } = useTranslation();
  const can = useCan();
  const readOnly = !can('collect:collector:write');
  const draft = useDraft(collector.name, state);
  const place = useEditorPlace();
  const [asked, setAsked] = useState<ToldIssues | null>(null);
  const refused = useRefused(collector, state);
  const { readings, keepReadings } = useReadings();
  const { connections } = draft;
  const saved = state.newest?.document;
  // Thousands of points are checked and compared when there is time, so that typing is never slowed down.
  const settled = useDeferredValue(connections);
  const issues = useIssues({ connections: settled, protocols: state.protocols, told: asked ?? refused });
  const diff = useMemo(
    () => diffConfigurations(saved ?? [], settled, state.protocols),
    [saved, settled, state.protocols],
  );
  const editor: Editor = {
    collector,
    state,
    connections,
    issues,
    readOnly,
    online: collector.state === 'online',
    place,
    readings,
    keepReadings,
    change: draft.change,
    schemaOf: (protocol) => state.protocols[protocol] as JsonSchema | undefined,
  };
  const open = place.connection === null ? undefined : connections[place.connection];
  return (
    <EditorProvider value={editor}>
      {readOnly && (
        <div className="notice" role="note">
          {t('fleet.editor.readOnly')}
        </div>
      )}
      {draft.outdated && <OutdatedNotice draft={draft} state={state} collector={collector.name} />}
      {draft.lost.length > 0 && (
        <div className="notice" role="status">
          <div>
            {t('fleet.editor.lostSecrets', { count: draft.lost.length })}
            <IssueList issues={draft.lost.map((path) => ({ path, message: '' }))} />
          </div>
        </div>
      )}
      {!draft.stored && (
        <div className="notice bad" role="alert">
          {t('fleet.editor.notStored')}
        </div>
      )}
      {draft.draft !== null && !readOnly && (
        <DraftBar draft={draft} diff={diff} onTold={setAsked} onStale={reload} />
      )}
      {open && place.connection !== null ? (
        <ConnectionEditor key={place.connection} at={place.connection} connection={open} />
      ) : (
        <ConnectionList />
      )}
      {draft.draft !== null && <LeaveGuard />}
    </EditorProvider>
  );
}

/** What the collector said when it refused the newest version; it counts while nothing of it was changed. */
function useRefused(collector: Collector, { newest }: ConfigurationState): ToldIssues | null {
  const refused = collector.report?.configuration?.refused;
  return useMemo(
    () =>
      refused && newest && refused.version === newest.version
        ? { connections: newest.document, issues: refused.issues }
        : null,
    [refused, newest],
  );
}

function useReadings() {
  const [readings, setReadings] = useState<Editor['readings']>(new Map());
  const keepReadings = (connection: string, found: readonly TrialReading[]) =>
    setReadings((before) => {
      const byKey = new Map(found.map((reading) => [reading.key, reading]));
      return new Map([...before, [connection, byKey]]);
    });
  return { readings, keepReadings };
}
