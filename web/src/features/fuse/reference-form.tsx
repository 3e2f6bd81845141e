import type { ReferenceRow, ReferenceSet, ReferenceVersion } from '@ronghe/contracts';
import { Alert, App, Button, Drawer, Form, Input, InputNumber, Popconfirm, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useSend } from '../../lib/query.ts';
import { entryOf, REFERENCE_FIELDS, type ReferenceField } from './reference-fields.ts';
import { useReferenceText } from './reference-text.ts';

type ReferenceFormProps = {
  set: ReferenceSet;
  setName: string;
  /** the version that the change is made from */
  base: number;
  /** the entry to be changed; null for a new one, undefined when the form is closed */
  row: ReferenceRow | null | undefined;
  onClose: () => void;
};

/** Changes, adds or removes one entry; saving makes the next version of its set. */
export function ReferenceForm({ set, setName, base, row, onClose }: ReferenceFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Record<string, unknown>>();
  const send = useSend<ReferenceVersion>(['/api/fuse']);
  const close = () => {
    send.reset();
    onClose();
  };
  const save = async (change: (values: Record<string, unknown>) => object) => {
    const values = await form.validateFields();
    const { source, changeNote } = values;
    const version = await send.mutateAsync({
      method: 'POST',
      path: `/api/fuse/reference/${set}/versions`,
      body: { base, source, note: changeNote ?? '', ...change(values) },
    });
    void message.success(t('reference.saved', { version: version.version }));
    close();
  };
  // Refusals are shown in the form; what the fields themselves say stands beside them.
  const put = () => void save((values) => ({ put: [entryOf(set, values)] })).catch(() => {});
  const remove = () => void save(() => ({ remove: row ? [row.key] : [] })).catch(() => {});
  return (
    <Drawer
      open={row !== undefined}
      onClose={close}
      size={520}
      title={row ? t('reference.editTitle', { key: row.key }) : t('reference.addTitle', { set: setName })}
      destroyOnHidden
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          {row && (
            <Popconfirm title={t('reference.removeSure')} onConfirm={remove}>
              <Button danger>{t('reference.remove')}</Button>
            </Popconfirm>
          )}
          <Button onClick={close}>{t('action.cancel')}</Button>
          <Button type="primary" loading={send.isPending} onClick={put}>
            {t('reference.save')}
          </Button>
        </div>
      }
    >
      {send.error && <Refusal error={send.error} />}
      <Form form={form} layout="vertical" initialValues={row?.value ?? {}}>
        {REFERENCE_FIELDS[set].map((field) => (
          <Field key={field.name} field={field} locked={Boolean(row && field.keyed)} />
        ))}
        <Form.Item
          name="source"
          label={t('reference.source')}
          extra={t('reference.sourceHint')}
          rules={[{ required: true, message: t('required') }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="changeNote" label={t('reference.note')}>
          <Input.TextArea maxLength={500} rows={2} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

function Field({ field, locked }: { field: ReferenceField; locked: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={field.name}
      label={t(`reference.fields.${field.name}`)}
      rules={field.optional ? [] : [{ required: true, message: t('required') }]}
    >
      <Entry field={field} locked={locked} />
    </Form.Item>
  );
}

/** The control of a field; what the form hands in (value, change, id) goes through to it. */
function Entry({ field, locked, ...control }: { field: ReferenceField; locked: boolean }) {
  const text = useReferenceText();
  if (field.options)
    return (
      <Select
        {...control}
        disabled={locked}
        options={field.options.map((value) => ({ value, label: text(field, value) }))}
      />
    );
  if (field.kind === 'number') return <InputNumber {...control} min={0} style={{ width: '100%' }} />;
  if (field.kind === 'list')
    return (
      <Select {...control} mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', '、']} />
    );
  return <Input {...control} disabled={locked} maxLength={200} spellCheck={false} />;
}

function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { message, hint, details } = errorText(error, t);
  return (
    <Alert
      type="error"
      showIcon
      title={message}
      description={[hint, ...details].map((line) => <div key={line}>{line}</div>)}
      style={{ marginBottom: 16 }}
    />
  );
}
