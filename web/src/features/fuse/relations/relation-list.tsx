import { RELATION_KINDS, RELATION_RULES, type Relation, type RelationKind } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';

/** A relation as one of its two enterprises sees it. */
export type Seen = {
  relation: Relation;
  as: 'subject' | 'object';
  other: Relation['subject'];
};
/** `own` is the enterprise's id of today. */
export const seenFrom = (own: string, relation: Relation): Seen => {
  const as = relation.subject.id === own ? 'subject' : 'object';
  return { relation, as, other: as === 'subject' ? relation.object : relation.subject };
};
export const keyOfSeen = ({ relation, as, other }: Seen): string =>
  `${relation.kind} ${as} ${other.id ?? other.name}`;

/** What an enterprise is to the other one, in words. */
export function useRoleText() {
  const pick = usePick();
  return (kind: RelationKind, as: 'subject' | 'object') => pick(RELATION_KINDS[kind][as]);
}

type ListProps = { seen: readonly Seen[]; onReject: (one: Seen) => void; onUndo: (decision: string) => void };

/** The picture in words, with what each relation rests on. */
export function RelationTable({ seen, onReject, onUndo }: ListProps) {
  const { t } = useTranslation();
  const columns = useColumns({ onReject, onUndo });
  return <DataTable label={t('relations.list')} rows={seen} rowKey={keyOfSeen} columns={columns} />;
}

function useColumns({ onReject, onUndo }: Omit<ListProps, 'seen'>): Column<Seen>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const roleText = useRoleText();
  const mayWrite = useCan()('fuse:relation:write');
  const columns: Column<Seen>[] = [
    {
      key: 'kind',
      title: t('relations.kind'),
      nowrap: true,
      render: ({ relation, as }) => (
        <>
          {roleText(relation.kind, as)}
          {relation.share !== null && (
            <span className="faint"> {t('relations.held', { share: relation.share })}</span>
          )}
        </>
      ),
    },
    {
      key: 'other',
      title: t('relations.other'),
      minWidth: 220,
      render: ({ other }) =>
        other.id === null ? (
          <>
            {other.name} <span className="faint">{t('relations.outside')}</span>
          </>
        ) : (
          <>
            <Link to="/fuse/enterprises/$id" params={{ id: other.id }}>
              {other.name}
            </Link>{' '}
            <span className="faint">{other.divisionName}</span>
          </>
        ),
    },
    {
      key: 'state',
      title: t('relations.state'),
      nowrap: true,
      render: ({ relation }) => <State relation={relation} />,
    },
    {
      key: 'evidence',
      title: t('relations.evidence'),
      minWidth: 280,
      render: ({ relation }) => <Evidence relation={relation} />,
    },
    {
      key: 'since',
      title: t('relations.since'),
      nowrap: true,
      render: ({ relation }) => <span className="faint">{format.date(relation.since)}</span>,
    },
  ];
  if (mayWrite)
    columns.push({
      key: 'acts',
      title: t('relations.acts'),
      nowrap: true,
      render: (one) => <Acts one={one} onReject={onReject} onUndo={onUndo} />,
    });
  return columns;
}

function Acts({ one, onReject, onUndo }: { one: Seen } & Omit<ListProps, 'seen'>) {
  const { t } = useTranslation();
  const roleText = useRoleText();
  const { decision, kind } = one.relation;
  const of = <span className="visually-hidden">{` ${roleText(kind, one.as)} ${one.other.name}`}</span>;
  if (decision)
    return (
      <Button size="small" onClick={() => onUndo(decision.id)}>
        {t('relations.undo')}
        {of}
      </Button>
    );
  if (one.other.id === null) return '';
  return (
    <Button size="small" onClick={() => onReject(one)}>
      {t('relations.reject')}
      {of}
    </Button>
  );
}

function State({ relation }: { relation: Relation }) {
  const { t } = useTranslation();
  if (relation.state === 'rejected') return <Tag tone="bad">{t('relations.rejected')}</Tag>;
  const tone = relation.origin === 'derived' ? 'plain' : relation.origin === 'stated' ? 'info' : 'good';
  return (
    <Tag tone={tone} icon={null}>
      {t(`relations.origin.${relation.origin}`)}
    </Tag>
  );
}

function Evidence({ relation }: { relation: Relation }) {
  const { t } = useTranslation();
  const pick = usePick();
  const { decision, evidence, rules } = relation;
  return (
    <div className="evidence">
      {rules.map((rule) => (
        <div key={rule}>{pick(RELATION_RULES[rule])}</div>
      ))}
      {evidence.map((one) => (
        <div key={`${one.source} ${one.rowKey} ${one.field} ${one.raw}`} className="faint">
          {one.sourceName} · {one.field}: {one.raw}
        </div>
      ))}
      {decision && (
        <div className="faint">
          {t(`relations.said.${decision.act}`, { name: decision.by })}: {decision.reason}
        </div>
      )}
    </div>
  );
}
