import type { RuleResult, Source, SourceQuality } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { BreachesDrawer } from '../quality/breaches-drawer.tsx';
import { ResultTable } from '../quality/result-table.tsx';
import { ScoreChart } from '../quality/score-chart.tsx';
import { DimensionBars, Score } from '../quality/scores.tsx';

/** How good the data of a source is, over time, by dimension and by rule. */
export function QualityTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [opened, setOpened] = useState<RuleResult | null>(null);
  const query = useGet<SourceQuality>(`/api/fuse/sources/${source.id}/quality`);
  return (
    <DataState
      query={query}
      isEmpty={({ newest }) => newest === null}
      empty={{ title: t('board.noneYet'), text: t('board.noneYetHint') }}
    >
      {({ history, newest }) => {
        if (!newest) return null;
        const before = [...history]
          .sort((a, b) => b.at.localeCompare(a.at))
          .find(({ run }) => run !== newest.run)?.scores;
        return (
          <div className="stack">
            <div className="grid-2">
              <Panel
                title={t('board.now')}
                actions={<span className="faint">{format.dateTime(newest.at)}</span>}
              >
                <div className="score-card">
                  <Score score={newest.scores.total} before={before?.total} large />
                  <DimensionBars scores={newest.scores} before={before} />
                </div>
              </Panel>
              <Panel title={t('board.overTime')}>
                <ScoreChart history={history} fileName={`${source.key}-quality`} />
              </Panel>
            </div>
            <Panel
              title={t('board.results')}
              flush
              actions={
                <Link to="/fuse/quality/issues" search={{ source: source.id }}>
                  {t('board.issuesOf')}
                </Link>
              }
            >
              <ResultTable results={newest.results} onBreaches={setOpened} />
            </Panel>
            <BreachesDrawer source={source.id} result={opened} onClose={() => setOpened(null)} />
          </div>
        );
      }}
    </DataState>
  );
}
