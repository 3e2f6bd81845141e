import type { Dataset, DatasetColumn } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useSearchState } from '../../../lib/search.ts';
import { useCan, useMe } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { GradeTags } from '../grade-tags.tsx';
import { useMaskText } from '../mask-text.ts';
import { GradeDialog } from './grade-dialog.tsx';

/** What a dataset means and what of it one sees, with the reasons in words. */
export function DescribeTab({ dataset }: { dataset: Dataset }) {
  return (
    <div className="stack">
      <WhyPanel dataset={dataset} />
      <ColumnsPanel dataset={dataset} />
    </div>
  );
}

function WhyPanel({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const pick = usePick();
  const organisations = useOrganisations();
  const names = dataset.rowsOf.map(organisations.name).join(t('share.listed'));
  return (
    <Panel title={t('share.describe.why')}>
      <div className="share-why">
        <div>
          <ul className="share-sentences">
            {dataset.why.map((line) => (
              <li key={line.en}>{pick(line)}</li>
            ))}
          </ul>
          <p className="faint">{t('share.describe.whyLead')}</p>
        </div>
        <Facts
          items={[
            {
              label: t('share.columnsSeen'),
              value: t('share.describe.columnsCount', {
                total: dataset.columnsTotal,
                seen: dataset.columns.length,
              }),
            },
            {
              label: t('share.describe.rowsOf'),
              value: names === '' ? t('share.describe.rowsNone') : t('share.describe.rowsOfText', { names }),
            },
            { label: t('share.describe.key'), value: <code>{dataset.key.join(', ')}</code> },
          ]}
        />
      </div>
    </Panel>
  );
}

function ColumnsPanel({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const can = useCan();
  const me = useMe();
  const search = useSearchState();
  const [graded, setGraded] = useState<DatasetColumn | null>(null);
  // Grades hold for the whole installation, so only its root sets them.
  const maySet = can('share:grade:write') && me !== null && !me.organisation.includes('.');
  const columns = useColumns(maySet ? setGraded : null);
  const wanted = (search.values.search ?? '').toLowerCase();
  const shown = dataset.columns.filter(({ name, title, description }) =>
    [name, title.zh, title.en, description.zh, description.en].some((text) =>
      text.toLowerCase().includes(wanted),
    ),
  );
  return (
    <div className="panel">
      <div className="toolbar">
        <SearchInput
          label={t('share.describe.searchColumn')}
          value={search.values.search ?? ''}
          onChange={(text) => search.set({ search: text })}
        />
      </div>
      <DataState
        query={{ data: shown, error: null, isFetching: false, dataUpdatedAt: 0, refetch: () => {} }}
        isEmpty={(list) => list.length === 0}
        filtered={{ active: wanted !== '', clear: () => search.set({ search: null }) }}
      >
        {(list) => (
          <DataTable
            label={t('share.describe.columns')}
            rows={list}
            rowKey={({ name }) => name}
            columns={columns}
          />
        )}
      </DataState>
      {graded && <GradeDialog dataset={dataset.id} column={graded} onClose={() => setGraded(null)} />}
    </div>
  );
}

function useColumns(onGrade: ((column: DatasetColumn) => void) | null): Column<DatasetColumn>[] {
  const { t } = useTranslation();
  const pick = usePick();
  return [
    {
      key: 'name',
      title: t('share.describe.column'),
      minWidth: 170,
      render: ({ name, title }) => (
        <>
          {pick(title)}
          <div className="faint mono">{name}</div>
        </>
      ),
    },
    {
      key: 'meaning',
      title: t('share.describe.meaning'),
      minWidth: 240,
      render: ({ description }) => pick(description),
    },
    {
      key: 'type',
      title: t('share.describe.type'),
      nowrap: true,
      render: ({ type }) => t(`share.types.${type}`),
    },
    {
      key: 'unit',
      title: t('share.describe.unit'),
      nowrap: true,
      render: ({ unit }) => unit ?? <span className="faint">—</span>,
    },
    {
      key: 'grade',
      title: `${t('share.grade')} · ${t('share.level')}`,
      render: ({ grade, level, personal }) => <GradeTags grade={grade} level={level} personal={personal} />,
    },
    {
      key: 'shown',
      title: t('share.describe.shown'),
      minWidth: 130,
      render: (column) => <Shown column={column} />,
    },
    ...(onGrade
      ? [
          {
            key: 'actions',
            title: <span className="visually-hidden">{t('action.more')}</span>,
            align: 'end' as const,
            render: (column: DatasetColumn) => (
              <Button
                size="small"
                aria-label={t('share.describe.gradeEdit', { name: pick(column.title) })}
                onClick={() => onGrade(column)}
              >
                {t('share.describe.edit')}
              </Button>
            ),
          },
        ]
      : []),
  ];
}

/** Plain, masked, or one in some rows and the other in the rest. */
function Shown({ column: { masks, partly } }: { column: DatasetColumn }) {
  const { t } = useTranslation();
  const maskText = useMaskText();
  const words = maskText(masks);
  return (
    <span className="row">
      {masks.length === 0 ? (
        <span className="faint">{t('share.describe.plain')}</span>
      ) : (
        <Tag tone="warn" icon={null}>
          {masks.length > 1 ? t('share.describe.byRow', { masks: words }) : words}
        </Tag>
      )}
      {partly && (
        <span className="faint" title={t('share.describe.partlyHint')}>
          {t('share.describe.partly')}
        </span>
      )}
    </span>
  );
}
