import type { NewOrganisation, Organisation, OrganisationKind } from '@ronghe/contracts';
import { Alert, App, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';

type Values = {
  parent: string;
  label: string;
  name: string;
  kind: OrganisationKind;
  division?: string;
  code?: string;
};
const KINDS = ['city', 'county', 'park', 'enterprise'] as const;

/** A new node of the tree, below the given one. */
export function OrganisationForm({ parent, onClose }: { parent: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const organisations = useOrganisations();
  const [form] = Form.useForm<Values>();
  const create = useSend<Organisation>(['/api/auth/organisations']);
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = async ({ parent: above, label, name, kind, division, code }: Values) => {
    const body: NewOrganisation = {
      path: `${above}.${label}`,
      kind,
      name,
      division: division || null,
      code: code || null,
    };
    await create.mutateAsync({ method: 'POST', path: '/api/auth/organisations', body });
    void message.success(t('action.saved'));
    close();
  };
  const required = [{ required: true, message: t('required') }];
  const refusal = create.error ? errorText(create.error, t) : null;
  return (
    <Modal
      open={parent !== null}
      title={t('platform.organisations.add')}
      okText={t('action.create')}
      onOk={() => form.submit()}
      onCancel={close}
      confirmLoading={create.isPending}
      destroyOnHidden
    >
      {refusal && (
        <Alert
          type="error"
          showIcon
          title={refusal.message}
          description={refusal.hint}
          style={{ marginBottom: 12 }}
        />
      )}
      <Form
        form={form}
        layout="vertical"
        initialValues={{ parent, kind: 'enterprise' }}
        onFinish={(values) => void submit(values).catch(() => {})}
      >
        <Form.Item name="parent" label={t('platform.organisations.parent')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
        </Form.Item>
        <Form.Item name="kind" label={t('platform.organisations.kind')} rules={required}>
          <Select
            options={KINDS.map((kind) => ({ value: kind, label: t(`platform.organisations.kinds.${kind}`) }))}
          />
        </Form.Item>
        <Form.Item name="name" label={t('platform.organisations.name')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="label"
          label={t('platform.organisations.label')}
          extra={t('platform.organisations.labelHint')}
          rules={[...required, { pattern: /^[a-z0-9-]+$/, message: t('platform.organisations.labelHint') }]}
        >
          <Input maxLength={60} spellCheck={false} />
        </Form.Item>
        <Form.Item noStyle dependencies={['kind']}>
          {({ getFieldValue }) =>
            getFieldValue('kind') === 'enterprise' ? (
              <Form.Item name="code" label={t('platform.organisations.code')}>
                <Input maxLength={18} spellCheck={false} />
              </Form.Item>
            ) : (
              <Form.Item name="division" label={t('platform.organisations.division')}>
                <Input maxLength={6} inputMode="numeric" />
              </Form.Item>
            )
          }
        </Form.Item>
      </Form>
    </Modal>
  );
}
