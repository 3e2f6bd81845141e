import type { Page as PageOf, Run, Source } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { Pager } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { useGet } from '../../lib/query.ts';
import { useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { RunTable } from './run-table.tsx';

const ROWS = 50;
const REFRESH_MS = 5_000;

export function RunsPage() {
  const { t } = useTranslation();
  const search = useSearchState();
  const navigate = useNavigate();
  const can = useCan();
  const { source, cursor } = search.values;
  const sources = useGet<{ items: Source[] }>('/api/fuse/sources', {}, { enabled: can('fuse:source:read') });
  const query = useGet<PageOf<Run>>(
    '/api/fuse/runs',
    { source, cursor, limit: ROWS },
    { keep: true, refreshMs: REFRESH_MS },
  );
  return (
    <Page title={t('fuse.runs.title')} lead={t('fuse.runs.lead')}>
      <div className="panel">
        <div className="toolbar">
          <FilterSelect
            label={t('fuse.runs.source')}
            all={t('fuse.runs.allSources')}
            value={source}
            options={(sources.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(next) => search.set({ source: next })}
            width={280}
          />
        </div>
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{
            title: t('fuse.runs.empty'),
            text: t('fuse.runs.emptyHint'),
            action: <Link to="/fuse/sources">{t('nav.sources')}</Link>,
          }}
        >
          {(page) => (
            <>
              <RunTable
                runs={page.items}
                onOpen={(row) => void navigate({ to: '/fuse/runs/$id', params: { id: row.id } })}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
    </Page>
  );
}
