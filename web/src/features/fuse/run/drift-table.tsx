import { DRIFT_KINDS, type Drift } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { usePick } from '../../../lib/use-format.ts';

/** How the columns moved since the run before; what breaks the mapping first. */
export function DriftTable({ drift }: { drift: readonly Drift[] }) {
  const { t } = useTranslation();
  const pick = usePick();
  const sorted = [...drift].sort((a, b) => Number(b.breaks) - Number(a.breaks));
  return (
    <DataTable
      label={t('source.tabs.drift')}
      rows={sorted.map((item, index) => ({ ...item, index }))}
      rowKey={(row) => row.index}
      columns={[
        {
          key: 'kind',
          title: t('run.drift.kind'),
          nowrap: true,
          render: (row) => pick(DRIFT_KINDS[row.kind]),
        },
        { key: 'column', title: t('studio.column'), minWidth: 100, render: (row) => row.column ?? '—' },
        { key: 'before', title: t('fuse.runs.before'), minWidth: 90, render: (row) => row.before ?? '—' },
        { key: 'after', title: t('fuse.runs.after'), minWidth: 90, render: (row) => row.after ?? '—' },
        {
          key: 'breaks',
          title: t('run.drift.effect'),
          nowrap: true,
          render: (row) => (
            <Tag tone={row.breaks ? 'bad' : 'plain'}>
              {t(row.breaks ? 'run.drift.breaks' : 'run.drift.harmless')}
            </Tag>
          ),
        },
      ]}
    />
  );
}
