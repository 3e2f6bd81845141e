import type { RunStarted, Source, SourceChange } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { ConnectionFields } from './connection-fields.tsx';
import { type ConnectionValues, connectionOf, valuesOf } from './connection-values.ts';
import { NewFile } from './new-file.tsx';
import { PushExample } from './push-example.tsx';
import { KeepFields, ScheduleFields } from './schedule-fields.tsx';

type Values = {
  name: string;
  owner: string;
  mode: Source['mode'];
  watermarkField: string | null;
  priority: number;
  runDays?: number | null;
  runsKept?: number | null;
  duplicateFree?: boolean;
  schedule: string | null;
  connection: ConnectionValues;
};

/** Where a source is read, when, and who answers for it. */
export function ConnectionTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const mayChange = can('fuse:source:write');
  return (
    <div className="stack">
      {source.kind === 'upload' && mayChange && <NewFile source={source} />}
      {source.kind === 'push' && <PushExample source={source} />}
      <Panel title={t('source.connection.facts')}>
        <Facts
          items={[
            { label: t('fuse.sources.key'), value: <code>{source.key}</code> },
            { label: t('source.connection.address'), value: <code>{source.address}</code> },
            { label: t('source.connection.nextRun'), value: format.dateTime(source.nextRunAt) },
            { label: t('source.connection.createdAt'), value: format.dateTime(source.createdAt) },
          ]}
        />
      </Panel>
      {mayChange && <ChangeForm source={source} />}
      {mayChange && <Danger source={source} />}
    </div>
  );
}

function ChangeForm({ source }: { source: Source }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [form] = Form.useForm<Values>();
  const [left, setLeft] = useState<string[]>();
  const send = useSend<Source, SourceChange>(['/api/fuse']);
  const required = [{ required: true, message: t('required') }];
  const submit = async ({ connection, ...rest }: Values) => {
    try {
      await send.mutateAsync({
        method: 'PATCH',
        path: `/api/fuse/sources/${source.id}`,
        body: {
          ...rest,
          schedule: rest.schedule || null,
          runDays: rest.runDays ?? null,
          runsKept: rest.runsKept ?? null,
          watermarkField: rest.mode === 'incremental' ? (rest.watermarkField ?? null) : null,
          connection: connectionOf(source.kind, { ...source.connection, ...connection, kind: undefined }),
        },
      });
      notify.done(t('action.saved'));
      form.resetFields();
    } catch (error) {
      setLeft(spreadErrors(error, form));
    }
  };
  const columns = [...new Set(source.mappings.flatMap(({ from }) => from.split('|')))];
  return (
    <Panel title={t('source.connection.change')}>
      {send.error && <Refusal error={send.error} details={left} />}
      <Form
        form={form}
        layout="vertical"
        initialValues={{
          name: source.name,
          owner: source.owner,
          mode: source.mode,
          watermarkField: source.watermarkField,
          priority: source.priority,
          duplicateFree: source.duplicateFree,
          runDays: source.runDays,
          runsKept: source.runsKept,
          schedule: source.schedule,
          connection: valuesOf(source.kind, source.connection),
        }}
        onFinish={(values: Values) => void submit(values)}
      >
        <div className="form-grid">
          <Form.Item name="name" label={t('fuse.sources.name')} rules={required}>
            <Input maxLength={200} />
          </Form.Item>
          <Form.Item name="owner" label={t('fuse.sources.owner')} rules={required}>
            <Input maxLength={200} />
          </Form.Item>
        </div>
        <ConnectionFields kind={source.kind} known source={source.id} />
        <ScheduleFields
          columns={columns}
          scheduled={source.kind !== 'upload' && source.kind !== 'push'}
          target={source.target}
        />
        <KeepFields />
        <Button type="primary" htmlType="submit" loading={send.isPending}>
          {t('action.save')}
        </Button>
      </Form>
    </Panel>
  );
}

function Danger({ source }: { source: Source }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const navigate = useNavigate();
  const send = useSend<RunStarted>(['/api/fuse']);
  const remove = async () => {
    try {
      await send.mutateAsync({ method: 'DELETE', path: `/api/fuse/sources/${source.id}` });
      await navigate({ to: '/fuse/sources' });
      notify.done(t('source.connection.removed', { name: source.name }));
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <Panel title={t('source.connection.danger')}>
      <div className="row spread">
        <span>{t('source.connection.removeHint')}</span>
        <Popconfirm
          title={t('source.connection.removeAsk', { name: source.name })}
          okButtonProps={{ danger: true }}
          okText={t('source.connection.remove')}
          onConfirm={() => void remove()}
        >
          <Button danger loading={send.isPending}>
            {t('source.connection.remove')}
          </Button>
        </Popconfirm>
      </div>
    </Panel>
  );
}
