import { COLUMN_KINDS, type ColumnProfile, type TableProfile } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { ShareBar } from '../share-bar.tsx';
import { Bars, Distinct, ProfileFacts, rangeOf } from './profile-facts.tsx';
import './source.css';
import '../fuse.css';

const PAGE_COLUMNS = 50;
const COMMON_SHOWN = 3;

/** What every column holds, one line each; a line opens to all that is known. */
export function ProfileTable({ profile }: { profile: TableProfile }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState<ColumnProfile | null>(null);
  const found = profile.columns.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const pages = usePages(found, PAGE_COLUMNS);
  return (
    <div className="panel">
      <div className="toolbar">
        <SearchInput label={t('source.profile.search')} value={search} onChange={setSearch} />
        <span className="faint">
          {t('source.profile.summary', {
            rows: format.number(profile.rows, 0),
            columns: format.number(profile.columns.length, 0),
          })}
        </span>
      </div>
      <DataTable
        label={t('source.tabs.profile')}
        rows={pages.shown}
        rowKey={(row) => row.name}
        onOpen={setOpened}
        columns={[
          {
            key: 'name',
            title: t('studio.column'),
            minWidth: 150,
            render: (row) => (
              <span className="row">
                <button type="button" className="plain golden" onClick={() => setOpened(row)}>
                  {row.name}
                </button>
                {row.sensitive && <Tag tone="warn">{t('source.profile.sensitive')}</Tag>}
              </span>
            ),
          },
          {
            key: 'kind',
            title: t('source.profile.kind'),
            nowrap: true,
            render: (row) => (
              <>
                {pick(COLUMN_KINDS[row.kind])} {row.unit && <span className="tag">{row.unit}</span>}
                {row.kindShare < 1 && <div className="faint">{format.percent(row.kindShare)}</div>}
              </>
            ),
          },
          {
            key: 'filled',
            title: t('source.profile.filled'),
            minWidth: 120,
            render: (row) => (
              <ShareBar
                share={row.rows === 0 ? 0 : row.filled / row.rows}
                label={t('source.profile.filled')}
                warnBelow={0.5}
              />
            ),
          },
          {
            key: 'distinct',
            title: t('source.profile.distinct'),
            align: 'end',
            nowrap: true,
            render: (row) => <Distinct column={row} />,
          },
          { key: 'range', title: t('source.profile.range'), minWidth: 140, render: rangeOf },
          {
            key: 'pattern',
            title: t('source.profile.patterns'),
            render: (row) => <code>{row.patterns[0]?.pattern ?? '—'}</code>,
          },
          {
            key: 'common',
            title: t('source.profile.common'),
            minWidth: 180,
            render: (row) => (
              <Bars
                items={row.common.map(({ value, count }) => ({ text: value, count }))}
                of={row.filled}
                max={COMMON_SHOWN}
              />
            ),
          },
          {
            key: 'problems',
            title: t('source.profile.problems'),
            minWidth: 140,
            render: (row) =>
              row.problems.map((problem) => (
                <Tag key={problem.text.en} tone="warn">
                  {pick(problem.text)} × {format.number(problem.count, 0)}
                </Tag>
              )),
          },
        ]}
      />
      <PagesFoot pages={pages} label={t('source.columns')} />
      <Drawer
        open={opened !== null}
        onClose={() => setOpened(null)}
        size={520}
        title={opened?.name ?? ''}
        destroyOnHidden
      >
        {opened && <ProfileFacts column={opened} />}
      </Drawer>
    </div>
  );
}
