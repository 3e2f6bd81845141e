import { PlusOutlined } from '@ant-design/icons';
import type { Page as PageOf, Policy, ToldPolicy } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../../components/data-table.tsx';
import { FilterSelect } from '../../../components/filter-select.tsx';
import { Page } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useNow } from '../../../lib/now.ts';
import { useGet } from '../../../lib/query.ts';
import { type SearchState, useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { type Standing, standingOf } from './policy-draft.ts';
import { PolicyDrawer } from './policy-drawer.tsx';
import { RevokePolicy } from './revoke-policy.tsx';
import { useDatasetNames, usePolicyText } from './use-policy-text.ts';
import { VersionsDrawer } from './versions-drawer.tsx';
import '../share.css';

const PATH = '/api/share/policies';
const ROWS = 50;

type Open = { what: 'edit' | 'versions' | 'revoke'; policy: Policy } | { what: 'new' } | null;

/** Who may see what of the data of one's own organisations. */
export function PoliciesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [open, setOpen] = useState<Open>(null);
  const { dataset, state, cursor } = search.values;
  const query = useGet<PageOf<ToldPolicy>>(PATH, { dataset, state, cursor, limit: ROWS }, { keep: true });
  const columns = useColumns(setOpen);
  const close = () => setOpen(null);
  const add = can('share:policy:write') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen({ what: 'new' })}>
      {t('policies.add')}
    </Button>
  );
  return (
    <Page title={t('policies.title')} lead={t('policies.lead')} actions={add}>
      <div className="panel">
        <Filters search={search} />
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('policies.empty'), text: t('policies.emptyHint'), action: add }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('policies.title')}
                rows={page.items}
                rowKey={({ id }) => id}
                columns={columns}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
      {open?.what === 'new' && <PolicyDrawer policy={null} onClose={close} />}
      {open?.what === 'edit' && <PolicyDrawer policy={open.policy} onClose={close} />}
      {open?.what === 'versions' && <VersionsDrawer policy={open.policy} onClose={close} />}
      {open?.what === 'revoke' && <RevokePolicy policy={open.policy} onClose={close} />}
    </Page>
  );
}

function Filters({ search }: { search: SearchState }) {
  const { t } = useTranslation();
  const datasets = useDatasetNames();
  return (
    <div className="toolbar">
      <FilterSelect
        label={t('policies.dataset')}
        all={`${t('policies.dataset')} · ${t('action.all')}`}
        value={search.values.dataset}
        options={datasets.options}
        onChange={(dataset) => search.set({ dataset })}
        width={200}
      />
      <FilterSelect
        label={t('policies.state')}
        all={`${t('policies.state')} · ${t('action.all')}`}
        value={search.values.state}
        options={(['active', 'revoked'] as const).map((value) => ({
          value,
          label: t(`policies.states.${value}`),
        }))}
        onChange={(state) => search.set({ state })}
      />
    </div>
  );
}

function useColumns(onOpen: (open: Open) => void): Column<ToldPolicy>[] {
  const { t } = useTranslation();
  const can = useCan();
  const format = useFormat();
  const text = usePolicyText();
  return [
    {
      key: 'name',
      title: t('policies.name'),
      minWidth: 180,
      render: (row) => (
        <>
          {row.name}
          <div className="faint">{row.reason}</div>
        </>
      ),
    },
    {
      key: 'effect',
      title: t('policies.effect'),
      nowrap: true,
      render: ({ effect }) => (
        <Tag tone={effect === 'grant' ? 'info' : 'warn'} icon={null}>
          {t(`policies.effects.${effect}`)}
        </Tag>
      ),
    },
    {
      key: 'dataset',
      title: t('policies.dataset'),
      render: ({ dataset, datasetThere }) => (
        <>
          {text.dataset(dataset)}
          {!datasetThere && (
            <div>
              <Tag tone="warn">{t('policies.datasetGone')}</Tag>
            </div>
          )}
        </>
      ),
    },
    {
      key: 'subject',
      title: t('policies.subject'),
      minWidth: 170,
      render: ({ subject }) => text.subject(subject),
    },
    { key: 'rows', title: t('policies.rows'), minWidth: 160, render: text.rows },
    { key: 'columns', title: t('policies.columns'), minWidth: 110, render: text.columns },
    {
      key: 'purposes',
      title: t('policies.purposes'),
      minWidth: 100,
      render: ({ purposes }) => purposes?.join(t('share.listed')) ?? t('policies.anyPurpose'),
    },
    {
      key: 'until',
      title: t('policies.until'),
      nowrap: true,
      render: ({ until }) => (until === null ? t('policies.forever') : format.dateTime(until)),
    },
    {
      key: 'state',
      title: t('policies.state'),
      nowrap: true,
      render: (row) => <StandingTag policy={row} />,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => <Actions policy={row} mayWrite={can('share:policy:write')} onOpen={onOpen} />,
    },
  ];
}

const TONES = {
  active: 'good',
  revoked: 'plain',
  expired: 'plain',
  waiting: 'info',
} as const satisfies Record<Standing, string>;
const CLOCK_MS = 30_000;
function StandingTag({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const standing = standingOf(policy, useNow(CLOCK_MS));
  return (
    <Tag tone={TONES[standing]}>
      {standing === 'waiting'
        ? t('policies.notYet', { from: format.date(policy.from) })
        : t(`policies.states.${standing}`)}
    </Tag>
  );
}

type ActionsProps = { policy: Policy; mayWrite: boolean; onOpen: (open: Open) => void };
function Actions({ policy, mayWrite, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  const { name } = policy;
  const open = (what: 'edit' | 'versions' | 'revoke') => onOpen({ what, policy });
  return (
    <span className="row share-actions">
      <Button
        size="small"
        aria-label={`${name} ${t('policies.version', { version: policy.version })}`}
        onClick={() => open('versions')}
      >
        {t('policies.version', { version: policy.version })}
      </Button>
      {mayWrite && policy.state === 'active' && (
        <>
          <Button size="small" aria-label={`${t('action.edit')} ${name}`} onClick={() => open('edit')}>
            {t('action.edit')}
          </Button>
          <Button
            size="small"
            danger
            aria-label={t('policies.revokeOf', { name })}
            onClick={() => open('revoke')}
          >
            {t('policies.revoke')}
          </Button>
        </>
      )}
    </span>
  );
}
