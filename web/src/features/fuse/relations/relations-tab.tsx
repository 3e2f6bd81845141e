import {
  type Enterprise,
  type Page,
  RELATION_ACTS,
  RELATION_KINDS,
  type RelationDecision,
  type RelationList,
} from '@ronghe/contracts';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { csvBlob, csvOf, download } from '../../../lib/download.ts';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { GraphPanel } from './graph-panel.tsx';
import { AddRelation, RejectRelation, UndoRelation } from './relate-dialogs.tsx';
import { RelationTable, type Seen, seenFrom, useRoleText } from './relation-list.tsx';

const ROWS = 50;
const DECISIONS = 50;

/** Relations of an enterprise: as a picture, as a list with what each rests on, and what people said of them. */
export function RelationsTab({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const mayWrite = useCan()('fuse:relation:write');
  const [adding, setAdding] = useState(false);
  const query = useGet<RelationList>(`/api/fuse/enterprises/${enterprise.id}/relations`);
  const save = useSave(enterprise);
  const seen = (query.data?.items ?? []).map((one) => seenFrom(enterprise.id, one));
  return (
    <div className="stack">
      <GraphPanel enterprise={enterprise} />
      <Panel
        title={t('relations.list')}
        flush
        actions={
          <span className="row">
            <Button size="small" disabled={seen.length === 0} onClick={() => save(seen)}>
              {t('relations.saveCsv')}
            </Button>
            {mayWrite && (
              <Button size="small" type="primary" onClick={() => setAdding(true)}>
                {t('relations.add')}
              </Button>
            )}
          </span>
        }
      >
        <DataState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('relations.empty'), text: t('relations.emptyHint') }}
        >
          {({ more }) => <Listed enterprise={enterprise} seen={seen} more={more} />}
        </DataState>
      </Panel>
      <Said enterprise={enterprise} />
      {adding && <AddRelation enterprise={enterprise} onClose={() => setAdding(false)} />}
    </div>
  );
}

type ListedProps = { enterprise: Enterprise; seen: readonly Seen[]; more: boolean };
function Listed({ enterprise, seen, more }: ListedProps) {
  const { t } = useTranslation();
  const pages = usePages(seen, ROWS);
  const [rejecting, setRejecting] = useState<Seen | null>(null);
  const [undoing, setUndoing] = useState<string | null>(null);
  return (
    <>
      <RelationTable seen={pages.shown} onReject={setRejecting} onUndo={setUndoing} />
      <PagesFoot pages={pages} label={t('relations.list')} />
      {more && <p className="graph-card faint">{t('relations.more', { count: seen.length })}</p>}
      {rejecting && (
        <RejectRelation enterprise={enterprise} one={rejecting} onClose={() => setRejecting(null)} />
      )}
      {undoing !== null && <UndoRelation decision={undoing} onClose={() => setUndoing(null)} />}
    </>
  );
}

/** The list as a file. */
function useSave(enterprise: Enterprise) {
  const { t } = useTranslation();
  const roleText = useRoleText();
  return (seen: readonly Seen[]) => {
    const head = [
      ...[t('relations.kind'), t('relations.other'), t('relations.share'), t('relations.state')],
      ...[t('relations.evidence'), t('relations.since')],
    ];
    const rows = seen.map(({ relation, as, other }) => [
      ...[roleText(relation.kind, as), other.name, relation.share],
      relation.state === 'rejected' ? t('relations.rejected') : t(`relations.origin.${relation.origin}`),
      relation.evidence.map(({ sourceName, field, raw }) => `${sourceName} ${field}: ${raw}`).join('; '),
      relation.since,
    ]);
    download(csvBlob(csvOf(head, rows)), `${enterprise.name}-${t('relations.title')}.csv`);
  };
}

/** What people added and rejected, also what was undone since. */
function Said({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const query = useGet<Page<RelationDecision>>(`/api/fuse/enterprises/${enterprise.id}/relation-decisions`, {
    limit: DECISIONS,
  });
  if ((query.data?.items.length ?? 0) === 0) return null;
  return (
    <Panel title={t('relations.decisions')} flush>
      <DataTable
        label={t('relations.decisions')}
        rows={query.data?.items ?? []}
        rowKey={({ id }) => id}
        columns={[
          {
            key: 'act',
            title: t('relations.acts'),
            nowrap: true,
            render: ({ act }) => pick(RELATION_ACTS[act]),
          },
          {
            key: 'relation',
            title: t('relations.kind'),
            minWidth: 260,
            render: (row) => (
              <>
                {row.subjectName} — {pick(RELATION_KINDS[row.kind])} — {row.objectName}
              </>
            ),
          },
          { key: 'reason', title: t('golden.reason'), minWidth: 160, render: ({ reason }) => reason },
          {
            key: 'by',
            title: t('golden.actor'),
            nowrap: true,
            render: ({ madeBy, madeAt }) => `${madeBy} · ${format.dateTime(madeAt)}`,
          },
          {
            key: 'withdrawn',
            title: t('relations.undone'),
            render: ({ withdrawnBy, withdrawnAt, withdrawnFor }) =>
              withdrawnAt === null
                ? ''
                : `${withdrawnBy} · ${format.dateTime(withdrawnAt)} · ${withdrawnFor}`,
          },
        ]}
      />
    </Panel>
  );
}
