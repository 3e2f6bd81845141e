import type { CollectorWithCode, CollectorWithKey, NewCollector } from '@ronghe/contracts';
import { Alert, Form, Input, Modal, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import type { Enrolling } from './enrolment-dialog.tsx';

type Way = 'code' | 'key';
type Values = NewCollector & { way: Way };
type CollectorFormProps = {
  open: boolean;
  onClose: () => void;
  onKey: (key: string) => void;
  onCode: (enrolling: Enrolling) => void;
};

/** Registers a collector: with a one-time code and configured here, or with a key for a file of its own. Both are told once. */
export function CollectorForm({ open, onClose, onKey, onCode }: CollectorFormProps) {
  const { t } = useTranslation();
  const me = useMe();
  const organisations = useOrganisations();
  const [form] = Form.useForm<Values>();
  const enrol = useSend<CollectorWithCode, NewCollector>(['/api/collect']);
  const create = useSend<CollectorWithKey, NewCollector>(['/api/collect', '/api/auth/keys']);
  const close = () => {
    create.reset();
    enrol.reset();
    onClose();
  };
  const submit = async ({ way, ...body }: Values) => {
    if (way === 'code') {
      const made = await enrol.mutateAsync({ method: 'POST', path: '/api/collect/enrolments', body });
      close();
      onCode(made);
      return;
    }
    const { key } = await create.mutateAsync({ method: 'POST', path: '/api/collect/collectors', body });
    close();
    onKey(key);
  };
  const required = [{ required: true, message: t('required') }];
  const error = enrol.error ?? create.error;
  const refusal = error ? errorText(error, t) : null;
  return (
    <Modal
      open={open}
      title={t('collect.collectors.add')}
      okText={t('collect.collectors.add')}
      onOk={() => form.submit()}
      onCancel={close}
      confirmLoading={create.isPending || enrol.isPending}
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
        initialValues={{ organisation: me?.organisation, way: 'code' }}
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
        <Form.Item name="way" label={t('fleet.enrol.way')}>
          <Radio.Group
            vertical
            options={(['code', 'key'] as const).map((way) => ({
              value: way,
              label: (
                <>
                  {t(`fleet.enrol.ways.${way}`)}
                  <div className="faint">{t(`fleet.enrol.wayHints.${way}`)}</div>
                </>
              ),
            }))}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
