import type { QualityTrial, QualityTrialResult, RuleCheck, Source } from '@ronghe/contracts';
import { Button, Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useSend } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { useTargets } from '../use-targets.ts';
import { type CheckValues, checkOf } from './checks.ts';

/** The rule of the form held against a source before it is saved. */
export function RuleTrial({ sources }: { sources: readonly Source[] }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const [source, setSource] = useState<string | null>(null);
  const [left, setLeft] = useState<string[]>();
  const send = useSend<QualityTrialResult, QualityTrial>([]);
  const ask = async () => {
    const names = form
      .getFieldsError()
      .map(({ name }) => name)
      .filter(([first]) => first === 'check');
    try {
      await form.validateFields(names);
    } catch {
      return;
    }
    if (source === null) return;
    const { check, tolerance } = form.getFieldsValue() as { check: CheckValues; tolerance: number };
    try {
      await send.mutateAsync({
        method: 'POST',
        path: '/api/fuse/quality/rules/try',
        body: { source, check: checkOf(check) as RuleCheck, tolerance: tolerance ?? 0 },
        waitMsMax: 120_000,
      });
    } catch (error) {
      setLeft(spreadErrors(error, form));
    }
  };
  return (
    <section className="rule-trial" aria-label={t('board.try')}>
      <h3>{t('board.try')}</h3>
      <div className="row">
        <Select
          aria-label={t('board.tryOn')}
          placeholder={t('board.tryOn')}
          showSearch={{ optionFilterProp: 'label' }}
          value={source}
          options={sources.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={setSource}
          style={{ minWidth: 260 }}
        />
        <Button disabled={source === null} loading={send.isPending} onClick={() => void ask()}>
          {t('board.tryNow')}
        </Button>
      </div>
      {send.error && <Refusal error={send.error} details={left} />}
      {send.data && !send.isPending && <Outcome answer={send.data} />}
    </section>
  );
}

function Outcome({ answer }: { answer: QualityTrialResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const targets = useTargets();
  if (answer.skipped !== null)
    return (
      <p role="status">
        {t('board.skipped')} {answer.skipped}
      </p>
    );
  return (
    <>
      <p role="status" className="row">
        <Tag tone={answer.broken ? 'bad' : 'good'}>
          {t(answer.broken ? 'board.tryBroken' : 'board.tryKept')}
        </Tag>
        {t('board.tryCounts', {
          checked: format.number(answer.checked, 0),
          failed: format.number(answer.failed, 0),
        })}
      </p>
      {answer.examples.length > 0 && (
        <DataTable
          label={t('board.breaches')}
          rows={answer.examples.map((example, index) => ({ ...example, index }))}
          rowKey={(row) => row.index}
          columns={[
            { key: 'row', title: t('fuse.finding.row'), render: (row) => <code>{row.rowKey}</code> },
            { key: 'period', title: t('studio.period'), render: (row) => row.period ?? '—' },
            {
              key: 'field',
              title: t('fuse.finding.field'),
              render: (row) => (row.field === null ? '—' : targets.name(row.field)),
            },
            { key: 'value', title: t('fuse.finding.value'), render: (row) => row.value ?? '—' },
            { key: 'expected', title: t('board.expected'), render: (row) => row.expected ?? '—' },
          ]}
        />
      )}
    </>
  );
}
