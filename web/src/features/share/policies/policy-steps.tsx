import type { DatasetColumn } from '@ronghe/contracts';
import { Button, Steps } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ColumnsStep } from './columns-step.tsx';
import type { Missing, PolicyDraft } from './policy-draft.ts';
import { RowsStep } from './rows-step.tsx';
import { TermsStep } from './terms-step.tsx';
import { WhoStep } from './who-step.tsx';

const STEPS = ['who', 'rows', 'columns', 'terms', 'check'] as const;

/** Which step of a policy is being written. */
export function useSteps() {
  const [at, setAt] = useState(0);
  return { at, setAt, last: at === STEPS.length - 1 };
}

type StepsProps = {
  draft: PolicyDraft;
  setDraft: (change: (before: PolicyDraft) => PolicyDraft) => void;
  columns: readonly DatasetColumn[];
  steps: ReturnType<typeof useSteps>;
  /** true when for whom and which dataset are settled */
  fixed?: boolean;
  /** what the last step shows */
  check: ReactNode;
};

/** The fields of a policy, in steps. */
export function PolicySteps({ draft, setDraft, columns, steps, fixed = false, check }: StepsProps) {
  const { t } = useTranslation();
  const put = (more: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...more }));
  const name = STEPS[steps.at] ?? 'who';
  const fields = { draft, columns, put, setDraft: (next: PolicyDraft) => setDraft(() => next) };
  return (
    <>
      <Steps
        size="small"
        responsive={false}
        current={steps.at}
        onChange={steps.setAt}
        items={STEPS.map((each) => ({ title: t(`policies.steps.${each}`) }))}
      />
      <h2 className="form-step">
        {t('policies.step', {
          number: steps.at + 1,
          count: STEPS.length,
          name: t(`policies.steps.${name}`),
        })}
      </h2>
      {name === 'who' && <WhoStep {...fields} fixed={fixed} />}
      {name === 'rows' && <RowsStep {...fields} />}
      {name === 'columns' && <ColumnsStep {...fields} />}
      {name === 'terms' && <TermsStep {...fields} />}
      {name === 'check' && check}
    </>
  );
}

/** To the step before and behind. */
export function StepButtons({ at, setAt, last }: ReturnType<typeof useSteps>) {
  const { t } = useTranslation();
  return (
    <>
      <Button disabled={at === 0} onClick={() => setAt(at - 1)}>
        {t('policies.back')}
      </Button>
      {!last && <Button onClick={() => setAt(at + 1)}>{t('policies.next')}</Button>}
    </>
  );
}

/** What is missing before a policy can be saved. */
export function MissingFields({ missing }: { missing: readonly Missing[] }) {
  const { t } = useTranslation();
  if (missing.length === 0) return <span />;
  return (
    <span className="faint" role="status">
      {t('policies.incomplete')}{' '}
      {missing.map((name) => t(`policies.missing.${name}`)).join(t('share.listed'))}
    </span>
  );
}
