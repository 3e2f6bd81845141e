import type { NewSource, Source } from '@ronghe/contracts';
import { Alert, App, Button, Drawer, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { MappingTable } from './mapping-table.tsx';

type SourceFormProps = {
  open: boolean;
  onClose: () => void;
  onRun: (source: { id: string }) => Promise<void>;
};
type Values = Omit<NewSource, 'connection'> & {
  kind: 'http-json' | 'excel-folder';
  url?: string;
  tokenPath?: string;
  listPath?: string;
  username?: string;
  password?: string;
  folder?: string;
};

/** Registers a source: what it is, where it is read, how its fields map. The first run is its test. */
export function SourceForm({ open, onClose, onRun }: SourceFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const create = useSend<Source>(['/api/fuse']);
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = async (run: boolean) => {
    const values = await form.validateFields();
    const source = await create.mutateAsync({
      method: 'POST',
      path: '/api/fuse/sources',
      body: requestOf(values),
    });
    void message.success(t('fuse.sources.created'));
    close();
    if (run) await onRun(source);
  };
  // Refusals are shown in the form; what the fields themselves say stands beside them.
  const attempt = (run: boolean) => void submit(run).catch(() => {});
  return (
    <Drawer
      open={open}
      onClose={close}
      size={760}
      title={t('fuse.sources.add')}
      destroyOnHidden
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={close}>{t('action.cancel')}</Button>
          <Button loading={create.isPending} onClick={() => attempt(false)}>
            {t('fuse.sources.create')}
          </Button>
          <Button type="primary" loading={create.isPending} onClick={() => attempt(true)}>
            {t('fuse.sources.createAndRun')}
          </Button>
        </div>
      }
    >
      {create.error && <Refusal error={create.error} />}
      <Fields form={form} />
    </Drawer>
  );
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

function Fields({ form }: { form: ReturnType<typeof Form.useForm<Values>>[0] }) {
  const { t } = useTranslation();
  const me = useMe();
  const organisations = useOrganisations();
  const required = [{ required: true, message: t('required') }];
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{
        kind: 'http-json',
        priority: 50,
        organisation: me?.organisation,
        mappings: [{ from: '', to: 'name', transform: 'name' }],
        tokenPath: '',
      }}
    >
      <h3 className="form-step">1. {t('fuse.sources.step.basic')}</h3>
      <div className="form-grid">
        <Form.Item name="name" label={t('fuse.sources.name')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="key"
          label={t('fuse.sources.key')}
          extra={t('fuse.sources.keyHint')}
          rules={[...required, { pattern: /^[a-z0-9][a-z0-9-]*$/, message: t('fuse.sources.keyHint') }]}
        >
          <Input maxLength={60} spellCheck={false} />
        </Form.Item>
        <Form.Item name="owner" label={t('fuse.sources.owner')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="organisation" label={t('fuse.sources.organisation')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
        </Form.Item>
        <Form.Item
          name="priority"
          label={t('fuse.sources.priority')}
          extra={t('fuse.sources.priorityHint')}
          rules={required}
        >
          <InputNumber min={1} max={100} precision={0} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="schedule" label={t('fuse.sources.schedule')} extra={t('fuse.sources.scheduleHint')}>
          <Input maxLength={100} placeholder="0 3 * * *" spellCheck={false} />
        </Form.Item>
      </div>
      <h3 className="form-step">2. {t('fuse.sources.step.connection')}</h3>
      <Form.Item name="kind" label={t('fuse.sources.kind')}>
        <Radio.Group
          optionType="button"
          options={(['http-json', 'excel-folder'] as const).map((kind) => ({
            value: kind,
            label: t(`fuse.sources.kinds.${kind}`),
          }))}
        />
      </Form.Item>
      <Form.Item noStyle dependencies={['kind']}>
        {({ getFieldValue }) =>
          getFieldValue('kind') === 'excel-folder' ? <FolderFields /> : <HttpFields />
        }
      </Form.Item>
      <h3 className="form-step">3. {t('fuse.sources.step.mapping')}</h3>
      <div className="form-grid">
        <Form.Item
          name="rowKey"
          label={t('fuse.sources.rowKey')}
          extra={t('fuse.sources.rowKeyHint')}
          rules={required}
        >
          <Select mode="tags" open={false} maxCount={5} suffixIcon={null} tokenSeparators={[',', '，']} />
        </Form.Item>
        <Form.Item
          name="periodField"
          label={t('fuse.sources.periodField')}
          extra={t('fuse.sources.periodHint')}
        >
          <Input maxLength={200} />
        </Form.Item>
      </div>
      <MappingTable />
    </Form>
  );
}

function HttpFields() {
  const { t } = useTranslation();
  const required = [{ required: true, message: t('required') }];
  return (
    <div className="form-grid">
      <Form.Item
        name="url"
        label={t('fuse.sources.url')}
        rules={[...required, { type: 'url', message: t('required') }]}
      >
        <Input maxLength={500} placeholder="http://10.0.0.8:9000" spellCheck={false} />
      </Form.Item>
      <Form.Item name="listPath" label={t('fuse.sources.listPath')} rules={required}>
        <Input maxLength={200} placeholder="/api/v1/enterprises" spellCheck={false} />
      </Form.Item>
      <Form.Item name="tokenPath" label={t('fuse.sources.tokenPath')} extra={t('fuse.sources.tokenPathHint')}>
        <Input maxLength={200} placeholder="/api/token" spellCheck={false} />
      </Form.Item>
      <Form.Item name="username" label={t('fuse.sources.username')}>
        <Input maxLength={100} autoComplete="off" />
      </Form.Item>
      <Form.Item name="password" label={t('fuse.sources.password')} extra={t('fuse.sources.passwordHint')}>
        <Input.Password maxLength={200} autoComplete="new-password" />
      </Form.Item>
    </div>
  );
}

function FolderFields() {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="folder"
      label={t('fuse.sources.folder')}
      extra={t('fuse.sources.folderHint')}
      rules={[{ required: true, message: t('required') }]}
    >
      <Input maxLength={200} spellCheck={false} />
    </Form.Item>
  );
}

function requestOf(values: Values): NewSource {
  const connection: NewSource['connection'] =
    values.kind === 'excel-folder'
      ? { kind: 'excel-folder', folder: values.folder ?? '' }
      : {
          kind: 'http-json',
          url: values.url ?? '',
          tokenPath: values.tokenPath ?? '',
          listPath: values.listPath ?? '',
          username: values.username ?? '',
          password: values.password ?? '',
        };
  return {
    key: values.key,
    name: values.name,
    owner: values.owner,
    organisation: values.organisation,
    connection,
    rowKey: values.rowKey,
    periodField: values.periodField || null,
    priority: values.priority,
    mappings: values.mappings,
    schedule: values.schedule || null,
  };
}
