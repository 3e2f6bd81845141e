import type { MappingContent, ReadProblem } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import type { Finding } from '../../standards/findings.ts';
import type { TablePage } from '../delivery.ts';
import {
  type CompiledRules,
  compileRules,
  ROW_BYTES_MAX,
  type RowName,
  type StandardRow,
  shorten,
} from '../rows.ts';
import { ChunkTables } from './chunk-tables.ts';
import { digestOf, type Hash64, headOf, hexOf, keyHashOf, type RowIndex } from './row-index.ts';
import { RowJson } from './row-json.ts';

/** Columns named in a message. */
const COLUMNS_NAMED = 20;
/** Problems of reading that one run keeps; more are counted. */
const PROBLEMS_MAX = 100_000;
/** What the reader could not give as a row at all: it counts as read and rejected. */
const LOST_ROWS: ReadonlySet<ReadProblem['rule']> = new Set(['json-broken', 'row-too-large']);

export type LandingOf = {
  source: string;
  run: string;
  /** orders runs; the version of every row it writes */
  number: number;
  /** milliseconds since 1970 UTC */
  atMs: number;
  mapping: number;
  content: Pick<MappingContent, 'rowKey' | 'periodField' | 'mappings'>;
  target: 'enterprise' | 'dataset';
  mode: 'full' | 'incremental';
  /** rows that landed before, the newest first: a second row of a key is an older one */
  landed?: boolean;
  /** the part of the rows, by their keys, that is landed here; several processes share a large delivery */
  shard: Shard;
};
export type Shard = { index: number; of: number };
export const WHOLE: Shard = { index: 0, of: 1 };

/** What landing counts. `rowsIn` is always `rowsLanded` + `rowsRejected`. */
export type LandedCounts = {
  rowsIn: number;
  rowsLanded: number;
  rowsRejected: number;
  rowsNew: number;
  rowsChanged: number;
  rowsUnchanged: number;
  problems: number;
};

type Place = { file: string; place: number };
type Met = { cells: readonly unknown[]; name: RowName | { missing: string }; key: Hash64 | null };
type Named = {
  name: RowName;
  key: Hash64;
  /** canonical JSON in UTF-8, until the next row is looked at */
  json: Uint8Array;
  digest: string;
  cells: readonly unknown[];
  rules: CompiledRules;
};
type Compiled = {
  columns: readonly string[];
  rules: CompiledRules;
  json: RowJson;
};

/**
 * Holds the rows of one delivery against what the source had: counts, and writes what is new or changed, rejected, or could
 * not be read into chunks for the engine. Unchanged rows cost one look into the index. The rules are pure; nothing here
 * knows a database, so it runs in the server for a small delivery and in a process of its own for a large one.
 */
export class Lander {
  readonly counts: LandedCounts = {
    rowsIn: 0,
    rowsLanded: 0,
    rowsRejected: 0,
    rowsNew: 0,
    rowsChanged: 0,
    rowsUnchanged: 0,
    problems: 0,
  };
  /** keys of rows that the source itself called gone */
  readonly deleted: Hash64[] = [];
  /** refused rows whose key could not be read: each may be one that the source had */
  unnamed = 0;
  readonly tables: ChunkTables;
  readonly of: LandingOf;
  readonly index: RowIndex;
  readonly last: ReadonlyMap<string, number> | null;
  #compiled: Compiled | null = null;
  /** problems of reading so far, by their kind */
  readonly #told = new Map<string, number>();
  /** rows of the delivery so far, also of other shards */
  #ordinal = 0;
  /** how often a key came, kept only for keys that came more than once */
  readonly #repeated = new Map<string, number>();

  /**
   * @param last for incremental deliveries, in which a later row of a key is the newer one: the ordinal of the last row of
   * each key; earlier ones are passed over. null where a key may come once.
   */
  constructor(of: LandingOf, index: RowIndex, last: ReadonlyMap<string, number> | null = null) {
    this.of = of;
    this.index = index;
    this.last = last;
    this.tables = new ChunkTables(of);
  }

  page(page: TablePage, file: string): void {
    const compiled = this.#compile(page.columns);
    this.#problems(page, file);
    for (const [at, cells] of page.rows.entries()) {
      this.#ordinal += 1;
      const name = compiled.rules.nameOf(cells);
      const key = 'missing' in name ? null : keyHashOf(name.rowKey);
      const place = page.places[at] ?? 0;
      if (!this.#isMine(key, place)) continue;
      this.counts.rowsIn += 1;
      if (page.deleted?.has(at)) this.#delete(name, key);
      else this.#row(compiled, { cells, name, key }, { file: page.files?.[at] ?? file, place });
    }
  }

  /**
   * Refuses a table without a column of the row key: it is another file than was meant, and leaving its rows out would make
   * them look gone. @throws AppError TABLE_UNREADABLE
   */
  demandKey(columns: readonly string[], file: string): void {
    const missing = this.of.content.rowKey.find(
      (name) => !name.split('|').some((field) => columns.includes(field)),
    );
    if (missing === undefined) return;
    const there = columns.slice(0, COLUMNS_NAMED).join(', ');
    throw new AppError('TABLE_UNREADABLE', {
      file,
      reason: `no column ${missing}, which names a row; there are ${there}`,
      'reason.zh': `缺少用来识别一行的列 ${missing}；现有列：${there}`,
    });
  }

  /** Keys that the source had and a full delivery did not bring. */
  gone(): Iterable<Hash64> {
    return this.of.mode === 'full' ? this.index.unseen() : this.deleted;
  }

  /** Names of rows of a page, for the look ahead that incremental deliveries need. */
  *names(page: TablePage): Generator<string | null> {
    const { rules } = this.#compile(page.columns);
    for (const cells of page.rows) {
      const name = rules.nameOf(cells);
      yield 'missing' in name ? null : name.rowKey;
    }
  }

  #compile(columns: readonly string[]): Compiled {
    const known = this.#compiled;
    if (known && (known.columns === columns || sameNames(known.columns, columns))) return known;
    const rules = compileRules({ ...this.of.content, target: this.of.target }, columns);
    this.#compiled = { columns, rules, json: new RowJson(columns) };
    return this.#compiled;
  }

  #isMine(key: Hash64 | null, place: number): boolean {
    const { index, of } = this.of.shard;
    return of === 1 || (key === null ? place : key.high) % of === index;
  }

  #row({ rules, json: writer }: Compiled, { cells, name, key }: Met, at: Place): void {
    const json = writer.write(cells);
    const digest = digestOf(json);
    if (json.length > ROW_BYTES_MAX) {
      const value = shorten(textOf(json));
      const rowKey = 'missing' in name ? unnamed(digest) : name.rowKey;
      // it was delivered, so what the source had of it does not go away
      if (key !== null) this.index.meet(key, headOf(digest));
      else this.unnamed += 1;
      this.#reject(rowKey, [{ rule: 'row-too-large', field: null, value }], JSON.stringify({ value }), at);
      return;
    }
    if ('missing' in name || key === null) {
      this.unnamed += 1;
      const missing = 'missing' in name ? name.missing : null;
      const findings: Finding[] = [{ rule: 'row-key-missing', field: missing, value: null }];
      this.#reject(unnamed(digest), findings, textOf(json), at);
      return;
    }
    this.#named({ name, key, json, digest, cells, rules }, at);
  }

  #named({ name, key, json, digest, cells, rules }: Named, at: Place): void {
    if (this.last && this.last.get(name.rowKey) !== this.#ordinal) {
      // a newer row of the same key follows in this delivery
      this.counts.rowsLanded += 1;
      this.counts.rowsUnchanged += 1;
      return;
    }
    const row = headOf(digest);
    const met = this.index.meet(key, row);
    if (met.seenBefore && this.of.landed) {
      this.counts.rowsLanded += 1;
      this.counts.rowsUnchanged += 1;
      return;
    }
    if (met.seenBefore && !this.last) {
      this.#duplicate(name, rules.standardise(cells, name), textOf(json), at);
      return;
    }
    if (met.same) {
      this.counts.rowsLanded += 1;
      this.counts.rowsUnchanged += 1;
      return;
    }
    const standard = rules.standardise(cells, name);
    if (standard.rejected) {
      // a month that cannot be read is part of the name
      if (name.period === null && this.of.content.periodField !== null) this.unnamed += 1;
      this.#reject(name.rowKey, standard.findings, textOf(json), at);
      return;
    }
    this.counts.rowsLanded += 1;
    if (!met.known) this.counts.rowsNew += 1;
    else if (met.sameRow) this.counts.rowsUnchanged += 1;
    else this.counts.rowsChanged += 1;
    this.tables.record(standard, key, row);
    if (!met.sameRow)
      this.tables.landing({
        rowKey: name.rowKey,
        digest: hexOf(digest),
        change: met.known ? 'changed' : 'new',
        row: json,
        ...at,
      });
  }

  /** The second row of a key gets a name of its own and is rejected; the first stays what it is. */
  #duplicate(name: RowName, standard: StandardRow, text: string, at: Place): void {
    const times = (this.#repeated.get(name.rowKey) ?? 1) + 1;
    this.#repeated.set(name.rowKey, times);
    const duplicate: Finding = { rule: 'row-key-duplicate', field: null, value: shorten(name.rowKey) };
    const findings = standard.rejected ? standard.findings : [duplicate];
    this.#reject(`${name.rowKey} #${times}`, findings, text, at);
  }

  #reject(rowKey: string, findings: readonly Finding[], row: string, at: Place): void {
    this.counts.rowsRejected += 1;
    this.tables.reject({ rowKey, findings, row, ...at });
  }

  #delete(name: RowName | { missing: string }, key: Hash64 | null): void {
    this.counts.rowsLanded += 1;
    if ('missing' in name || key === null) return;
    if (this.last && this.last.get(name.rowKey) !== this.#ordinal) return;
    this.deleted.push(key);
  }

  #problems({ problems }: TablePage, file: string): void {
    for (const problem of problems) {
      if (LOST_ROWS.has(problem.rule)) this.#ordinal += 1;
      if (this.of.shard.index !== 0) continue;
      this.counts.problems += 1;
      const told = (this.#told.get(problem.rule) ?? 0) + 1;
      this.#told.set(problem.rule, told);
      if (told <= PROBLEMS_MAX) this.tables.problem({ ...problem, file });
      if (!LOST_ROWS.has(problem.rule)) continue;
      this.counts.rowsIn += 1;
      this.unnamed += 1;
      const text = problem.text ?? '';
      const rule = problem.rule === 'row-too-large' ? 'row-too-large' : 'row-not-object';
      this.#reject(
        `#${file}:${problem.place ?? 0}`,
        [{ rule, field: problem.column, value: text }],
        JSON.stringify({ value: text }),
        {
          file,
          place: problem.place ?? 0,
        },
      );
    }
  }
}

const unnamed = (digest: string): string => `#${hexOf(digest.slice(0, 8))}`;
const textOf = (json: Uint8Array): string => Buffer.from(json).toString();
const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);
