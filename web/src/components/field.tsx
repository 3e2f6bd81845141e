import { Select } from 'antd';
import { type ReactNode, useId } from 'react';
import { useOrganisations } from '../lib/organisations.ts';

type FieldProps = { label: string; hint?: string; children: (id: string) => ReactNode };
/** A field under its label, with what there is to know of it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <p className="faint">{hint}</p>}
    </div>
  );
}

type OrganisationFieldProps = {
  label: string;
  hint?: string;
  value: string;
  onChange: (path: string) => void;
};
/** One organisation of those that one sees. */
export function OrganisationField({ label, hint, value, onChange }: OrganisationFieldProps) {
  const organisations = useOrganisations();
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <Select
          id={id}
          showSearch={{ optionFilterProp: 'label' }}
          value={value === '' ? null : value}
          onChange={(path) => onChange(path ?? '')}
          options={organisations.options}
        />
      )}
    </Field>
  );
}
