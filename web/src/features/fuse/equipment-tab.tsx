import type { Enterprise, Page as PageOf, Point, Thing, ThingList } from '@ronghe/contracts';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState, Loading } from '../../components/data-state.tsx';
import { Panel } from '../../components/page.tsx';
import { LIVE_POINTS_MAX, useLive } from '../../lib/live.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { LiveBadge } from '../ingest/live-badge.tsx';
import { PointTable } from '../ingest/point-table.tsx';
import { TrendDrawer } from '../ingest/trend-drawer.tsx';
import { LedgerPanel } from './things/ledger-panel.tsx';
import { linkedPoints } from './things/linked.ts';

const NO_VALUES = new Map<number, never>();

/**
 * Machines of the enterprise: as sources list them, and with live values where it has a node of its own in the tree. A city's node
 * holds other enterprises' points too, so points of it are not taken for this one's.
 */
export function EquipmentTab({ enterprise }: { enterprise: Enterprise }) {
  const me = useMe();
  const can = useCan();
  const organisations = useOrganisations();
  const query = useGet<ThingList>(`/api/fuse/enterprises/${enterprise.id}/things`, { kind: 'equipment' });
  const own =
    organisations.find(enterprise.organisation)?.kind === 'enterprise' ||
    (me?.organisation === enterprise.organisation && me.organisationKind === 'enterprise');
  if (!own && organisations.loading) return <Loading rows={6} />;
  return (
    <DataState query={query}>
      {({ items }) =>
        own && can('collect:point:read') ? (
          <Equipment organisation={enterprise.organisation} machines={items} />
        ) : (
          <Listed machines={items} />
        )
      }
    </DataState>
  );
}

function Listed({ machines }: { machines: readonly Thing[] }) {
  const { t } = useTranslation();
  if (machines.length > 0)
    return <LedgerPanel machines={machines} points={null} values={NO_VALUES} onOpen={() => {}} />;
  return (
    <div className="panel empty">
      <strong>{t('fuse.enterprise.equipmentEmpty')}</strong>
      <span>{t('fuse.enterprise.equipmentNone')}</span>
    </div>
  );
}

function Equipment({ organisation, machines }: { organisation: string; machines: readonly Thing[] }) {
  const { t } = useTranslation();
  const query = useGet<PageOf<Point>>('/api/collect/points', { organisation, limit: LIVE_POINTS_MAX });
  return (
    <DataState
      query={query}
      isEmpty={(page) => page.items.length === 0 && machines.length === 0}
      empty={{ title: t('fuse.enterprise.equipmentEmpty'), text: t('fuse.enterprise.equipmentHint') }}
    >
      {(page) => <LiveEquipment points={page.items} machines={machines} />}
    </DataState>
  );
}

type LiveProps = { points: readonly Point[]; machines: readonly Thing[] };
function LiveEquipment({ points, machines }: LiveProps) {
  const { t } = useTranslation();
  const ids = useMemo(() => points.map((point) => point.id), [points]);
  const { values, state } = useLive(ids);
  const [shown, setShown] = useState<Point | null>(null);
  const linked = useMemo(() => linkedPoints(machines, points), [machines, points]);
  const others = useMemo(() => {
    const groups = new Map<string, Point[]>();
    for (const point of linked.others) {
      const name = point.equipment ?? '';
      groups.set(name, [...(groups.get(name) ?? []), point]);
    }
    return [...groups].sort(([left], [right]) => left.localeCompare(right, 'zh'));
  }, [linked]);
  return (
    <div className="stack">
      <div>
        <LiveBadge state={state} />
      </div>
      {machines.length > 0 && (
        <LedgerPanel machines={machines} points={linked.of} values={values} onOpen={setShown} />
      )}
      <div className="machine-grid">
        {others.map(([name, own]) => (
          <Panel key={name} title={name === '' ? t('fuse.enterprise.equipmentOther') : name} flush>
            <PointTable
              label={name === '' ? t('fuse.enterprise.equipmentOther') : name}
              points={own}
              values={values}
              onOpen={setShown}
            />
          </Panel>
        ))}
      </div>
      <TrendDrawer point={shown} onClose={() => setShown(null)} />
    </div>
  );
}
