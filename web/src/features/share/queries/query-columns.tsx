import type { SavedQueryColumn, SavedQueryTrialAnswer } from '@ronghe/contracts';
import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { GradeTags } from '../grade-tags.tsx';

type Tried = SavedQueryTrialAnswer['columns'][number];
type QueryColumnsProps = {
  answer: SavedQueryTrialAnswer;
  /** what was said about columns so far */
  told: readonly SavedQueryColumn[];
  onChange: (told: SavedQueryColumn[]) => void;
};

/** Columns that a query has, with their grades, and what they mean. */
export function QueryColumns({ answer, told, onChange }: QueryColumnsProps) {
  const { t } = useTranslation();
  const said = (column: Tried): SavedQueryColumn =>
    told.find(({ name }) => name === column.name) ?? {
      ...{ name: column.name, title: column.title, description: column.description, unit: column.unit },
    };
  const change = (column: Tried, patch: Partial<SavedQueryColumn>) => {
    const others = told.filter(({ name }) => name !== column.name);
    onChange([...others, { ...said(column), ...patch }]);
  };
  const columns: Column<Tried>[] = [
    { key: 'name', title: t('queries.column'), nowrap: true, render: ({ name }) => <code>{name}</code> },
    { key: 'type', title: t('queries.type'), nowrap: true, render: ({ type }) => t(`share.types.${type}`) },
    {
      key: 'meaning',
      title: t('queries.meaning'),
      minWidth: 240,
      render: (column) =>
        (['zh', 'en'] as const).map((language) => (
          <Input
            key={language}
            size="small"
            value={said(column).title[language]}
            aria-label={t(language === 'zh' ? 'queries.meaningZh' : 'queries.meaningEn', {
              name: column.name,
            })}
            onChange={({ target }) => {
              const title = { ...said(column).title, [language]: target.value };
              change(column, { title, description: title });
            }}
          />
        )),
    },
    {
      key: 'unit',
      title: t('queries.unit'),
      minWidth: 100,
      render: (column) => (
        <Input
          size="small"
          value={said(column).unit ?? ''}
          aria-label={t('queries.unitOf', { name: column.name })}
          onChange={({ target }) => change(column, { unit: target.value === '' ? null : target.value })}
        />
      ),
    },
    {
      key: 'grade',
      title: t('queries.grade'),
      nowrap: true,
      render: ({ grade, level }) => <GradeTags grade={grade} level={level} />,
    },
  ];
  return (
    <Panel title={t('queries.columns')} flush>
      <p className="faint panel-body">{t('queries.readsOf', { names: answer.reads.join(', ') })}</p>
      <DataTable
        label={t('queries.columns')}
        rows={answer.columns}
        rowKey={({ name }) => name}
        columns={columns}
      />
    </Panel>
  );
}
