import type { Source, SourceDataset, SourceDatasetChange } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { DatasetColumnTable } from './dataset-column-table.tsx';
import '../form.css';

/** The source as a dataset for others: a proposal to share, or what is shared of it. */
export function DatasetTab({ source }: { source: Source }) {
  const query = useGet<SourceDataset>(`/api/fuse/sources/${source.id}/dataset`);
  return (
    <DataState query={query} rows={6}>
      {(told) => <SharingForm key={`${told.state} ${told.version}`} source={source.id} told={told} />}
    </DataState>
  );
}

/** What is sent of it; columns that the mapping lost are left out. */
const draftOf = ({ dataset, title, description, columns, state }: SourceDataset): SourceDatasetChange => ({
  ...{ name: dataset.replace(/^source_/, ''), title, description },
  columns: columns
    .filter(({ there, shared }) => there && (shared || state === 'private'))
    .map(({ to, name, title: meaning, description: words, grade, level, personal }) => ({
      ...{ to, name, title: meaning, description: words, grade, level, personal },
    })),
});

function SharingForm({ source, told }: { source: string; told: SourceDataset }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const may = useCan()('fuse:source:share');
  const [draft, setDraft] = useState(() => draftOf(told));
  const [leaving, setLeaving] = useState(false);
  const send = useSend<SourceDataset>([`/api/fuse/sources/${source}/dataset`, '/api/share']);
  const share = () =>
    send.mutate(
      { method: 'PUT', path: `/api/fuse/sources/${source}/dataset`, body: draft },
      { onSuccess: ({ dataset }) => notify.done(t('sourceDataset.done', { dataset })) },
    );
  const isShared = told.state === 'shared';
  return (
    <div className="stack">
      <p className="faint">{t('sourceDataset.lead')}</p>
      <div className="row">
        <Tag tone={isShared ? 'good' : 'plain'}>
          {t(isShared ? 'sourceDataset.shared' : 'sourceDataset.private')}
        </Tag>
        <code>share.{isShared ? told.dataset : `source_${draft.name}`}</code>
        {told.version !== null && <span>{t('sourceDataset.version', { version: told.version })}</span>}
        {isShared && (
          <Link to="/share/datasets/$id" params={{ id: told.dataset }}>
            {t('sourceDataset.open')}
          </Link>
        )}
      </div>
      {send.error && <Refusal error={send.error} />}
      <WordFields draft={draft} fixed={told.nameFixed} may={may} onChange={setDraft} />
      <Panel title={t('sourceDataset.columns')} flush>
        <p className="faint panel-body">{t('sourceDataset.columnsLead')}</p>
        <DatasetColumnTable
          columns={told.columns}
          draft={draft.columns}
          may={may}
          onChange={(columns) => setDraft({ ...draft, columns })}
        />
      </Panel>
      {may && (
        <div className="row">
          <Button
            type="primary"
            loading={send.isPending}
            disabled={draft.columns.length === 0 || draft.name === ''}
            onClick={share}
          >
            {t(isShared ? 'sourceDataset.renew' : 'sourceDataset.share')}
          </Button>
          {isShared && (
            <Button danger onClick={() => setLeaving(true)}>
              {t('sourceDataset.unshare')}
            </Button>
          )}
        </div>
      )}
      {leaving && <TakeBack source={source} dataset={told.dataset} onClose={() => setLeaving(false)} />}
    </div>
  );
}

type WordFieldsProps = {
  draft: SourceDatasetChange;
  fixed: boolean;
  may: boolean;
  onChange: (draft: SourceDatasetChange) => void;
};

function WordFields({ draft, fixed, may, onChange }: WordFieldsProps) {
  const { t } = useTranslation();
  const id = useId();
  const words = (['title', 'description'] as const).flatMap((part) =>
    (['zh', 'en'] as const).map((language) => ({ part, language })),
  );
  return (
    <div className="form-grid">
      <div>
        <label htmlFor={`${id}-name`}>{t('sourceDataset.name')}</label>
        <Input
          id={`${id}-name`}
          prefix="source_"
          value={draft.name}
          disabled={fixed || !may}
          onChange={({ target }) => onChange({ ...draft, name: target.value.trim() })}
        />
        <span className="faint">{t(fixed ? 'sourceDataset.nameFixed' : 'sourceDataset.nameHint')}</span>
      </div>
      {words.map(({ part, language }) => (
        <div key={`${part} ${language}`}>
          <label htmlFor={`${id}-${part}-${language}`}>
            {t(`sourceDataset.${part}${language === 'zh' ? 'Zh' : 'En'}`)}
          </label>
          <Input
            id={`${id}-${part}-${language}`}
            value={draft[part][language]}
            disabled={!may}
            maxLength={500}
            onChange={({ target }) =>
              onChange({ ...draft, [part]: { ...draft[part], [language]: target.value } })
            }
          />
        </div>
      ))}
    </div>
  );
}

function TakeBack({ source, dataset, onClose }: { source: string; dataset: string; onClose: () => void }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<void>([`/api/fuse/sources/${source}/dataset`, '/api/share']);
  const takeBack = () =>
    send.mutate(
      { method: 'DELETE', path: `/api/fuse/sources/${source}/dataset` },
      {
        onSuccess: () => {
          notify.done(t('sourceDataset.unshared'));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t('sourceDataset.unshareTitle', { dataset })}
      okText={t('sourceDataset.unshare')}
      okButtonProps={{ danger: true }}
      confirmLoading={send.isPending}
      onOk={takeBack}
      onCancel={onClose}
    >
      <div className="stack">
        <p>{t('sourceDataset.unshareLead')}</p>
        {send.error && <Refusal error={send.error} />}
      </div>
    </Modal>
  );
}
