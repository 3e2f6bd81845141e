import { Checkbox, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../../components/field.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { FilterBuilder } from '../filter/filter-builder.tsx';
import type { StepProps } from './step-fields.tsx';

/** Rows of whom, and which of them. */
export function RowsStep({ draft, columns, put }: StepProps) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const within = organisations.options.filter(
    ({ value }) => value === draft.organisation || value.startsWith(`${draft.organisation}.`),
  );
  return (
    <>
      <Field label={t('policies.organisations')} hint={t('policies.organisationsHint')}>
        {(id) => (
          <Select
            id={id}
            mode="multiple"
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('policies.allRows', { organisation: organisations.name(draft.organisation) })}
            value={draft.rowsOf}
            onChange={(rowsOf) => put({ rowsOf })}
            options={within}
          />
        )}
      </Field>
      <Checkbox checked={draft.own} onChange={({ target }) => put({ own: target.checked })}>
        {t('policies.own')}
      </Checkbox>
      <section aria-label={t('policies.filter')}>
        <h3>{t('policies.filter')}</h3>
        {draft.dataset === null ? (
          <p className="faint">{t('policies.filterNeedsDataset')}</p>
        ) : (
          <FilterBuilder
            tree={draft.filter}
            columns={columns}
            onChange={(filter) => put({ filter })}
            none={t('policies.noFilter')}
          />
        )}
        {draft.keptFilter !== null && (
          <>
            <p>{t('policies.filterKept')}</p>
            <pre className="json">{JSON.stringify(draft.keptFilter, null, 2)}</pre>
          </>
        )}
      </section>
    </>
  );
}
