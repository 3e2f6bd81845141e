import type { Collector, EnrolmentCode } from '@ronghe/contracts';
import { Link, useParams } from '@tanstack/react-router';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { CollectorTag } from '../../components/tags.tsx';
import { errorText } from '../../lib/error-text.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet, useSend } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { AppliedPanel } from './applied-panel.tsx';
import { CollectorReportView } from './collector-report.tsx';
import { ConfigurationTab } from './configuration/configuration-tab.tsx';
import { VersionsTab } from './configuration/versions-tab.tsx';
import { type Enrolling, EnrolmentDialog } from './enrolment-dialog.tsx';
import './fleet.css';

const REFRESH_MS = 3_000;
const TABS = ['status', 'configuration', 'versions'] as const;

export function CollectorPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const { name } = useParams({ strict: false });
  const query = useGet<Collector>(`/api/collect/collectors/${name}`, {}, { refreshMs: REFRESH_MS });
  const active = TABS.find((tab) => tab === search.values.tab) ?? 'status';
  return (
    <Page
      title={query.data?.title ?? name ?? ''}
      above={<Link to="/collect/collectors">{t('collect.collectors.title')}</Link>}
      lead={query.data && <Headline collector={query.data} />}
      actions={
        <>
          {query.data && can('collect:collector:write') && <NewCode collector={query.data} />}
          <Link to="/collect/points" search={{ collector: name ?? '' }}>
            {t('collect.collectors.seePoints')}
          </Link>
        </>
      }
    >
      <DataState query={query}>
        {(collector) => (
          <Tabs
            label={collector.title}
            active={active}
            onChange={(tab) => search.set({ tab, at: null, part: null })}
            items={[
              { key: 'status', label: t('fleet.tabs.status'), children: <Status collector={collector} /> },
              {
                key: 'configuration',
                label: t('fleet.tabs.configuration'),
                children: <ConfigurationTab collector={collector} />,
              },
              {
                key: 'versions',
                label: t('fleet.tabs.versions'),
                children: <VersionsTab collector={collector} />,
              },
            ]}
          />
        )}
      </DataState>
    </Page>
  );
}

function Status({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <AppliedPanel collector={collector} />
      {collector.report ? (
        <CollectorReportView report={collector.report} points={collector.points} />
      ) : (
        <div className="panel empty">
          <strong>{t('collect.collectors.noReport')}</strong>
          <span>{t('fleet.enrol.notHere')}</span>
        </div>
      )}
    </div>
  );
}

/** A new one-time code, for a machine that was replaced or a code that ran out. */
function NewCode({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [enrolling, setEnrolling] = useState<Enrolling | null>(null);
  const send = useSend<EnrolmentCode>(['/api/collect/collectors']);
  const make = async () => {
    const path = `/api/collect/collectors/${collector.name}/enrolment`;
    try {
      setEnrolling({ collector, enrolment: await send.mutateAsync({ method: 'POST', path }) });
    } catch (error) {
      void message.error(errorText(error, t).message);
    }
  };
  return (
    <>
      <Popconfirm
        title={t('fleet.enrol.newTitle')}
        description={t('fleet.enrol.newText')}
        okText={t('fleet.enrol.new')}
        onConfirm={() => void make()}
      >
        <Button loading={send.isPending}>{t('fleet.enrol.new')}</Button>
      </Popconfirm>
      {enrolling && <EnrolmentDialog enrolling={enrolling} onClose={() => setEnrolling(null)} />}
    </>
  );
}

function Headline({ collector }: { collector: Collector }) {
  const organisations = useOrganisations();
  return (
    <span className="row">
      <CollectorTag state={collector.state} />
      <code>{collector.name}</code>
      <span>{organisations.name(collector.organisation)}</span>
    </span>
  );
}
