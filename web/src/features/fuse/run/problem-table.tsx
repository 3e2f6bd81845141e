import { READ_PROBLEMS, type ReadProblem } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { usePick } from '../../../lib/use-format.ts';

/** What the reader could not take for a row, each with the place people find it at. */
export function ProblemTable({ problems, empty }: { problems: readonly ReadProblem[]; empty: string }) {
  const { t } = useTranslation();
  const pick = usePick();
  if (problems.length === 0)
    return (
      <div className="empty">
        <strong>{empty}</strong>
      </div>
    );
  return (
    <DataTable
      label={t('wizard.look.problems')}
      rows={joined(problems).map((problem, index) => ({ ...problem, index }))}
      rowKey={(row) => row.index}
      columns={[
        {
          key: 'rule',
          title: t('run.problem.what'),
          minWidth: 180,
          render: (row) => pick(READ_PROBLEMS[row.rule]),
        },
        { key: 'file', title: t('run.problem.file'), render: (row) => row.file ?? '—' },
        {
          key: 'place',
          title: t('run.problem.place'),
          nowrap: true,
          render: (row) => (row.place === null ? '—' : t('source.line', { line: row.place })),
        },
        { key: 'column', title: t('studio.column'), minWidth: 160, render: (row) => row.column ?? '—' },
        {
          key: 'text',
          title: t('run.problem.text'),
          minWidth: 200,
          render: (row) => (row.text === null ? '—' : <code className="clip">{row.text}</code>),
        },
      ]}
    />
  );
}

/** What the reader put right in one header is one line, however many columns it has; the columns stand in it. */
function joined(problems: readonly ReadProblem[]): ReadProblem[] {
  const lines = new Map<string, ReadProblem>();
  for (const problem of problems) {
    const { rule, file, place, column } = problem;
    const key = rule.startsWith('header-') ? `${rule} ${file} ${place}` : `${lines.size}`;
    const line = lines.get(key);
    lines.set(
      key,
      line ? { ...line, column: [line.column, column].filter(Boolean).join('、'), text: null } : problem,
    );
  }
  return [...lines.values()];
}
