import type { Alert, AlertExplanation } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../../components/chart.tsx';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Facts } from '../../components/figures.tsx';
import { Panel } from '../../components/page.tsx';
import { Tag } from '../../components/tags.tsx';
import { useNow } from '../../lib/now.ts';
import { useGet } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { useAlertChart } from './alert-chart.ts';
import { ColourTag } from './colour-tag.tsx';
import { useConditionText } from './use-condition-text.ts';

const REFRESH_MS = 5_000;
const CLOCK_MS = 1_000;
/** Told so much after it happened, the data were late. */
const LATE_MS = 5 * 60_000;

/** Everything an alert rests on, and what can be done. */
export function AlertDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useGet<AlertExplanation>(
    `/api/apply/alerts/${id}`,
    {},
    { refreshMs: REFRESH_MS, keep: true },
  );
  const title = query.data ? `${query.data.alert.ruleName} · ${query.data.alert.pointName}` : t('alerts.why');
  return (
    <Drawer open onClose={onClose} size={860} title={title}>
      <DataState query={query}>{(told) => <Explanation told={told} />}</DataState>
    </Drawer>
  );
}

function Explanation({ told }: { told: AlertExplanation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const can = useCan();
  const [isAsking, setAsking] = useState(false);
  const { alert, rule, readings, similar, from, to } = told;
  const { option, table } = useAlertChart(told);
  return (
    <div className="stack">
      <AlertFacts told={told} />
      {can('apply:alert:acknowledge') && alert.acknowledgedBy === null && (
        <div>
          <Button type="primary" onClick={() => setAsking(true)}>
            {t('alerts.acknowledge')}
          </Button>
        </div>
      )}
      <Panel title={t('alerts.window', { from: format.dateTime(from), to: format.dateTime(to) })}>
        {readings.length === 0 ? (
          <p className="faint">{t('alerts.noReadings')}</p>
        ) : (
          <Chart
            option={option}
            table={table}
            label={t('alerts.chart', { point: alert.pointName })}
            fileName={`${alert.pointKey}-${alert.since.slice(0, 10)}`}
          />
        )}
      </Panel>
      <Panel title={t('alerts.cause')}>
        <p style={{ whiteSpace: 'pre-wrap' }}>{rule.cause === '' ? t('alerts.noCause') : rule.cause}</p>
      </Panel>
      <Panel title={t('alerts.history')}>
        <Events events={told.events} />
      </Panel>
      <Panel title={t('alerts.before')}>
        <p className="faint">{t('alerts.similar', { point: similar.samePoint, rule: similar.sameRule })}</p>
        <Before alerts={similar.last} />
      </Panel>
      {isAsking && <AcknowledgeDialog alerts={[alert.id]} onClose={() => setAsking(false)} />}
    </div>
  );
}

function AlertFacts({ told: { alert, rule } }: { told: AlertExplanation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const condition = useConditionText();
  const now = useNow(CLOCK_MS);
  const sign = unitSign(alert.unit);
  const isLate = Date.parse(alert.toldAt) - Date.parse(alert.firedAt) > LATE_MS;
  const lastedMs = (alert.endedAt === null ? now : Date.parse(alert.endedAt)) - Date.parse(alert.since);
  return (
    <Facts
      items={[
        { label: t('alerts.colour'), value: <ColourTag colour={alert.colour} /> },
        {
          label: t('alerts.state'),
          value: (
            <span className="row">
              <Tag tone={alert.state === 'open' ? 'bad' : 'plain'}>{t(`alerts.states.${alert.state}`)}</Tag>
              {alert.times > 1 && <span className="faint">{t('alerts.times', { count: alert.times })}</span>}
              {alert.muted && <Tag tone="plain">{t('alerts.muted')}</Tag>}
              {alert.acknowledgedBy !== null && (
                <Tag tone="good">{t('alerts.by', { name: alert.acknowledgedBy })}</Tag>
              )}
            </span>
          ),
        },
        {
          label: t('alerts.condition'),
          value: `${condition(rule, alert.unit)} · ${t('alerts.ruleVersion', { version: rule.version })}`,
        },
        {
          label: t('alerts.value'),
          value: alert.value === null ? '—' : `${format.number(alert.value, 3)} ${sign}`,
        },
        {
          label: t('alerts.since'),
          value: (
            <>
              {format.dateTime(alert.since)}
              {isLate && (
                <div className="faint">{t('alerts.toldLate', { at: format.dateTime(alert.toldAt) })}</div>
              )}
            </>
          ),
        },
        { label: t('alerts.lasted'), value: format.duration(lastedMs) },
        {
          label: t('alerts.point'),
          value: (
            <Link
              to="/collect/points"
              search={{ point: String(alert.point), search: alert.pointKey } as never}
            >
              {alert.pointKey}
            </Link>
          ),
        },
      ]}
    />
  );
}

function Events({ events }: { events: AlertExplanation['events'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ol className="alert-events">
      {events.map(({ at, kind, by, note }) => (
        <li key={`${at} ${kind}`}>
          <time dateTime={at} className="faint">
            {format.dateTime(at)}
          </time>
          <span>
            {t(`alerts.events.${kind}`)}
            {by !== null && <div>{note ? t('alerts.eventBy', { name: by, note }) : by}</div>}
            {by === null && note !== null && <div className="faint">{note}</div>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Before({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (alerts.length === 0) return <p>{t('alerts.none')}</p>;
  const columns: Column<Alert>[] = [
    { key: 'since', title: t('alerts.since'), nowrap: true, render: ({ since }) => format.dateTime(since) },
    {
      key: 'lasted',
      title: t('alerts.lasted'),
      nowrap: true,
      render: ({ since, endedAt }) =>
        endedAt === null ? t('alerts.states.open') : format.duration(Date.parse(endedAt) - Date.parse(since)),
    },
    { key: 'value', title: t('alerts.value'), align: 'end', render: ({ value }) => format.number(value, 3) },
    {
      key: 'note',
      title: t('alerts.note'),
      render: ({ acknowledgedBy, note }) =>
        acknowledgedBy === null ? '—' : t('alerts.eventBy', { name: acknowledgedBy, note: note ?? '' }),
    },
  ];
  return <DataTable label={t('alerts.before')} rows={alerts} rowKey={({ id }) => id} columns={columns} />;
}
