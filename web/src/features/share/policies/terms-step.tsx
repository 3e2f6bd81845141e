import { Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../../components/field.tsx';
import type { StepProps } from './step-fields.tsx';

const QUOTAS = [
  { name: 'requests', label: 'policies.requests' },
  { name: 'rows', label: 'policies.rowsPerDay' },
  { name: 'bytes', label: 'policies.bytes' },
  { name: 'concurrent', label: 'policies.concurrent' },
] as const;

/** For what, from when until when, how much, and why. */
export function TermsStep({ draft, put }: StepProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field label={t('policies.purposes')} hint={t('policies.purposesHint')}>
        {(id) => (
          <Select
            id={id}
            mode="tags"
            open={false}
            suffixIcon={null}
            placeholder={t('policies.anyPurpose')}
            value={draft.purposes}
            onChange={(purposes) => put({ purposes })}
          />
        )}
      </Field>
      <div className="policy-grid">
        {(['from', 'until'] as const).map((end) => (
          <Field
            key={end}
            label={t(`policies.${end}`)}
            hint={t(end === 'from' ? 'policies.now' : 'policies.forever')}
          >
            {(id) => (
              <Input
                id={id}
                type="datetime-local"
                value={draft[end]}
                onChange={({ target }) => put({ [end]: target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <section aria-label={t('policies.quota')}>
        <h3>{t('policies.quota')}</h3>
        <p className="faint">{t('policies.quotaHint')}</p>
        <div className="policy-grid">
          {QUOTAS.map(({ name, label }) => (
            <Field key={name} label={t(label)}>
              {(id) => (
                <InputNumber
                  id={id}
                  min={1}
                  precision={0}
                  style={{ width: '100%' }}
                  value={draft.quota[name] ?? null}
                  onChange={(value) => put({ quota: { ...draft.quota, [name]: value ?? undefined } })}
                />
              )}
            </Field>
          ))}
        </div>
      </section>
      <Field label={t('policies.reason')} hint={t('policies.reasonHint')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={3}
            maxLength={1_000}
            value={draft.reason}
            onChange={({ target }) => put({ reason: target.value })}
          />
        )}
      </Field>
    </>
  );
}
