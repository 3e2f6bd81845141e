import type { AlertTrial, AlertTrialAnswer } from '@ronghe/contracts';
import { Button, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { useSend } from '../../lib/query.ts';
import { useFormat } from '../../lib/use-format.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { type RuleDraft, ruleOf } from './rule-draft.ts';

const DAY_MS = 86_400_000;
const RANGES = { day: 1, week: 7, month: 30 } as const;
const RANGE_NAMES = ['day', 'week', 'month'] as const;
const WAIT_MS_MAX = 120_000;
/** Fired so often at one point, a rule is more noise than news. */
const STORM_PER_POINT = 20;

/** Holds the rule as it is written now against what was stored. */
export function RuleTrial({ draft, isComplete }: { draft: RuleDraft; isComplete: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const [range, setRange] = useState<keyof typeof RANGES>('day');
  const send = useSend<AlertTrialAnswer, AlertTrial>([]);
  const run = () => {
    const nowMs = Date.now();
    const [from, to] = [nowMs - RANGES[range] * DAY_MS, nowMs].map((ms) => new Date(ms).toISOString());
    send.mutate({
      method: 'POST',
      path: '/api/apply/alert-rules/try',
      body: { rule: ruleOf(draft), from: from ?? '', to: to ?? '' },
      waitMsMax: WAIT_MS_MAX,
    });
  };
  return (
    <div className="stack">
      <p className="faint">{t('alertRules.trialHint')}</p>
      <div className="row">
        <label htmlFor={id}>{t('alertRules.trialRange')}</label>
        <Select
          id={id}
          value={range}
          onChange={setRange}
          options={RANGE_NAMES.map((value) => ({ value, label: t(`alertRules.ranges.${value}`) }))}
          style={{ width: 150 }}
        />
        <Button onClick={run} disabled={!isComplete} loading={send.isPending}>
          {t('alertRules.run')}
        </Button>
      </div>
      {send.error && <Refusal error={send.error} />}
      {send.data && <Outcome answer={send.data} />}
    </div>
  );
}

type Item = AlertTrialAnswer['items'][number];
function Outcome({ answer }: { answer: AlertTrialAnswer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<Item>[] = [
    { key: 'since', title: t('alerts.since'), nowrap: true, render: ({ since }) => format.dateTime(since) },
    { key: 'point', title: t('alerts.point'), render: ({ key }) => key },
    { key: 'value', title: t('alerts.value'), align: 'end', render: ({ value }) => format.number(value, 3) },
    {
      key: 'lasted',
      title: t('alerts.lasted'),
      nowrap: true,
      render: ({ since, endedAt }) =>
        endedAt === null ? t('alerts.states.open') : format.duration(Date.parse(endedAt) - Date.parse(since)),
    },
  ];
  return (
    <div className="stack" role="status">
      <p>
        {t('alertRules.trialResult', {
          points: format.number(answer.points),
          samples: format.number(answer.samples),
          alerts: format.number(answer.alerts),
          open: format.number(answer.openAtEnd),
        })}
      </p>
      {answer.alerts > answer.points * STORM_PER_POINT && <p>{t('alertRules.trialStorm')}</p>}
      {answer.items.length > 0 && (
        <>
          <p className="faint">{t('alertRules.trialFirst', { count: answer.items.length })}</p>
          <DataTable
            label={t('alertRules.trialTable')}
            rows={answer.items}
            rowKey={({ point, firedAt }) => `${point} ${firedAt}`}
            columns={columns}
          />
        </>
      )}
    </div>
  );
}
