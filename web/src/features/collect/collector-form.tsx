import type { NewCollector } from '@ronghe/contracts';
import { Alert, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';

type CollectorFormProps = { open: boolean; onClose: () => void; onKey: (key: string) => void };

/** Registers a collector and hands its key over, once. */
export function CollectorForm({ open, onClose, onKey }: CollectorFormProps) {
  const { t } = useTranslation();
  const me = useMe();
  const organisations = useOrganisations();
  const [form] = Form.useForm<NewCollector>();
  const create = useSend<{ key: string }>(['/api/collect', '/api/auth/keys']);
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = async (body: NewCollector) => {
    const { key } = await create.mutateAsync({ method: 'POST', path: '/api/collect/collectors', body });
    close();
    onKey(key);
  };
  const required = [{ required: true, message: t('required') }];
  const refusal = create.error ? errorText(create.error, t) : null;
  return (
    <Modal
      open={open}
      title={t('collect.collectors.add')}
      okText={t('collect.collectors.add')}
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
        initialValues={{ organisation: me?.organisation }}
        onFinish={(values) => void submit(values).catch(() => {})}
      >
        <Form.Item name="title" label={t('collect.collectors.displayName')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="name"
          label={t('collect.collectors.name')}
          extra={t('collect.collectors.nameHint')}
          rules={[
            ...required,
            { pattern: /^[a-z0-9][a-z0-9-]*$/, message: t('collect.collectors.nameHint') },
          ]}
        >
          <Input maxLength={100} spellCheck={false} />
        </Form.Item>
        <Form.Item name="organisation" label={t('collect.collectors.organisation')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
