import { LockOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Select, Switch } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { protocolExample, valueLabel } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import type { ControlProps } from './field-frame.tsx';
import { useForm } from './form-context.ts';
import { isSealed, type JsonSchema, kindOf, readScalar } from './json-schema.ts';

export type LeafProps = {
  schema: JsonSchema;
  path: string;
  value: unknown;
  required: boolean;
  secret: boolean;
  control: ControlProps;
  onChange: (next: unknown) => void;
};
/** Texts that have lines. */
const LINES = new Set(['sql', 'body']);

/** The control of a single value. */
export function LeafInput(props: LeafProps) {
  if (props.secret) return <SecretInput {...props} />;
  switch (kindOf(props.schema)) {
    case 'enum':
      return <Choice {...props} options={props.schema.enum ?? []} />;
    case 'boolean':
      // Without a default, leaving it out means something else than no.
      return props.schema.default === undefined && !props.required ? (
        <Choice {...props} options={[true, false]} />
      ) : (
        <YesNo {...props} />
      );
    case 'number':
      return <NumberInput {...props} />;
    case 'scalar':
      return <ScalarInput {...props} />;
    default:
      return <TextInput {...props} />;
  }
}

function usePlaceholder(schema: JsonSchema, path: string): string {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const { protocol } = useForm();
  if (schema.default !== undefined && schema.default !== '')
    return t('fleet.form.default', { value: valueLabel(schema.default, locale) });
  return path === 'endpoint' ? protocolExample(protocol) : '';
}

function TextInput({ schema, path, value, control, onChange }: LeafProps) {
  const { readOnly } = useForm();
  const { invalid, ...described } = control;
  const placeholder = usePlaceholder(schema, path);
  const shared = {
    ...described,
    value: typeof value === 'string' ? value : value === undefined ? '' : String(value),
    placeholder,
    readOnly,
    spellCheck: false,
    'aria-invalid': invalid,
    ...(invalid ? { status: 'error' as const } : {}),
    onChange: (event: { target: { value: string } }) =>
      onChange(event.target.value === '' ? undefined : event.target.value),
  };
  const key = path.split('.').at(-1) ?? '';
  return LINES.has(key) ? (
    <Input.TextArea {...shared} autoSize={{ minRows: 3, maxRows: 14 }} />
  ) : (
    <Input {...shared} />
  );
}

/** A text or a number in one field: what looks like a number is one, where numbers may stand. */
function ScalarInput(props: LeafProps) {
  const { schema, value, onChange } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed !== null && readScalar(schema, typed) === value ? typed : value;
  return (
    <TextInput
      {...props}
      value={shown}
      onChange={(next) => {
        const text = next === undefined ? '' : String(next);
        setTyped(text);
        onChange(readScalar(schema, text));
      }}
    />
  );
}

function NumberInput({ schema, path, value, control, onChange }: LeafProps) {
  const { readOnly } = useForm();
  const { invalid, ...described } = control;
  return (
    <InputNumber
      {...described}
      style={{ width: '100%' }}
      value={typeof value === 'number' ? value : null}
      placeholder={usePlaceholder(schema, path)}
      readOnly={readOnly}
      aria-invalid={invalid}
      {...(invalid ? { status: 'error' as const } : {})}
      onChange={(next) => onChange(next === null ? undefined : Number(next))}
    />
  );
}

function YesNo({ schema, value, control, onChange }: LeafProps) {
  const { readOnly } = useForm();
  const { t } = useTranslation();
  const { invalid: _invalid, ...described } = control;
  const usual = schema.default === true;
  return (
    <div>
      <Switch
        {...described}
        checked={typeof value === 'boolean' ? value : usual}
        disabled={readOnly}
        checkedChildren={t('action.yes')}
        unCheckedChildren={t('action.no')}
        // What is as usual is not written: a configuration shows what was decided.
        onChange={(next) => onChange(next === usual && schema.default !== undefined ? undefined : next)}
      />
    </div>
  );
}

function Choice({
  schema,
  path,
  value,
  required,
  control,
  options,
  onChange,
}: LeafProps & { options: readonly unknown[] }) {
  const { readOnly } = useForm();
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const { invalid, ...described } = control;
  const placeholder = usePlaceholder(schema, path);
  const shown = (option: unknown) =>
    typeof option === 'boolean' ? t(option ? 'action.yes' : 'action.no') : valueLabel(option, locale);
  // Values may be numbers beside texts, so that their place in the list stands for them.
  const at = options.indexOf(value);
  return (
    <Select
      {...described}
      style={{ width: '100%' }}
      value={at >= 0 ? at : value === undefined ? null : (String(value) as never)}
      placeholder={placeholder === '' ? t('fleet.form.choose') : placeholder}
      allowClear={!required}
      disabled={readOnly}
      showSearch={options.length > 8 ? { optionFilterProp: 'label' } : false}
      {...(invalid ? { status: 'error' as const } : {})}
      options={options.map((option, index) => ({ value: index, label: shown(option) }))}
      onChange={(next: number | undefined) => onChange(next === undefined ? undefined : options[next])}
    />
  );
}

/** A secret: what the platform keeps is told, never shown; another one can be entered in its place. */
function SecretInput({ path, value, control, onChange }: LeafProps) {
  const { t } = useTranslation();
  const { readOnly } = useForm();
  const kept = useRef<string | null>(null);
  const { invalid, ...described } = control;
  if (isSealed(value)) kept.current = value;
  if (isSealed(value))
    return (
      <div className="row">
        <span className="tag">
          <LockOutlined aria-hidden /> {t('fleet.form.kept')}
        </span>
        {!readOnly && (
          <Button
            size="small"
            aria-describedby={control['aria-describedby']}
            onClick={() => onChange(undefined)}
          >
            {t('fleet.form.change')}
          </Button>
        )}
      </div>
    );
  const shared = {
    ...described,
    value: value === undefined ? '' : String(value),
    readOnly,
    'aria-invalid': invalid,
    ...(invalid ? { status: 'error' as const } : {}),
    onChange: (event: { target: { value: string } }) =>
      onChange(event.target.value === '' ? undefined : event.target.value),
  };
  const key = path.split('.').at(-1) ?? '';
  return (
    <div className="row nowrap-row">
      {LINES.has(key) ? (
        <Input.TextArea {...shared} autoSize={{ minRows: 2, maxRows: 10 }} />
      ) : (
        <Input.Password {...shared} autoComplete="new-password" />
      )}
      {kept.current !== null && !readOnly && (
        <Button size="small" onClick={() => onChange(kept.current)}>
          {t('fleet.form.keep')}
        </Button>
      )}
    </div>
  );
}
