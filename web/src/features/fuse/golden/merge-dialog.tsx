import type { Enterprise, EnterpriseSummary, Page } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { useDecide } from './use-decide.ts';

const FOUND_MAX = 8;

type MergeDialogProps = { enterprise: Enterprise; onClose: () => void; onDone: (enterprise: string) => void };

/** Finds the enterprise that is the same, shows the two side by side, and makes them one. */
export function MergeDialog({ enterprise, onClose, onDone }: MergeDialogProps) {
  const { t } = useTranslation();
  const { busy, error, decide } = useDecide();
  const [other, setOther] = useState<EnterpriseSummary | null>(null);
  const send = async (reason: string) => {
    const decision = await decide(`/api/fuse/enterprises/${enterprise.id}/merge`, {
      other: other?.id,
      reason,
    });
    if (!decision) return;
    onClose();
    if (decision.state === 'confirmed') onDone(decision.enterprise);
  };
  return (
    <ReasonDialog
      wide
      title={t('golden.mergeTitle')}
      lead={t('golden.mergeLead')}
      action={t('golden.mergeTitle')}
      ready={other !== null}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void send(reason)}
    >
      {other ? (
        <SideBySide sides={[enterprise, other]} onBack={() => setOther(null)} />
      ) : (
        <Find except={enterprise.id} onChoose={setOther} />
      )}
    </ReasonDialog>
  );
}

type FindProps = { except: string; onChoose: (one: EnterpriseSummary) => void; label?: string };
/** Looks for another enterprise by name or code. */
export function Find({ except, onChoose, label }: FindProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useGet<Page<EnterpriseSummary>>(
    '/api/fuse/enterprises',
    { search: text, limit: FOUND_MAX },
    { enabled: text !== '', keep: true },
  );
  const others = (page: Page<EnterpriseSummary>) => page.items.filter(({ id }) => id !== except);
  return (
    <div className="stack">
      <SearchInput label={label ?? t('golden.mergeSearch')} value={text} onChange={setText} />
      {text !== '' && (
        <DataState
          query={query}
          rows={3}
          isEmpty={(page) => others(page).length === 0}
          empty={{ title: t('golden.mergeNone') }}
        >
          {(page) => (
            <ul className="plain-list">
              {others(page).map((one) => (
                <li key={one.id} className="row spread">
                  <span>
                    {one.name} <code>{one.code ?? ''}</code>
                  </span>
                  <Button
                    size="small"
                    aria-label={t('golden.mergeWith', { name: one.name })}
                    onClick={() => onChoose(one)}
                  >
                    {t('golden.mergeWith', { name: '' })}
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

type Side = Pick<
  EnterpriseSummary,
  'name' | 'code' | 'divisionName' | 'industryName' | 'sources' | 'employees' | 'revenue'
>;

function SideBySide({ sides: [one, two], onBack }: { sides: readonly [Side, Side]; onBack: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = [
    { title: t('fuse.enterprises.name'), of: (side: Side) => side.name },
    { title: t('fuse.enterprises.code'), of: (side: Side) => side.code },
    { title: t('fuse.enterprises.division'), of: (side: Side) => side.divisionName },
    { title: t('fuse.enterprises.industry'), of: (side: Side) => side.industryName },
    { title: t('fuse.enterprises.employees'), of: (side: Side) => format.number(side.employees, 0) },
    { title: t('fuse.enterprises.sources'), of: (side: Side) => format.number(side.sources, 0) },
  ];
  return (
    <>
      <DataTable
        label={t('golden.mergeTitle')}
        rows={rows}
        rowKey={(row) => row.title}
        columns={[
          { key: 'title', title: t('fuse.enterprise.attribute'), nowrap: true, render: (row) => row.title },
          { key: 'one', title: t('golden.this'), minWidth: 180, render: (row) => row.of(one) ?? '—' },
          { key: 'two', title: t('golden.other'), minWidth: 180, render: (row) => row.of(two) ?? '—' },
        ]}
      />
      <Button type="link" size="small" onClick={onBack}>
        {t('golden.mergeSearch')}
      </Button>
    </>
  );
}
