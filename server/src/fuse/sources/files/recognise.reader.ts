import type { SpoolOptions } from '../delivery.ts';
import { unreadable } from './failure.ts';
import { isLines } from './json.reader.ts';
import { textTraits } from './text.reader.ts';

export type FileFormat = 'csv' | 'xlsx' | 'json' | 'jsonl' | 'parquet' | 'rows' | 'compact';

const startsWith = (head: Buffer, bytes: readonly number[] | string): boolean =>
  head.subarray(0, bytes.length).equals(Buffer.from(bytes as string, 'latin1'));
const PICTURES: readonly [string, readonly number[] | string][] = [
  ['PNG', '\x89PNG'],
  ['JPEG', [0xff, 0xd8, 0xff]],
  ['GIF', 'GIF8'],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
];
const ARCHIVES: readonly [string, readonly number[] | string][] = [
  ['RAR', 'Rar!'],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf]],
  ['gzip', [0x1f, 0x8b]],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', 'BZh'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];
/** Bytes of the beginning in which a text must have no zero byte. */
const TEXT_BYTES = 65_536;

/**
 * Tells what a file is from its first bytes, then from its name. Throws TABLE_UNREADABLE for what is no table, with what it is instead.
 */
export function recognise(file: { name: string; head: Buffer; options: SpoolOptions }): FileFormat {
  const { name, head } = file;
  const { format } = file.options;
  if (format === 'rows' || format === 'compact') return format;
  if (head.length === 0) throw unreadable(name, 'empty');
  if (startsWith(head, 'PAR1')) return demand(name, 'parquet', format);
  if (startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06')) return demand(name, 'xlsx', format);
  refuseOthers(name, head);
  if (format === 'parquet' || format === 'xlsx') throw unreadable(name, 'format-other', { format });
  return format ?? textFormat(name, head);
}

function demand(name: string, found: 'parquet' | 'xlsx', told: SpoolOptions['format']): FileFormat {
  if (told !== undefined && told !== found) throw unreadable(name, 'format-other', { format: told });
  return found;
}

function refuseOthers(name: string, head: Buffer) {
  if (startsWith(head, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) {
    const holds = (stream: string) => head.includes(Buffer.from(stream, 'utf16le'));
    if (holds('EncryptedPackage')) throw unreadable(name, 'protected');
    if (holds('WordDocument')) throw unreadable(name, 'document', { kind: 'Word' });
    throw unreadable(name, 'xls');
  }
  if (head.subarray(0, 1_024).includes('%PDF-')) throw unreadable(name, 'pdf');
  const picture = PICTURES.find(([, bytes]) => startsWith(head, bytes));
  if (picture !== undefined) throw unreadable(name, 'image', { kind: picture[0] });
  const archive = ARCHIVES.find(([, bytes]) => startsWith(head, bytes));
  if (archive !== undefined) throw unreadable(name, 'packed', { kind: archive[0] });
  const { encoding, markBytes } = textTraits(head.subarray(0, TEXT_BYTES));
  if (!encoding.startsWith('utf-16') && head.subarray(0, TEXT_BYTES).includes(0))
    throw unreadable(name, 'binary');
  const start = new TextDecoder(encoding).decode(head.subarray(markBytes, 2_048)).trimStart();
  if (/^<(?:!doctype html|html|head|body|meta|table|style|script)\b/i.test(start))
    throw unreadable(name, 'html');
  if (/^<\?xml\b/i.test(start)) throw unreadable(name, /<html\b/i.test(start) ? 'html' : 'xml-table');
}

function textFormat(name: string, head: Buffer): FileFormat {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (ending === 'csv' || ending === 'tsv') return 'csv';
  if (ending === 'jsonl' || ending === 'ndjson') return 'jsonl';
  const { encoding, markBytes } = textTraits(head);
  const text = new TextDecoder(encoding).decode(head.subarray(markBytes));
  const isObject = text.trimStart().startsWith('{');
  if (isObject && isLines(text.trimStart())) return 'jsonl';
  if (ending === 'json' || (ending !== 'txt' && (isObject || /^\s*\[\s*[[{]/.test(text)))) return 'json';
  return 'csv';
}
