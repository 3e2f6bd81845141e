import { type Dict, type JsonSchema, kindOf, readScalar, scalarTypesOf } from '../form/json-schema.ts';

/** A column of the pasted table: what it was called, and the field it fills; null when none is known. */
export type PastedColumn = { title: string; field: string | null };
export type Pasted = { columns: PastedColumn[]; rows: Dict[]; headed: boolean };

/** Most rows that are taken at once, as many as a connection may have points. */
export const PASTED_ROWS_MAX = 50_000;

/**
 * Reads a table as Excel puts it on the clipboard: tabs between cells, quotes around cells with line ends. A first row of
 * known titles names the columns; without one they are taken in the order of `fields`. `titles` finds a field by what
 * people call it.
 */
export function readPasted(
  text: string,
  item: JsonSchema,
  fields: readonly string[],
  titles: ReadonlyMap<string, string>,
): Pasted {
  const cells = cellsOf(text).slice(0, PASTED_ROWS_MAX + 1);
  const [first = [], ...rest] = cells;
  const fieldOf = (title: string): string | null => {
    const plain = title.trim();
    if (item.properties?.[plain]) return plain;
    return titles.get(plain.toLowerCase()) ?? null;
  };
  const headed = first.some((title) => fieldOf(title) !== null);
  const columns: PastedColumn[] = headed
    ? first.map((title) => ({ title: title.trim(), field: fieldOf(title) }))
    : first.map((_, at) => ({ title: '', field: fields[at] ?? null }));
  return {
    columns,
    headed,
    rows: (headed ? rest : cells).map((row) => rowOf(row, columns, item)),
  };
}

function rowOf(row: readonly string[], columns: readonly PastedColumn[], item: JsonSchema): Dict {
  return Object.fromEntries(
    columns.flatMap(({ field }, at) => {
      const schema = field === null ? undefined : item.properties?.[field];
      const value = schema && cellValue(row[at] ?? '', schema);
      return field === null || value === undefined ? [] : [[field, value]];
    }),
  );
}

function cellValue(text: string, schema: JsonSchema): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const kind = kindOf(schema);
  if (kind === 'enum')
    return schema.enum?.find((value) => String(value).toLowerCase() === trimmed.toLowerCase()) ?? trimmed;
  if (kind === 'text') return trimmed;
  return scalarTypesOf(schema).size > 0 ? readScalar(schema, trimmed) : undefined;
}

/** Rows of cells. Quotes count only where a cell begins with one, as Excel writes them. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === '\t') endCell();
    else if (sign === '\n') {
      endCell();
      rows.push([]);
    } else if (sign !== '\r') cell += sign;
  }
  endCell();
  return rows.filter((row) => row.some((each) => each.trim() !== ''));
}
