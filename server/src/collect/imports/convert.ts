import type { Locale, PointImportPreview, PointTableProtocol } from '@ronghe/contracts';
import { createDraft } from './draft.ts';
import { createIssues, placeOf } from './issues.ts';
import { readKepwareProject } from './kepware.ts';
import { readKepwareTable } from './kepware-csv.ts';
import { readNeuronDocument, readNeuronTable } from './neuron.ts';
import { readPointTables } from './point-table.ts';
import type { Content } from './recognise.ts';
import { TABLE_LIMITS } from './table.ts';
import { readTelegraf } from './telegraf.ts';
import { readThingsboard } from './thingsboard.ts';
import { isTree } from './values.ts';

/** What a file becomes: connections as the collector's configuration holds them, and what a person should know. */
export function convert(
  content: Content,
  { locale, protocol }: { locale: Locale; protocol?: PointTableProtocol | undefined },
): PointImportPreview {
  const issues = createIssues();
  const draft = createDraft(issues);
  const reading = { draft, issues, protocol };
  if ('tables' in content) {
    for (const table of content.tables)
      if (table.rows.length > TABLE_LIMITS.rows) {
        table.rows.length = TABLE_LIMITS.rows;
        issues.error(placeOf.sheet(table.sheet), 'rows-over', { max: TABLE_LIMITS.rows });
      }
    const [first] = content.tables;
    if (content.format === 'kepware' && first) readKepwareTable(first, reading);
    else if (content.format === 'neuron' && first) readNeuronTable(first, reading);
    else readPointTables(content.tables, reading);
  } else if (content.format === 'telegraf') readTelegraf(content.document, reading);
  else if (content.format === 'neuron') readNeuronDocument(content.document, reading);
  else if (isTree(content.document)) {
    if (content.format === 'kepware') readKepwareProject(content.document, reading);
    else readThingsboard(content.document, reading);
  }
  const done = draft.done();
  return { format: content.format, ...done, ...issues.told(locale) };
}
