import type { Configuration, ConfigurationIssue, NewConfiguration } from '@ronghe/contracts';
import { Alert, App, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, detailsOf } from '../../../lib/api-error.ts';
import { errorText } from '../../../lib/error-text.ts';
import { useSend } from '../../../lib/query.ts';
import type { ConfigurationDiff } from './config-diff.ts';
import { configurationPath } from './configuration-path.ts';
import { DiffView } from './diff-view.tsx';
import { useEditor } from './editor-context.ts';
import { IssueList } from './issue-list.tsx';
import { NoteField } from './note-field.tsx';
import { useAsk } from './use-ask.ts';
import type { DraftState } from './use-draft.ts';
import type { ToldIssues } from './use-issues.ts';

type SaveDialogProps = {
  draft: DraftState;
  diff: ConfigurationDiff;
  /** problems that the form knows of */
  known: readonly ConfigurationIssue[];
  onClose: () => void;
  onTold: (told: ToldIssues | null) => void;
  onStale: () => unknown;
};

/** Shows what will change, has it checked where the collector can be asked, and saves it as a new version. */
export function SaveDialog({ draft, diff, known, onClose, onTold, onStale }: SaveDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { collector, connections, online, place } = useEditor();
  const [note, setNote] = useState('');
  const check = useCheck(onTold);
  const path = configurationPath(collector.name);
  const save = useSend<Configuration, NewConfiguration>(['/api/collect']);
  const submit = async () => {
    try {
      const body = { base: draft.draft?.base ?? null, note, connections: [...connections] };
      const saved = await save.mutateAsync({ method: 'POST', path, body });
      draft.discard();
      onTold(null);
      onClose();
      place.openList();
      void message.success(
        t(online ? 'fleet.save.saved' : 'fleet.save.savedOffline', { version: saved.version }),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (detailsOf(error).length > 0) onTold({ connections, issues: error.details });
      if (error.code === 'CONFIGURATION_CHANGED') {
        await onStale();
        onClose();
      }
    }
  };
  const refusal = save.error ? errorText(save.error, t) : null;
  return (
    <Modal
      open
      width={860}
      title={t('fleet.save.title')}
      okText={t('fleet.save.save')}
      confirmLoading={save.isPending}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      <div className="stack">
        {refusal && (
          <Alert
            type="error"
            showIcon
            title={refusal.message}
            description={
              <>
                {refusal.hint}
                {save.error instanceof ApiError && <IssueList issues={save.error.details} onOpen={onClose} />}
              </>
            }
          />
        )}
        {!online && <Alert type="info" showIcon title={t('fleet.save.offline')} />}
        {check.busy && <Alert type="info" showIcon title={t('fleet.save.checking')} />}
        {check.error && unread(check.error) && (
          <Alert
            type="warning"
            showIcon
            title={t('fleet.save.notChecked', { reason: errorText(check.error, t).message })}
          />
        )}
        {check.answered && known.length === 0 && (
          <Alert type="success" showIcon title={t('fleet.draft.right')} />
        )}
        {known.length > 0 && !refusal && (
          <Alert
            type="warning"
            showIcon
            // What the platform itself refuses cannot be saved; what only the collector refuses can.
            title={
              check.error
                ? t('fleet.draft.issues', { count: known.length })
                : t('fleet.save.wrong', { count: known.length })
            }
            description={<IssueList issues={known} onOpen={onClose} />}
          />
        )}
        <NoteField value={note} onChange={setNote} />
        <DiffView diff={diff} />
      </div>
    </Modal>
  );
}

/** True when a check failed and nothing is known of the configuration. */
const unread = (error: unknown): boolean => detailsOf(error).length === 0;

/** Asks the collector once, as soon as the dialog opens. */
function useCheck(onTold: (told: ToldIssues) => void) {
  const { collector, connections, online } = useEditor();
  const { ask, answer, error, busy } = useAsk<'check'>(collector.name);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, about what the dialog was opened with
  useEffect(() => {
    if (!online) return;
    void ask({ kind: 'check', connections: [...connections] }).then(
      ({ issues }) => onTold({ connections, issues }),
      (cause: unknown) => {
        const details = detailsOf(cause);
        if (details.length > 0) onTold({ connections, issues: details });
      },
    );
  }, []);
  return { answered: answer !== undefined, error, busy };
}
