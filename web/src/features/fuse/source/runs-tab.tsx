import type { Page as PageOf, Run, Source } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Pager } from '../../../components/data-table.tsx';
import { useGet } from '../../../lib/query.ts';
import { useSearchState } from '../../../lib/search.ts';
import { RunTable } from '../run-table.tsx';

const ROWS = 50;
const REFRESH_MS = 5_000;

/** Runs of one source. */
export function RunsTab({ source }: { source: Source }) {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const query = useGet<PageOf<Run>>(
    '/api/fuse/runs',
    { source: source.id, cursor: search.values.cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  return (
    <div className="panel">
      <DataState
        query={query}
        isEmpty={(page) => page.items.length === 0}
        empty={{ title: t('fuse.runs.empty'), text: t('source.runsEmptyHint') }}
      >
        {(page) => (
          <>
            <RunTable
              runs={page.items}
              ofOneSource
              onOpen={(run) => void navigate({ to: '/fuse/runs/$id', params: { id: run.id } })}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </div>
  );
}
