import { Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field, OrganisationField } from '../../../components/field.tsx';
import { useRoles } from '../../platform/roles.ts';
import { type PolicyDraft, type SubjectKind, withDataset } from './policy-draft.ts';
import type { StepProps } from './step-fields.tsx';
import { usePeople } from './use-people.ts';
import { useDatasetNames } from './use-policy-text.ts';

const KINDS: readonly SubjectKind[] = ['organisation', 'role', 'user', 'key', 'application'];

/** What the policy is called, what it does, whom it concerns, and whose data. */
export function WhoStep({ draft, put, setDraft, fixed }: StepProps & { fixed: boolean }) {
  const { t } = useTranslation();
  const datasets = useDatasetNames();
  return (
    <>
      <Field label={t('policies.name')}>
        {(id) => (
          <Input
            id={id}
            maxLength={200}
            value={draft.name}
            onChange={({ target }) => put({ name: target.value })}
          />
        )}
      </Field>
      {!fixed && (
        <>
          <div className="form-field">
            <span id="policy-effect">{t('policies.effect')}</span>
            <Radio.Group
              aria-labelledby="policy-effect"
              optionType="button"
              value={draft.effect}
              onChange={({ target }) => put({ effect: target.value })}
              options={(['grant', 'limit'] as const).map((value) => ({
                value,
                label: t(`policies.effects.${value}`),
              }))}
            />
            <p className="faint">{t(`policies.effectHints.${draft.effect}`)}</p>
          </div>
          <SubjectFields subject={draft.subject} onChange={(subject) => put({ subject })} />
          <Field label={t('policies.dataset')} hint={t('policies.datasetHint')}>
            {(id) => (
              <Select
                id={id}
                allowClear
                showSearch={{ optionFilterProp: 'label' }}
                placeholder={t('policies.allDatasets')}
                value={draft.dataset}
                onChange={(dataset: string | null) => setDraft(withDataset(draft, dataset ?? null))}
                options={datasets.options}
              />
            )}
          </Field>
        </>
      )}
      <OrganisationField
        label={t('policies.owner')}
        hint={t('policies.ownerHint')}
        value={draft.organisation}
        onChange={(organisation) => put({ organisation, rowsOf: [] })}
      />
    </>
  );
}

type Subject = PolicyDraft['subject'];
type SubjectProps = { subject: Subject; onChange: (subject: Subject) => void };
function SubjectFields({ subject, onChange }: SubjectProps) {
  const { t } = useTranslation();
  const roles = useRoles();
  const put = (more: Partial<Subject>) => onChange({ ...subject, ...more });
  const { kind } = subject;
  return (
    <>
      <div className="form-field">
        <span id="policy-kind">{t('policies.kind')}</span>
        <Radio.Group
          aria-labelledby="policy-kind"
          value={kind}
          onChange={({ target }) => put({ kind: target.value, id: '' })}
          options={KINDS.map((value) => ({ value, label: t(`policies.subjects.${value}`) }))}
        />
      </div>
      <div className="policy-grid">
        {kind === 'role' && (
          <Field label={t('policies.role')}>
            {(id) => (
              <Select
                id={id}
                value={subject.role === '' ? null : subject.role}
                onChange={(role) => put({ role: role ?? '' })}
                options={roles.options}
              />
            )}
          </Field>
        )}
        {kind === 'application' && (
          <Field label={t('policies.application')} hint={t('policies.applicationHint')}>
            {(id) => (
              <Input
                id={id}
                maxLength={100}
                value={subject.application}
                onChange={({ target }) => put({ application: target.value })}
              />
            )}
          </Field>
        )}
        {kind === 'user' || kind === 'key' ? (
          <PersonField kind={kind} value={subject.id} onChange={(id) => put({ id })} />
        ) : (
          <OrganisationField
            label={kind === 'organisation' ? t('policies.subject') : t('policies.organisation')}
            value={subject.organisation}
            onChange={(organisation) => put({ organisation })}
          />
        )}
      </div>
    </>
  );
}

type PersonProps = { kind: 'user' | 'key'; value: string; onChange: (id: string) => void };
/** From a list where one may see it; by id otherwise. */
function PersonField({ kind, value, onChange }: PersonProps) {
  const { t } = useTranslation();
  const people = usePeople();
  const options = kind === 'user' ? people.users : people.keys;
  const name = t(`policies.subjects.${kind}`);
  if (options === null)
    return (
      <Field label={name} hint={t('policies.subjectHint', { kind: name })}>
        {(id) => <Input id={id} value={value} onChange={({ target }) => onChange(target.value)} />}
      </Field>
    );
  return (
    <Field label={name}>
      {(id) => (
        <Select
          id={id}
          showSearch={{ optionFilterProp: 'label' }}
          value={value === '' ? null : value}
          onChange={(chosen) => onChange(chosen ?? '')}
          options={options}
        />
      )}
    </Field>
  );
}
