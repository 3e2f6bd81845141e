import type { Point } from '@ronghe/contracts';
import { Alert, App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useSend } from '../../lib/query.ts';

type Values = { name: string; equipment?: string | null; unit?: string | null };
type PointFormProps = { point: Point | null; onClose: () => void; onSaved: (point: Point) => void };

/** Name, equipment and unit of a point; its key and values belong to the machine. */
export function PointForm({ point, onClose, onSaved }: PointFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const change = useSend<Point>(['/api/collect/points']);
  const close = () => {
    change.reset();
    onClose();
  };
  const submit = async (id: number, { name, equipment, unit }: Values) => {
    const saved = await change.mutateAsync({
      method: 'PATCH',
      path: `/api/collect/points/${id}`,
      body: { name, equipment: equipment || null, unit: unit || null },
    });
    void message.success(t('action.saved'));
    onSaved(saved);
  };
  const refusal = change.error ? errorText(change.error, t) : null;
  return (
    <Modal
      open={point !== null}
      title={t('collect.points.edit')}
      okText={t('action.save')}
      onOk={() => form.submit()}
      onCancel={close}
      confirmLoading={change.isPending}
      destroyOnHidden
    >
      {point && (
        <Form
          form={form}
          layout="vertical"
          initialValues={{ name: point.name, equipment: point.equipment, unit: point.unit }}
          onFinish={(values) => void submit(point.id, values).catch(() => {})}
        >
          {refusal && <Alert type="error" showIcon title={refusal.message} description={refusal.hint} />}
          <Form.Item
            name="name"
            label={t('collect.points.name')}
            rules={[{ required: true, message: t('required') }]}
          >
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="equipment" label={t('collect.points.equipment')}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="unit" label={t('collect.points.unit')} extra="UCUM: Cel, kPa, kW.h, m3/h …">
            <Input maxLength={40} />
          </Form.Item>
        </Form>
      )}
    </Modal>
  );
}
