import {
  type Enterprise,
  type EnterpriseSummary,
  RELATION_KINDS,
  type RelationKind,
} from '@ronghe/contracts';
import { Button, InputNumber, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePick } from '../../../lib/use-format.ts';
import { Find } from '../golden/merge-dialog.tsx';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { type Seen, useRoleText } from './relation-list.tsx';
import { useRelate } from './use-relate.ts';

const KINDS = Object.keys(RELATION_KINDS) as RelationKind[];
/** What a person can tell: kind and side as one choice; of what is the same both ways there is one. */
const CHOICES = KINDS.flatMap((kind) =>
  (RELATION_KINDS[kind].symmetric ? (['subject'] as const) : (['subject', 'object'] as const)).map((as) => ({
    kind,
    as,
  })),
);

/** A relation that no source tells: what it is, with whom, and why one knows. */
export function AddRelation({ enterprise, onClose }: { enterprise: Enterprise; onClose: () => void }) {
  const { t } = useTranslation();
  const roleText = useRoleText();
  const id = useId();
  const { busy, error, relate } = useRelate();
  const [choice, setChoice] = useState(0);
  const [other, setOther] = useState<EnterpriseSummary | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const chosen = CHOICES[choice] ?? { kind: 'branch_of', as: 'subject' };
  const send = async (reason: string) => {
    const body = {
      ...{ ...chosen, other: other?.id, reason },
      share: chosen.kind === 'shareholder_of' ? share : null,
    };
    if (await relate(`/api/fuse/enterprises/${enterprise.id}/relations`, body)) onClose();
  };
  return (
    <ReasonDialog
      wide
      title={t('relations.add')}
      lead={t('relations.addLead')}
      action={t('relations.add')}
      ready={other !== null}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void send(reason)}
    >
      <div className="row">
        <label htmlFor={`${id}-kind`}>{t('relations.kind')}</label>
        <Select
          id={`${id}-kind`}
          value={choice}
          onChange={setChoice}
          style={{ minWidth: 220 }}
          options={CHOICES.map(({ kind, as }, value) => ({ value, label: roleText(kind, as) }))}
        />
        {chosen.kind === 'shareholder_of' && (
          <>
            <label htmlFor={`${id}-share`}>{t('relations.share')}</label>
            <InputNumber id={`${id}-share`} min={0} max={100} value={share} onChange={setShare} />
          </>
        )}
      </div>
      {other ? (
        <div className="row spread">
          <strong>{other.name}</strong>
          <Button size="small" onClick={() => setOther(null)}>
            {t('relations.choose')}
          </Button>
        </div>
      ) : (
        <Find except={enterprise.id} onChoose={setOther} label={t('relations.search')} />
      )}
    </ReasonDialog>
  );
}

type RejectProps = { enterprise: Enterprise; one: Seen; onClose: () => void };
/** Says that what follows from data is none; it stays away until that is undone. */
export function RejectRelation({ enterprise, one, onClose }: RejectProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const { busy, error, relate } = useRelate();
  const { kind } = one.relation;
  const send = async (reason: string) => {
    const body = { kind, as: one.as, other: one.other.id, reason };
    if (await relate(`/api/fuse/enterprises/${enterprise.id}/relations/reject`, body)) onClose();
  };
  return (
    <ReasonDialog
      title={t('relations.rejectTitle', { kind: pick(RELATION_KINDS[kind]), name: one.other.name })}
      lead={t('relations.rejectLead')}
      action={t('relations.reject')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void send(reason)}
    />
  );
}

export function UndoRelation({ decision, onClose }: { decision: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, error, relate } = useRelate();
  const send = async (reason: string) => {
    if (await relate(`/api/fuse/relation-decisions/${decision}/undo`, { reason })) onClose();
  };
  return (
    <ReasonDialog
      title={t('relations.undoTitle')}
      lead={t('relations.undoLead')}
      action={t('relations.undo')}
      busy={busy}
      error={error}
      onClose={onClose}
      onSend={(reason) => void send(reason)}
    />
  );
}
