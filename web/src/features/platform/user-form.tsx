import type { User, UserPatch } from '@ronghe/contracts';
import { Alert, App, Checkbox, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { useRoles } from './roles.ts';

type Values = {
  username: string;
  title: string;
  organisation: string;
  roles: string[];
  password?: string;
  disabled?: boolean;
  unlock?: boolean;
};
type UserFormProps = { edited: User | 'new' | null; onClose: () => void };

/** Makes a user or changes one. User name and organisation stay what they are once made. */
export function UserForm({ edited, onClose }: UserFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const change = useSend<User>(['/api/auth']);
  const user = edited === 'new' ? null : edited;
  const close = () => {
    change.reset();
    onClose();
  };
  const submit = async (values: Values) => {
    await change.mutateAsync(
      user
        ? { method: 'PATCH', path: `/api/auth/users/${user.id}`, body: patchOf(user, values) }
        : { method: 'POST', path: '/api/auth/users', body: values },
    );
    void message.success(t('action.saved'));
    close();
  };
  const refusal = change.error ? errorText(change.error, t) : null;
  return (
    <Modal
      open={edited !== null}
      title={user ? t('platform.users.edit') : t('platform.users.add')}
      okText={user ? t('action.save') : t('action.create')}
      onOk={() => form.submit()}
      onCancel={close}
      confirmLoading={change.isPending}
      destroyOnHidden
    >
      {refusal && (
        <Alert
          type="error"
          showIcon
          title={refusal.message}
          description={[refusal.hint, ...refusal.details].join(' ')}
          style={{ marginBottom: 12 }}
        />
      )}
      <Fields form={form} user={user} onFinish={(values) => void submit(values).catch(() => {})} />
    </Modal>
  );
}

type FieldsProps = {
  form: ReturnType<typeof Form.useForm<Values>>[0];
  user: User | null;
  onFinish: (values: Values) => void;
};
function Fields({ form, user, onFinish }: FieldsProps) {
  const { t } = useTranslation();
  const me = useMe();
  const organisations = useOrganisations();
  const roles = useRoles();
  const required = [{ required: true, message: t('required') }];
  const locked = user?.lockedUntil != null && Date.parse(user.lockedUntil) > Date.now();
  return (
    <Form
      form={form}
      layout="vertical"
      autoComplete="off"
      onFinish={onFinish}
      initialValues={user ? { ...user, unlock: false } : { organisation: me?.organisation, roles: [] }}
    >
      {!user && (
        <Form.Item
          name="username"
          label={t('platform.users.username')}
          extra={t('platform.users.usernameHint')}
          rules={[
            ...required,
            { pattern: /^[a-z0-9][a-z0-9._-]*$/, message: t('platform.users.usernameHint') },
          ]}
        >
          <Input maxLength={60} autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      <Form.Item name="title" label={t('platform.users.name')} rules={required}>
        <Input maxLength={100} autoComplete="off" />
      </Form.Item>
      {!user && (
        <Form.Item name="organisation" label={t('platform.users.organisation')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
        </Form.Item>
      )}
      <Form.Item name="roles" label={t('platform.users.roles')} rules={required}>
        <Select mode="multiple" options={roles.options} />
      </Form.Item>
      <Form.Item
        name="password"
        label={user ? t('platform.users.newPassword') : t('platform.users.password')}
        extra={t('platform.users.passwordHint')}
        rules={user ? [] : required}
      >
        <Input.Password maxLength={200} autoComplete="new-password" />
      </Form.Item>
      {user && (
        <Form.Item name="disabled" valuePropName="checked" noStyle>
          <Checkbox>{t('platform.users.disable')}</Checkbox>
        </Form.Item>
      )}
      {locked && (
        <Form.Item name="unlock" valuePropName="checked" noStyle>
          <Checkbox>{t('platform.users.unlock')}</Checkbox>
        </Form.Item>
      )}
    </Form>
  );
}

/** Only what differs is sent, so that two people editing one user do not undo each other. */
function patchOf(user: User, values: Values): UserPatch {
  const sameRoles = [...user.roles].sort().join() === [...values.roles].sort().join();
  return {
    ...(values.title === user.title ? {} : { title: values.title }),
    ...(sameRoles ? {} : { roles: values.roles }),
    ...((values.disabled ?? false) === user.disabled ? {} : { disabled: values.disabled ?? false }),
    ...(values.unlock ? { unlock: true as const } : {}),
    ...(values.password ? { password: values.password } : {}),
  };
}
