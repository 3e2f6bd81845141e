import { type ReactNode, useId } from 'react';

type FieldProps = { label: string; hint?: string; children: (id: string) => ReactNode };
/** A field under its label, with what there is to know of it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="rule-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <p className="faint">{hint}</p>}
    </div>
  );
}
