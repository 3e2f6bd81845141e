import type { MatchFigures, MatchModel, MatchModels } from '@ronghe/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Figures } from '../../../components/figures.tsx';
import { Page } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { LabelledPanel } from './labelled-panel.tsx';
import { MatchedByPanel, RulesPanel } from './rules-panel.tsx';
import { ThresholdsPanel } from './thresholds-panel.tsx';
import { TrainButton, TrainingJob } from './training.tsx';
import { VersionsPanel } from './versions-panel.tsx';
import { WeightsPanel } from './weights-panel.tsx';

/** How records are matched, how well, and what can be changed about it. */
export function ModelPage() {
  const { t } = useTranslation();
  const [job, setJob] = useState<string | null>(null);
  const models = useGet<MatchModels>('/api/fuse/matching/models');
  return (
    <Page
      title={t('matching.model.title')}
      lead={t('matching.model.lead')}
      actions={<TrainButton onStarted={setJob} />}
    >
      <div className="stack">
        {job !== null && <TrainingJob key={job} id={job} />}
        <DataState query={models} rows={10} isEmpty={({ items }) => items.length === 0}>
          {({ items }) => <Body models={items} />}
        </DataState>
      </div>
    </Page>
  );
}

function Body({ models }: { models: readonly MatchModel[] }) {
  const { values } = useSearchState();
  const active = models.find((model) => model.active);
  const shown = models.find(({ version }) => String(version) === values.version) ?? active ?? models[0];
  const figures = useGet<MatchFigures>('/api/fuse/matching/figures');
  if (!shown) return null;
  return (
    <>
      <DataState query={figures} rows={2}>
        {(known) => <Standing figures={known} />}
      </DataState>
      <VersionsPanel models={models} shown={shown} />
      <ThresholdsPanel
        key={shown.version}
        model={shown}
        active={active ?? shown}
        labelled={figures.data?.labelled ?? null}
      />
      <WeightsPanel model={shown} />
      {figures.data && (
        <>
          <LabelledPanel labelled={figures.data.labelled} />
          <RulesPanel figures={figures.data} model={active ?? shown} />
          <MatchedByPanel figures={figures.data} />
        </>
      )}
    </>
  );
}

function Standing({ figures }: { figures: MatchFigures }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = (value: number) => format.number(value, 0);
  return (
    <Figures
      label={t('matching.model.figures')}
      items={[
        { label: t('matching.model.version'), value: String(figures.model) },
        { label: t('matching.model.records'), value: count(figures.records) },
        { label: t('matching.model.enterprises'), value: count(figures.enterprises) },
        { label: t('matching.model.open'), value: count(figures.open) },
        { label: t('matching.model.answered'), value: count(figures.answered) },
      ]}
    />
  );
}
