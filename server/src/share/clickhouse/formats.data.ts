import type { GuestFormat } from '#platform/db/guests.ts';

const JSON_TYPE = 'application/json; charset=UTF-8';
const LINES = 'application/x-ndjson; charset=UTF-8';
const TSV = 'text/tab-separated-values; charset=UTF-8';

/** Content types as ClickHouse gives them, by the beginning of a format's name, the longest first. */
const TYPES: readonly (readonly [string, string])[] = [
  ['JSONEachRow', LINES],
  ['JSONStringsEachRow', LINES],
  ['JSONCompactEachRow', LINES],
  ['JSONCompactStringsEachRow', LINES],
  ['JSON', JSON_TYPE],
  ['CSV', 'text/csv; charset=UTF-8; header=absent'],
  ['TabSeparated', TSV],
  ['TSKV', TSV],
  ['Markdown', 'text/markdown; charset=UTF-8'],
  ['XML', 'application/xml; charset=UTF-8'],
  ['Parquet', 'application/octet-stream'],
  ['Arrow', 'application/octet-stream'],
  ['Native', 'application/octet-stream'],
  ['RowBinary', 'application/octet-stream'],
];

export function contentTypeOf(format: GuestFormat | string): string {
  if (format.startsWith('CSVWithNames')) return 'text/csv; charset=UTF-8; header=present';
  return TYPES.find(([start]) => format.startsWith(start))?.[1] ?? 'text/plain; charset=UTF-8';
}
