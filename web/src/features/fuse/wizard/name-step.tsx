import type { NewSource, RunStarted, Source } from '@ronghe/contracts';
import { Button, Collapse, Form, Input, Radio, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { sendJson } from '../../../lib/api.ts';
import { detailsOf } from '../../../lib/api-error.ts';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useSend } from '../../../lib/query.ts';
import { useCan, useMe } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { ScheduleFields } from '../source/schedule-fields.tsx';
import { useNotify } from '../use-notify.ts';
import { type Naming, namingOf, sourceOf, type Wizard } from './wizard-state.ts';

type NameStepProps = {
  wizard: Wizard;
  onChange: (naming: Naming) => void;
  onBack: () => void;
  /** the server refuses how the source is reached */
  onConnection: (error: unknown) => void;
  onCreated: (created: NonNullable<Wizard['created']>) => void;
};

/** What the source is called and who answers for it; then it is made, and its first run begins. */
export function NameStep({ wizard, onChange, onBack, onConnection, onCreated }: NameStepProps) {
  const { t } = useTranslation();
  const can = useCan();
  const me = useMe();
  const pick = usePick();
  const notify = useNotify();
  const [form] = Form.useForm<Naming>();
  const [left, setLeft] = useState<string[]>();
  const create = useSend<Source, NewSource>(['/api/fuse']);
  const [starting, setStarting] = useState(false);
  const initial = useMemo(
    () =>
      wizard.naming ?? namingOf(wizard, me, wizard.template ? pick(wizard.template.name) : null, Date.now()),
    [wizard, me, pick],
  );
  const submit = async (values: Naming) => {
    if (!wizard.connection || !wizard.draft) return;
    const naming = { ...initial, ...values };
    onChange(naming);
    let source: Source;
    try {
      const body = sourceOf(naming, wizard.connection, wizard.draft);
      source = await create.mutateAsync({ method: 'POST', path: '/api/fuse/sources', body });
    } catch (error) {
      if (wizard.kind !== 'upload' && detailsOf(error).some(({ path }) => path.startsWith('connection')))
        return onConnection(error);
      return setLeft(spreadErrors(error, form));
    }
    setStarting(true);
    onCreated({ source, run: await startOf(source) });
  };
  const startOf = async (source: Source) => {
    if (wizard.kind === 'push' || !can('fuse:run:write')) return null;
    try {
      return (await sendJson<RunStarted>('POST', `/api/fuse/sources/${source.id}/runs`)).run;
    } catch (error) {
      // The source is there; its page says the rest.
      notify.failed(error);
      return null;
    }
  };
  const back = () => {
    onChange({ ...initial, ...form.getFieldsValue() });
    onBack();
  };
  return (
    <Panel title={t('wizard.step.name')}>
      {create.error && <Refusal error={create.error} details={left} />}
      <Form
        form={form}
        layout="vertical"
        initialValues={initial}
        onValuesChange={(_, values: Naming) => onChange({ ...initial, ...values })}
        onFinish={(values: Naming) => void submit(values)}
      >
        <NameFields wizard={wizard} />
        <div className="wizard-foot">
          <Button onClick={back}>{t('wizard.back')}</Button>
          <Button type="primary" htmlType="submit" loading={create.isPending || starting}>
            {t(wizard.kind === 'push' ? 'wizard.name.create' : 'wizard.name.createAndRun')}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}

function NameFields({ wizard }: { wizard: Wizard }) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const required = [{ required: true, message: t('required') }];
  const key = [
    ...required,
    { pattern: /^[a-z0-9][a-z0-9-]*$/, message: t('wizard.name.keyHint') },
    { max: 60, message: t('wizard.name.keyHint') },
  ];
  const scheduled = wizard.kind !== 'upload' && wizard.kind !== 'push';
  return (
    <>
      <div className="form-grid">
        <Form.Item name="name" label={t('fuse.sources.name')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="owner"
          label={t('fuse.sources.owner')}
          extra={t('wizard.name.ownerHint')}
          rules={required}
        >
          <Input maxLength={200} />
        </Form.Item>
      </div>
      <Form.Item name="target" label={t('wizard.name.target')}>
        <Radio.Group
          options={(['enterprise', 'dataset'] as const).map((value) => ({
            value,
            label: `${t(`source.targets.${value}`)} — ${t(`wizard.name.targets.${value}`)}`,
          }))}
          className="radio-lines"
        />
      </Form.Item>
      {scheduled && <ScheduleFields columns={wizard.look?.columns ?? []} scheduled />}
      <Collapse
        ghost
        size="small"
        items={[
          {
            key: 'more',
            label: t('wizard.name.more'),
            forceRender: true,
            children: (
              <>
                <div className="form-grid">
                  <Form.Item
                    name="key"
                    label={t('fuse.sources.key')}
                    extra={t('wizard.name.keyHint')}
                    rules={key}
                  >
                    <Input maxLength={60} spellCheck={false} />
                  </Form.Item>
                  <Form.Item name="organisation" label={t('fuse.sources.organisation')} rules={required}>
                    <Select showSearch={{ optionFilterProp: 'label' }} options={organisations.options} />
                  </Form.Item>
                </div>
                {!scheduled && <ScheduleFields columns={wizard.look?.columns ?? []} scheduled={false} />}
              </>
            ),
          },
        ]}
      />
    </>
  );
}
