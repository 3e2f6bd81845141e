import { EditOutlined } from '@ant-design/icons';
import type { FieldMapping } from '@ronghe/contracts';
import { Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { Tag } from '../../../components/tags.tsx';
import { PagesFoot, usePages } from '../pages.tsx';
import { transformOf, useTargets } from '../use-targets.ts';
import { AcceptButton, ColumnHead, ColumnHolds, Confidence } from './column-cells.tsx';
import type { Row } from './column-view.ts';
import { type Draft, mappingOf, mergeTarget, renameColumn } from './draft.ts';
import { unitsAs, useUnits } from './use-units.ts';

/** Columns of one page: a thousand are searched and paged, never drawn at once. */
const PAGE_ROWS = 25;
/** Transforms whose values have a unit. */
const WITH_UNIT = new Set(['number']);

type ColumnTableProps = {
  rows: readonly Row[];
  /** mappings whose column the source does not have any more: their place, by target */
  missing: ReadonlyMap<string, number>;
  draft: Draft;
  readOnly: boolean;
  onChange: (draft: Draft) => void;
  onOpen: (row: Row) => void;
};

/** Each column of the source beside what becomes of it. */
export function ColumnTable({ rows, missing, draft, readOnly, onChange, onOpen }: ColumnTableProps) {
  const { t } = useTranslation();
  const pages = usePages(rows, PAGE_ROWS);
  const columns = useColumns({ missing, draft, readOnly, onChange, onOpen });
  return (
    <>
      <DataTable
        label={t('studio.columns')}
        rows={pages.shown}
        rowKey={(row) => `${row.column} ${row.index ?? ''}`}
        columns={columns}
      />
      <PagesFoot pages={pages} label={t('studio.columns')} />
    </>
  );
}

/** Changes of one mapping of a draft. */
export function editOf(draft: Draft, onChange: (draft: Draft) => void) {
  const put = (mappings: FieldMapping[]) => onChange({ ...draft, mappings });
  return {
    change: (index: number, change: Partial<FieldMapping>) =>
      put(draft.mappings.map((mapping, at) => (at === index ? { ...mapping, ...change } : mapping))),
    add: (mapping: FieldMapping) => put([...draft.mappings, mapping]),
    remove: (index: number) => put(draft.mappings.filter((_, at) => at !== index)),
  };
}

function useColumns({
  missing,
  draft,
  readOnly,
  onChange,
  onOpen,
}: Omit<ColumnTableProps, 'rows'>): Column<Row>[] {
  const { t } = useTranslation();
  const targets = useTargets();
  const units = useUnits();
  const edit = editOf(draft, onChange);
  const of = (row: Row) => (row.index === null ? null : (draft.mappings[row.index] ?? null));
  const choose = (row: Row, to: string | undefined) => {
    const renamed = to === undefined || row.index !== null ? undefined : missing.get(to);
    if (renamed !== undefined) {
      onChange(renameColumn(draft, renamed, row.column));
    } else if (to === undefined) {
      if (row.index !== null) edit.remove(row.index);
    } else {
      const fits = row.suggestion?.to === to;
      const transform = fits ? (row.suggestion?.transform ?? 'text') : transformOf(to);
      const unit = fits ? (row.suggestion?.unit ?? null) : null;
      if (row.index !== null) edit.change(row.index, { to, transform, unit });
      else edit.add(mappingOf({ column: row.column, to, transform, unit }));
    }
  };
  return [
    {
      key: 'column',
      title: t('studio.column'),
      minWidth: 170,
      render: (row) => <ColumnHead name={row.column} profile={row.profile} missing={row.missing} />,
    },
    {
      key: 'holds',
      title: t('studio.holds'),
      minWidth: 190,
      render: (row) => <ColumnHolds profile={row.profile} />,
    },
    {
      key: 'to',
      title: t('studio.target'),
      minWidth: 240,
      render: (row) => (
        <div className="column-target">
          <Select
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            disabled={readOnly}
            aria-label={t('studio.targetOf', { column: row.column })}
            placeholder={t('studio.notTaken')}
            value={of(row)?.to ?? null}
            options={withOwn(targets.groups(row.column), of(row)?.to, targets.name)}
            onChange={(to: string | null | undefined) => choose(row, to ?? undefined)}
            popupMatchSelectWidth={false}
            style={{ width: '100%' }}
            {...(row.conflict ? { status: 'error' as const } : {})}
          />
          <TargetNote {...{ row, draft, readOnly, onChange }} onAccept={(to) => choose(row, to)} />
        </div>
      ),
    },
    {
      key: 'transform',
      title: t('studio.transform'),
      minWidth: 140,
      render: (row) =>
        row.index === null ? null : (
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            disabled={readOnly}
            aria-label={t('studio.transformOf', { column: row.column })}
            value={of(row)?.transform ?? 'text'}
            options={targets.transforms}
            onChange={(transform) => row.index !== null && edit.change(row.index, { transform })}
            popupMatchSelectWidth={false}
            style={{ width: '100%' }}
          />
        ),
    },
    {
      key: 'unit',
      title: t('studio.unit'),
      minWidth: 110,
      render: (row) =>
        row.index === null || !WITH_UNIT.has(of(row)?.transform ?? '') ? null : (
          <Select
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            disabled={readOnly}
            aria-label={t('studio.unitOf', { column: row.column })}
            placeholder={t('studio.ours')}
            value={of(row)?.unit ?? null}
            options={unitsAs(units, row.profile?.unit)}
            onChange={(unit) => row.index !== null && edit.change(row.index, { unit: unit ?? null })}
            popupMatchSelectWidth={false}
            style={{ width: '100%' }}
          />
        ),
    },
    {
      key: 'confidence',
      title: t('studio.confidence'),
      nowrap: true,
      render: (row) => <Confidence suggestion={row.suggestion} to={of(row)?.to ?? null} />,
    },
    {
      key: 'more',
      title: <span className="visually-hidden">{t('action.more')}</span>,
      align: 'end',
      nowrap: true,
      render: (row) => (
        <Button
          size="small"
          type="text"
          icon={<EditOutlined />}
          aria-label={`${t('studio.more', { column: row.column })} ${Object.keys(of(row)?.values ?? {}).length || ''}`.trim()}
          onClick={() => onOpen(row)}
        >
          {Object.keys(of(row)?.values ?? {}).length || ''}
        </Button>
      ),
    },
  ];
}

type Groups = ReturnType<ReturnType<typeof useTargets>['groups']>;
/** A target that is no choice of the list, such as a renamed column of one's own, must still show its name. */
function withOwn(groups: Groups, to: string | undefined, name: (to: string) => string): Groups {
  const known = to === undefined || groups.some(({ options }) => options.some(({ value }) => value === to));
  const [first, ...rest] = groups;
  if (known || !first) return groups;
  return [{ ...first, options: [...first.options, { value: to, label: name(to) }] }, ...rest];
}

type TargetNoteProps = Omit<ColumnTableProps, 'rows' | 'missing' | 'onOpen'> & {
  row: Row;
  onAccept: (to: string) => void;
};
function TargetNote({ row, draft, readOnly, onChange, onAccept }: TargetNoteProps) {
  const { t } = useTranslation();
  const to = row.index === null ? null : (draft.mappings[row.index]?.to ?? null);
  if (row.conflict && to !== null)
    return (
      <span className="row">
        <Tag tone="bad">{t('studio.conflict')}</Tag>
        {!readOnly && (
          <Button size="small" type="link" onClick={() => onChange(mergeTarget(draft, to))}>
            {t('studio.merge')}
          </Button>
        )}
      </span>
    );
  const proposed = row.suggestion?.to ?? null;
  if (readOnly || to !== null || proposed === null || !row.suggestion) return null;
  return <AcceptButton suggestion={row.suggestion} onAccept={() => onAccept(proposed)} />;
}
