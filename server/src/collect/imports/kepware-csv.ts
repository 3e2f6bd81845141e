import type { PointTableProtocol } from '@ronghe/contracts';
import type { Draft, DraftConnection } from './draft.ts';
import { type Issues, placeOf } from './issues.ts';
import { addKepwareTag, KEPWARE_TYPES } from './kepware-tags.ts';
import { parseReference, registersOf } from './modbus-points.ts';
import type { Table } from './table.ts';
import { numberOf, textOf } from './values.ts';

/** Columns of a tag export, by their English names. */
const COLUMNS = {
  name: 'tag name',
  address: 'address',
  type: 'data type',
  rate: 'scan rate',
  scaling: 'scaling',
  rawLow: 'raw low',
  rawHigh: 'raw high',
  low: 'scaled low',
  high: 'scaled high',
  clampLow: 'clamp low',
  clampHigh: 'clamp high',
  unit: 'eng units',
  description: 'description',
  negate: 'negate value',
} as const;
const TAG_RATE_DEFAULT_MS = 100;

const wordOf = (cell: unknown): string => textOf(cell).toLowerCase();

/** Whether the first row is the header of a tag export. */
export function isKepwareTable(table: Table): boolean {
  const header = table.rows[0]?.cells.map(wordOf) ?? [];
  return [COLUMNS.name, COLUMNS.address, COLUMNS.type, 'client access'].every((name) =>
    header.includes(name),
  );
}

/**
 * Reads a tag export of one device. It names neither driver nor device, so the points go into one connection without
 * an address; the protocol follows from the addresses unless it is given.
 */
export function readKepwareTable(
  table: Table,
  { draft, issues, protocol }: { draft: Draft; issues: Issues; protocol: PointTableProtocol | undefined },
): void {
  const header = table.rows[0]?.cells.map(wordOf) ?? [];
  const connections = new Map<string, DraftConnection | null>();
  for (const { line, cells } of table.rows.slice(1)) {
    const cell = (column: keyof typeof COLUMNS) => {
      const index = header.indexOf(COLUMNS[column]);
      return index < 0 ? '' : textOf(cells[index]);
    };
    const name = cell('name');
    if (name === '') continue;
    const place = placeOf.row(table.sheet, line);
    const address = cell('address');
    const spoken = protocol ?? protocolOf(address);
    if (spoken === null) {
      issues.error(place, 'protocol-missing', { value: address });
      continue;
    }
    const connection = connectionOf(spoken, { connections, draft, issues });
    if (!connection) continue;
    const type = typeOf(cell('type'));
    if (type === null) {
      issues.error(place, 'type-unsupported', { value: cell('type') });
      continue;
    }
    if (spoken === 'modbus') tellAssumptions(address, type, { connection, issues });
    const rate = numberOf(cell('rate'));
    if (rate !== TAG_RATE_DEFAULT_MS && spoken !== 'opcua') connection.interval(rate);
    addKepwareTag(
      {
        key: name,
        place,
        name: cell('description'),
        address,
        type,
        unit: cell('unit'),
        scaling: {
          kind: wordOf(cell('scaling')) || 'none',
          rawLow: numberOf(cell('rawLow')),
          rawHigh: numberOf(cell('rawHigh')),
          low: numberOf(cell('low')),
          high: numberOf(cell('high')),
          clamped: isOn(cell('clampLow')) || isOn(cell('clampHigh')),
          negated: isOn(cell('negate')),
        },
      },
      connection,
      { issues },
    );
  }
}

const isOn = (text: string): boolean => /^(1|true|yes)$/i.test(text);

function typeOf(name: string): number | null {
  if (name === '') return -1;
  const found = Object.entries(KEPWARE_TYPES).find(([, known]) => known.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return Number(found[0]);
  return /array/i.test(name) ? 20 : null;
}

function protocolOf(address: string): 'modbus' | 's7' | 'opcua' | null {
  if (parseReference(address.replace(/\s*\[.*$/, '')) !== null) return 'modbus';
  if (/^(ns=\d|nsu=|[isgb]=)/.test(address)) return 'opcua';
  return /^(DB\d+[.,]|[IEQAMF][A-Z]*\d|[TCZ]\d)/i.test(address) ? 's7' : null;
}

function connectionOf(
  protocol: string,
  {
    connections,
    draft,
    issues,
  }: { connections: Map<string, DraftConnection | null>; draft: Draft; issues: Issues },
): DraftConnection | null {
  const known = connections.get(protocol);
  if (known !== undefined) return known;
  const made = draft.connection({
    name: `kepware-${protocol}`,
    protocol,
    place: placeOf.names(`kepware-${protocol}`),
    settings: {},
    intervalField: protocol === 'opcua' ? null : 'intervalMs',
  });
  connections.set(protocol, made);
  if (made) issues.warning(made.place, 'no-endpoint');
  return made;
}

/** The export does not hold the properties of the device; what is taken instead is said once. */
function tellAssumptions(
  address: string,
  type: number,
  { connection, issues }: { connection: DraftConnection; issues: Issues },
): void {
  const reference = parseReference(address);
  if (reference === null) return;
  issues.once(connection.place, 'address-reference', { value: '400001', used: 'holding:0' });
  const encoding = ({ 6: 'int32', 7: 'uint32', 8: 'float32', 9: 'float64' } as const)[type as 6 | 7 | 8 | 9];
  if (encoding !== undefined && registersOf(encoding) > 1)
    issues.once(connection.place, 'order-assumed', { value: 'wordOrder: little' });
}
