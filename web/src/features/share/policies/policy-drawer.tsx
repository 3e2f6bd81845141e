import type { Dataset, Policy } from '@ronghe/contracts';
import { Button, Drawer, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan, useMe } from '../../../lib/session.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { ColumnsStep } from './columns-step.tsx';
import { draftOf, emptyPolicy, type PolicyDraft, policyOf } from './policy-draft.ts';
import { RowsStep } from './rows-step.tsx';
import { SeeAs } from './see-as.tsx';
import { TermsStep } from './terms-step.tsx';
import { WhoStep } from './who-step.tsx';
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

const STEPS = ['who', 'rows', 'columns', 'terms', 'check'] as const;

function Written({ policy, known, onClose }: DrawerProps & { known: Dataset | null }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const [step, setStep] = useState(0);
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
  const put = (more: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...more }));
  const name = STEPS[step] ?? 'who';
  const fields = { draft, columns, put, setDraft };
  return (
    <Drawer
      open
      onClose={onClose}
      size={820}
      title={t(policy === null ? 'policies.add' : 'policies.edit')}
      footer={
        <div className="row spread">
          <Missing missing={ready.missing} />
          <span className="row">
            <Button disabled={step === 0} onClick={() => setStep(step - 1)}>
              {t('policies.back')}
            </Button>
            {step < STEPS.length - 1 && (
              <Button onClick={() => setStep(step + 1)}>{t('policies.next')}</Button>
            )}
            <Button type="primary" loading={send.isPending} disabled={ready.policy === null} onClick={save}>
              {t('policies.save')}
            </Button>
          </span>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <Steps
          size="small"
          responsive={false}
          current={step}
          onChange={setStep}
          items={STEPS.map((each) => ({ title: t(`policies.steps.${each}`) }))}
        />
        <h2 className="form-step">
          {t('policies.step', { number: step + 1, count: STEPS.length, name: t(`policies.steps.${name}`) })}
        </h2>
        {name === 'who' && <WhoStep {...fields} />}
        {name === 'rows' && <RowsStep {...fields} />}
        {name === 'columns' && <ColumnsStep {...fields} />}
        {name === 'terms' && <TermsStep {...fields} />}
        {name === 'check' && (
          <SeeAs policy={ready.policy} replaces={policy?.id ?? null} dataset={draft.dataset} />
        )}
      </div>
    </Drawer>
  );
}

function Missing({ missing }: { missing: ReturnType<typeof policyOf>['missing'] }) {
  const { t } = useTranslation();
  if (missing.length === 0) return <span />;
  return (
    <span className="faint" role="status">
      {t('policies.incomplete')}{' '}
      {missing.map((name) => t(`policies.missing.${name}`)).join(t('share.listed'))}
    </span>
  );
}
