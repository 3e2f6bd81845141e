import { ArrowLeftOutlined, TableOutlined } from '@ant-design/icons';
import type { OfferedTable, SourceOffer } from '@ronghe/contracts';
import { Button, Drawer, Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { useAsked } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { PagesFoot, usePages } from '../pages.tsx';
import { type ConnectionValues, connectionOf, OFFER_NEEDS } from './connection-values.ts';

/** A program may take its time to start and to ask its own source. */
const OFFER_MS_MAX = 130_000;
const PAGE_TABLES = 50;
const PATH = '/api/fuse/sources/offer';
export type OfferKind = 'database' | 'program';
type Asked = {
  kind: OfferKind;
  number: number;
  connection: Record<string, unknown>;
  source: string | undefined;
};

/**
 * Asks the system of the form what there is to read, and puts what is chosen into the form. A saved source lends its secrets,
 * which no form knows.
 */
export function OfferButton({ kind, source }: { kind: OfferKind; source?: string | undefined }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [open, setOpen] = useState(false);
  const ask = async () => {
    try {
      await form.validateFields(OFFER_NEEDS[kind].map((name) => ['connection', name]));
    } catch {
      return;
    }
    const values = form.getFieldValue('connection') as ConnectionValues;
    const { table: _, stream: __, ...connection } = connectionOf(kind, values) as Record<string, unknown>;
    setAsked((known) => ({ kind, number: (known?.number ?? 0) + 1, connection, source }));
    setOpen(true);
  };
  const choose = ({ name, schema }: OfferedTable) => {
    const names = kind === 'program' ? { stream: name } : { table: name, schema: schema ?? '' };
    for (const [field, value] of Object.entries(names)) form.setFieldValue(['connection', field], value);
    void form.validateFields([['connection', kind === 'program' ? 'stream' : 'table']]).catch(() => {});
    setOpen(false);
  };
  return (
    <div style={{ marginBottom: 16 }}>
      <Button icon={<TableOutlined />} onClick={() => void ask()}>
        {t(`source.offer.ask.${kind}`)}
      </Button>
      <Drawer
        open={open}
        onClose={() => setOpen(false)}
        size={720}
        title={t(`source.offer.title.${kind}`)}
        destroyOnHidden
      >
        {asked && <Offer asked={asked} onChoose={choose} />}
      </Drawer>
    </div>
  );
}

function Offer({ asked, onChoose }: { asked: Asked; onChoose: (table: OfferedTable) => void }) {
  const { t } = useTranslation();
  const [seen, setSeen] = useState<OfferedTable | null>(null);
  const query = useAsked<SourceOffer>(
    PATH,
    [asked.kind, asked.number],
    { connection: asked.connection, ...(asked.source ? { source: asked.source } : {}) },
    { waitMsMax: OFFER_MS_MAX },
  );
  if (seen) return <OneTable asked={asked} table={seen} onBack={() => setSeen(null)} onChoose={onChoose} />;
  return (
    <DataState
      query={query}
      rows={8}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('source.offer.none'), text: t('source.offer.noneHint') }}
    >
      {(offer) => <TableList offer={offer} onSee={setSeen} onChoose={onChoose} />}
    </DataState>
  );
}

type TableListProps = {
  offer: SourceOffer;
  onSee: (table: OfferedTable) => void;
  onChoose: (table: OfferedTable) => void;
};
function TableList({ offer, onSee, onChoose }: TableListProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [words, setWords] = useState('');
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = offer.items.filter(({ name, schema, comment }) => {
    const text = `${schema ?? ''}.${name} ${comment}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const pages = usePages(found, PAGE_TABLES);
  const columns: Column<OfferedTable>[] = [
    {
      key: 'name',
      title: t('source.offer.name'),
      render: (table) => (
        <button type="button" className="plain golden" onClick={() => onSee(table)}>
          {titleOf(table)}
        </button>
      ),
    },
    {
      key: 'kind',
      title: t('source.profile.kind'),
      nowrap: true,
      render: (table) => t(`source.offer.kinds.${table.kind}`),
    },
    {
      key: 'rows',
      title: t('source.offer.rows'),
      align: 'end',
      nowrap: true,
      render: ({ rows }) => (rows === null ? '—' : format.number(rows, 0)),
    },
    {
      key: 'comment',
      title: t('source.offer.comment'),
      minWidth: 160,
      render: ({ comment }) => comment || '—',
    },
    {
      key: 'choose',
      title: '',
      nowrap: true,
      render: (table) => (
        <Button
          size="small"
          aria-label={t('source.offer.chooseOf', { name: titleOf(table) })}
          onClick={() => onChoose(table)}
        >
          {t('source.offer.choose')}
        </Button>
      ),
    },
  ];
  return (
    <div className="stack">
      <SearchInput label={t('source.offer.search')} value={words} onChange={setWords} />
      <p className="faint" role="status">
        {t('source.offer.count', { count: found.length, formatted: format.number(found.length, 0) })}{' '}
        {offer.more && t('source.offer.more')}
      </p>
      {found.length > 0 && (
        <div className="panel">
          <DataTable
            label={t('source.offer.tables')}
            rows={pages.shown}
            rowKey={titleOf}
            columns={columns}
            onOpen={onSee}
          />
          <PagesFoot pages={pages} label={t('source.offer.tables')} />
        </div>
      )}
    </div>
  );
}

type OneTableProps = {
  asked: Asked;
  table: OfferedTable;
  onBack: () => void;
  onChoose: (table: OfferedTable) => void;
};
/** The columns of one; those of a database are asked for only now. */
function OneTable({ asked, table, onBack, onChoose }: OneTableProps) {
  const { t } = useTranslation();
  const { name, schema } = table;
  const query = useAsked<SourceOffer>(
    PATH,
    [asked.kind, asked.number, schema, name],
    {
      connection: { ...asked.connection, table: name, ...(schema === null ? {} : { schema }) },
      ...(asked.source ? { source: asked.source } : {}),
    },
    { enabled: table.columns === null, waitMsMax: OFFER_MS_MAX },
  );
  const columns = table.columns ?? query.data?.items[0]?.columns;
  return (
    <div className="stack">
      <div className="row spread">
        <Button icon={<ArrowLeftOutlined />} onClick={onBack}>
          {t('wizard.back')}
        </Button>
        <strong>{titleOf(table)}</strong>
        <Button type="primary" onClick={() => onChoose(table)}>
          {t('source.offer.choose')}
        </Button>
      </div>
      {table.comment && <p>{table.comment}</p>}
      {table.incremental && <p className="faint">{t('source.offer.incremental')}</p>}
      {columns ? <ColumnList columns={columns} /> : <DataState query={query}>{() => null}</DataState>}
    </div>
  );
}

type OfferedColumn = NonNullable<OfferedTable['columns']>[number];
function ColumnList({ columns }: { columns: readonly OfferedColumn[] }) {
  const { t } = useTranslation();
  return (
    <div className="panel">
      <DataTable
        label={t('source.columns')}
        rows={columns}
        rowKey={({ name }) => name}
        columns={[
          { key: 'name', title: t('source.offer.name'), render: ({ name }) => name },
          { key: 'type', title: t('source.profile.kind'), nowrap: true, render: ({ type }) => type || '—' },
          { key: 'key', title: t('source.offer.key'), nowrap: true, render: ({ key }) => (key ? '✓' : '') },
          { key: 'comment', title: t('source.offer.comment'), render: ({ comment }) => comment || '—' },
        ]}
      />
    </div>
  );
}

const titleOf = ({ name, schema }: OfferedTable): string => (schema === null ? name : `${schema}.${name}`);
