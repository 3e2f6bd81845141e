import { type ComponentType, createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldHelp, fieldLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import type { ValueIssue } from './check-value.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Issues, NO_ISSUES, patternOf } from './value-path.ts';

/** What a list of points is shown with; handed in, since it shows forms itself. */
export type PointRowsProps = {
  schema: JsonSchema;
  path: string;
  value: readonly unknown[];
  onChange: (next: readonly unknown[]) => void;
};

export type FormSettings = {
  protocol: string;
  readOnly: boolean;
  /** problems by place in the connection */
  issues: Issues;
  PointRows: ComponentType<PointRowsProps> | null;
};

export const FormContext = createContext<FormSettings>({
  protocol: '',
  readOnly: false,
  issues: NO_ISSUES,
  PointRows: null,
});
export const useForm = (): FormSettings => useContext(FormContext);

/** Name and help of a place in the language of the person. */
export function useFieldTexts(): (path: string, schema?: JsonSchema) => { label: string; help: string } {
  const { protocol } = useForm();
  const { locale } = usePreferences();
  return (path, schema) => {
    const pattern = patternOf(path);
    return {
      label: fieldLabel(protocol, pattern, locale),
      help: fieldHelp(protocol, pattern, locale, schema?.description),
    };
  };
}

/** Says what a fault of the schema means; of a form that does not fit, what to write instead of its expression. */
export function useFaultText(): (issue: ValueIssue, protocol: string, pattern: string) => string {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  return ({ fault, limit }, protocol, pattern) => {
    const help = fault === 'pattern' ? fieldHelp(protocol, pattern, locale, undefined) : '';
    return help === '' ? t(`fleet.faults.${fault}`, { limit }) : t('fleet.faults.form', { help });
  };
}
