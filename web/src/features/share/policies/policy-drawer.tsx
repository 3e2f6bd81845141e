import type { Dataset, Policy } from '@ronghe/contracts';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan, useMe } from '../../../lib/session.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { draftOf, emptyPolicy, type PolicyDraft, policyOf } from './policy-draft.ts';
import { MissingFields, PolicySteps, StepButtons, useSteps } from './policy-steps.tsx';
import { SeeAs } from './see-as.tsx';
import '../../fuse/form.css';
import './policies.css';

type DrawerProps = { policy: Policy | null; onClose: () => void };

/** Columns of the dataset that a draft speaks of; none while it speaks of all. */
const useColumnsOf = (dataset: string | null) => {
  const can = useCan();
  return useGet<Dataset>(
    `/api/share/datasets/${dataset}`,
    {},
    { enabled: dataset !== null && can('share:dataset:read') },
  );
};

/** Writes a policy in steps; the last one shows what it would change for somebody before it is saved. */
export function PolicyDrawer({ policy, onClose }: DrawerProps) {
  const { t } = useTranslation();
  const dataset = useColumnsOf(policy?.dataset ?? null);
  const waits = policy !== null && policy.dataset !== null && dataset.data === undefined;
  if (!waits) return <Written policy={policy} known={dataset.data ?? null} onClose={onClose} />;
  return (
    <Drawer open onClose={onClose} size={820} title={t('policies.edit')}>
      {dataset.error ? <Failure error={dataset.error} retry={dataset.refetch} /> : <Loading rows={10} />}
    </Drawer>
  );
}

function Written({ policy, known, onClose }: DrawerProps & { known: Dataset | null }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const steps = useSteps();
  const [draft, setDraft] = useState<PolicyDraft>(() =>
    policy === null ? emptyPolicy(me?.organisation ?? '') : draftOf(policy, known?.columns ?? []),
  );
  const columns = useColumnsOf(draft.dataset).data?.columns ?? [];
  const ready = policyOf(draft, columns);
  const send = useSend<Policy>(['/api/share']);
  const save = () =>
    send.mutate(
      policy === null
        ? { method: 'POST', path: '/api/share/policies', body: ready.policy }
        : {
            method: 'PUT',
            path: `/api/share/policies/${policy.id}`,
            body: { ...ready.policy, basedOn: policy.version },
          },
      {
        onSuccess: () => {
          notify.done(t('policies.saved'));
          onClose();
        },
      },
    );
  return (
    <Drawer
      open
      onClose={onClose}
      size={820}
      title={t(policy === null ? 'policies.add' : 'policies.edit')}
      footer={
        <div className="row spread">
          <MissingFields missing={ready.missing} />
          <span className="row">
            <StepButtons {...steps} />
            <Button type="primary" loading={send.isPending} disabled={ready.policy === null} onClick={save}>
              {t('policies.save')}
            </Button>
          </span>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <PolicySteps
          {...{ draft, setDraft, columns, steps }}
          check={<SeeAs policy={ready.policy} replaces={policy?.id ?? null} dataset={draft.dataset} />}
        />
      </div>
    </Drawer>
  );
}
