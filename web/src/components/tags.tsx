import {
  CheckCircleFilled,
  ClockCircleFilled,
  CloseCircleFilled,
  ExclamationCircleFilled,
  MinusCircleFilled,
  PlayCircleFilled,
  SyncOutlined,
} from '@ant-design/icons';
import type { Quality } from '@ronghe/contracts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain';
const ICONS = {
  good: <CheckCircleFilled aria-hidden />,
  warn: <ExclamationCircleFilled aria-hidden />,
  bad: <CloseCircleFilled aria-hidden />,
  info: <PlayCircleFilled aria-hidden />,
  plain: <MinusCircleFilled aria-hidden />,
} satisfies Record<Tone, ReactNode>;

/** A state in words, with a sign and a colour: never by colour alone. */
export function Tag({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={`tag ${tone}`}>
      {icon === undefined ? ICONS[tone] : icon}
      {children}
    </span>
  );
}

const QUALITY_TONES = { good: 'good', uncertain: 'warn', bad: 'bad' } as const satisfies Record<
  Quality,
  Tone
>;
export function QualityTag({ quality, reason }: { quality: Quality; reason?: string | null | undefined }) {
  const { t } = useTranslation();
  return (
    <Tag tone={QUALITY_TONES[quality]}>
      {t(`quality.${quality}`)}
      {reason ? ` · ${reason}` : ''}
    </Tag>
  );
}

export function StaleTag() {
  const { t } = useTranslation();
  return (
    <Tag tone="warn" icon={<ClockCircleFilled aria-hidden />}>
      {t('stale')}
    </Tag>
  );
}

type WorkState =
  | 'queued'
  | 'running'
  | 'held'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'discarded'
  | 'withdrawn';
const WORK_TONES = {
  queued: 'plain',
  running: 'info',
  held: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'plain',
  discarded: 'plain',
  withdrawn: 'warn',
} as const satisfies Record<WorkState, Tone>;

/** State of a job or a run. */
export function WorkTag({ state }: { state: WorkState }) {
  const { t } = useTranslation();
  return (
    <Tag
      tone={WORK_TONES[state]}
      {...(state === 'running' ? { icon: <SyncOutlined spin aria-hidden /> } : {})}
    >
      {t(`platform.jobs.states.${state}`)}
    </Tag>
  );
}

type LinkState = 'connected' | 'connecting' | 'disconnected' | 'stopped';
const LINK_TONES = {
  connected: 'good',
  connecting: 'info',
  disconnected: 'bad',
  stopped: 'plain',
} as const satisfies Record<LinkState, Tone>;
export function ConnectionTag({ state }: { state: LinkState }) {
  const { t } = useTranslation();
  return <Tag tone={LINK_TONES[state]}>{t(`collect.collectors.connectionStates.${state}`)}</Tag>;
}

type CollectorState = 'never-seen' | 'online' | 'offline';
const COLLECTOR_TONES = { 'never-seen': 'plain', online: 'good', offline: 'bad' } as const satisfies Record<
  CollectorState,
  Tone
>;
export function CollectorTag({ state }: { state: CollectorState }) {
  const { t } = useTranslation();
  return <Tag tone={COLLECTOR_TONES[state]}>{t(`collect.collectors.states.${state}`)}</Tag>;
}
