import type { TrialSample } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { usePick } from '../../../lib/use-format.ts';
import { useAnswerText } from '../query/use-answer-text.ts';

type Row = { values: TrialSample['rows'][number]; index: number };
type SampleProps = {
  title: string;
  sample: TrialSample;
  /** columns that are new, to be seen without scrolling */
  first?: readonly string[];
};

/** The first rows that somebody would see, as they would see them. */
export function SampleRows({ title, sample: { columns, rows }, first = [] }: SampleProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const text = useAnswerText({ columns: [] }, {});
  if (rows.length === 0)
    return (
      <Panel title={title}>
        <span className="faint">{t('policies.sampleNone')}</span>
      </Panel>
    );
  return (
    <Panel title={title} flush>
      <DataTable<Row>
        label={title}
        rows={rows.map((values, index) => ({ values, index }))}
        rowKey={({ index }) => index}
        columns={inOrder(columns, first).map((column) => ({
          key: column.name,
          title: `${column.title ? pick(column.title) : column.name}${column.unit === null ? '' : ` (${column.unit})`}`,
          nowrap: true,
          ...(column.type === 'number' || column.type === 'integer' ? { align: 'end' as const } : {}),
          render: ({ values }) => text.value(values[column.name], column),
        }))}
      />
    </Panel>
  );
}

/** What names a row stays in front, then what is new. */
function inOrder(columns: TrialSample['columns'], first: readonly string[]): TrialSample['columns'] {
  const rank = (name: string, index: number) => (index === 0 ? 0 : first.includes(name) ? 1 : 2);
  return columns
    .map((column, index) => ({ column, rank: rank(column.name, index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
}
