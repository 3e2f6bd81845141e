import type { Enterprise } from '@ronghe/contracts';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';
import { DataState } from '../../components/data-state.tsx';
import { Figures } from '../../components/figures.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Tag } from '../../components/tags.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { EnterpriseQualityPanel } from './enterprise-quality.tsx';
import { EquipmentTab } from './equipment-tab.tsx';
import { FindingTable } from './finding-table.tsx';
import { AsOfTab } from './golden/as-of-tab.tsx';
import { EventsTab } from './golden/events-tab.tsx';
import { IndicatorsTab } from './indicators-tab.tsx';
import { RecordTab } from './record-tab.tsx';
import { RelationsTab } from './relations/relations-tab.tsx';
import { RowsTab } from './rows-tab.tsx';
import { ProfilePanel } from './things/profile-panel.tsx';
import { ThingsTab } from './things/things-tab.tsx';
import './fuse.css';

export function EnterprisePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const query = useGet<Enterprise>(`/api/fuse/enterprises/${id}`);
  const above = <Link to="/fuse/enterprises">{t('fuse.enterprise.back')}</Link>;
  if (!query.data) {
    return (
      <Page title={t('fuse.enterprise.tabs.record')} above={above}>
        <div className="panel">
          <DataState query={query} rows={10}>
            {() => null}
          </DataState>
        </div>
      </Page>
    );
  }
  return (
    <Page title={query.data.name} above={above} lead={<Headline enterprise={query.data} />}>
      <DataState query={query}>{(enterprise) => <Body enterprise={enterprise} />}</DataState>
    </Page>
  );
}

function Headline({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const places = [
    enterprise.divisionName ?? enterprise.division,
    enterprise.industryName ?? enterprise.industry,
  ];
  return (
    <span className="row">
      {enterprise.code ? (
        <>
          <span className="mono">{enterprise.code}</span>
          {!enterprise.codeValid && <Tag tone="bad">{t('fuse.enterprises.codeInvalid')}</Tag>}
          <CopyButton text={enterprise.code} label={t('fuse.enterprise.copyCode')} />
        </>
      ) : (
        <Tag tone="plain">{t('fuse.enterprises.noCode')}</Tag>
      )}
      {places.map((text) => text && <span key={text}>{text}</span>)}
      {enterprise.keyIndustry && (
        <Tag tone="info" icon={null}>
          {dictionaries.name('keyIndustries', enterprise.keyIndustry)}
        </Tag>
      )}
      {enterprise.size && (
        <Tag tone="plain" icon={null}>
          {dictionaries.name('sizes', enterprise.size)}
        </Tag>
      )}
    </span>
  );
}

const TABS = [
  ...(['record', 'relations', 'indicators', 'equipment', 'things'] as const),
  ...(['quality', 'rows', 'events', 'history'] as const),
] as const;
type TabName = (typeof TABS)[number];

function Body({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const navigate = useNavigate();
  const active = TABS.find((name) => name === search.values.tab) ?? 'record';
  const bodies: Record<TabName, React.ReactNode> = {
    record: (
      <div className="stack">
        <RecordTab enterprise={enterprise} />
        <ProfilePanel enterprise={enterprise} />
      </div>
    ),
    relations: <RelationsTab enterprise={enterprise} />,
    indicators: <IndicatorsTab enterprise={enterprise} />,
    equipment: <EquipmentTab enterprise={enterprise} />,
    things: <ThingsTab enterprise={enterprise} />,
    quality: (
      <div className="stack">
        <div className="panel">
          <FindingTable findings={enterprise.issues} empty={t('fuse.enterprise.issuesEmpty')} />
        </div>
        {can('fuse:quality:read') && <EnterpriseQualityPanel enterprise={enterprise.id} />}
      </div>
    ),
    rows: <RowsTab enterprise={enterprise} />,
    events: <EventsTab enterprise={enterprise} />,
    history: <AsOfTab enterprise={enterprise} />,
  };
  const open = (tab: string) =>
    void navigate({
      to: '.',
      search: (tab === 'record' ? {} : { tab }) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      {enterprise.state === 'gone' && (
        <Alert type="warning" showIcon title={t('fuse.enterprise.gone')} style={{ marginBottom: 16 }} />
      )}
      <KeyFigures enterprise={enterprise} />
      <Tabs
        label={enterprise.name}
        active={active}
        onChange={open}
        items={TABS.map((name) => ({
          key: name,
          label:
            name === 'quality' && enterprise.issues.length > 0
              ? `${t('fuse.enterprise.tabs.quality')} (${enterprise.issues.length})`
              : t(`fuse.enterprise.tabs.${name}`),
          children: bodies[name],
        }))}
      />
    </>
  );
}

function KeyFigures({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const format = useFormat();
  const revenue = format.moneyParts(enterprise.revenue);
  return (
    <div style={{ marginBottom: 8 }}>
      <Figures
        label={t('platform.home.figures')}
        items={[
          { label: t('fuse.enterprises.revenue'), value: revenue.value, unit: revenue.unit },
          { label: t('fuse.enterprises.employees'), value: format.number(enterprise.employees, 0) },
          { label: t('fuse.enterprises.sources'), value: format.number(enterprise.sources, 0) },
          { label: t('fuse.enterprises.findings'), value: format.number(enterprise.issues.length, 0) },
          { label: t('fuse.enterprises.updatedAt'), value: format.date(enterprise.updatedAt) },
        ]}
      />
    </div>
  );
}
