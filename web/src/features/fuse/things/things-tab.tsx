import type { Enterprise, ThingList } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { PeoplePanel } from './people-panel.tsx';
import { ThingTable } from './thing-table.tsx';

const ROWS = 50;

/** Plants, products and people in charge of an enterprise. */
export function ThingsTab({ enterprise }: { enterprise: Enterprise }) {
  return (
    <div className="stack">
      <Things enterprise={enterprise} kind="plant" />
      <Things enterprise={enterprise} kind="product" />
      <PeoplePanel enterprise={enterprise} />
    </div>
  );
}

function Things({ enterprise, kind }: { enterprise: Enterprise; kind: 'plant' | 'product' }) {
  const { t } = useTranslation();
  const query = useGet<ThingList>(`/api/fuse/enterprises/${enterprise.id}/things`, { kind });
  const pages = usePages(query.data?.items ?? [], ROWS);
  return (
    <Panel title={t(`things.${kind}s`)} flush>
      <DataState
        query={query}
        rows={3}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t(`things.${kind}sEmpty`), text: t('things.emptyHint') }}
      >
        {() => (
          <>
            <ThingTable kind={kind} label={t(`things.${kind}s`)} rows={pages.shown} />
            <PagesFoot pages={pages} label={t(`things.${kind}s`)} />
          </>
        )}
      </DataState>
    </Panel>
  );
}
