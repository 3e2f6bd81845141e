import type { Enterprise } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { usePick } from '../../lib/use-format.ts';
import { SourceRow } from './source-row.tsx';

/** The source rows behind the record, and why each was put here. */
export function RowsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  if (enterprise.records.length === 0)
    return <div className="panel empty">{t('fuse.enterprise.rowsEmpty')}</div>;
  return (
    <div className="indicator-grid">
      {enterprise.records.map((record) => (
        <Panel
          key={`${record.source}-${record.rowKey}`}
          title={record.sourceName}
          actions={
            <span className="faint">
              {t('fuse.enterprise.matchedBy')}: {pick(record.matchedByText)}
            </span>
          }
        >
          <div className="stack">
            <span className="faint">
              {t('fuse.enterprise.row')} <code>{record.rowKey}</code>
            </span>
            <SourceRow row={record.row} />
          </div>
        </Panel>
      ))}
    </div>
  );
}
