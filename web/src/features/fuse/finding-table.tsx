import type { RowFinding } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../components/data-table.tsx';
import { Tag } from '../../components/tags.tsx';
import { useDictionaries } from '../../lib/dictionaries.ts';
import { usePick } from '../../lib/use-format.ts';
import { SourceRow } from './source-row.tsx';

type FindingTableProps = { findings: readonly RowFinding[]; empty: string };

/** Quality findings, each with the row it was found in. */
export function FindingTable({ findings, empty }: FindingTableProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const dictionaries = useDictionaries();
  const [shown, setShown] = useState<RowFinding | null>(null);
  if (findings.length === 0) {
    return (
      <div className="empty">
        <strong>{empty}</strong>
      </div>
    );
  }
  return (
    <>
      <DataTable
        label={t('fuse.enterprise.tabs.quality')}
        rows={findings.map((finding, index) => ({ finding, index }))}
        rowKey={(row) => row.index}
        onOpen={(row) => setShown(row.finding)}
        columns={[
          {
            key: 'severity',
            title: t('fuse.finding.severity'),
            nowrap: true,
            render: ({ finding }) => (
              <Tag tone={finding.severity === 'block' ? 'bad' : 'warn'}>
                {t(`fuse.finding.${finding.severity}`)}
              </Tag>
            ),
          },
          {
            key: 'message',
            title: t('fuse.finding.message'),
            minWidth: 240,
            render: ({ finding }) => pick(finding.message),
          },
          {
            key: 'field',
            title: t('fuse.finding.field'),
            nowrap: true,
            render: ({ finding }) => finding.field ?? '—',
          },
          {
            key: 'value',
            title: t('fuse.finding.value'),
            render: ({ finding }) => <code>{finding.value ?? '—'}</code>,
          },
          {
            key: 'rule',
            title: t('fuse.finding.rule'),
            nowrap: true,
            render: ({ finding }) => dictionaries.name('findingRules', finding.rule),
          },
          {
            key: 'dimension',
            title: t('fuse.finding.dimension'),
            nowrap: true,
            render: ({ finding }) => t(`fuse.finding.dimensions.${finding.dimension}`),
          },
          {
            key: 'row',
            title: t('fuse.finding.row'),
            nowrap: true,
            render: ({ finding }) => (
              <button
                type="button"
                className="plain golden"
                aria-label={`${t('fuse.finding.viewRow')} ${finding.rowKey}`}
                onClick={() => setShown(finding)}
              >
                <code>{finding.rowKey}</code>
              </button>
            ),
          },
        ]}
      />
      <Drawer
        open={shown !== null}
        onClose={() => setShown(null)}
        size={520}
        title={t('fuse.finding.rowOf', { key: shown?.rowKey ?? '' })}
        destroyOnHidden
      >
        {shown && <SourceRow row={shown.row} mark={shown.field} />}
      </Drawer>
    </>
  );
}
