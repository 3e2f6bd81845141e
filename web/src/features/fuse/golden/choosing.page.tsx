import {
  DEFAULT_SURVIVORSHIP,
  ENTERPRISE_ATTRIBUTE_NAMES,
  type EnterpriseAttribute,
  type Source,
  SURVIVORSHIP_CRITERIA,
  type Survivorship,
  type SurvivorshipCriterion,
  type SurvivorshipPreview,
  type SurvivorshipSaved,
  type SurvivorshipVersion,
} from '@ronghe/contracts';
import { Button, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Page, Panel } from '../../../components/page.tsx';
import { useDictionaries } from '../../../lib/dictionaries.ts';
import { useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { ConflictsPanel } from './conflicts-panel.tsx';
import { PreviewTable } from './preview-table.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

const PATH = '/api/fuse/survivorship';

/** How golden values are chosen: edited, tried, saved in versions; and where trusted sources disagree. */
export function ChoosingPage() {
  const { t } = useTranslation();
  const query = useGet<SurvivorshipVersion>(PATH);
  return (
    <Page title={t('golden.choosing.title')} lead={t('golden.choosing.lead')}>
      <div className="stack">
        <DataState query={query} rows={8}>
          {(newest) => <Editor key={newest.version} newest={newest} />}
        </DataState>
        <ConflictsPanel />
      </div>
    </Page>
  );
}

function Editor({ newest }: { newest: SurvivorshipVersion }) {
  const { t } = useTranslation();
  const may = useCan()('fuse:survivorship:write');
  const [content, setContent] = useState<Survivorship>(newest.content);
  const [saving, setSaving] = useState(false);
  const preview = useSend<SurvivorshipPreview>([]);
  const change = (next: Survivorship) => {
    setContent(next);
    preview.reset();
  };
  return (
    <Panel
      title={`${t('golden.choosing.version')} ${newest.version}`}
      actions={
        may && (
          <span className="row">
            <Button
              loading={preview.isPending}
              onClick={() => preview.mutate({ method: 'POST', path: `${PATH}/preview`, body: { content } })}
            >
              {t('golden.choosing.preview')}
            </Button>
            <Button
              type="primary"
              disabled={JSON.stringify(content) === JSON.stringify(newest.content)}
              onClick={() => setSaving(true)}
            >
              {t('golden.choosing.save')}
            </Button>
          </span>
        )
      }
    >
      <div className="stack">
        {preview.error && <Refusal error={preview.error} />}
        {preview.data && <PreviewTable preview={preview.data} />}
        <General content={content} onChange={change} disabled={!may} />
        <ByAttribute content={content} onChange={change} disabled={!may} />
        <Versions onLoad={may ? change : null} />
      </div>
      {saving && <SaveDialog base={newest.version} content={content} onClose={() => setSaving(false)} />}
    </Panel>
  );
}

type EditProps = { content: Survivorship; onChange: (content: Survivorship) => void; disabled: boolean };

function General({ content, onChange, disabled }: EditProps) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <Criteria
        label={`${t('golden.choosing.all')}: ${t('golden.choosing.criteria')}`}
        value={content.criteria}
        disabled={disabled}
        onChange={(criteria) => criteria.length > 0 && onChange({ ...content, criteria })}
      />
      <span>{t('golden.choosing.trustedFrom')}</span>
      <InputNumber
        aria-label={t('golden.choosing.trustedFrom')}
        min={1}
        max={100}
        precision={0}
        value={content.trustedFrom}
        disabled={disabled}
        onChange={(value) => value !== null && onChange({ ...content, trustedFrom: value })}
      />
    </div>
  );
}

type CriteriaProps = {
  label: string;
  value: readonly SurvivorshipCriterion[];
  placeholder?: string;
  disabled: boolean;
  onChange: (criteria: SurvivorshipCriterion[]) => void;
};
/** Criteria in the order they were chosen. */
function Criteria({ label, value, placeholder, disabled, onChange }: CriteriaProps) {
  const { t } = useTranslation();
  return (
    <Select
      mode="multiple"
      aria-label={label}
      style={{ minWidth: 320 }}
      value={[...value]}
      disabled={disabled}
      placeholder={placeholder}
      options={SURVIVORSHIP_CRITERIA.map((one) => ({ value: one, label: t(`golden.choosing.names.${one}`) }))}
      onChange={onChange}
    />
  );
}

function ByAttribute({ content, onChange, disabled }: EditProps) {
  const { t } = useTranslation();
  const dictionaries = useDictionaries();
  const sources = useGet<{ items: Source[] }>(
    '/api/fuse/sources',
    {},
    { enabled: useCan()('fuse:source:read') },
  );
  const set = (attribute: EnterpriseAttribute, own: Survivorship['attributes'][EnterpriseAttribute]) => {
    const { [attribute]: _before, ...others } = content.attributes;
    const isPlain = !own?.criteria && Object.keys(own?.trust ?? {}).length === 0;
    onChange({ ...content, attributes: isPlain ? others : { ...others, [attribute]: own } });
  };
  const nameOf = (attribute: EnterpriseAttribute) => dictionaries.name('attributes', attribute) ?? attribute;
  const columns: Column<EnterpriseAttribute>[] = [
    { key: 'attribute', title: t('golden.choosing.attribute'), nowrap: true, render: nameOf },
    {
      key: 'criteria',
      title: t('golden.choosing.criteria'),
      render: (attribute) => {
        const { criteria, ...rest } = content.attributes[attribute] ?? {};
        return (
          <Criteria
            label={`${nameOf(attribute)}: ${t('golden.choosing.criteria')}`}
            value={criteria ?? []}
            placeholder={t('golden.choosing.asAll')}
            disabled={disabled}
            onChange={(next) => set(attribute, next.length === 0 ? rest : { ...rest, criteria: next })}
          />
        );
      },
    },
    {
      key: 'trust',
      title: t('golden.choosing.trust'),
      render: (attribute) => (
        <TrustCells
          attribute={nameOf(attribute)}
          sources={sources.data?.items.filter(({ target }) => target === 'enterprise') ?? []}
          trust={content.attributes[attribute]?.trust ?? {}}
          disabled={disabled}
          onChange={(trust) => set(attribute, { ...content.attributes[attribute], trust })}
        />
      ),
    },
  ];
  return (
    <DataTable
      label={t('golden.choosing.own')}
      rows={ENTERPRISE_ATTRIBUTE_NAMES}
      rowKey={(attribute) => attribute}
      columns={columns}
    />
  );
}

type TrustCellsProps = {
  attribute: string;
  sources: readonly Source[];
  trust: Readonly<Record<string, number>>;
  disabled: boolean;
  onChange: (trust: Record<string, number>) => void;
};
function TrustCells({ attribute, sources, trust, disabled, onChange }: TrustCellsProps) {
  const { t } = useTranslation();
  return (
    <span className="row">
      {sources.map((source) => (
        <InputNumber
          key={source.id}
          size="small"
          min={1}
          max={100}
          precision={0}
          prefix={source.name}
          aria-label={`${attribute}: ${source.name}`}
          title={t('golden.choosing.trustHint')}
          placeholder={String(source.priority)}
          value={trust[source.id] ?? null}
          disabled={disabled}
          onChange={(value) => {
            const { [source.id]: _before, ...others } = trust;
            onChange(value === null ? others : { ...others, [source.id]: value });
          }}
        />
      ))}
    </span>
  );
}

function Versions({ onLoad }: { onLoad: ((content: Survivorship) => void) | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<{ items: SurvivorshipVersion[] }>(`${PATH}/versions`);
  const shipped = {
    version: 0,
    content: DEFAULT_SURVIVORSHIP,
    note: t('golden.choosing.shipped'),
    madeBy: '',
    madeAt: null,
  };
  return (
    <details>
      <summary>{t('golden.choosing.versions')}</summary>
      <DataTable
        label={t('golden.choosing.versions')}
        rows={[...(query.data?.items ?? []), shipped]}
        rowKey={(row) => row.version}
        columns={[
          { key: 'version', title: t('golden.choosing.version'), render: (row) => row.version },
          { key: 'note', title: t('golden.reason'), minWidth: 200, render: (row) => row.note },
          { key: 'by', title: t('golden.actor'), render: (row) => row.madeBy },
          { key: 'at', title: t('golden.at'), nowrap: true, render: (row) => format.dateTime(row.madeAt) },
          {
            key: 'load',
            title: t('golden.choosing.load'),
            render: (row) =>
              onLoad && (
                <Button size="small" onClick={() => onLoad(row.content)}>
                  {t('golden.choosing.load')}
                </Button>
              ),
          },
        ]}
      />
    </details>
  );
}

type SaveDialogProps = { base: number; content: Survivorship; onClose: () => void };
function SaveDialog({ base, content, onClose }: SaveDialogProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<SurvivorshipSaved>(['/api/fuse', '/api/jobs']);
  const save = async (note: string) => {
    try {
      const { version } = await send.mutateAsync({
        method: 'POST',
        path: PATH,
        body: { base, content, note },
      });
      notify.done(t('golden.choosing.saved', { version }));
      onClose();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <ReasonDialog
      title={t('golden.choosing.saveTitle')}
      lead={t('golden.choosing.saveLead')}
      action={t('golden.choosing.save')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(note) => void save(note)}
    />
  );
}
