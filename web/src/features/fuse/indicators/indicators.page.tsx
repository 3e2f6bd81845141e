import type { IndicatorFigures, IndicatorList } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Page } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { Controls } from './controls.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { pathOfIndicator } from './figure-text.ts';
import { Headline } from './headline.tsx';
import { PartsPanel } from './parts-panel.tsx';
import { Place } from './place.tsx';
import { RulePanel } from './rule-panel.tsx';
import { ComparisonPanel, TrendPanel } from './trend-panel.tsx';
import { type IndicatorView, useIndicatorView } from './use-indicator-view.ts';
import '../fuse.css';
import './indicators.css';

const UPDATING_MS = 3_000;

/** Monthly indicators: a sum, how it moved, and what it is made of, from the province down to the enterprise. */
export function IndicatorsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const can = useCan();
  const query = useGet<IndicatorList>(
    '/api/fuse/indicators',
    {},
    {
      refreshMs: (list) => ((list?.updating ?? 0) > 0 ? UPDATING_MS : false),
    },
  );
  const view = useIndicatorView(query.data);
  return (
    <Page
      title={t('indicators.title')}
      lead={t('indicators.lead')}
      actions={view && <ExportButtons view={view} />}
    >
      <DataState
        query={query}
        isEmpty={() => view === null}
        empty={{
          title: t('indicators.empty'),
          text: t('indicators.emptyHint'),
          action: can('fuse:source:write') && (
            <Button type="primary" onClick={() => void navigate({ to: '/fuse/sources' })}>
              {t('indicators.goSources')}
            </Button>
          ),
        }}
      >
        {(list) => view && <Body list={list} view={view} />}
      </DataState>
    </Page>
  );
}

function Body({ list, view }: { list: IndicatorList; view: IndicatorView }) {
  const { t } = useTranslation();
  const { indicator, period, measure, by, order, filter } = view;
  const query = useGet<IndicatorFigures>(
    pathOfIndicator(indicator.code, 'figures'),
    { ...filter, period, measure, by, order },
    { keep: true },
  );
  return (
    <div className="stack">
      {list.updating > 0 && (
        <Alert type="info" showIcon title={t('indicators.updating', { count: list.updating })} />
      )}
      <div className="panel">
        <Controls list={list} view={view} />
        <Place view={view} path={query.data?.path ?? []} />
        <DataState query={query} rows={3}>
          {(figures) => <Headline view={view} figures={figures} />}
        </DataState>
      </div>
      <div className="indicator-columns">
        <TrendPanel view={view} />
        <DataState query={query}>
          {(figures) => <PartsPanel view={view} figures={figures} part="chart" />}
        </DataState>
      </div>
      {view.compared.length > 1 && <ComparisonPanel view={view} />}
      <DataState query={query}>
        {(figures) => <PartsPanel view={view} figures={figures} part="table" />}
      </DataState>
      <RulePanel list={list} indicator={indicator} />
    </div>
  );
}
