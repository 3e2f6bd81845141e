import type { Enterprise, Page as PageOf, Point } from '@ronghe/contracts';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState, Loading } from '../../components/data-state.tsx';
import { Panel } from '../../components/page.tsx';
import { LIVE_POINTS_MAX, useLive } from '../../lib/live.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { LiveBadge } from '../ingest/live-badge.tsx';
import { PointTable } from '../ingest/point-table.tsx';
import { TrendDrawer } from '../ingest/trend-drawer.tsx';

/** Machines of the enterprise with live values. Only its own node in the tree counts: a city's node holds other enterprises' points too. */
export function EquipmentTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const me = useMe();
  const organisations = useOrganisations();
  const own =
    organisations.find(enterprise.organisation)?.kind === 'enterprise' ||
    (me?.organisation === enterprise.organisation && me.organisationKind === 'enterprise');
  if (!own && organisations.loading) return <Loading rows={6} />;
  if (!own) {
    return (
      <div className="panel empty">
        <strong>{t('fuse.enterprise.equipmentEmpty')}</strong>
        <span>{t('fuse.enterprise.equipmentNone')}</span>
      </div>
    );
  }
  return <Equipment organisation={enterprise.organisation} />;
}

function Equipment({ organisation }: { organisation: string }) {
  const { t } = useTranslation();
  const query = useGet<PageOf<Point>>('/api/collect/points', { organisation, limit: LIVE_POINTS_MAX });
  return (
    <DataState
      query={query}
      isEmpty={(page) => page.items.length === 0}
      empty={{ title: t('fuse.enterprise.equipmentEmpty'), text: t('fuse.enterprise.equipmentHint') }}
    >
      {(page) => <LiveEquipment points={page.items} />}
    </DataState>
  );
}

function LiveEquipment({ points }: { points: readonly Point[] }) {
  const { t } = useTranslation();
  const ids = useMemo(() => points.map((point) => point.id), [points]);
  const { values, state } = useLive(ids);
  const [shown, setShown] = useState<Point | null>(null);
  const machines = useMemo(() => {
    const groups = new Map<string, Point[]>();
    for (const point of points) {
      const name = point.equipment ?? '';
      groups.set(name, [...(groups.get(name) ?? []), point]);
    }
    return [...groups].sort(([left], [right]) => left.localeCompare(right, 'zh'));
  }, [points]);
  return (
    <div className="stack">
      <div>
        <LiveBadge state={state} />
      </div>
      <div className="machine-grid">
        {machines.map(([name, own]) => (
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
