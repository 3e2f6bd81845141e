import type { MatchModel, MatchUse } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { useNotify } from '../use-notify.ts';

type VersionsPanelProps = { models: readonly MatchModel[]; shown: MatchModel };

/** All versions of the model: which one is in use, what each learnt from, and how another is put to use. */
export function VersionsPanel({ models, shown }: VersionsPanelProps) {
  const { t } = useTranslation();
  const [using, setUsing] = useState<number | null>(null);
  const columns = useColumns(shown, setUsing);
  return (
    <Panel flush title={t('matching.model.versions')}>
      <DataTable
        label={t('matching.model.versions')}
        rows={[...models].sort((one, two) => two.version - one.version)}
        rowKey={({ version }) => version}
        columns={columns}
      />
      {using !== null && <UseDialog version={using} onClose={() => setUsing(null)} />}
    </Panel>
  );
}

function useColumns(shown: MatchModel, onUse: (version: number) => void): Column<MatchModel>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useCan()('fuse:model:write');
  return [
    {
      key: 'version',
      title: t('matching.model.version'),
      nowrap: true,
      render: ({ version, active }) => (
        <span className="row">
          {version}
          {active && <Tag tone="good">{t('matching.model.active')}</Tag>}
          {version === shown.version && (
            <Tag tone="plain" icon={null}>
              {t('matching.model.shown')}
            </Tag>
          )}
        </span>
      ),
    },
    {
      key: 'note',
      title: t('matching.model.note'),
      minWidth: 180,
      render: ({ version, note }) => (version === 0 ? t('matching.model.shipped') : note),
    },
    {
      key: 'trained',
      title: t('matching.model.trained'),
      minWidth: 240,
      render: (row) => <Trained {...row} />,
    },
    {
      key: 'made',
      title: t('matching.model.madeBy'),
      nowrap: true,
      render: ({ madeBy, madeAt }) => (
        <>
          {madeBy || '—'}
          {madeAt && <div className="faint">{format.dateTime(madeAt)}</div>}
        </>
      ),
    },
    {
      key: 'acts',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: ({ version, active }) => (
        <span className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
          {version !== shown.version && (
            <Link
              to="/fuse/model"
              search={{ version: String(version) }}
              resetScroll={false}
              aria-label={t('matching.model.showVersion', { version })}
            >
              {t('matching.model.show')}
            </Link>
          )}
          {may && !active && (
            <Button
              size="small"
              aria-label={t('matching.model.useVersion', { version })}
              onClick={() => onUse(version)}
            >
              {t('matching.model.use')}
            </Button>
          )}
        </span>
      ),
    },
  ];
}

function Trained({ trainedOn }: MatchModel) {
  const { t } = useTranslation();
  const format = useFormat();
  if (trainedOn === null) return <span className="faint">{t('matching.model.notTrained')}</span>;
  const count = (value: number) => format.number(value, 0);
  return (
    <span className="faint">
      {t('matching.model.trainedOn', {
        records: count(trainedOn.records),
        pairs: count(trainedOn.pairs),
        links: count(trainedOn.links),
        decisions: count(trainedOn.decisions),
      })}
    </span>
  );
}

function UseDialog({ version, onClose }: { version: number; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<MatchModel, MatchUse>(['/api/fuse/matching', '/api/fuse/review']);
  const use = async (note: string) => {
    try {
      await send.mutateAsync({
        method: 'POST',
        path: `/api/fuse/matching/models/${version}/use`,
        body: { note },
      });
      notify.done(t('matching.model.used', { version }));
      onClose();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <ReasonDialog
      title={t('matching.model.useTitle', { version })}
      lead={t('matching.model.useLead')}
      action={t('matching.model.use')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(note) => void use(note)}
    />
  );
}
