import type { Enterprise, EnterpriseSummary, Page, RecordRef } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { useGet } from '../../../lib/query.ts';
import './explanation.css';

const FOUND_MAX = 8;
type PickerProps = { onPick: (record: RecordRef) => void };

/** Finds a record by its enterprise: first the enterprise, then one of the records behind it. */
export function RecordPicker({ onPick }: PickerProps) {
  const [enterprise, setEnterprise] = useState<{ id: string; name: string } | null>(null);
  return enterprise === null ? (
    <FindEnterprise onPick={setEnterprise} />
  ) : (
    <Records enterprise={enterprise} onPick={onPick} onBack={() => setEnterprise(null)} />
  );
}

function FindEnterprise({ onPick }: { onPick: (enterprise: EnterpriseSummary) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useGet<Page<EnterpriseSummary>>(
    '/api/fuse/enterprises',
    { search: text, limit: FOUND_MAX },
    { enabled: text !== '', keep: true },
  );
  return (
    <div className="stack">
      <SearchInput label={t('matching.explain.search')} value={text} onChange={setText} />
      {text !== '' && (
        <DataState
          query={query}
          rows={3}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('matching.explain.noneFound') }}
        >
          {({ items }) => (
            <ul className="pick-record">
              {items.map((one) => (
                <li key={one.id} className="row spread">
                  <span>
                    {one.name} <code>{one.code ?? ''}</code>
                  </span>
                  <Button
                    size="small"
                    aria-label={t('matching.explain.chooseEnterprise', { name: one.name })}
                    onClick={() => onPick(one)}
                  >
                    {t('golden.mergeWith', { name: '' }).trim()}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </DataState>
      )}
    </div>
  );
}

type RecordsProps = PickerProps & { enterprise: { id: string; name: string }; onBack: () => void };
function Records({ enterprise, onPick, onBack }: RecordsProps) {
  const { t } = useTranslation();
  const query = useGet<Enterprise>(`/api/fuse/enterprises/${enterprise.id}`);
  return (
    <div className="stack">
      <p className="row spread">
        <span>{t('matching.explain.chooseOf', { name: enterprise.name })}</span>
        <Button size="small" type="link" onClick={onBack}>
          {t('matching.explain.back')}
        </Button>
      </p>
      <DataState
        query={query}
        rows={3}
        isEmpty={({ records }) => records.length === 0}
        empty={{ title: t('matching.explain.noRecords') }}
      >
        {({ records }) => (
          <ul className="pick-record">
            {records.map((record) => (
              <li key={`${record.source} ${record.entityKey}`} className="row spread">
                <span>
                  {record.sourceName} <code>{record.rowKey}</code>
                </span>
                <Button
                  size="small"
                  aria-label={t('golden.select', { key: `${record.sourceName} ${record.rowKey}` })}
                  onClick={() => onPick({ source: record.source, entityKey: record.entityKey })}
                >
                  {t('golden.mergeWith', { name: '' }).trim()}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </DataState>
    </div>
  );
}
