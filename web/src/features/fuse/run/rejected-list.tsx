import type { RunRow } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { cellText } from '../cell-text.ts';
import { FindingTags } from '../finding-tags.tsx';
import { usePlace } from './use-place.ts';

const CELLS_SHOWN = 4;
/** What stands at the beginning of a row, by which people know it again: `合计` tells more than any key. */
const firstCells = (row: Record<string, unknown>): string =>
  Object.values(row)
    .flatMap((value) => cellText(value) ?? [])
    .slice(0, CELLS_SHOWN)
    .join(' · ');

/** Rows that were kept out, where they stand, and why. */
export function RejectedList({ rows }: { rows: readonly RunRow[] }) {
  const { t } = useTranslation();
  const place = usePlace();
  return (
    <DataTable
      label={t('run.rejectedTitle')}
      rows={rows.map((row, index) => ({ ...row, index }))}
      rowKey={(row) => row.index}
      columns={[
        { key: 'row', title: t('fuse.finding.row'), render: (row) => <code>{row.rowKey || '—'}</code> },
        { key: 'place', title: t('run.problem.place'), nowrap: true, render: place },
        {
          key: 'text',
          title: t('run.problem.text'),
          render: ({ row }) => <span className="clip">{firstCells(row)}</span>,
        },
        {
          key: 'why',
          title: t('run.why'),
          minWidth: 260,
          render: (row) => <FindingTags findings={row.findings} />,
        },
      ]}
    />
  );
}
