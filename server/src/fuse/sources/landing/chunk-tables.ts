import type { ReadProblem } from '@ronghe/contracts';
import type { Finding } from '../../standards/findings.ts';
import type { StandardRow } from '../rows.ts';
import type { LandingOf } from './lander.ts';
import { ListColumn, type NativeColumn, NumberColumn, RepeatedText, TextColumn } from './native-columns.ts';
import type { Hash64 } from './row-index.ts';

/** A chunk goes to the engine when it has so many rows or bytes. */
const CHUNK_ROWS = 100_000;
const CHUNK_BYTES = 64_000_000;

/** A file of rows for one table of the engine. */
export type Chunk = {
  table: 'fuse.landing' | 'fuse.record' | 'fuse.reject' | 'fuse.problem';
  file: string;
  rows: number;
};

export type FullTable = { table: Chunk['table']; rows: number; columns: readonly NativeColumn[] };

const text = (name: string) => new TextColumn(name);
const number = (name: string, type: 'UInt8' | 'UInt32' | 'UInt64') => new NumberColumn(name, type);
const texts = (name: string) => new ListColumn(new TextColumn(name));

/** Columns as the tables of `migrations.ts` have them. Every row of a run carries its source and its number. */
const TABLES = {
  'fuse.landing': ({ source, run }: LandingOf) => ({
    source: new RepeatedText('source', source),
    run: new RepeatedText('run', run),
    row_key: text('row_key'),
    row_hash: text('row_hash'),
    change: text('change'),
    received_at: number('received_at', 'UInt64'),
    row: text('row'),
    number: number('number', 'UInt64'),
    file: text('file'),
    place: number('place', 'UInt32'),
  }),
  'fuse.record': ({ source }: LandingOf) => ({
    source: new RepeatedText('source', source),
    number: number('number', 'UInt64'),
    row_key: text('row_key'),
    entity_key: text('entity_key'),
    period: text('period'),
    gone: number('gone', 'UInt8'),
    key_hash: number('key_hash', 'UInt64'),
    row_hash: number('row_hash', 'UInt64'),
    mapping: number('mapping', 'UInt32'),
    value_to: texts('value_to'),
    value_text: texts('value_text'),
    value_raw: texts('value_raw'),
    value_field: texts('value_field'),
    value_valid: new ListColumn(new NumberColumn('value_valid', 'UInt8')),
    finding_rule: texts('finding_rule'),
    finding_field: texts('finding_field'),
    finding_value: texts('finding_value'),
  }),
  'fuse.reject': ({ source }: LandingOf) => ({
    source: new RepeatedText('source', source),
    number: number('number', 'UInt64'),
    row_key: text('row_key'),
    file: text('file'),
    place: number('place', 'UInt32'),
    row: text('row'),
    finding_rule: texts('finding_rule'),
    finding_field: texts('finding_field'),
    finding_value: texts('finding_value'),
  }),
  'fuse.problem': ({ source }: LandingOf) => ({
    source: new RepeatedText('source', source),
    number: number('number', 'UInt64'),
    file: text('file'),
    place: number('place', 'UInt32'),
    rule: text('rule'),
    column: text('column'),
    text: text('text'),
  }),
};
type Tables = { [Table in keyof typeof TABLES]: ReturnType<(typeof TABLES)[Table]> };

/** The rows that a run writes, gathered by table, and handed over as files when there are enough. */
export class ChunkTables {
  readonly #tables: Tables;
  /** the last row of another shape, and where its targets and fields begin */
  #before: { values: StandardRow['values']; to: number; field: number } | null = null;
  readonly of: LandingOf;
  constructor(of: LandingOf) {
    this.of = of;
    this.#tables = {
      'fuse.landing': TABLES['fuse.landing'](of),
      'fuse.record': TABLES['fuse.record'](of),
      'fuse.reject': TABLES['fuse.reject'](of),
      'fuse.problem': TABLES['fuse.problem'](of),
    };
  }

  landing(row: {
    rowKey: string;
    digest: string;
    change: 'new' | 'changed';
    /** UTF-8, taken over at once */
    row: Uint8Array;
    file: string;
    place: number;
  }): void {
    const table = this.#tables['fuse.landing'];
    this.#own(table);
    table.run.push();
    table.row_key.push(row.rowKey);
    table.row_hash.push(row.digest);
    table.change.push(row.change);
    table.received_at.push(this.of.atMs % 2 ** 32, Math.floor(this.of.atMs / 2 ** 32));
    table.row.pushBytes(row.row);
    table.file.push(row.file);
    table.place.push(row.place);
  }

  record(row: StandardRow, key: Hash64, hash: Hash64): void {
    const table = this.#tables['fuse.record'];
    this.#own(table);
    table.row_key.push(row.rowKey);
    table.entity_key.push(row.entityKey);
    table.period.push(row.period ?? '');
    table.gone.push(0);
    table.key_hash.push(key.low, key.high);
    table.row_hash.push(hash.low, hash.high);
    table.mapping.push(this.of.mapping);
    this.#shape(row.values, table);
    for (const { value, raw, valid } of row.values) {
      table.value_text.inner.push(value);
      // what a source said is kept only where it differs
      table.value_raw.inner.push(raw === value ? '' : raw);
      table.value_valid.inner.push(valid ? 1 : 0);
    }
    table.value_to.end();
    table.value_field.end();
    table.value_text.end();
    table.value_raw.end();
    table.value_valid.end();
    pushFindings(table, row.findings);
  }

  /** Most rows have values for the same targets from the same fields as the row before; those bytes are copied. */
  #shape(values: StandardRow['values'], { value_to: to, value_field: field }: Tables['fuse.record']): void {
    const before = this.#before;
    if (before !== null && to.inner.rows > 0 && sameShape(before.values, values)) {
      before.to = to.inner.again(before.to, values.length);
      before.field = field.inner.again(before.field, values.length);
      return;
    }
    this.#before = { values, to: to.inner.byteLength, field: field.inner.byteLength };
    for (const value of values) {
      to.inner.push(value.to);
      field.inner.push(value.field);
    }
  }

  reject(row: {
    rowKey: string;
    findings: readonly Finding[];
    row: string;
    file: string;
    place: number;
  }): void {
    const table = this.#tables['fuse.reject'];
    this.#own(table);
    table.row_key.push(row.rowKey);
    table.file.push(row.file);
    table.place.push(row.place);
    table.row.push(row.row);
    pushFindings(table, row.findings);
  }

  problem(problem: ReadProblem): void {
    const table = this.#tables['fuse.problem'];
    this.#own(table);
    table.file.push(problem.file ?? '');
    table.place.push(problem.place ?? 0);
    table.rule.push(problem.rule);
    table.column.push(problem.column ?? '');
    table.text.push(problem.text ?? '');
  }

  /** Hands over the tables that have enough (all that have any with `all`); each must be emptied once it is written. */
  *full({ all }: { all: boolean }): Generator<FullTable> {
    for (const [table, columns] of Object.entries(this.#tables) as [
      Chunk['table'],
      Record<string, NativeColumn>,
    ][]) {
      const list = Object.values(columns);
      const rows = columns.source?.rows ?? 0;
      if (rows === 0) continue;
      const bytes = list.reduce((sum, column) => sum + column.byteLength, 0);
      if (all || rows >= CHUNK_ROWS || bytes >= CHUNK_BYTES) yield { table, rows, columns: list };
    }
  }

  #own(table: { source: RepeatedText; number: NumberColumn }): void {
    table.source.push();
    table.number.push(this.of.number);
  }
}

function sameShape(before: StandardRow['values'], now: StandardRow['values']): boolean {
  if (before.length !== now.length) return false;
  for (let at = 0; at < now.length; at += 1)
    if (before[at]?.to !== now[at]?.to || before[at]?.field !== now[at]?.field) return false;
  return true;
}

type FindingLists = Record<'finding_rule' | 'finding_field' | 'finding_value', ListColumn<TextColumn>>;

function pushFindings(table: FindingLists, findings: readonly Finding[]): void {
  for (const finding of findings) {
    table.finding_rule.inner.push(finding.rule);
    table.finding_field.inner.push(finding.field ?? '');
    table.finding_value.inner.push(finding.value ?? '');
  }
  table.finding_rule.end();
  table.finding_field.end();
  table.finding_value.end();
}
