import type { Enterprise, PersonList } from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { getJson } from '../../../lib/api.ts';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { ThingTable } from './thing-table.tsx';

/** People in charge, masked; who may sees them after saying why, and that is audited. Nothing unmasked is kept in the cache. */
export function PeoplePanel({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const maySee = useCan()('fuse:person:read');
  const path = `/api/fuse/enterprises/${enterprise.id}/people`;
  const query = useGet<PersonList>(path);
  const [open, setOpen] = useState<PersonList | null>(null);
  const [asking, setAsking] = useState(false);
  const shown = open ?? query.data;
  return (
    <Panel
      title={t('things.people')}
      flush
      actions={
        (query.data?.items.length ?? 0) > 0 &&
        maySee &&
        (open ? (
          <Button size="small" onClick={() => setOpen(null)}>
            {t('things.mask')}
          </Button>
        ) : (
          <Button size="small" onClick={() => setAsking(true)}>
            {t('things.unmask')}
          </Button>
        ))
      }
    >
      <DataState
        query={query}
        rows={3}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('things.peopleEmpty'), text: t('things.emptyHint') }}
      >
        {() => (
          <>
            <ThingTable kind="person" label={t('things.people')} rows={shown?.items ?? []} />
            <p className="graph-card faint">{t(open ? 'things.unmasked' : 'things.masked')}</p>
          </>
        )}
      </DataState>
      {asking && <Ask path={path} onClose={() => setAsking(false)} onOpen={setOpen} />}
    </Panel>
  );
}

type AskProps = { path: string; onClose: () => void; onOpen: (people: PersonList) => void };
function Ask({ path, onClose, onOpen }: AskProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const ask = async (reason: string) => {
    setBusy(true);
    try {
      onOpen(await getJson<PersonList>(path, { reason }));
      onClose();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <ReasonDialog
      title={t('things.unmask')}
      lead={t('things.unmaskLead')}
      action={t('things.unmask')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void ask(reason)}
    />
  );
}
