import {
  DATA_GRADES,
  DATA_LEVELS,
  type DataGrade,
  type DataLevel,
  type SourceDataset,
  type SourceDatasetColumn,
} from '@ronghe/contracts';
import { Checkbox, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { usePick } from '../../../lib/use-format.ts';

type Told = SourceDataset['columns'][number];
type DatasetColumnTableProps = {
  /** columns that are or could be shared */
  columns: readonly Told[];
  /** those that are to be */
  draft: readonly SourceDatasetColumn[];
  may: boolean;
  onChange: (draft: SourceDatasetColumn[]) => void;
};

const GRADES: readonly DataGrade[] = [1, 2, 3];
const LEVELS = Object.keys(DATA_LEVELS) as DataLevel[];

const columnOf = ({ to, name, title, description, grade, level, personal }: Told): SourceDatasetColumn => ({
  ...{ to, name, title, description, grade, level, personal },
});

/** Columns of a source with what they are called and how they are graded; a ticked one is shared. */
export function DatasetColumnTable({ columns, draft, may, onChange }: DatasetColumnTableProps) {
  const { t } = useTranslation();
  const chosen = new Map(draft.map((column) => [column.to, column]));
  const change = (to: string, patch: Partial<SourceDatasetColumn>) =>
    onChange(draft.map((column) => (column.to === to ? { ...column, ...patch } : column)));
  const include = (row: Told, wanted: boolean) => {
    const kept = draft.filter(({ to }) => to !== row.to);
    onChange(wanted ? [...kept, columnOf(row)] : kept);
  };
  const cells = useCells({ chosen, may, change, include });
  return (
    <DataTable label={t('sourceDataset.columns')} rows={columns} rowKey={({ to }) => to} columns={cells} />
  );
}

type Cells = {
  chosen: ReadonlyMap<string, SourceDatasetColumn>;
  may: boolean;
  change: (to: string, patch: Partial<SourceDatasetColumn>) => void;
  include: (row: Told, wanted: boolean) => void;
};

function useCells({ chosen, may, change, include }: Cells): Column<Told>[] {
  const { t } = useTranslation();
  const pick = usePick();
  const of = (row: Told) => chosen.get(row.to) ?? columnOf(row);
  const closed = (row: Told) => !may || !chosen.has(row.to);
  return [
    {
      key: 'to',
      title: t('sourceDataset.target'),
      minWidth: 200,
      render: (row) => (
        <>
          <Checkbox
            checked={chosen.has(row.to)}
            disabled={!may || !row.there}
            onChange={({ target }) => include(row, target.checked)}
            aria-label={t('sourceDataset.include', { name: row.to })}
          >
            <code>{row.to}</code>
          </Checkbox>
          {!row.there && <div className="faint">{t('sourceDataset.gone')}</div>}
          {row.there && !row.shared && <div className="faint">{t('sourceDataset.added')}</div>}
        </>
      ),
    },
    {
      key: 'name',
      title: t('sourceDataset.column'),
      minWidth: 180,
      render: (row) => (
        <Input
          size="small"
          value={of(row).name}
          disabled={closed(row)}
          aria-label={t('sourceDataset.nameOf', { name: row.to })}
          onChange={({ target }) => change(row.to, { name: target.value.trim() })}
        />
      ),
    },
    {
      key: 'meaning',
      title: t('sourceDataset.meaning'),
      minWidth: 240,
      render: (row) =>
        (['zh', 'en'] as const).map((language) => (
          <Input
            key={language}
            size="small"
            value={of(row).title[language]}
            disabled={closed(row)}
            aria-label={t(language === 'zh' ? 'sourceDataset.titleOf' : 'sourceDataset.titleEnOf', {
              name: row.to,
            })}
            onChange={({ target }) =>
              change(row.to, { title: { ...of(row).title, [language]: target.value } })
            }
          />
        )),
    },
    {
      key: 'type',
      title: t('sourceDataset.type'),
      nowrap: true,
      render: ({ type, unit, standard }) => (
        <>
          {t(`share.types.${type}`)}
          {unit !== null && ` · ${unit}`}
          {standard !== null && <div className="faint">{standard}</div>}
        </>
      ),
    },
    {
      key: 'grade',
      title: t('sourceDataset.grade'),
      render: (row) => (
        <Select<DataGrade>
          size="small"
          value={of(row).grade}
          disabled={closed(row)}
          aria-label={t('sourceDataset.gradeOf', { name: row.to })}
          onChange={(grade) => change(row.to, { grade })}
          options={GRADES.map((value) => ({ value, label: pick(DATA_GRADES[value]) }))}
        />
      ),
    },
    {
      key: 'level',
      title: t('sourceDataset.level'),
      render: (row) => (
        <Select<DataLevel>
          size="small"
          value={of(row).level}
          disabled={closed(row)}
          aria-label={t('sourceDataset.levelOf', { name: row.to })}
          onChange={(level) => change(row.to, { level })}
          options={LEVELS.map((value) => ({ value, label: pick(DATA_LEVELS[value]) }))}
        />
      ),
    },
    {
      key: 'personal',
      title: t('sourceDataset.personal'),
      render: (row) => (
        <Checkbox
          checked={of(row).personal}
          disabled={closed(row)}
          aria-label={t('sourceDataset.personalOf', { name: row.to })}
          onChange={({ target }) => change(row.to, { personal: target.checked })}
        />
      ),
    },
  ];
}
