import { CheckCircleOutlined } from '@ant-design/icons';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../../components/data-state.tsx';
import { detailsOf } from '../../../lib/api-error.ts';
import { useNow } from '../../../lib/now.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { type ConfigurationDiff, isSame } from './config-diff.ts';
import { DiffCounts } from './diff-view.tsx';
import { useEditor } from './editor-context.ts';
import { IssueList } from './issue-list.tsx';
import { SaveDialog } from './save-dialog.tsx';
import { useAsk } from './use-ask.ts';
import type { DraftState } from './use-draft.ts';
import type { ToldIssues } from './use-issues.ts';

type DraftBarProps = {
  draft: DraftState;
  diff: ConfigurationDiff;
  onTold: (told: ToldIssues | null) => void;
  /** somebody saved meanwhile */
  onStale: () => unknown;
};

/** What has been changed and not saved, what is wrong with it, and the ways on: discard, check, save. */
export function DraftBar({ draft, diff, onTold, onStale }: DraftBarProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const format = useFormat();
  const now = useNow(30_000);
  const { collector, connections, issues, online, place } = useEditor();
  const [saving, setSaving] = useState(false);
  const check = useAsk<'check'>(collector.name);
  const known = [...issues].flatMap(([path, messages]) => messages.map((text) => ({ path, message: text })));
  const run = async () => {
    try {
      const { issues: told } = await check.ask({ kind: 'check', connections: [...connections] });
      onTold({ connections, issues: told });
      if (told.length === 0) void message.success(t('fleet.draft.right'));
    } catch (cause) {
      // The platform may refuse to send it, such as a secret that is no longer for this address; the rest is in `error`.
      const details = detailsOf(cause);
      if (details.length > 0) onTold({ connections, issues: details });
    }
  };
  const discard = () => {
    draft.discard();
    onTold(null);
    place.openList();
  };
  return (
    <section className="draft-bar" aria-label={t('fleet.draft.title')}>
      <div className="row spread">
        <div className="row">
          <strong>{t('fleet.draft.title')}</strong>
          {isSame(diff) ? <span className="faint">{t('fleet.diff.same')}</span> : <DiffCounts diff={diff} />}
          {draft.draft && (
            <span className="faint">
              {t('fleet.draft.kept', {
                ago: format.ago(
                  new Date(draft.draft.changedAt).toISOString(),
                  Math.max(now, draft.draft.changedAt),
                ),
              })}
            </span>
          )}
        </div>
        <div className="row">
          <Popconfirm
            title={t('fleet.draft.discardTitle')}
            okText={t('fleet.draft.discard')}
            onConfirm={discard}
          >
            <Button>{t('fleet.draft.discard')}</Button>
          </Popconfirm>
          <Button
            icon={<CheckCircleOutlined />}
            loading={check.busy}
            disabled={!online}
            title={online ? undefined : t('fleet.draft.checkOffline')}
            onClick={() => void run()}
          >
            {t('fleet.draft.check')}
          </Button>
          <Button type="primary" disabled={isSame(diff) || draft.outdated} onClick={() => setSaving(true)}>
            {t('fleet.draft.save')}
          </Button>
        </div>
      </div>
      {check.error && detailsOf(check.error).length === 0 && <Failure error={check.error} />}
      {known.length > 0 && (
        <div role="status">
          <span className="field-fault">{t('fleet.draft.issues', { count: known.length })}</span>
          <IssueList issues={known} />
        </div>
      )}
      {saving && (
        <SaveDialog
          draft={draft}
          diff={diff}
          known={known}
          onClose={() => setSaving(false)}
          onTold={onTold}
          onStale={onStale}
        />
      )}
    </section>
  );
}
