import type { AlertRule, NewAlertRule } from '@ronghe/contracts';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';
import { draftOf, emptyRule, missingOf, type RuleDraft, ruleOf } from './rule-draft.ts';
import { ConditionFields, WhoFields } from './rule-fields.tsx';
import { RuleTrial } from './rule-trial.tsx';
import { TellFields } from './tell-fields.tsx';

/** Writes a rule, or a new version of one; it can be tried before it is saved. */
export function RuleDrawer({ rule, onClose }: { rule: AlertRule | null; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const [draft, setDraft] = useState<RuleDraft>(() =>
    rule ? draftOf(rule) : emptyRule(me?.organisation ?? ''),
  );
  const put = (more: Partial<RuleDraft>) => setDraft({ ...draft, ...more });
  const missing = missingOf(draft);
  const send = useSend<AlertRule, NewAlertRule & { basedOn?: number }>(['/api/apply']);
  const save = () => {
    const body = ruleOf(draft);
    send.mutate(
      rule
        ? {
            method: 'PUT',
            path: `/api/apply/alert-rules/${rule.id}`,
            body: { ...body, basedOn: rule.version },
          }
        : { method: 'POST', path: '/api/apply/alert-rules', body },
      {
        onSuccess: () => {
          notify.done(t('alertRules.saved'));
          onClose();
        },
      },
    );
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={760}
      title={rule ? t('alertRules.editOf', { name: rule.name }) : t('alertRules.add')}
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          {missing.length > 0 && (
            <span className="faint" role="status">
              {t('alertRules.incomplete', {
                fields: missing.map((field) => t(`alertRules.${field}`)).join(t('share.listed')),
              })}
            </span>
          )}
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" disabled={missing.length > 0} loading={send.isPending} onClick={save}>
            {t('action.save')}
          </Button>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <WhoFields draft={draft} put={put} />
        <ConditionFields draft={draft} put={put} />
        <Panel title={t('alertRules.tell')}>
          <TellFields draft={draft} put={put} />
        </Panel>
        <Panel title={t('alertRules.trial')}>
          <RuleTrial draft={draft} isComplete={missing.length === 0} />
        </Panel>
      </div>
    </Drawer>
  );
}
