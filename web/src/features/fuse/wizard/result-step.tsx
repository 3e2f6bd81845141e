import { CheckCircleFilled } from '@ant-design/icons';
import type { Page as PageOf, ReadProblem, Run, RunQuality, RunRow } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { WorkTag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ResultTable } from '../quality/result-table.tsx';
import { Score } from '../quality/scores.tsx';
import { Held } from '../run/held.tsx';
import { LedgerPicture } from '../run/ledger-picture.tsx';
import { ProblemTable } from '../run/problem-table.tsx';
import { RejectedList } from '../run/rejected-list.tsx';
import { StageBar } from '../run/stage-bar.tsx';
import type { Wizard } from './wizard-state.ts';
import '../fuse.css';

const RUNNING_REFRESH_MS = 1_000;
const SHOWN = 5;

type ResultStepProps = { created: NonNullable<Wizard['created']>; onAgain: () => void };

/** The first run as it goes, then what came of it: the account, what was rejected and why, and the way to the data. */
export function ResultStep({ created, onAgain }: ResultStepProps) {
  const { t } = useTranslation();
  const { source, run } = created;
  return (
    <>
      {run === null ? (
        <Panel title={source.name}>
          <p>{t(source.kind === 'push' ? 'wizard.result.push' : 'wizard.result.notRun')}</p>
        </Panel>
      ) : (
        <FirstRun id={run} />
      )}
      <div className="wizard-foot">
        <Link
          to="/fuse/sources/$id"
          params={{ id: source.id }}
          search={(source.kind === 'push' ? { tab: 'connection' } : {}) as never}
          className="link-button"
        >
          {t('wizard.result.open')}
        </Link>
        {run !== null && (
          <Link to="/fuse/runs/$id" params={{ id: run }}>
            {t('wizard.result.run')}
          </Link>
        )}
        <Button type="link" onClick={onAgain}>
          {t('wizard.result.again')}
        </Button>
      </div>
    </>
  );
}

function FirstRun({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useGet<Run>(
    `/api/fuse/runs/${id}`,
    {},
    { refreshMs: (run) => (run === undefined || run.state === 'running' ? RUNNING_REFRESH_MS : false) },
  );
  return (
    <DataState query={query} rows={6}>
      {(run) => (
        <>
          <Panel
            title={
              <span role="status" aria-live="polite">
                {t(`wizard.result.states.${run.state}`)}
              </span>
            }
            actions={<WorkTag state={run.state} />}
          >
            <div className="stack">
              <StageBar run={run} />
              {run.state === 'running' && run.stage === 'fuse' && <Fusing run={run} />}
              {run.error && (
                <div className="notice bad" role="alert">
                  {run.error}
                </div>
              )}
              <LedgerPicture run={run} />
            </div>
          </Panel>
          {run.state === 'held' && <Held run={run} />}
          {(run.state === 'succeeded' || run.state === 'held') && <Checked run={run} />}
          {run.rowsRejected > 0 && <Rejected run={run} />}
          {run.problems > 0 && run.state !== 'running' && <Problems run={run} />}
        </>
      )}
    </DataState>
  );
}

function Fusing({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = run.enterprisesCreated + run.enterprisesChanged;
  return <p role="status">{t('wizard.result.fusing', { count, formatted: format.number(count, 0) })}</p>;
}

/** What the rules said, only what did not pass; all of it is on the run's page. */
function Checked({ run }: { run: Run }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useGet<RunQuality>(
    `/api/fuse/runs/${run.id}/quality`,
    {},
    { enabled: can('fuse:quality:read') },
  );
  if (!query.data) return null;
  const { scores, results } = query.data;
  const failed = results.filter((result) => result.failed > 0);
  return (
    <Panel
      title={
        <span className="row">
          {t('wizard.result.checked')} <Score score={scores.total} />
        </span>
      }
      flush
      actions={
        <Link to="/fuse/runs/$id" params={{ id: run.id }} search={{ tab: 'audit' }}>
          {t('platform.home.all')}
        </Link>
      }
    >
      {failed.length === 0 ? (
        <p className="all-well">
          <CheckCircleFilled aria-hidden />{' '}
          {t('wizard.result.checkedWell', {
            count: results.filter(({ skipped }) => skipped === null).length,
          })}
        </p>
      ) : (
        <ResultTable results={failed} />
      )}
    </Panel>
  );
}

function Rejected({ run }: { run: Run }) {
  const { t } = useTranslation();
  const query = useGet<PageOf<RunRow>>(
    `/api/fuse/runs/${run.id}/rows`,
    { change: 'rejected', limit: SHOWN },
    { enabled: run.state !== 'running' },
  );
  if (run.state === 'running') return null;
  return (
    <Panel
      title={t('run.rejectedTitle')}
      flush
      actions={
        <Link to="/fuse/runs/$id" params={{ id: run.id }} search={{ tab: 'rows', change: 'rejected' }}>
          {t('platform.home.all')}
        </Link>
      }
    >
      <DataState query={query} rows={3}>
        {(page) => <RejectedList rows={page.items} />}
      </DataState>
    </Panel>
  );
}

function Problems({ run }: { run: Run }) {
  const { t } = useTranslation();
  const query = useGet<PageOf<ReadProblem>>(`/api/fuse/runs/${run.id}/problems`, { limit: SHOWN });
  return (
    <Panel
      title={t('wizard.look.problems')}
      flush
      actions={
        <Link to="/fuse/runs/$id" params={{ id: run.id }} search={{ tab: 'problems' }}>
          {t('platform.home.all')}
        </Link>
      }
    >
      <DataState query={query} rows={3}>
        {(page) => <ProblemTable problems={page.items} empty={t('wizard.look.noProblems')} />}
      </DataState>
    </Panel>
  );
}
