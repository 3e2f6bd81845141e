import type { Run } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { WorkTag } from '../../components/tags.tsx';
import { useFormat } from '../../lib/use-format.ts';

type RunTableProps = { runs: readonly Run[]; onOpen: (run: Run) => void; ofOneSource?: boolean };

/** Runs with their account, newest first as they come. */
export function RunTable({ runs, onOpen, ofOneSource = false }: RunTableProps) {
  const { t } = useTranslation();
  const columns = useColumns();
  return (
    <DataTable
      label={t('fuse.runs.title')}
      rows={runs}
      rowKey={(row) => row.id}
      columns={ofOneSource ? columns.filter(({ key }) => key !== 'source') : columns}
      onOpen={onOpen}
    />
  );
}

function useColumns(): Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const count = (key: 'rowsIn' | 'rowsLanded' | 'rowsRejected' | 'rowsNew' | 'rowsChanged' | 'rowsGone') => ({
    key,
    title: t(`fuse.runs.${key}`),
    align: 'end' as const,
    nowrap: true,
    render: (row: Run) => format.number(row[key], 0),
  });
  return [
    {
      key: 'startedAt',
      title: t('fuse.runs.startedAt'),
      nowrap: true,
      render: (row) => (
        <Link to="/fuse/runs/$id" params={{ id: row.id }}>
          {format.dateTime(row.startedAt)}
        </Link>
      ),
    },
    { key: 'source', title: t('fuse.runs.source'), minWidth: 180, render: (row) => row.sourceName },
    {
      key: 'state',
      title: t('fuse.runs.state'),
      render: (row) => (
        <span className="row">
          <WorkTag state={row.state} />
          {row.drift.length > 0 && (
            <span className="tag">{t('run.driftCount', { count: row.drift.length })}</span>
          )}
        </span>
      ),
    },
    count('rowsIn'),
    count('rowsLanded'),
    count('rowsRejected'),
    count('rowsNew'),
    count('rowsChanged'),
    count('rowsGone'),
    {
      key: 'values',
      title: t('fuse.runs.values'),
      align: 'end',
      nowrap: true,
      render: (row) => format.number(row.valuesChanged, 0),
    },
    {
      key: 'duration',
      title: t('fuse.runs.duration'),
      align: 'end',
      nowrap: true,
      render: (row) =>
        row.finishedAt === null
          ? '—'
          : format.duration(Date.parse(row.finishedAt) - Date.parse(row.startedAt)),
    },
    { key: 'requestedBy', title: t('fuse.runs.requestedBy'), nowrap: true, render: (row) => row.requestedBy },
  ];
}
