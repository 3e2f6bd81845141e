import type { NewApiKey, Permission } from '@ronghe/contracts';
import { PERMISSION_NAMES, PERMISSIONS } from '@ronghe/contracts/permissions';
import { Alert, Checkbox, DatePicker, Form, Input, Modal, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { usePick } from '../../lib/use-format.ts';
import '../../styles/platform.css';

type Values = { name: string; organisation: string; permissions: Permission[]; expires?: Dayjs | null };
type KeyFormProps = { open: boolean; onClose: () => void; onKey: (key: string) => void };

/** Issues a key with some of one's own permissions. */
export function KeyForm({ open, onClose, onKey }: KeyFormProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const me = useMe();
  const can = useCan();
  const organisations = useOrganisations();
  const [form] = Form.useForm<Values>();
  const create = useSend<{ key: string }>(['/api/auth/keys']);
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = async ({ name, organisation, permissions, expires }: Values) => {
    const body: NewApiKey = {
      name,
      organisation,
      permissions,
      expiresAt: expires ? expires.endOf('day').toISOString() : null,
    };
    const { key } = await create.mutateAsync({ method: 'POST', path: '/api/auth/keys', body });
    close();
    onKey(key);
  };
  const required = [{ required: true, message: t('required') }];
  // Not `required: true`, which would put aria-required on a group, where it is not allowed.
  const chosen = [
    {
      validator: (_rule: unknown, value: readonly Permission[]) =>
        value.length > 0 ? Promise.resolve() : Promise.reject(new Error(t('required'))),
    },
  ];
  const refusal = create.error ? errorText(create.error, t) : null;
  return (
    <Modal
      open={open}
      title={t('platform.keys.add')}
      okText={t('platform.keys.add')}
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
        initialValues={{ organisation: me?.organisation, permissions: [] }}
        onFinish={(values) => void submit(values).catch(() => {})}
      >
        <Form.Item name="name" label={t('platform.keys.name')} rules={required}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="organisation" label={t('platform.keys.organisation')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
        </Form.Item>
        <Form.Item name="expires" label={t('platform.keys.expiresAt')}>
          <DatePicker placeholder={t('platform.keys.never')} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="permissions" label={t('platform.keys.permissions')} rules={chosen}>
          <Checkbox.Group
            className="permission-list"
            options={PERMISSION_NAMES.filter((permission) => can(permission)).map((permission) => ({
              value: permission,
              label: pick(PERMISSIONS[permission]),
            }))}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
