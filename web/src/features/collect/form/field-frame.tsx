import type { ReactNode } from 'react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldTexts, useForm } from './form-context.ts';
import type { JsonSchema } from './json-schema.ts';
import { isWithin } from './value-path.ts';

/** What a control takes from its frame, so that its label, help and problems are read together with it. */
export type ControlProps = { id: string; 'aria-describedby': string; invalid: boolean };
type FieldFrameProps = {
  path: string;
  schema: JsonSchema;
  required: boolean;
  wide?: boolean;
  children: (control: ControlProps) => ReactNode;
};

/** Label, control, help and problems of one field. */
export function FieldFrame({ path, schema, required, wide = false, children }: FieldFrameProps) {
  const id = useId();
  const texts = useFieldTexts()(path, schema);
  const { t } = useTranslation();
  const { issues } = useForm();
  const faults = [...issues].flatMap(([at, messages]) => (isWithin(at, path) ? messages : []));
  return (
    <div className={wide ? 'field wide' : 'field'} data-path={path}>
      <label htmlFor={id}>
        {texts.label}
        {required && (
          <span className="field-must" aria-hidden="true">
            {' '}
            *
          </span>
        )}
      </label>
      {children({ id, 'aria-describedby': `${id}-help`, invalid: faults.length > 0 })}
      <div id={`${id}-help`}>
        {faults.map((fault) => (
          <div className="field-fault" key={fault}>
            {fault}
          </div>
        ))}
        {schema.localPath && <div className="field-help">{t('fleet.form.localPath')}</div>}
        {texts.help !== '' && !faults.some((fault) => fault.includes(texts.help)) && (
          <div className="field-help">{texts.help}</div>
        )}
      </div>
    </div>
  );
}
