import type { ApiKey, Permission } from '@ronghe/contracts';
import { PERMISSION_NAMES, PERMISSIONS } from '@ronghe/contracts/permissions';
import { AutoComplete, Button, Checkbox, DatePicker, Drawer, Form, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { usePick } from '../../lib/use-format.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { changeOf, dayOf, type KeyValues, newKeyOf } from './keys.ts';
import '../../styles/platform.css';

const PATH = '/api/auth/keys';
type KeyFormProps = {
  open: boolean;
  /** the key that is changed; null for a new one */
  apiKey: ApiKey | null;
  applications: readonly string[];
  onClose: () => void;
  /** gets the secret of a new key */
  onKey: (key: string) => void;
};

/** Issues a key with some of one's own permissions, or changes one, never to more permissions. */
export function KeyForm({ open, apiKey, applications, onClose, onKey }: KeyFormProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [form] = Form.useForm<KeyValues>();
  const create = useSend<{ key: string }>([PATH]);
  const change = useSend<ApiKey>([PATH]);
  const send = apiKey === null ? create : change;
  const close = () => {
    send.reset();
    onClose();
  };
  const submit = async (values: KeyValues) => {
    if (apiKey === null) {
      const { key } = await create.mutateAsync({ method: 'POST', path: PATH, body: newKeyOf(values) });
      onKey(key);
    } else {
      const body = changeOf(values, apiKey);
      await change.mutateAsync({ method: 'PATCH', path: `${PATH}/${apiKey.id}`, body });
    }
    close();
  };
  const title = t(apiKey === null ? 'platform.keys.add' : 'platform.keys.change');
  return (
    <Drawer
      open={open}
      onClose={close}
      size={620}
      title={title}
      destroyOnHidden
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={close}>{t('action.cancel')}</Button>
          <Button type="primary" loading={send.isPending} onClick={() => form.submit()}>
            {apiKey === null ? title : t('action.save')}
          </Button>
        </div>
      }
    >
      {send.error && <Refusal error={send.error} />}
      <Form
        form={form}
        layout="vertical"
        initialValues={
          apiKey === null
            ? { organisation: me?.organisation, permissions: [], addresses: [] }
            : valuesOf(apiKey)
        }
        onFinish={(values) => void submit(values).catch(() => {})}
      >
        <KeyFields apiKey={apiKey} applications={applications} />
      </Form>
    </Drawer>
  );
}

const valuesOf = (apiKey: ApiKey): KeyValues => ({
  name: apiKey.name,
  organisation: apiKey.organisation,
  description: apiKey.description,
  ...(apiKey.application === null ? {} : { application: apiKey.application }),
  addresses: apiKey.allowedAddresses,
  permissions: apiKey.permissions,
  expires: apiKey.expiresAt === null ? null : dayjs(dayOf(apiKey.expiresAt)),
});

function KeyFields({ apiKey, applications }: Pick<KeyFormProps, 'apiKey' | 'applications'>) {
  const { t } = useTranslation();
  const pick = usePick();
  const can = useCan();
  const organisations = useOrganisations();
  const required = [{ required: true, message: t('required') }];
  // Not `required: true`, which would put aria-required on a group, where it is not allowed.
  const chosen = [
    {
      validator: (_rule: unknown, value: readonly Permission[]) =>
        value.length > 0 ? Promise.resolve() : Promise.reject(new Error(t('required'))),
    },
  ];
  const offered =
    apiKey === null ? PERMISSION_NAMES.filter((permission) => can(permission)) : apiKey.permissions;
  return (
    <>
      <Form.Item name="name" label={t('platform.keys.name')} rules={required}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="organisation" label={t('platform.keys.organisation')} rules={required}>
        <Select
          disabled={apiKey !== null}
          showSearch={{ optionFilterProp: 'label' }}
          options={organisations.options}
        />
      </Form.Item>
      <Form.Item
        name="application"
        label={t('platform.keys.application')}
        extra={t('platform.keys.applicationHint')}
      >
        <AutoComplete
          maxLength={100}
          options={applications.map((value) => ({ value }))}
          showSearch={{ filterOption: (typed, option) => String(option?.value).includes(typed) }}
        />
      </Form.Item>
      <Form.Item name="description" label={t('platform.keys.description')}>
        <Input.TextArea rows={2} maxLength={1000} />
      </Form.Item>
      <Form.Item
        name="addresses"
        label={t('platform.keys.addresses')}
        extra={t('platform.keys.addressesHint')}
      >
        <Select
          mode="tags"
          open={false}
          suffixIcon={null}
          tokenSeparators={[',', '，', ' ', ';', '；', '\n']}
          placeholder={t('platform.keys.anywhere')}
        />
      </Form.Item>
      <Form.Item name="expires" label={t('platform.keys.expiresAt')}>
        <DatePicker placeholder={t('platform.keys.never')} style={{ width: '100%' }} />
      </Form.Item>
      <Form.Item
        name="permissions"
        label={t('platform.keys.permissions')}
        rules={chosen}
        extra={apiKey === null ? undefined : t('platform.keys.permissionsHint')}
      >
        <Checkbox.Group
          className="permission-list"
          options={offered.map((permission) => ({ value: permission, label: pick(PERMISSIONS[permission]) }))}
        />
      </Form.Item>
    </>
  );
}
