import type { AccessRequest, AskableColumn, Dataset } from '@ronghe/contracts';
import { Button, Drawer, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Field } from '../../../components/field.tsx';
import { useNow } from '../../../lib/now.ts';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useGet, useSend } from '../../../lib/query.ts';
import { useMe } from '../../../lib/session.ts';
import { usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { FilterBuilder } from '../filter/filter-builder.tsx';
import { GradeTags } from '../grade-tags.tsx';
import { usePeople } from '../policies/use-people.ts';
import { type AskDraft, emptyAsk, requestOf } from './ask-draft.ts';
import '../../fuse/form.css';
import '../policies/policies.css';
import './requests.css';

const CLOCK_MS = 60_000;
type AskDrawerProps = { dataset: Dataset; onClose: () => void };

/** Asks the owner of a dataset for rows and columns that one does not see. */
export function AskDrawer({ dataset, onClose }: AskDrawerProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const query = useGet<{ items: AskableColumn[] }>('/api/share/access-requests/columns', {
    dataset: dataset.id,
  });
  if (query.data) return <Written dataset={dataset} columns={query.data.items} onClose={onClose} />;
  return (
    <Drawer open onClose={onClose} size={720} title={t('requests.askOf', { name: pick(dataset.title) })}>
      <DataState query={query} rows={8}>
        {() => null}
      </DataState>
    </Drawer>
  );
}

type WrittenProps = AskDrawerProps & { columns: readonly AskableColumn[] };
function Written({ dataset, columns, onClose }: WrittenProps) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const me = useMe();
  const [draft, setDraft] = useState(() => emptyAsk(columns));
  const root = me?.organisation.split('.')[0] ?? '';
  const nowMs = useNow(CLOCK_MS);
  const { request, missing } = requestOf(draft, { dataset: dataset.id, root, columns, nowMs });
  const send = useSend<AccessRequest>(['/api/share/access-requests']);
  const put = (more: Partial<AskDraft>) => setDraft((before) => ({ ...before, ...more }));
  const submit = () =>
    send.mutate(
      { method: 'POST', path: '/api/share/access-requests', body: request },
      {
        onSuccess: () => {
          notify.done(t('requests.sent'));
          onClose();
        },
      },
    );
  return (
    <Drawer
      open
      onClose={onClose}
      size={720}
      title={t('requests.askOf', { name: pick(dataset.title) })}
      footer={
        <div className="row spread">
          <span className="faint" role="status">
            {missing.length > 0 &&
              `${t('requests.incomplete')} ${missing.map((name) => t(`requests.missing.${name}`)).join(t('share.listed'))}`}
          </span>
          <Button type="primary" loading={send.isPending} disabled={request === null} onClick={submit}>
            {t('requests.send')}
          </Button>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <p className="faint">{t('requests.askLead')}</p>
        <ColumnField draft={draft} columns={columns} put={put} />
        <DataField draft={draft} owner={dataset.ownerName} put={put} />
        <section aria-label={t('requests.filter')}>
          <h3>{t('requests.filter')}</h3>
          <FilterBuilder
            tree={draft.filter}
            columns={columns}
            onChange={(filter) => put({ filter })}
            none={t('requests.noFilter')}
          />
        </section>
        <TermFields draft={draft} put={put} />
        <WhomField draft={draft} put={put} />
      </div>
    </Drawer>
  );
}

type PartProps = { draft: AskDraft; put: (more: Partial<AskDraft>) => void };

function ColumnField({ draft, columns, put }: PartProps & { columns: readonly AskableColumn[] }) {
  const { t } = useTranslation();
  const pick = usePick();
  const by = new Map(columns.map((column) => [column.name, column]));
  const chosen = draft.columns.flatMap((name) => by.get(name) ?? []);
  const seen = columns.filter(({ sight }) => sight !== 'hidden').map(({ name }) => name);
  return (
    <div>
      <Field label={t('requests.columns')} hint={t('requests.columnsHint')}>
        {(id) => (
          <Select
            id={id}
            mode="multiple"
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('requests.columnsPlaceholder')}
            value={draft.columns}
            onChange={(next) => put({ columns: next })}
            options={columns.map(({ name, title }) => ({ value: name, label: `${pick(title)} ${name}` }))}
            optionRender={({ value, label }) => {
              const column = by.get(String(value));
              if (!column) return label;
              return (
                <span className="row spread">
                  <span>
                    {pick(column.title)} <code className="faint">{column.name}</code>
                  </span>
                  <span className="row">
                    <span className="faint">{t(`requests.sights.${column.sight}`)}</span>
                    <GradeTags grade={column.grade} level={column.level} personal={column.personal} />
                  </span>
                </span>
              );
            }}
          />
        )}
      </Field>
      <div className="row spread">
        <span className="faint" role="status">
          {t('requests.chosen', {
            count: chosen.length,
            hidden: chosen.filter(({ sight }) => sight === 'hidden').length,
            personal: chosen.filter(({ personal }) => personal).length,
          })}
        </span>
        <Button size="small" onClick={() => put({ columns: [...new Set([...draft.columns, ...seen])] })}>
          {t('requests.addSeen')}
        </Button>
      </div>
    </div>
  );
}

function DataField({ draft, owner, put }: PartProps & { owner: string }) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  return (
    <div className="form-field">
      <span id="request-data">{t('requests.data')}</span>
      <Radio.Group
        aria-labelledby="request-data"
        className="request-choices"
        value={draft.all}
        onChange={({ target }) => put({ all: target.value })}
        options={[
          { value: true, label: t('requests.dataAll', { name: owner }) },
          { value: false, label: t('requests.dataOne') },
        ]}
      />
      {!draft.all && (
        <Field label={t('requests.dataPath')} hint={t('requests.dataPathHint')}>
          {(id) => (
            <Select
              id={id}
              mode="tags"
              maxCount={1}
              showSearch={{ optionFilterProp: 'label' }}
              value={draft.organisation === '' ? [] : [draft.organisation]}
              onChange={(paths: string[]) => put({ organisation: paths.at(-1) ?? '' })}
              options={organisations.options}
            />
          )}
        </Field>
      )}
    </div>
  );
}

function TermFields({ draft, put }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className="policy-grid">
        <Field label={t('requests.purpose')} hint={t('requests.purposeHint')}>
          {(id) => (
            <Input
              id={id}
              maxLength={100}
              value={draft.purpose}
              onChange={({ target }) => put({ purpose: target.value })}
            />
          )}
        </Field>
        <Field label={t('requests.until')} hint={t('requests.untilHint')}>
          {(id) => (
            <Input
              id={id}
              type="datetime-local"
              value={draft.until}
              onChange={({ target }) => put({ until: target.value })}
            />
          )}
        </Field>
      </div>
      <Field label={t('requests.reason')} hint={t('requests.reasonHint')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={3}
            maxLength={1_000}
            value={draft.reason}
            onChange={({ target }) => put({ reason: target.value })}
          />
        )}
      </Field>
    </>
  );
}

function WhomField({ draft, put }: PartProps) {
  const { t } = useTranslation();
  const { keys } = usePeople();
  const whoms = (['self', 'organisation', 'key'] as const).filter((whom) => whom !== 'key' || keys !== null);
  return (
    <div className="form-field">
      <span id="request-whom">{t('requests.whom')}</span>
      <Radio.Group
        aria-labelledby="request-whom"
        value={draft.whom}
        onChange={({ target }) => put({ whom: target.value })}
        options={whoms.map((value) => ({ value, label: t(`requests.whoms.${value}`) }))}
      />
      {draft.whom === 'key' && (
        <Field label={t('requests.whomKey')}>
          {(id) => (
            <Select
              id={id}
              showSearch={{ optionFilterProp: 'label' }}
              value={draft.key === '' ? null : draft.key}
              onChange={(key) => put({ key: key ?? '' })}
              options={keys ?? []}
            />
          )}
        </Field>
      )}
    </div>
  );
}
