import { ALERT_COLOUR_NAMES, type Alert, type AlertColour, type AlertPage } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { FilterSelect } from '../../components/filter-select.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tag } from '../../components/tags.tsx';
import { csvBlob, csvOf, download } from '../../lib/download.ts';
import { useNow } from '../../lib/now.ts';
import { useOrganisations } from '../../lib/organisations.ts';
import { useGet } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan } from '../../lib/session.ts';
import { unitSign } from '../../lib/unit.ts';
import { useFormat } from '../../lib/use-format.ts';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { AlertDrawer } from './alert-drawer.tsx';
import { ColourTag } from './colour-tag.tsx';
import './apply.css';

const ROWS = 50;
const REFRESH_MS = 5_000;
const CLOCK_MS = 5_000;
/** What is shown when nothing was chosen: what goes on now. */
const STATE_FIRST = 'open';

/** What is in trouble, the newest first, kept up to date while one looks. */
export function AlertsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isAsking, setAsking] = useState(false);
  const { colour, acknowledged, organisation, rule, cursor, alert } = search.values;
  const state = search.values.state ?? STATE_FIRST;
  const filter = {
    ...{ colour, acknowledged, organisation, rule, cursor, limit: ROWS },
    ...(state === 'all' ? {} : { state }),
    search: search.values.search,
  };
  const query = useGet<AlertPage>('/api/apply/alerts', filter, { keep: true, refreshMs: REFRESH_MS });
  const mayAcknowledge = can('apply:alert:acknowledge');
  const items = query.data?.items ?? [];
  const columns = useColumns({ selected, setSelected, items, mayAcknowledge, search });
  const chosen = items.filter(({ id, acknowledgedBy }) => acknowledgedBy === null && selected.has(id));
  const actions = (
    <span className="row">
      <ExportButton items={items} />
      <Link to="/alerts/rules">{t('alerts.rulesLink')}</Link>
    </span>
  );
  return (
    <Page title={t('alerts.title')} lead={t('alerts.lead')} actions={actions}>
      <Counts counts={query.data?.colours} search={search} />
      <div className="panel alert-panel">
        <Filters search={search} state={state} />
        {chosen.length > 0 && (
          <div className="toolbar">
            <span aria-live="polite">{t('alerts.selected', { count: chosen.length })}</span>
            <Button type="primary" onClick={() => setAsking(true)}>
              {t('alerts.acknowledgeSelected')}
            </Button>
          </div>
        )}
        <DataState
          query={query}
          isEmpty={(page) => page.items.length === 0}
          filtered={{ active: search.filtered, clear: search.clear }}
          empty={{ title: t('alerts.emptyOpen'), text: t('alerts.emptyHint') }}
        >
          {(page) => (
            <>
              <DataTable
                label={t('alerts.title')}
                rows={page.items}
                rowKey={({ id }) => id}
                columns={columns}
                onOpen={({ id }) => search.openOver('alert', id)}
              />
              <Pager page={page} search={search} busy={query.isFetching} />
            </>
          )}
        </DataState>
      </div>
      {isAsking && (
        <AcknowledgeDialog
          alerts={chosen.map(({ id }) => id)}
          onClose={(isDone) => {
            setAsking(false);
            if (isDone) setSelected(new Set());
          }}
        />
      )}
      {alert !== undefined && <AlertDrawer id={alert} onClose={() => search.openOver('alert', null)} />}
    </Page>
  );
}

/** How many of each colour the filters leave; a press shows only those. */
function Counts({ counts, search }: { counts: AlertPage['colours'] | undefined; search: SearchState }) {
  const format = useFormat();
  const toggle = (colour: AlertColour) =>
    search.set({ colour: search.values.colour === colour ? null : colour });
  return (
    <div className="alert-counts">
      {ALERT_COLOUR_NAMES.map((colour) => (
        <button
          key={colour}
          type="button"
          aria-pressed={search.values.colour === colour}
          onClick={() => toggle(colour)}
        >
          <ColourTag colour={colour} />
          <strong>{counts ? format.number(counts[colour] ?? 0) : '—'}</strong>
        </button>
      ))}
    </div>
  );
}

function Filters({ search, state }: { search: SearchState; state: string }) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  return (
    <div className="toolbar">
      <SearchInput
        label={t('alerts.search')}
        value={search.values.search ?? ''}
        onChange={(text) => search.set({ search: text })}
      />
      <FilterSelect
        label={t('alerts.state')}
        all={`${t('alerts.state')} · ${t('alerts.all')}`}
        value={state}
        options={[
          ...(['open', 'ended'] as const).map((value) => ({ value, label: t(`alerts.states.${value}`) })),
          { value: 'all', label: `${t('alerts.state')} · ${t('alerts.all')}` },
        ]}
        onChange={(chosen) => search.set({ state: chosen === STATE_FIRST ? null : (chosen ?? 'all') })}
      />
      <FilterSelect
        label={t('alerts.acknowledged')}
        all={`${t('alerts.acknowledged')} · ${t('alerts.all')}`}
        value={search.values.acknowledged}
        options={(['false', 'true'] as const).map((value) => ({
          value,
          label: t(`alerts.acknowledgedStates.${value}`),
        }))}
        onChange={(acknowledged) => search.set({ acknowledged })}
      />
      {search.values.rule !== undefined && (
        <Button onClick={() => search.set({ rule: null })}>{t('alerts.allRules')}</Button>
      )}
      {organisations.options.length > 1 && (
        <FilterSelect
          label={t('alerts.organisation')}
          all={`${t('alerts.organisation')} · ${t('alerts.all')}`}
          value={search.values.organisation}
          options={organisations.options}
          onChange={(organisation) => search.set({ organisation })}
          width={200}
        />
      )}
    </div>
  );
}

type ColumnParts = {
  selected: ReadonlySet<string>;
  setSelected: (selected: ReadonlySet<string>) => void;
  items: readonly Alert[];
  mayAcknowledge: boolean;
  search: SearchState;
};
function useColumns({ selected, setSelected, items, mayAcknowledge, search }: ColumnParts): Column<Alert>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const organisations = useOrganisations();
  const now = useNow(CLOCK_MS);
  const open = items.filter(({ acknowledgedBy }) => acknowledgedBy === null).map(({ id }) => id);
  const isAll = open.length > 0 && open.every((id) => selected.has(id));
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  return [
    {
      key: 'colour',
      title: (
        <span className="row alert-choice">
          {mayAcknowledge && (
            <Checkbox
              aria-label={t('alerts.selectAll')}
              checked={isAll}
              disabled={open.length === 0}
              onChange={() => setSelected(new Set(isAll ? [] : open))}
            />
          )}
          {t('alerts.colour')}
        </span>
      ),
      nowrap: true,
      render: ({ id, colour, acknowledgedBy, pointName }) => (
        <span className="row alert-choice">
          {mayAcknowledge && (
            <Checkbox
              aria-label={t('alerts.select', { name: pointName })}
              checked={selected.has(id)}
              disabled={acknowledgedBy !== null}
              onClick={(event) => event.stopPropagation()}
              onChange={() => toggle(id)}
            />
          )}
          <ColourTag colour={colour} />
        </span>
      ),
    },
    {
      key: 'rule',
      title: t('alerts.rule'),
      minWidth: 160,
      render: ({ id, ruleName, pointName }) => (
        <Button
          type="link"
          style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start' }}
          aria-label={t('alerts.explain', { name: `${ruleName} ${pointName}` })}
          onClick={() => search.openOver('alert', id)}
        >
          {ruleName}
        </Button>
      ),
    },
    {
      key: 'point',
      title: t('alerts.point'),
      minWidth: 180,
      render: ({ pointName, pointKey, equipment }) => (
        <>
          {pointName}
          <div className="faint">{equipment ? `${equipment} · ${pointKey}` : pointKey}</div>
        </>
      ),
    },
    {
      key: 'organisation',
      title: t('alerts.organisation'),
      minWidth: 120,
      render: ({ organisation }) => organisations.name(organisation),
    },
    {
      key: 'value',
      title: t('alerts.value'),
      align: 'end',
      nowrap: true,
      render: ({ value, unit }) =>
        value === null ? '—' : `${format.number(value, 3)} ${unitSign(unit)}`.trim(),
    },
    {
      key: 'since',
      title: t('alerts.since'),
      nowrap: true,
      render: ({ since }) => <time dateTime={since}>{format.dateTime(since)}</time>,
    },
    {
      key: 'lasted',
      title: t('alerts.lasted'),
      nowrap: true,
      render: ({ since, endedAt, times }) => (
        <>
          {format.duration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(since))}
          {times > 1 && <div className="faint">{t('alerts.times', { count: times })}</div>}
        </>
      ),
    },
    {
      key: 'state',
      title: t('alerts.state'),
      nowrap: true,
      render: ({ state, muted, acknowledgedBy, note }) => (
        <>
          <Tag tone={state === 'open' ? 'bad' : 'plain'}>{t(`alerts.states.${state}`)}</Tag>
          {muted && <div className="faint">{t('alerts.muted')}</div>}
          {acknowledgedBy !== null && (
            <div className="faint" title={note ?? ''}>
              {t('alerts.by', { name: acknowledgedBy })}
            </div>
          )}
        </>
      ),
    },
  ];
}

/** What is shown, as CSV. */
function ExportButton({ items }: { items: readonly Alert[] }) {
  const { t } = useTranslation();
  const save = () =>
    download(
      csvBlob(
        csvOf(
          [
            t('alerts.colour'),
            t('alerts.rule'),
            t('alerts.point'),
            t('alerts.organisation'),
            t('alerts.value'),
            t('alerts.since'),
            t('alerts.states.ended'),
            t('alerts.acknowledged'),
            t('alerts.note'),
          ],
          items.map((alert) => [
            t(`alerts.colours.${alert.colour}`),
            alert.ruleName,
            alert.pointKey,
            alert.organisation,
            alert.value,
            alert.since,
            alert.endedAt,
            alert.acknowledgedBy,
            alert.note,
          ]),
        ),
      ),
      `alerts-${new Date().toISOString().slice(0, 10)}.csv`,
    );
  return (
    <Button onClick={save} disabled={items.length === 0}>
      {t('chart.csv')}
    </Button>
  );
}
