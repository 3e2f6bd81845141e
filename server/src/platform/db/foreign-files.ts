import { type Cell, type ForeignFile, type ForeignKind, unreachable } from '#platform/db/foreign.ts';
import { quote } from '#platform/db/sql-parameters.ts';

/** Characters by which the engine makes several addresses of one; each would have to be allowed. */
const PATTERNS = /[{}|?*]/;
/** Formats of the engine. Text goes through line by line, so that our own readers meet it as its owner wrote it. */
const FORMATS = { csv: 'LineAsString', jsonl: 'LineAsString', parquet: 'Parquet' } as const;
const WHOLE = /^U?Int64$/;
const WIDE = /^(Decimal|U?Int(128|256))/;

/**
 * The table function of a file. @throws ForeignError for an address that would become several
 */
export function fileFunction(source: ForeignFile, format: string = FORMATS[source.format]): string {
  const address = checkedAddress(source);
  const structure = format === 'LineAsString' ? [quote('line String')] : [];
  if (source.kind === 's3') {
    const signed = source.accessKey === '' ? ['NOSIGN'] : [quote(source.accessKey), quote(source.secretKey)];
    return `s3(${[quote(address), ...signed, quote(format), ...structure].join(', ')})`;
  }
  if (source.accessKey === '') return `url(${[quote(address), quote(format), ...structure].join(', ')})`;
  const basic = Buffer.from(`${source.accessKey}:${source.secretKey}`).toString('base64');
  const headers = `headers('Authorization' = ${quote(`Basic ${basic}`)})`;
  return `url(${[quote(address), quote(format), ...(structure.length > 0 ? structure : ["'auto'"]), headers].join(', ')})`;
}

export const pathCondition = ({ path }: ForeignFile): string =>
  path === undefined ? '' : ` where _path = ${quote(path)}`;

function checkedAddress({ kind, url }: ForeignFile): string {
  const address = new URL(url);
  if (!/^https?:$/.test(address.protocol)) throw unreachable('the address is not http or https');
  if (address.username !== '' || address.password !== '')
    throw unreachable('the address holds a user; give the keys apart');
  const path = kind === 's3' ? address.pathname.replaceAll('*', '') : address.pathname;
  if (PATTERNS.test(`${address.host}${decoded(path)}`) || /[{}|*]/.test(address.search))
    throw unreachable(
      kind === 's3'
        ? 'only * may stand for several files'
        : 'an http address names one file; * is for S3, which can list',
    );
  // the URL as it was parsed, so that what was allowed and what is asked for cannot differ
  return kind === 's3' ? address.href.replaceAll('%2A', '*') : address.href;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    throw unreachable('the address is not written as an address');
  }
}

/** A column of Parquet as the engine names its type. */
export function cellOfFile({ name, type }: { name: string; type: string }): Cell {
  const base = type.replace(/^LowCardinality\((.*)\)$/s, '$1').replace(/^Nullable\((.*)\)$/s, '$1');
  const { kind, engine } = shape(base);
  const nullable = type.includes('Nullable(');
  return {
    column: { name, type, kind, nullable, key: false, comment: '' },
    source: '',
    engine,
    watermark: null,
  };
}

/** A time with a fraction as text without the zeros at its end, and without the point when nothing is left. */
export const trimmedTime = (time: string): string =>
  `trim(trailing '.' from trim(trailing '0' from toString(${time})))`;

function shape(base: string): { kind: ForeignKind; engine: Cell['engine'] } {
  if (WHOLE.test(base)) return { kind: 'number', engine: 'whole' };
  if (WIDE.test(base)) return { kind: 'decimal', engine: (cell) => `toString(${cell})` };
  if (/^(U?Int|Float|BFloat)/.test(base)) return { kind: 'number', engine: 'plain' };
  if (base === 'Bool') return { kind: 'boolean', engine: 'plain' };
  if (base.startsWith('DateTime')) {
    const wall = (cell: string) => (base.includes("'") ? `toTimeZone(${cell}, 'Asia/Shanghai')` : cell);
    const timed = base.startsWith('DateTime64') && !base.startsWith('DateTime64(0');
    return { kind: 'time', engine: (cell) => (timed ? trimmedTime(wall(cell)) : `toString(${wall(cell)})`) };
  }
  if (base.startsWith('Date')) return { kind: 'date', engine: 'plain' };
  if (/^(Array|Tuple|Map|Nested|JSON|Variant|Dynamic)/.test(base))
    return { kind: 'json', engine: (cell) => `toJSONString(${cell})` };
  return { kind: 'text', engine: (cell) => `toString(${cell})` };
}
