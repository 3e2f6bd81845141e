import { CheckCircleFilled, CloseCircleFilled, PauseCircleFilled, SyncOutlined } from '@ant-design/icons';
import { RUN_STAGES, type Run, type RunStage } from '@ronghe/contracts';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../../lib/use-format.ts';
import './run.css';

const STAGES = (Object.keys(RUN_STAGES) as RunStage[]).filter((stage) => stage !== 'done');
export type StageState = 'done' | 'now' | 'held' | 'failed' | 'ahead';

/** How far a run is at each of its stages. */
export function stageStates(run: Pick<Run, 'state' | 'stage'>): { stage: RunStage; state: StageState }[] {
  const at = run.stage === 'done' ? STAGES.length : STAGES.indexOf(run.stage);
  const present: Record<Run['state'], StageState> = {
    running: 'now',
    held: 'held',
    succeeded: 'done',
    failed: 'failed',
    cancelled: 'failed',
    discarded: 'held',
    withdrawn: 'held',
  };
  return STAGES.map((stage, index) => ({
    stage,
    state: run.state === 'succeeded' || index < at ? 'done' : index === at ? present[run.state] : 'ahead',
  }));
}

const SIGNS: Readonly<Record<StageState, ReactNode>> = {
  done: <CheckCircleFilled aria-hidden />,
  now: <SyncOutlined spin aria-hidden />,
  held: <PauseCircleFilled aria-hidden />,
  failed: <CloseCircleFilled aria-hidden />,
  ahead: <span className="stage-dot" aria-hidden="true" />,
};

/** What a run has done, is at, and has before it. */
export function StageBar({ run }: { run: Run }) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <ol className="stage-bar" aria-label={t('run.stages')}>
      {stageStates(run).map(({ stage, state }) => (
        <li key={stage} className={state} {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}>
          {SIGNS[state]}
          <span>{pick(RUN_STAGES[stage])}</span>
          <span className="visually-hidden">{t(`run.stage.${state}`)}</span>
        </li>
      ))}
    </ol>
  );
}
