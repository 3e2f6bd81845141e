import { Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';

type FieldProps = {
  name: string;
  label: string;
  extra?: string;
  required?: boolean;
  max?: number;
  placeholder?: string;
};
/** A line of text of a connection; its field lies below `connection` of the form. */
export function TextField({ name, label, extra, required = false, max = 200, placeholder }: FieldProps) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={['connection', name]}
      label={label}
      extra={extra}
      rules={required ? [{ required: true, message: t('required') }] : []}
    >
      <Input maxLength={max} placeholder={placeholder} spellCheck={false} autoComplete="off" />
    </Form.Item>
  );
}

/** A field that can be written and never read. */
export function SecretField({ name, label, known }: { name: string; label: string; known: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={['connection', name]}
      label={label}
      extra={t(known ? 'source.connection.secretKept' : 'source.connection.secretHint')}
    >
      <Input.Password
        maxLength={4_000}
        autoComplete="new-password"
        placeholder={known ? '••••••••' : ''}
        visibilityToggle={!known}
      />
    </Form.Item>
  );
}

/** One of a few. */
export function Choice({
  name,
  label,
  options,
}: {
  name: string;
  label: string;
  options: { value: string; label: string }[];
}) {
  return (
    <Form.Item name={['connection', name]} label={label}>
      <Radio.Group optionType="button" options={options} />
    </Form.Item>
  );
}
