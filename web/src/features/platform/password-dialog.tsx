import { Alert, App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useSend } from '../../lib/query.ts';

type Values = { current: string; next: string; repeat: string };
type PasswordDialogProps = { open: boolean; onClose: () => void };

/** One's own password. */
export function PasswordDialog({ open, onClose }: PasswordDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const change = useSend<void>([]);
  const close = () => {
    change.reset();
    onClose();
  };
  const submit = async ({ current, next }: Values) => {
    await change.mutateAsync({ method: 'POST', path: '/api/auth/password', body: { current, next } });
    void message.success(t('platform.password.done'));
    close();
  };
  const required = [{ required: true, message: t('required') }];
  return (
    <Modal
      open={open}
      title={t('platform.password.title')}
      onCancel={close}
      onOk={() => form.submit()}
      okText={t('action.save')}
      confirmLoading={change.isPending}
      destroyOnHidden
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(values) => void submit(values).catch(() => {})}
      >
        {change.error && (
          <Alert
            type="error"
            showIcon
            title={errorText(change.error, t).message}
            description={errorText(change.error, t).hint}
          />
        )}
        <Form.Item name="current" label={t('platform.password.current')} rules={required}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="next"
          label={t('platform.password.next')}
          rules={required}
          extra={t('platform.users.passwordHint')}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="repeat"
          label={t('platform.password.repeat')}
          dependencies={['next']}
          rules={[
            ...required,
            ({ getFieldValue }) => ({
              validator: (_rule, value) =>
                value === getFieldValue('next') || !value
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('platform.password.differ'))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
