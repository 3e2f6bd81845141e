import type { Page } from '@ronghe/contracts';
import { Button } from 'antd';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../lib/preferences.ts';
import type { SearchState } from '../lib/search.ts';
import { useFormat } from '../lib/use-format.ts';

export type Column<Row> = {
  key: string;
  title: ReactNode;
  render: (row: Row) => ReactNode;
  align?: 'end';
  nowrap?: boolean;
  minWidth?: number;
  /** the list can be put in the order of this column */
  sort?: Sort | undefined;
};
/** How rows stand by a column now (null: by another), and what a press on its heading does. */
export type Sort = { order: 'asc' | 'desc' | null; onSort: () => void };

type DataTableProps<Row> = {
  /** What the table holds; its accessible name. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** A convenience for the mouse; the keyboard uses the link or button inside the row. */
  onOpen?: (row: Row) => void;
};

/** A dense semantic table: sticky head, first column stays when it scrolls sideways, reachable by keyboard. */
export function DataTable<Row>({ label, columns, rows, rowKey, onOpen }: DataTableProps<Row>) {
  const { t } = useTranslation();
  const { density } = usePreferences();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="table-scroll" aria-label={t('table.scroll', { label })} tabIndex={0}>
      <table className="data" data-density={density} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th
                key={column.key}
                scope="col"
                className={cellClass(column, index)}
                aria-sort={sortOf(column)}
              >
                {column.sort ? <SortButton sort={column.sort}>{column.title}</SortButton> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const ARROWS = { asc: '↑', desc: '↓' } as const;

function SortButton({ sort, children }: { sort: Sort; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <button type="button" className="plain sort-button" title={t('table.sort')} onClick={sort.onSort}>
      {children}
      <span aria-hidden="true">{sort.order === null ? '' : ` ${ARROWS[sort.order]}`}</span>
    </button>
  );
}

const sortOf = ({ sort }: { sort?: Sort | undefined }) => {
  if (!sort || sort.order === null) return undefined;
  return sort.order === 'asc' ? 'ascending' : 'descending';
};

type TableRowProps<Row> = {
  row: Row;
  columns: readonly Column<Row>[];
  onOpen: ((row: Row) => void) | undefined;
};
function TableRow<Row>({ row, columns, onOpen }: TableRowProps<Row>) {
  const open = (event: React.MouseEvent) => {
    const target = event.target as HTMLElement;
    // Clicks on things inside the row, and the end of a text selection, are not meant for the row.
    if (target.closest('a, button, input, label, [role="button"]') || window.getSelection()?.toString())
      return;
    onOpen?.(row);
  };
  return (
    <tr className={onOpen ? 'clickable' : undefined} onClick={onOpen ? open : undefined}>
      {columns.map((column, index) =>
        index === 0 ? (
          <th key={column.key} scope="row" className={cellClass(column, index)} style={widthOf(column)}>
            {column.render(row)}
          </th>
        ) : (
          <td key={column.key} className={cellClass(column, index)} style={widthOf(column)}>
            {column.render(row)}
          </td>
        ),
      )}
    </tr>
  );
}

const widthOf = (column: { minWidth?: number }) =>
  column.minWidth === undefined ? undefined : { minWidth: column.minWidth };
const cellClass = (column: { align?: 'end'; nowrap?: boolean }, index: number) =>
  [column.align ?? '', column.nowrap ? 'nowrap' : '', index === 0 ? 'first' : ''].join(' ').trim();

type PagerProps = { page: Page<unknown>; search: SearchState; busy?: boolean };

/** Foot of a list: how many there are, and the pages before and after. */
export function Pager({ page, search, busy = false }: PagerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  // Cursors of the pages before, so that one can go back; a page opened by its address goes back to the first.
  const trail = useRef(new Map<number, string | null>([[1, null]]));
  trail.current.set(search.page, search.values.cursor ?? null);
  const previous = trail.current.get(search.page - 1) ?? null;
  const goBack = () => search.go(previous, previous === null ? 1 : search.page - 1);
  return (
    <div className="table-foot">
      <span>{t('table.total', { count: page.total, formatted: format.number(page.total) })}</span>
      {(page.next !== null || search.page > 1) && (
        <span className="row">
          <Button size="small" disabled={search.page <= 1} onClick={goBack}>
            {t('table.previous')}
          </Button>
          <span aria-live="polite">{t('table.page', { page: search.page })}</span>
          <Button
            size="small"
            loading={busy}
            disabled={page.next === null}
            onClick={() => search.go(page.next, search.page + 1)}
          >
            {t('table.next')}
          </Button>
        </span>
      )}
    </div>
  );
}
