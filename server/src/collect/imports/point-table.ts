import type { PointTableProtocol } from '@ronghe/contracts';
import { COLUMN_NAMES, COLUMNS, type ColumnName } from './columns.data.ts';
import type { Draft, DraftConnection } from './draft.ts';
import { endpointOf } from './endpoints.ts';
import { type Issues, placeOf } from './issues.ts';
import type { Cell, Table } from './table.ts';
import { pointFields, protocolNamed, protocolOfAddress } from './table-points.ts';
import type { Row } from './table-row.ts';
import { bounded, numberOf, textOf } from './values.ts';

/** Rows in which a header is looked for. */
const HEADER_ROWS_MAX = 30;

type Header = { row: number; columns: Map<ColumnName, number>; intervalFactor: number };

/** The word of a header without blanks, brackets and units behind it. */
const wordOf = (cell: Cell | undefined): string =>
  textOf(cell)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[(（[【].*$/, '')
    .replace(/[\s_*:：-]/g, '');

const BY_WORD: ReadonlyMap<string, ColumnName> = new Map(
  // Later entries win, so that a column's own words are not taken by another's synonym.
  [
    ...COLUMN_NAMES.flatMap((name) =>
      COLUMNS[name].words.map((word) => [wordOf(word), name] as const),
    ).reverse(),
    ...COLUMN_NAMES.flatMap((name) =>
      [name, COLUMNS[name].header.zh, COLUMNS[name].header.en].map((word) => [wordOf(word), name] as const),
    ),
  ],
);

/**
 * Finds the header: the first of the upper rows with a place (address, topic or path) and something to call a point
 * by. Null when there is none.
 */
function findHeader(table: Table): Header | null {
  for (const [row, { cells }] of table.rows.slice(0, HEADER_ROWS_MAX).entries()) {
    const columns = new Map<ColumnName, number>();
    cells.forEach((cell, index) => {
      const column = BY_WORD.get(wordOf(cell));
      if (column !== undefined && !columns.has(column)) columns.set(column, index);
    });
    const hasPlace = columns.has('address') || columns.has('topic') || columns.has('path');
    if (!hasPlace || !(columns.has('key') || columns.has('name'))) continue;
    const interval = textOf(cells[columns.get('interval') ?? -1]).normalize('NFKC');
    const inSeconds = /\((s|秒|sec|seconds?)\)/i.test(interval);
    return { row, columns, intervalFactor: inSeconds ? 1_000 : 1 };
  }
  return null;
}

/** Whether a table has a header of points. */
export const isPointTable = (table: Table): boolean => findHeader(table) !== null;

type Reading = { draft: Draft; issues: Issues; protocol: PointTableProtocol | undefined };

/** Reads tables of points; connections are what rows have in common in protocol, address and unit. */
export function readPointTables(tables: readonly Table[], reading: Reading) {
  const { issues } = reading;
  const connections = new Map<string, DraftConnection | null>();
  const withHeader = tables.map((table) => ({ table, header: findHeader(table) }));
  for (const { table, header } of withHeader) {
    if (header === null) {
      // Sheets that explain are no fault as long as another has the points.
      if (withHeader.some((each) => each.header !== null))
        issues.warning(placeOf.sheet(table.sheet), 'sheet-empty');
      else issues.error(placeOf.sheet(table.sheet), 'no-header');
      continue;
    }
    tellColumns(table, header, issues);
    for (const { line, cells } of table.rows.slice(header.row + 1)) {
      const cellOf = (column: ColumnName): Cell => cells[header.columns.get(column) ?? -1] ?? null;
      if ([...header.columns.keys()].every((column) => textOf(cellOf(column)) === '')) continue;
      readRow({ cellOf, place: placeOf.row(table.sheet, line), sheet: placeOf.sheet(table.sheet) }, header, {
        ...reading,
        connections,
      });
    }
  }
}

function tellColumns(table: Table, header: Header, issues: Issues) {
  const place = placeOf.sheet(table.sheet);
  const used = new Set(header.columns.values());
  table.rows[header.row]?.cells.forEach((cell, index) => {
    const name = textOf(cell);
    if (name === '' || used.has(index)) return;
    // A number of the row says nothing of a point.
    if (/^(序号|no\.?|#)$/i.test(name)) return;
    issues.warning(place, BY_WORD.has(wordOf(cell)) ? 'column-twice' : 'column-ignored', { name });
  });
}

function readRow(
  row: Row,
  header: Header,
  reading: Reading & { connections: Map<string, DraftConnection | null> },
) {
  const { issues } = reading;
  const { cellOf, place } = row;
  const written = textOf(cellOf('protocol'));
  const address = textOf(cellOf('address'));
  const named = written === '' ? null : protocolNamed(written);
  if (written !== '' && named === null) return issues.error(place, 'protocol-unknown', { value: written });
  const guess = (): PointTableProtocol | null => {
    if (textOf(cellOf('topic')) !== '') return 'mqtt';
    if (textOf(cellOf('meter')) !== '') return 'dlt645';
    if (textOf(cellOf('function')) !== '') return 'modbus';
    return protocolOfAddress(address, textOf(cellOf('path')));
  };
  const protocol = named ?? reading.protocol ?? guess();
  if (protocol === null) return issues.error(place, 'protocol-missing', { value: address });
  const connection = connectionOf(row, protocol, reading);
  if (!connection) return;
  const interval = numberOf(cellOf('interval'));
  if (interval !== null) connection.interval(interval * header.intervalFactor);
  else if (textOf(cellOf('interval')) !== '')
    issues.warning(place, 'number-invalid', { field: 'interval', value: textOf(cellOf('interval')) });
  tellForeign(row, protocol, header, issues);
  const fields = pointFields(row, protocol, issues);
  if (fields !== null) connection.add(fields, place);
}

/** Cells of columns that another protocol has. */
function tellForeign({ cellOf, sheet }: Row, protocol: PointTableProtocol, header: Header, issues: Issues) {
  for (const column of header.columns.keys()) {
    const { protocols } = COLUMNS[column];
    if (protocols === undefined || protocols.includes(protocol) || textOf(cellOf(column)) === '') continue;
    issues.once(sheet, 'column-of-other', { name: column, protocol });
  }
}

function connectionOf(
  row: Row,
  protocol: PointTableProtocol,
  { draft, issues, connections }: Reading & { connections: Map<string, DraftConnection | null> },
): DraftConnection | null {
  const { cellOf, place, sheet } = row;
  const parts = ['connection', 'endpoint', 'unitId', 'framing', 'rack', 'slot'] as const;
  const own = parts.filter((part) => COLUMNS[part].protocols?.includes(protocol) ?? true);
  const mark = JSON.stringify([protocol, ...own.map((part) => textOf(cellOf(part)))]);
  const known = connections.get(mark);
  if (known !== undefined) return known;
  const endpoint = textOf(cellOf('endpoint'));
  const address = endpoint === '' ? null : endpointOf(protocol, { address: endpoint }, issues, place);
  const whole = (part: ColumnName, low: number, high: number) =>
    own.includes(part as never)
      ? bounded(cellOf(part), { field: part, low, high }, issues, place)
      : undefined;
  const framing = own.includes('framing') ? framingOf(textOf(cellOf('framing'))) : undefined;
  const unitId = whole('unitId', 0, 255);
  const name =
    textOf(cellOf('connection')) || (endpoint === '' ? `points-${protocol}` : endpointName(endpoint, unitId));
  const made = draft.connection({
    name,
    protocol,
    place: placeOf.names(name),
    settings: {
      endpoint: address?.endpoint,
      username: protocol === 'mqtt' ? address?.username : undefined,
      password: protocol === 'mqtt' && address?.username !== undefined ? address.password : undefined,
      unitId,
      framing,
      rack: whole('rack', 0, 7),
      slot: whole('slot', 0, 31),
    },
    intervalField: INTERVAL_FIELDS[protocol],
  });
  // An address that cannot be used has been told already.
  if (endpoint === '') issues.once(sheet, 'no-endpoint');
  connections.set(mark, made);
  return made;
}

const INTERVAL_FIELDS: Readonly<Record<PointTableProtocol, string | null>> = {
  modbus: 'intervalMs',
  s7: 'intervalMs',
  dlt645: 'intervalMs',
  opcua: 'pollIntervalMs',
  iec104: null,
  mqtt: null,
};

const framingOf = (text: string): string | undefined => (/rtu/i.test(text) ? 'rtu' : undefined);

/** `192.168.1.10:502` and unit 3 become `192-168-1-10-3`; letters make it a name. */
function endpointName(endpoint: string, unit: number | undefined): string {
  const host = endpoint
    .replace(/^[a-z.+-]+:\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/[:/].*$/, '');
  return unit === undefined || unit === 1 ? host : `${host}-${unit}`;
}
