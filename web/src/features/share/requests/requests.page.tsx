import type { AccessRequest, Page as PageOf } from '@ronghe/contracts';
import { ACCESS_REQUEST_STATES } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { Tabs } from '../../../components/tabs.tsx';
import { useGet } from '../../../lib/query.ts';
import { type SearchState, useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useDatasetNames } from '../policies/use-policy-text.ts';
import { AnswerDrawer } from './answer-drawer.tsx';
import { useRequestColumns } from './request-columns.tsx';
import { WithdrawDialog } from './withdraw-dialog.tsx';
import '../share.css';
import './requests.css';

const ROWS = 50;
const SIDES = ['mine', 'owner'] as const;
type Side = (typeof SIDES)[number];

/** Requests for access: one's own, and those for data of one's own organisations. */
export function RequestsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const sides = SIDES.filter((side) => side === 'mine' || can('share:policy:read'));
  // who answers comes to answer; of their own requests there are few
  const usual = can('share:policy:read') && can('share:policy:write') ? 'owner' : 'mine';
  const side = sides.find((each) => each === search.values.side) ?? usual;
  return (
    <Page title={t('requests.title')} lead={t('requests.lead')}>
      {sides.length === 1 ? (
        <RequestList side="mine" search={search} />
      ) : (
        <Tabs
          label={t('requests.title')}
          active={side}
          onChange={(next) => search.set({ side: next, state: null, dataset: null })}
          items={sides.map((key) => ({
            key,
            label: t(`requests.sides.${key}`),
            children: <RequestList key={key} side={key} search={search} />,
          }))}
        />
      )}
    </Page>
  );
}

type ListProps = { side: Side; search: SearchState };
function RequestList({ side, search }: ListProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<AccessRequest | null>(null);
  const { dataset, state, cursor } = search.values;
  const path = `/api/share/access-requests${side === 'mine' ? '/mine' : ''}`;
  const query = useGet<PageOf<AccessRequest>>(path, { dataset, state, cursor, limit: ROWS }, { keep: true });
  const columns = useRequestColumns(side, setOpen);
  const close = () => setOpen(null);
  const mine = side === 'mine';
  return (
    <div className="panel">
      <Filters search={search} />
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        filtered={{
          active: dataset !== undefined || state !== undefined,
          clear: () => search.set({ dataset: null, state: null }),
        }}
        empty={{
          title: t(mine ? 'requests.emptyMine' : 'requests.emptyOwner'),
          text: t(mine ? 'requests.emptyMineHint' : 'requests.emptyOwnerHint'),
          ...(mine ? { action: <Link to="/share/datasets">{t('share.datasets')}</Link> } : {}),
        }}
      >
        {(page) => (
          <>
            <DataTable
              label={t(`requests.sides.${side}`)}
              rows={page.items}
              rowKey={({ id }) => id}
              columns={columns}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
      {open && mine && <WithdrawDialog request={open} onClose={close} />}
      {open && !mine && <AnswerDrawer id={open.id} onClose={close} />}
    </div>
  );
}

function Filters({ search }: { search: SearchState }) {
  const { t } = useTranslation();
  const datasets = useDatasetNames();
  return (
    <div className="toolbar">
      <FilterSelect
        label={t('requests.state')}
        all={`${t('requests.state')} · ${t('action.all')}`}
        value={search.values.state}
        options={ACCESS_REQUEST_STATES.map((value) => ({ value, label: t(`requests.states.${value}`) }))}
        onChange={(state) => search.set({ state })}
      />
      <FilterSelect
        label={t('share.title')}
        all={`${t('share.title')} · ${t('action.all')}`}
        value={search.values.dataset}
        options={datasets.options}
        onChange={(dataset) => search.set({ dataset })}
        width={200}
      />
    </div>
  );
}
