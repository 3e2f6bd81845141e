import type { PointImportFormat } from '@ronghe/contracts';
import { isKepwareProject } from './kepware.ts';
import { isKepwareTable } from './kepware-csv.ts';
import { isNeuronDocument, isNeuronTable } from './neuron.ts';
import { type Table, tableOfCsv } from './table.ts';
import { isTelegraf, parseTelegraf } from './telegraf.ts';
import { isThingsboard } from './thingsboard.ts';
import type { Tree } from './values.ts';

/** What a file turned out to be. */
export type Content =
  | { format: 'kepware' | 'neuron' | 'thingsboard'; document: unknown }
  | { format: 'telegraf'; document: Tree }
  | { format: 'excel' | 'csv' | 'kepware' | 'neuron'; tables: Table[] };

/** Bytes that begin a workbook of today, and one of before 2007 or with a password. */
export const isZip = (content: Uint8Array): boolean =>
  content[0] === 0x50 && content[1] === 0x4b && content[2] === 0x03 && content[3] === 0x04;
export const isOldOffice = (content: Uint8Array): boolean =>
  content[0] === 0xd0 && content[1] === 0xcf && content[2] === 0x11 && content[3] === 0xe0;

/** The text of a file: UTF-8 or UTF-16 by its mark, UTF-8 where it is valid, else GB18030. */
export function decodeText(content: Uint8Array): string {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(content);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('gb18030').decode(content);
  }
}

/** Tables of a workbook: of Neuron when its first sheet has Neuron's header, otherwise a person's own. */
export function recogniseTables(tables: Table[], wanted: PointImportFormat | undefined): Content | null {
  const [first] = tables;
  if (wanted === undefined || wanted === 'neuron')
    if (first !== undefined && isNeuronTable(first)) return { format: 'neuron', tables: [first] };
  return wanted === undefined || wanted === 'excel' ? { format: 'excel', tables } : null;
}

/** What a text is, from its content; a format that is wanted must fit. Null when it is none of the formats. */
export function recogniseText(text: string, wanted: PointImportFormat | undefined): Content | null {
  const fits = (format: PointImportFormat): boolean => wanted === undefined || wanted === format;
  if (/^\s*[{[](?!\[|inputs|agent)/.test(text)) {
    const document = parseJson(text);
    if (document !== undefined) {
      if (fits('kepware') && isKepwareProject(document)) return { format: 'kepware', document };
      if (fits('thingsboard') && isThingsboard(document)) return { format: 'thingsboard', document };
      if (fits('neuron') && isNeuronDocument(document)) return { format: 'neuron', document };
      return null;
    }
  }
  if (fits('telegraf') && /^[ \t]*\[\[?[ \t]*inputs[.\s\]]/m.test(text)) {
    const document = parseTelegraf(text);
    if (document !== null && isTelegraf(document)) return { format: 'telegraf', document };
    if (wanted === 'telegraf') return null;
  }
  if (!(fits('csv') || fits('kepware') || fits('neuron')) || text.includes('\0')) return null;
  return recogniseCsv(text, fits);
}

function recogniseCsv(text: string, fits: (format: PointImportFormat) => boolean): Content | null {
  const table = tableOfCsv(text.replace(/^\uFEFF/, ''));
  if (table === null || table.rows.length === 0) return null;
  if (fits('kepware') && isKepwareTable(table)) return { format: 'kepware', tables: [table] };
  if (fits('neuron') && isNeuronTable(table)) return { format: 'neuron', tables: [table] };
  return fits('csv') ? { format: 'csv', tables: [table] } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
