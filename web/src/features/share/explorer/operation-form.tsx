import { PERMISSIONS } from '@ronghe/contracts/permissions';
import { App, Button, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { AnswerPanel } from './answer-panel.tsx';
import { MethodMark } from './method-mark.tsx';
import {
  type Asked,
  addressOf,
  beginValues,
  exampleOf,
  type OpenApi,
  type Operation,
  type Parameter,
} from './openapi.ts';
import { useCall } from './use-call.ts';

type FormProps = { operation: Operation; document: OpenApi };

/** The parameters and the body of one operation, and what came back. */
export function OperationForm({ operation, document }: FormProps) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const begun = () => ({
    values: beginValues(operation, document),
    body: operation.body === null ? null : JSON.stringify(exampleOf(operation.body, document), null, 2),
  });
  const [{ values, body }, setFilled] = useState(begun);
  const { state, send, stop, clear } = useCall();
  const asked = addressOf(operation, values);
  const fault = faultOf(body);
  const submit = () => {
    if (!('url' in asked) || fault !== null) return;
    const call = { method: operation.method, url: asked.url, body };
    if (!operation.writes) void send(call);
    else
      modal.confirm({
        title: t('explorer.askTitle', { operation: `${operation.method} ${asked.url}` }),
        content: t('explorer.askText'),
        okText: t('explorer.confirm'),
        okButtonProps: { danger: true },
        onOk: () => void send(call),
      });
  };
  const waits = state.kind === 'waiting';
  return (
    <div className="stack">
      <Panel
        title={
          <span className="row">
            <MethodMark method={operation.method} />
            <code>{operation.path}</code>
          </span>
        }
      >
        <form
          className="stack"
          aria-label={operation.id}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <About operation={operation} />
          {operation.parameters.length > 0 && (
            <fieldset className="parameters" aria-label={t('explorer.parameters')}>
              {operation.parameters.map((parameter) => (
                <ParameterField
                  key={`${parameter.in}:${parameter.name}`}
                  parameter={parameter}
                  value={values[parameter.name] ?? ''}
                  onChange={(value) => setFilled({ body, values: { ...values, [parameter.name]: value } })}
                />
              ))}
            </fieldset>
          )}
          {body !== null && (
            <BodyField text={body} fault={fault} onChange={(text) => setFilled({ values, body: text })} />
          )}
          <div className="row">
            <Button
              type="primary"
              htmlType="submit"
              danger={operation.writes}
              loading={waits}
              disabled={!('url' in asked) || fault !== null}
            >
              {t(waits ? 'explorer.sending' : 'explorer.send')}
            </Button>
            {waits && <Button onClick={stop}>{t('explorer.stop')}</Button>}
            <Button
              onClick={() => {
                clear();
                setFilled(begun());
              }}
            >
              {t('explorer.reset')}
            </Button>
            <Hint asked={asked} />
          </div>
        </form>
      </Panel>
      <AnswerPanel state={state} />
    </div>
  );
}

function faultOf(body: string | null): string | null {
  if (body === null) return null;
  try {
    JSON.parse(body);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function About({ operation: { summary, permission } }: { operation: Operation }) {
  const { t } = useTranslation();
  const pick = usePick();
  const known = Object.entries(PERMISSIONS).find(([name]) => name === permission)?.[1];
  return (
    <p>
      {summary}
      {permission !== null && (
        <span className="faint">
          {' · '}
          {t('explorer.permission')} {known ? pick(known) : ''} <code>{permission}</code>
        </span>
      )}
    </p>
  );
}

function Hint({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  if ('url' in asked) return <code className="faint operation-url">{asked.url}</code>;
  return (
    <span className="faint" role="status">
      {'dots' in asked ? t('explorer.dots') : t('explorer.missing', { names: asked.missing.join(', ') })}
    </span>
  );
}

type ParameterProps = { parameter: Parameter; value: string; onChange: (value: string) => void };
function ParameterField({ parameter, value, onChange }: ParameterProps) {
  const { t } = useTranslation();
  const id = useId();
  const { name, schema, required } = parameter;
  const choices = schema?.enum?.map(String);
  return (
    <div className="parameter">
      <label htmlFor={id}>
        <code>{name}</code>{' '}
        <span className="faint">
          {t(`explorer.${parameter.in}`)}
          {required === true && ` · ${t('explorer.required')}`}
        </span>
      </label>
      {choices ? (
        <Select
          id={id}
          allowClear
          value={value === '' ? null : value}
          onChange={(next) => onChange(next ?? '')}
          options={choices.map((choice) => ({ value: choice, label: choice }))}
        />
      ) : (
        <Input
          id={id}
          value={value}
          spellCheck={false}
          placeholder={schema?.default === undefined ? '' : String(schema.default)}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </div>
  );
}

type BodyProps = { text: string; fault: string | null; onChange: (text: string) => void };
function BodyField({ text, fault, onChange }: BodyProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{t('explorer.body')}</label>
      <Input.TextArea
        id={id}
        className="mono"
        autoSize={{ minRows: 4, maxRows: 18 }}
        spellCheck={false}
        value={text}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-fault`}
        onChange={({ target }) => onChange(target.value)}
        {...(fault === null ? {} : { status: 'error' as const })}
      />
      <span id={`${id}-fault`} className="field-error" role="status">
        {fault === null ? '' : t('explorer.bodyInvalid', { reason: fault })}
      </span>
    </div>
  );
}
