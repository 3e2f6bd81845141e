import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import type { TrialReading } from '@ronghe/contracts';
import { Button, Checkbox, Popconfirm } from 'antd';
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { SearchInput } from '../../../components/search-input.tsx';
import { useForm } from '../form/form-context.ts';
import { emptyOf, isDict, type JsonSchema } from '../form/json-schema.ts';
import { issuesBelow } from '../form/value-path.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { PasteDialog } from './paste-dialog.tsx';
import { itemOf } from './point-columns.ts';
import { PointDrawer } from './point-drawer.tsx';
import { rowsOf, usePointView, type View } from './point-view.ts';
import { usePointColumns } from './use-point-columns.tsx';

type PointTableProps = {
  schema: JsonSchema;
  path: string;
  value: readonly unknown[];
  onChange: (next: readonly unknown[]) => void;
  /** further buttons over the table */
  actions?: ReactNode;
  readings?: ReadonlyMap<string, TrialReading> | undefined;
  /** a row to be opened, as a link to a problem names it */
  focus?: { row: number | null; field: string | null; close: () => void };
};

/** Points as a table: search, pages, one at a time in a drawer, many at once, and pasted from a spreadsheet. */
export function PointTable({ schema, path, value, onChange, actions, readings, focus }: PointTableProps) {
  const { t } = useTranslation();
  const { readOnly, issues } = useForm();
  const item = itemOf(schema);
  const own = useMemo(() => issuesBelow(issues, path), [issues, path]);
  const faulty = useMemo(() => rowsOf(own), [own]);
  // While one types in the drawer, the table may follow a little later.
  const shown = useDeferredValue(value);
  const view = usePointView(shown, faulty);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<number | null>(null);
  const [dialog, setDialog] = useState<'bulk' | 'paste' | null>(null);
  const open = opened ?? focus?.row ?? null;
  const close = () => {
    setOpened(null);
    if (focus?.row !== null) focus?.close();
  };
  const replace = (next: readonly unknown[]) => {
    setSelected(new Set());
    onChange(next);
  };
  const add = () => {
    onChange([...value, emptyOf(item)]);
    view.reset();
    setOpened(value.length);
  };
  const duplicate = (row: number) => {
    replace(duplicated(value, row));
    setOpened(row + 1);
  };
  const remove = (rows: ReadonlySet<number>) => replace(value.filter((_, row) => !rows.has(row)));
  const columns = usePointColumns({
    item,
    path,
    faulty,
    readings,
    selected: readOnly ? null : selected,
    onSelect: setSelected,
    onOpen: setOpened,
    onDuplicate: duplicate,
    onRemove: (row) => remove(new Set([row])),
    shown: view.rows,
  });
  return (
    <div className="point-table">
      <Toolbar view={view} faulty={faulty.size}>
        {!readOnly && (
          <>
            {actions}
            <Button onClick={() => setDialog('paste')}>{t('fleet.points.paste')}</Button>
            <Button type="primary" icon={<PlusOutlined />} onClick={add}>
              {t('fleet.points.add')}
            </Button>
          </>
        )}
      </Toolbar>
      {selected.size > 0 && (
        <Selection
          count={selected.size}
          all={view.found.length}
          onAll={() => setSelected(new Set(view.found))}
          onNone={() => setSelected(new Set())}
          onBulk={() => setDialog('bulk')}
          onRemove={() => remove(selected)}
        />
      )}
      {view.found.length === 0 ? (
        <NoRows any={value.length > 0} onReset={view.reset} />
      ) : (
        <DataTable
          label={t('collect.points.title')}
          rows={view.rows.map((row) => ({ row, point: shown[row] }))}
          rowKey={({ row }) => row}
          columns={columns}
          onOpen={({ row }) => setOpened(row)}
        />
      )}
      <Foot view={view} />
      <PointDrawer
        schema={schema}
        path={path}
        row={open}
        point={open === null ? undefined : value[open]}
        field={opened === null ? (focus?.field ?? null) : null}
        last={value.length - 1}
        onGo={setOpened}
        onClose={close}
        onChange={(next) => onChange(value.map((point, row) => (row === open ? next : point)))}
      />
      {dialog === 'bulk' && (
        <BulkDialog
          item={item}
          path={path}
          count={selected.size}
          onClose={() => setDialog(null)}
          onSet={(change) => {
            onChange(value.map((point, row) => (isDict(point) && selected.has(row) ? change(point) : point)));
            setDialog(null);
          }}
        />
      )}
      {dialog === 'paste' && (
        <PasteDialog {...{ schema, path }} points={value} onClose={() => setDialog(null)} onTake={replace} />
      )}
    </div>
  );
}

/** The same with a copy of a point below it, whose key must still be found. */
function duplicated(points: readonly unknown[], row: number): unknown[] {
  const point = points[row];
  const copy = isDict(point) ? { ...point, key: `${String(point.key ?? '')}-2` } : {};
  return [...points.slice(0, row + 1), copy, ...points.slice(row + 1)];
}

function Toolbar({ view, faulty, children }: { view: View; faulty: number; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="toolbar">
      <SearchInput label={t('fleet.points.search')} value={view.search} onChange={view.setSearch} />
      {faulty > 0 && (
        <Checkbox checked={view.onlyFaulty} onChange={(event) => view.setOnlyFaulty(event.target.checked)}>
          {t('fleet.points.onlyFaulty', { count: faulty })}
        </Checkbox>
      )}
      {children && <div className="toolbar-end">{children}</div>}
    </div>
  );
}

function NoRows({ any, onReset }: { any: boolean; onReset: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <strong>{t(any ? 'state.emptyFilter' : 'fleet.points.none')}</strong>
      {any && (
        <Button className="empty-action" onClick={onReset}>
          {t('state.clearFilter')}
        </Button>
      )}
    </div>
  );
}

function Foot({ view }: { view: View }) {
  const { t } = useTranslation();
  return (
    <div className="table-foot">
      <span>{t('table.total', { count: view.found.length })}</span>
      {view.pages > 1 && (
        <span className="row">
          <Button size="small" disabled={view.page === 0} onClick={() => view.setPage(view.page - 1)}>
            {t('table.previous')}
          </Button>
          <span aria-live="polite">{t('fleet.points.page', { page: view.page + 1, pages: view.pages })}</span>
          <Button
            size="small"
            disabled={view.page === view.pages - 1}
            onClick={() => view.setPage(view.page + 1)}
          >
            {t('table.next')}
          </Button>
        </span>
      )}
    </div>
  );
}

type SelectionProps = {
  count: number;
  all: number;
  onAll: () => void;
  onNone: () => void;
  onBulk: () => void;
  onRemove: () => void;
};
function Selection({ count, all, onAll, onNone, onBulk, onRemove }: SelectionProps) {
  const { t } = useTranslation();
  return (
    <div className="toolbar selection" role="status">
      <strong>{t('fleet.points.selected', { count })}</strong>
      {count < all && (
        <Button size="small" type="link" onClick={onAll}>
          {t('fleet.points.selectAll', { count: all })}
        </Button>
      )}
      <Button size="small" type="link" onClick={onNone}>
        {t('fleet.points.selectNone')}
      </Button>
      <div className="toolbar-end">
        <Button size="small" onClick={onBulk}>
          {t('fleet.points.bulk')}
        </Button>
        <Popconfirm
          title={t('fleet.points.deleteMany', { count })}
          okText={t('fleet.points.delete')}
          onConfirm={onRemove}
        >
          <Button size="small" icon={<DeleteOutlined />}>
            {t('fleet.points.delete')}
          </Button>
        </Popconfirm>
      </div>
    </div>
  );
}
