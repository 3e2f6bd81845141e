import type { Page as PageOf, Run, Source } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { WorkTag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { DriftTable } from '../run/drift-table.tsx';

const RUNS = 100;

/** How the columns of a source moved, run by run. */
export function DriftTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<PageOf<Run>>('/api/fuse/runs', { source: source.id, limit: RUNS });
  return (
    <DataState
      query={query}
      isEmpty={(page) => page.items.every(({ drift }) => drift.length === 0)}
      empty={{ title: t('source.drift.empty'), text: t('source.drift.emptyHint') }}
    >
      {(page) => (
        <div className="stack">
          {page.items
            .filter(({ drift }) => drift.length > 0)
            .map((run) => (
              <Panel
                key={run.id}
                flush
                title={
                  <Link to="/fuse/runs/$id" params={{ id: run.id }}>
                    {format.dateTime(run.startedAt)}
                  </Link>
                }
                actions={<WorkTag state={run.state} />}
              >
                <DriftTable drift={run.drift} />
              </Panel>
            ))}
        </div>
      )}
    </DataState>
  );
}
