import type { Bilingual, SavedQuery, SavedQueryColumn, SavedQueryTrialAnswer } from '@ronghe/contracts';
import { Button, Drawer, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useSend } from '../../../lib/query.ts';
import { useMe } from '../../../lib/session.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { QueryColumns } from './query-columns.tsx';
import '../../fuse/form.css';

const PATH = '/api/share/queries';
type Draft = {
  name: string;
  organisation: string;
  title: Bilingual;
  description: Bilingual;
  sql: string;
  key: string;
  columns: SavedQueryColumn[];
};
const EMPTY: Bilingual = { zh: '', en: '' };
const keyOf = (text: string): string[] => text.split(/[\s,，]+/).filter(Boolean);

type QueryDrawerProps = { query: SavedQuery | null; onClose: () => void };
/** Saves a SELECT as a dataset: said, checked, then its columns described. */
export function QueryDrawer({ query, onClose }: QueryDrawerProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const [draft, setDraft] = useState<Draft>(() => ({
    name: query?.name ?? '',
    organisation: query?.organisation ?? me?.organisation ?? '',
    title: query?.title ?? EMPTY,
    description: query?.description ?? EMPTY,
    sql: query?.sql ?? '',
    key: (query?.key ?? []).join(', '),
    columns: query?.columns ?? [],
  }));
  const tried = useSend<SavedQueryTrialAnswer>([]);
  const send = useSend<SavedQuery>(['/api/share']);
  const { sql } = draft;
  const check = () =>
    tried.mutate({ method: 'POST', path: `${PATH}/try`, body: { sql, key: keyOf(draft.key) } });
  const save = () => {
    const { name, organisation, key, columns, ...rest } = draft;
    const known = tried.data?.columns.map((column) => column.name);
    const told = columns.filter((column) => known === undefined || known.includes(column.name));
    const content = { ...rest, key: keyOf(key), columns: told };
    send.mutate(
      query
        ? { method: 'PUT', path: `${PATH}/${query.name}`, body: { ...content, basedOn: query.version } }
        : { method: 'POST', path: PATH, body: { name, organisation, ...content } },
      {
        onSuccess: ({ dataset }) => {
          notify.done(t('queries.saved', { dataset }));
          onClose();
        },
      },
    );
  };
  const words = [draft.title.zh, draft.title.en, draft.description.zh, draft.description.en];
  const ready = draft.name !== '' && sql.trim() !== '' && words.every((text) => text.trim() !== '');
  const error = send.error ?? tried.error;
  return (
    <Drawer
      open
      size={860}
      title={query ? t('queries.editTitle', { dataset: query.dataset }) : t('queries.newTitle')}
      onClose={onClose}
      extra={
        <span className="row">
          <Button loading={tried.isPending} disabled={sql.trim() === ''} onClick={check}>
            {t('queries.try')}
          </Button>
          <Button type="primary" loading={send.isPending} disabled={!ready} onClick={save}>
            {t('queries.save')}
          </Button>
        </span>
      }
    >
      <div className="stack">
        {error !== null && <Refusal error={error} />}
        <QueryFields draft={draft} isNew={query === null} onChange={setDraft} />
        {tried.data ? (
          <QueryColumns
            answer={tried.data}
            told={draft.columns}
            onChange={(columns) => setDraft({ ...draft, columns })}
          />
        ) : (
          <p className="faint">{t('queries.tryHint')}</p>
        )}
      </div>
    </Drawer>
  );
}

type QueryFieldsProps = { draft: Draft; isNew: boolean; onChange: (draft: Draft) => void };

function QueryFields({ draft, isNew, onChange }: QueryFieldsProps) {
  const { t } = useTranslation();
  const id = useId();
  const organisations = useOrganisations();
  const home = useMe()?.organisation ?? '';
  const own = organisations.list.filter(({ path }) => path === home || path.startsWith(`${home}.`));
  const words = (['title', 'description'] as const).flatMap((part) =>
    (['zh', 'en'] as const).map((language) => ({ part, language })),
  );
  return (
    <>
      <div className="form-grid">
        <div>
          <label htmlFor={`${id}-name`}>{t('queries.name')}</label>
          <Input
            id={`${id}-name`}
            prefix="query_"
            value={draft.name}
            disabled={!isNew}
            onChange={({ target }) => onChange({ ...draft, name: target.value.trim() })}
          />
          <span className="faint">{t('queries.nameHint')}</span>
        </div>
        <div>
          <label htmlFor={`${id}-organisation`}>{t('queries.organisation')}</label>
          <Select
            id={`${id}-organisation`}
            value={draft.organisation}
            disabled={!isNew}
            showSearch
            optionFilterProp="label"
            style={{ width: '100%' }}
            onChange={(organisation: string) => onChange({ ...draft, organisation })}
            options={own.map(({ path, name }) => ({ value: path, label: name }))}
          />
          <span className="faint">{t('queries.organisationHint')}</span>
        </div>
        {words.map(({ part, language }) => (
          <div key={`${part} ${language}`}>
            <label htmlFor={`${id}-${part}-${language}`}>
              {t(`queries.${part}${language === 'zh' ? 'Zh' : 'En'}`)}
            </label>
            <Input
              id={`${id}-${part}-${language}`}
              value={draft[part][language]}
              maxLength={500}
              onChange={({ target }) =>
                onChange({ ...draft, [part]: { ...draft[part], [language]: target.value } })
              }
            />
          </div>
        ))}
        <div>
          <label htmlFor={`${id}-key`}>{t('queries.key')}</label>
          <Input
            id={`${id}-key`}
            value={draft.key}
            onChange={({ target }) => onChange({ ...draft, key: target.value })}
          />
          <span className="faint">{t('queries.keyHint')}</span>
        </div>
      </div>
      <div>
        <label htmlFor={`${id}-sql`}>{t('queries.sql')}</label>
        <Input.TextArea
          id={`${id}-sql`}
          className="mono"
          rows={8}
          spellCheck={false}
          value={draft.sql}
          onChange={({ target }) => onChange({ ...draft, sql: target.value })}
        />
        <span className="faint">{t('queries.sqlHint')}</span>
      </div>
    </>
  );
}
