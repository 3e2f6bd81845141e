import type { MappingSuggestion, SourceConnection, SourceLook, Upload } from '@ronghe/contracts';
import { Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { sendJson } from '../../../lib/api.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { ConnectionFields } from '../source/connection-fields.tsx';
import { type ConnectionValues, connectionOf, valuesOf } from '../source/connection-values.ts';
import { DropZone } from './drop-zone.tsx';
import { Guide } from './guide.tsx';
import { profileOfRows, rowsOfText, type Wizard } from './wizard-state.ts';

type ConnectStepProps = {
  wizard: Wizard;
  busy: boolean;
  error: unknown;
  onUploaded: (upload: Upload) => void;
  onLook: (connection: SourceConnection) => void;
  onSample: (connection: SourceConnection, look: SourceLook) => void;
  onBack: () => void;
  /** what stands in the fields so far */
  onEntered: (values: ConnectionValues) => void;
};
type Values = { connection: ConnectionValues; sample?: string };

/** How the data is reached; what the server refuses stands at its field. */
export function ConnectStep(props: ConnectStepProps) {
  const { wizard, busy, error, onUploaded, onLook, onBack, onEntered } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [left, setLeft] = useState<string[]>();
  const sample = useSample(props);
  const failure = error ?? sample.error;
  useEffect(() => {
    if (failure) setLeft(spreadErrors(failure, form));
  }, [failure, form]);
  const known = wizard.connection?.kind === wizard.kind ? wizard.connection : wizard.template?.connection;
  const submit = (values: Values) => {
    const connection = connectionOf(wizard.kind, values.connection);
    if (wizard.kind === 'push') void sample.take(connection, values.sample ?? '');
    else onLook(connection);
  };
  return (
    <Panel title={t(`source.kinds.${wizard.kind}`)}>
      {wizard.template && <Guide template={wizard.template} />}
      {failure ? <Refusal error={failure} details={left} /> : null}
      {wizard.kind === 'upload' ? (
        <div className="stack">
          <DropZone onUploaded={onUploaded} busy={busy} />
          <Buttons onBack={onBack} />
        </div>
      ) : (
        <Form
          form={form}
          layout="vertical"
          initialValues={{ connection: { ...valuesOf(wizard.kind, known), ...wizard.entered } }}
          onValuesChange={(_, { connection }) => onEntered(connection)}
          onFinish={submit}
        >
          <ConnectionFields kind={wizard.kind} />
          {wizard.kind === 'push' && (
            <Form.Item
              name="sample"
              label={t('wizard.connect.sample')}
              extra={t('wizard.connect.sampleHint')}
              rules={[
                {
                  validator: (_, text: unknown) =>
                    rowsOfText(String(text ?? ''))
                      ? Promise.resolve()
                      : Promise.reject(new Error(t('wizard.connect.sampleWrong'))),
                },
              ]}
            >
              <Input.TextArea
                rows={6}
                className="mono"
                spellCheck={false}
                placeholder='[{"company": "…", "month": "2026-10", "output": 1200}]'
              />
            </Form.Item>
          )}
          <Buttons onBack={onBack} busy={busy || sample.busy} next={t('wizard.connect.look')} />
        </Form>
      )}
    </Panel>
  );
}

function Buttons({ onBack, busy = false, next }: { onBack: () => void; busy?: boolean; next?: string }) {
  const { t } = useTranslation();
  return (
    <div className="wizard-foot">
      <Button onClick={onBack}>{t('wizard.back')}</Button>
      {next && (
        <Button type="primary" htmlType="submit" loading={busy}>
          {next}
        </Button>
      )}
      {busy && (
        <span className="faint" role="status">
          {t('wizard.looking')}
        </span>
      )}
    </div>
  );
}

/** Rows that are pushed cannot be read beforehand, so a sample stands for them. */
function useSample({ onSample }: ConnectStepProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const take = async (connection: SourceConnection, text: string) => {
    const rows = rowsOfText(text);
    if (!rows) return;
    setBusy(true);
    setError(null);
    try {
      const profile = profileOfRows(rows);
      const suggestion = await sendJson<MappingSuggestion>('POST', '/api/fuse/mappings/suggest', {
        body: profile,
      });
      const columns = profile.columns.map(({ name }) => name);
      onSample(connection, { columns, rows, options: {}, sheets: [], profile, suggestion });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return { take, busy, error };
}
