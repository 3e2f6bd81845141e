import {
  KEY_INDUSTRIES,
  type KeyIndustry,
  type Park,
  type ParkList,
  PROFILE_PARTS,
  type ProfileOverview,
} from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Page, Panel } from '../../../components/page.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGet } from '../../../lib/query.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { Meter } from './meter.tsx';

const ROWS = 50;

/** Parks with their sums, and how full the profiles are by city, key industry and part. */
export function ParksPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('things.parksTitle')} lead={t('things.parksLead')}>
      <div className="stack">
        <Parks />
        <Completeness />
      </div>
    </Page>
  );
}

function Parks() {
  const { t } = useTranslation();
  const query = useGet<ParkList>('/api/fuse/parks');
  const pages = usePages(query.data?.items ?? [], ROWS);
  const columns = useParkColumns();
  return (
    <Panel title={t('things.parks')} flush>
      <DataState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('things.parksEmpty'), text: t('things.emptyHint') }}
      >
        {() => (
          <>
            <DataTable
              label={t('things.parks')}
              rows={pages.shown}
              rowKey={({ name }) => name}
              columns={columns}
            />
            <PagesFoot pages={pages} label={t('things.parks')} />
          </>
        )}
      </DataState>
    </Panel>
  );
}

function useParkColumns(): Column<Park>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const dictionaries = useDictionaries();
  const cityName = (code: string | null) =>
    dictionaries.cities.find(({ value }) => value === code)?.label ?? '—';
  return [
    {
      key: 'name',
      title: t('things.park'),
      minWidth: 200,
      render: ({ name }) => (
        <Link to="/fuse/enterprises" search={{ park: name } as never}>
          {name}
        </Link>
      ),
    },
    { key: 'city', title: t('fuse.enterprises.city'), nowrap: true, render: ({ city }) => cityName(city) },
    {
      key: 'enterprises',
      title: t('things.enterprises'),
      align: 'end',
      render: ({ enterprises }) => format.number(enterprises, 0),
    },
    {
      key: 'revenue',
      title: t('fuse.enterprises.revenue'),
      align: 'end',
      nowrap: true,
      render: ({ revenue }) => format.money(revenue),
    },
    {
      key: 'employees',
      title: t('fuse.enterprises.employees'),
      align: 'end',
      render: ({ employees }) => format.number(employees, 0),
    },
    {
      key: 'equipment',
      title: t('things.ledger'),
      align: 'end',
      render: ({ equipment }) => format.number(equipment, 0),
    },
    {
      key: 'completeness',
      title: t('things.completeness'),
      minWidth: 120,
      render: ({ name, completeness }) => <Score label={name} score={completeness} />,
    },
  ];
}

function Score({ label, score }: { label: string; score: number | null }) {
  const format = useFormat();
  if (score === null) return <span className="faint">—</span>;
  return (
    <>
      {format.number(score, 0)}%
      <Meter label={label} percent={score} />
    </>
  );
}

function Completeness() {
  const { t } = useTranslation();
  const pick = usePick();
  const dictionaries = useDictionaries();
  const query = useGet<ProfileOverview>('/api/fuse/profiles');
  return (
    <DataState
      query={query}
      isEmpty={({ enterprises }) => enterprises === 0}
      empty={{ title: t('things.parksEmpty') }}
    >
      {({ cities, keyIndustries, parts }) => (
        <div className="indicator-grid">
          <Panel title={t('things.byCity')} flush>
            <Groups
              label={t('things.byCity')}
              rows={cities.map(({ code, name, ...one }) => ({
                ...one,
                name: dictionaries.cityName(code, name),
              }))}
            />
          </Panel>
          <Panel title={t('things.bySector')} flush>
            <Groups
              label={t('things.bySector')}
              rows={keyIndustries.map(({ key, ...one }) => ({
                ...one,
                name: pick(KEY_INDUSTRIES[key as KeyIndustry]),
              }))}
            />
          </Panel>
          <Panel title={t('things.byPart')} flush>
            <DataTable
              label={t('things.byPart')}
              rows={[...parts].sort((a, b) => a.share - b.share)}
              rowKey={({ part }) => part}
              columns={[
                {
                  key: 'part',
                  title: t('fuse.enterprise.attribute'),
                  render: ({ part }) => pick(PROFILE_PARTS[part]),
                },
                {
                  key: 'weight',
                  title: t('things.weightTitle'),
                  align: 'end',
                  render: ({ weight }) => weight,
                },
                {
                  key: 'share',
                  title: t('things.filled'),
                  minWidth: 110,
                  render: ({ part, share }) => (
                    <Score label={pick(PROFILE_PARTS[part])} score={share * 100} />
                  ),
                },
              ]}
            />
          </Panel>
        </div>
      )}
    </DataState>
  );
}

type Group = { name: string; enterprises: number; score: number | null };
function Groups({ label, rows }: { label: string; rows: readonly Group[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={({ name }) => name}
      columns={[
        { key: 'name', title: label, nowrap: true, render: ({ name }) => name },
        {
          key: 'enterprises',
          title: t('things.enterprises'),
          align: 'end',
          render: ({ enterprises }) => format.number(enterprises, 0),
        },
        {
          key: 'score',
          title: t('things.completeness'),
          minWidth: 110,
          render: ({ name, score }) => <Score label={name} score={score} />,
        },
      ]}
    />
  );
}
