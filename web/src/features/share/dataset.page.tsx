import type { Dataset } from '@ronghe/contracts';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';
import { DataState } from '../../components/data-state.tsx';
import { Page } from '../../components/page.tsx';
import { type TabItem, Tabs } from '../../components/tabs.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { usePick } from '../../lib/use-format.ts';
import { ConnectTab } from './connect/connect-tab.tsx';
import { ContractTab } from './contract-tab.tsx';
import { DescribeTab } from './describe/describe-tab.tsx';
import { GradeTags } from './grade-tags.tsx';
import { QueryTab } from './query/query-tab.tsx';
import { AskAccess } from './requests/ask-access.tsx';
import './share.css';

const TABS = ['describe', 'query', 'contract', 'connect'] as const;
type TabName = (typeof TABS)[number];

/** One dataset: what it means, a look into it, its contract, and how a program reaches it. */
export function DatasetPage() {
  const { t } = useTranslation();
  const pick = usePick();
  const { id } = useParams({ strict: false });
  const query = useGet<Dataset>(`/api/share/datasets/${id}`);
  const above = <Link to="/share/datasets">{t('share.datasets')}</Link>;
  if (!query.data)
    return (
      <Page title={t('share.title')} above={above}>
        <div className="panel">
          <DataState query={query} rows={10}>
            {() => null}
          </DataState>
        </div>
      </Page>
    );
  return (
    <Page
      title={pick(query.data.title)}
      above={above}
      lead={<Headline dataset={query.data} />}
      actions={<AskAccess dataset={query.data} />}
    >
      <DataState query={query}>{(dataset) => <Body dataset={dataset} />}</DataState>
    </Page>
  );
}

function Headline({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const pick = usePick();
  return (
    <>
      {pick(dataset.description)}
      <span className="row share-headline">
        <span className="row">
          <code>{dataset.table}</code>
          <CopyButton text={dataset.table} label={t('share.copyTable', { name: dataset.table })} />
        </span>
        <span>
          {t('share.owner')}: {dataset.ownerName}
        </span>
        <GradeTags grade={dataset.grade} level={dataset.level} />
      </span>
    </>
  );
}

function Body({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const pick = usePick();
  const search = useSearchState();
  const active = TABS.find((name) => name === search.values.tab) ?? 'describe';
  const panels: Record<TabName, TabItem<TabName>['children']> = {
    describe: <DescribeTab dataset={dataset} />,
    query: <QueryTab dataset={dataset} />,
    contract: <ContractTab dataset={dataset} />,
    connect: <ConnectTab dataset={dataset} />,
  };
  return (
    <Tabs
      label={pick(dataset.title)}
      active={active}
      onChange={(tab) => search.set({ tab, search: null })}
      items={TABS.map((key) => ({ key, label: t(`share.tabs.${key}`), children: panels[key] }))}
    />
  );
}
