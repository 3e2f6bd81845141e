import type {
  Page as PageOf,
  ReadProblem,
  RowFinding,
  RuleResult,
  Run,
  RunQuality,
  TableProfile,
} from '@ronghe/contracts';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Pager } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { FindingTable } from '../finding-table.tsx';
import { BreachesDrawer } from '../quality/breaches-drawer.tsx';
import { ResultTable } from '../quality/result-table.tsx';
import { DimensionBars, Score } from '../quality/scores.tsx';
import { ProfileTable } from '../source/profile-table.tsx';
import { ProblemTable } from './problem-table.tsx';

const ROWS = 50;

type PagedProps<Item> = { path: string; show: (items: Item[]) => ReactNode };

/** A list of a run that comes in pages. */
function PagedTab<Item>({ path, show }: PagedProps<Item>) {
  const search = useSearchState();
  const query = useGet<PageOf<Item>>(path, { cursor: search.values.cursor, limit: ROWS }, { keep: true });
  return (
    <div className="panel">
      <DataState query={query}>
        {(page) => (
          <>
            {show(page.items)}
            {page.items.length > 0 && <Pager page={page} search={search} busy={query.isFetching} />}
          </>
        )}
      </DataState>
    </div>
  );
}

/** What the reader could not take for a row. */
export function ProblemsTab({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <PagedTab<ReadProblem>
      path={`/api/fuse/runs/${run.id}/problems`}
      show={(problems) => <ProblemTable problems={problems} empty={t('run.problemsEmpty')} />}
    />
  );
}

/** What single rows were found to have wrong. */
export function FindingsTab({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <PagedTab<RowFinding>
      path={`/api/fuse/runs/${run.id}/findings`}
      show={(findings) => <FindingTable findings={findings} empty={t('fuse.runs.findingsEmpty')} />}
    />
  );
}

/** What the rules say of the run. */
export function AuditTab({ run }: { run: Run }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<RuleResult | null>(null);
  const query = useGet<RunQuality>(`/api/fuse/runs/${run.id}/quality`);
  return (
    <DataState
      query={query}
      isEmpty={({ results }) => results.length === 0}
      empty={{ title: t('run.auditEmpty') }}
    >
      {({ scores, results }) => (
        <div className="stack">
          <Panel title={t('board.now')}>
            <div className="score-card">
              <Score score={scores.total} large />
              <DimensionBars scores={scores} />
            </div>
          </Panel>
          <div className="panel">
            <ResultTable results={results} onBreaches={setOpened} />
          </div>
          <BreachesDrawer source={run.source} run={run.id} result={opened} onClose={() => setOpened(null)} />
        </div>
      )}
    </DataState>
  );
}

/** What the columns of the run hold. */
export function RunProfileTab({ run }: { run: Run }) {
  const query = useGet<TableProfile>(`/api/fuse/runs/${run.id}/profile`);
  return <DataState query={query}>{(profile) => <ProfileTable profile={profile} />}</DataState>;
}
