import { type Channel, TELL_STEPS_MAX, type TellStep } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, InputNumber, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../components/field.tsx';
import { useGet } from '../../lib/query.ts';
import type { RuleFieldsProps } from './rule-fields.tsx';

const MINUTE_S = 60;
/** What most people want of a second step. */
const SECOND_STEP_S = 15 * MINUTE_S;

/** Who is told, and who after so long without anybody having acknowledged it. */
export function TellFields({ draft, put }: RuleFieldsProps) {
  const { t } = useTranslation();
  const query = useGet<{ items: Channel[] }>('/api/apply/channels');
  const options = (query.data?.items ?? []).map(({ id, name, kind }) => ({
    value: id,
    label: `${name} · ${t(`channels.kinds.${kind}`)}`,
  }));
  const change = (at: number, step: TellStep) =>
    put({ tell: draft.tell.map((each, index) => (index === at ? step : each)) });
  const add = () =>
    put({
      tell: [...draft.tell, { afterSeconds: draft.tell.length * SECOND_STEP_S, channels: [] }],
    });
  if (query.data && options.length === 0)
    return (
      <p className="faint">
        {t('alertRules.noChannels')}{' '}
        <Link to="/alerts/channels" style={{ textDecoration: 'underline' }}>
          {t('channels.title')}
        </Link>
      </p>
    );
  return (
    <div className="stack">
      {draft.tell.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name but their place
        <div className="rule-grid" key={at}>
          <Field label={t('alertRules.afterMinutes')} hint={t('alertRules.afterHint')}>
            {(id) => (
              <InputNumber
                id={id}
                min={0}
                max={4_320}
                value={step.afterSeconds / MINUTE_S}
                onChange={(minutes) =>
                  change(at, { ...step, afterSeconds: Math.round((minutes ?? 0) * MINUTE_S) })
                }
                style={{ width: '100%' }}
              />
            )}
          </Field>
          <Field label={t('alertRules.channels')}>
            {(id) => (
              <Select
                id={id}
                mode="multiple"
                value={step.channels}
                onChange={(channels: string[]) => change(at, { ...step, channels })}
                options={options}
              />
            )}
          </Field>
          <Button
            style={{ alignSelf: 'center', justifySelf: 'start' }}
            onClick={() => put({ tell: draft.tell.filter((_each, index) => index !== at) })}
          >
            {t('alertRules.removeStep')}
          </Button>
        </div>
      ))}
      <div className="row">
        <Button onClick={add} disabled={draft.tell.length >= TELL_STEPS_MAX}>
          {t('alertRules.addStep')}
        </Button>
      </div>
      {draft.tell.length > 0 && (
        <Field label={t('alertRules.tellEnd')}>
          {(id) => (
            <Switch
              id={id}
              checked={draft.tellEnd}
              onChange={(tellEnd) => put({ tellEnd })}
              style={{ justifySelf: 'start' }}
            />
          )}
        </Field>
      )}
    </div>
  );
}
