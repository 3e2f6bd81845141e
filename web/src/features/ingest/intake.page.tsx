import type { DoorList, IngestStats } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { Balance } from './balance.tsx';
import { Connect } from './connect.tsx';
import { DOOR_NAMES, placesOf } from './door-examples.ts';
import { RetentionPanel, RollupPanel } from './keeping.tsx';
import { Volume } from './volume.tsx';

const REFRESH_MS = 5_000;
const TABS = ['overview', 'connect'] as const;

/** What comes in and what becomes of it; how a new system is connected. */
export function IntakePage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const active = TABS.find((name) => name === search.values.tab) ?? 'overview';
  const bodies = { overview: <Overview />, connect: <ConnectTab /> };
  return (
    <Page title={t('intake.title')} lead={t('intake.lead')}>
      <Tabs
        label={t('intake.title')}
        active={active}
        onChange={(tab) => search.set({ tab: tab === 'overview' ? null : tab })}
        items={TABS.map((name) => ({
          key: name,
          label: t(`intake.tabs.${name}`),
          children: bodies[name],
        }))}
      />
    </Page>
  );
}

function Overview() {
  const can = useCan();
  const me = useMe();
  const stats = useGet<IngestStats>('/api/ingest/stats', {}, { refreshMs: REFRESH_MS });
  // Retention is the same for the whole installation, so only the top of the tree is told.
  const mayKnowRetention = can('platform:status:read') && me !== null && !me.organisation.includes('.');
  return (
    <div className="stack">
      <DataState query={stats} rows={3}>
        {(counters) => <Balance stats={counters} />}
      </DataState>
      <Volume />
      <div className={mayKnowRetention ? 'intake-keeping' : ''}>
        <RollupPanel />
        {mayKnowRetention && <RetentionPanel />}
      </div>
    </div>
  );
}

function ConnectTab() {
  const search = useSearchState();
  const query = useGet<DoorList>('/api/ingest/doors');
  const door = DOOR_NAMES.find((name) => name === search.values.door) ?? 'influx2';
  return (
    <DataState query={query}>
      {(doors) => (
        <Connect
          places={placesOf(doors, window.location.origin)}
          door={door}
          onDoor={(name) => search.set({ door: name })}
        />
      )}
    </DataState>
  );
}
