import { PlusOutlined } from '@ant-design/icons';
import {
  type Page as PageOf,
  REFERENCE_SET_NAMES,
  REFERENCE_SETS,
  type ReferenceList,
  type ReferenceRow,
  type ReferenceSet,
} from '@ronghe/contracts';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { type Column, DataTable, Pager } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { SearchInput } from '../../components/search-input.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useGet } from '../../lib/query.ts';
import { type SearchState, useSearchState } from '../../lib/search.ts';
import { useCan, useMe } from '../../lib/session.ts';
import { useFormat } from '../../lib/use-format.ts';
import { REFERENCE_FIELDS } from './reference-fields.ts';
import { ReferenceForm } from './reference-form.tsx';
import { ReferenceHistory } from './reference-history.tsx';
import { useReferenceText } from './reference-text.ts';

const ROWS = 50;

/** Reference data: what holds, what held, and the way to change it. */
export function ReferencePage() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const search = useSearchState();
  const mayChange = useMayChange();
  const [edited, setEdited] = useState<ReferenceRow | null | undefined>(undefined);
  const set = REFERENCE_SET_NAMES.find((name) => name === search.values.set) ?? 'divisions';
  const nameOf = (name: ReferenceSet) => REFERENCE_SETS[name][i18n.language === 'en' ? 'en' : 'zh'];
  const sets = useGet<ReferenceList>('/api/fuse/reference');
  const current = sets.data?.items.find((one) => one.set === set);
  const newest = current?.version ?? 0;
  const tab = search.values.tab === 'history' ? 'history' : 'entries';
  const add = mayChange.now && (
    <Button type="primary" icon={<PlusOutlined />} disabled={newest === 0} onClick={() => setEdited(null)}>
      {t('reference.add')}
    </Button>
  );
  return (
    <Page title={t('reference.title')} lead={t('reference.lead')} actions={add}>
      <div className="panel">
        <div className="toolbar">
          <Segmented
            aria-label={t('reference.set')}
            value={set}
            options={REFERENCE_SET_NAMES.map((name) => ({ value: name, label: nameOf(name) }))}
            onChange={(next) => search.set({ set: next, search: null })}
          />
          {current && (
            <span className="faint">
              {t('reference.current', {
                version: current.version,
                count: current.entries,
                from: format.dateTime(current.validFrom),
              })}
              {mayChange.elsewhere && ` ${t('reference.wholeTree')}`}
            </span>
          )}
        </div>
        <Tabs
          label={t('reference.title')}
          active={tab}
          onChange={(next) => search.set({ tab: next === 'entries' ? null : next })}
          items={[
            {
              key: 'entries',
              label: t('reference.entries'),
              children: <Entries set={set} search={search} onEdit={mayChange.now ? setEdited : null} />,
            },
            {
              key: 'history',
              label: t('reference.history'),
              children: (
                <ReferenceHistory set={set} search={search} newest={newest} mayChange={mayChange.now} />
              ),
            },
          ]}
        />
      </div>
      <ReferenceForm
        set={set}
        setName={nameOf(set)}
        base={newest}
        row={edited}
        onClose={() => setEdited(undefined)}
      />
    </Page>
  );
}

/** Who may change, and whether somebody may that is of a part of the tree only. */
function useMayChange(): { now: boolean; elsewhere: boolean } {
  const can = useCan();
  const me = useMe();
  const permitted = can('fuse:reference:write');
  const whole = me !== undefined && me !== null && !me.organisation.includes('.');
  return { now: permitted && whole, elsewhere: permitted && !whole };
}

type EntriesProps = { set: ReferenceSet; search: SearchState; onEdit: ((row: ReferenceRow) => void) | null };

function Entries({ set, search, onEdit }: EntriesProps) {
  const { t } = useTranslation();
  const columns = useColumns(set, onEdit);
  const query = useGet<PageOf<ReferenceRow>>(
    `/api/fuse/reference/${set}/entries`,
    { search: search.values.search, cursor: search.values.cursor, limit: ROWS },
    { keep: true },
  );
  return (
    <>
      <div className="toolbar">
        <SearchInput
          value={search.values.search ?? ''}
          label={t('reference.search')}
          onChange={(text) => search.set({ search: text })}
        />
      </div>
      <DataState
        query={query}
        rows={10}
        isEmpty={(page) => page.items.length === 0}
        filtered={{ active: Boolean(search.values.search), clear: () => search.set({ search: null }) }}
        empty={{ title: t('reference.empty'), text: t('reference.emptyHint') }}
      >
        {(page) => (
          <>
            <DataTable
              label={t('reference.entries')}
              rows={page.items}
              rowKey={(row) => row.key}
              columns={columns}
              {...(onEdit ? { onOpen: onEdit } : {})}
            />
            <Pager page={page} search={search} busy={query.isFetching} />
          </>
        )}
      </DataState>
    </>
  );
}

function useColumns(set: ReferenceSet, onEdit: EntriesProps['onEdit']): Column<ReferenceRow>[] {
  const { t } = useTranslation();
  const text = useReferenceText();
  const fields = REFERENCE_FIELDS[set].map(
    (field): Column<ReferenceRow> => ({
      key: field.name,
      title: t(`reference.fields.${field.name}`),
      minWidth: 120,
      render: (row) => text(field, row.value[field.name]),
    }),
  );
  if (!onEdit) return fields;
  const edit: Column<ReferenceRow> = {
    key: 'edit',
    title: '',
    nowrap: true,
    render: (row) => (
      <Button type="link" size="small" onClick={() => onEdit(row)}>
        {t('reference.edit')}
      </Button>
    ),
  };
  return [...fields, edit];
}
