import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LinkColumn, LinkSettings } from '@ronghe/contracts';
import type { OpenTable } from '../sources/delivery.ts';
import { openTableFile } from '../sources/files/open.reader.ts';
import { ownText } from '../sources/files/own-text.ts';
import { rawText } from '../standards/text.ts';
import type { Derivers } from './derive.process.ts';
import type { PartValues } from './derive-columns.ts';
import { refuse } from './failure.ts';

/** A file to be linked, opened. Its columns are the headers as they stand. */
export type Input = { name: string; table: OpenTable; columns: readonly string[]; id: number; bytes: number };

/** Rows from the beginning that columns are profiled by. */
export const PROFILED_ROWS_MAX = 40_000;
const BATCH_ROWS = 40_000;
/**
 * Opens the files and finds the column of the ids in each.
 * @throws AppError LINK_INPUT_INVALID, TABLE_UNREADABLE, SOURCE_TOO_LARGE
 */
export async function openInputs(paths: readonly string[], idHeader: string): Promise<Input[]> {
  const inputs: Input[] = [];
  try {
    for (const path of paths) {
      const name = basename(path);
      const table = await openTableFile({ path, name, options: {} }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        throw refuse(
          [`找不到文件 ${path}`, `the file ${path} does not exist`],
          ['检查 --input 后的路径', 'Check the path after --input'],
        );
      });
      const id = findHeader(table.columns, idHeader);
      inputs.push({
        name: unlike(name, inputs),
        table,
        columns: table.columns,
        id,
        bytes: (await stat(path)).size,
      });
      if (id < 0) throw noColumn('id', { name, columns: table.columns, header: idHeader });
    }
    return inputs;
  } catch (error) {
    await closeInputs(inputs);
    throw error;
  }
}

/** Two files of one name in different folders are told apart by their number. */
const unlike = (name: string, before: readonly Input[]): string =>
  before.some((input) => input.name === name) ? `${name}#${before.length + 1}` : name;

export const closeInputs = async (inputs: readonly Input[]): Promise<void> => {
  for (const { table } of inputs) await table.close();
};

/** Place of a header; blanks around it and its case do not matter. -1 when there is none. */
export function findHeader(columns: readonly string[], header: string): number {
  const exact = columns.indexOf(header);
  if (exact >= 0) return exact;
  const plain = (text: string) => text.trim().toLowerCase();
  return columns.findIndex((one) => plain(one) === plain(header));
}

export const noColumn = (
  option: string,
  { name, columns, header }: { name: string; columns: readonly string[]; header: string },
) =>
  refuse(
    [
      `文件 ${name} 没有列“${header}”；它的列是：${columns.join('、')}`,
      `the file ${name} has no column "${header}"; its columns are: ${columns.join(', ')}`,
    ],
    [`用 --${option} 指明其中一列`, `Name one of them with --${option}`],
  );

/** The columns of settings by input: places of their headers. */
type Placed = { column: LinkColumn; places: readonly number[] };
export function placeColumns(input: Pick<Input, 'columns'>, columns: readonly LinkColumn[]): Placed[] {
  return columns.map((column) => ({
    column,
    places: (column.from ?? [column.name])
      .map((header) => findHeader(input.columns, header))
      .filter((place) => place >= 0),
  }));
}

/** @throws AppError LINK_INPUT_INVALID when a column of the settings is in none of the inputs */
export function checkColumns(inputs: readonly Input[], settings: LinkSettings): void {
  for (const column of settings.columns) {
    const headers = column.from ?? [column.name];
    if (inputs.some((input) => headers.some((header) => findHeader(input.columns, header) >= 0))) continue;
    const all = inputs.map(({ name, columns }) => `${name}: ${columns.join(', ')}`).join('; ');
    throw refuse(
      [
        `设置中的列“${column.name}”（${headers.join('、')}）在文件中都不存在；现有 ${all}`,
        `the column "${column.name}" of the settings (${headers.join(', ')}) is in none of the files; there are ${all}`,
      ],
      [
        '修改设置中的 from，或用 --settings auto',
        'Correct its `from` in the settings, or use --settings auto',
      ],
    );
  }
}

export type Batch = {
  ids: string[];
  sources: number[];
  /** values by column of the table, see `tableColumns` */
  values: PartValues[];
  truth: string[];
};

export type ReadPlan = {
  settings: LinkSettings;
  /** column of the entity, for evaluation only */
  truth: string | null;
  /** standardises the raw values of a batch */
  derivers: Derivers;
};

/** What was read in all: filled while the batches are taken. */
export type Loaded = {
  /** ids by record */
  ids: string[];
  /** names of sources and how many records each has */
  sources: { name: string; input: number; records: number }[];
  sourceOf: number[];
  truth: string[];
  problems: number;
};

/**
 * Reads all inputs one after the other, standardised. Records are numbered in that order. `loaded` grows with each batch.
 * @throws AppError LINK_INPUT_INVALID for an empty file, an empty or repeated id
 */
export async function* readBatches(
  inputs: readonly Input[],
  plan: ReadPlan,
  loaded: Loaded,
): AsyncGenerator<Batch> {
  const waiting: Promise<Batch>[] = [];
  for (const [at, input] of inputs.entries()) {
    let rows = 0;
    for await (const raw of readInput(input, { ...plan, at, loaded })) {
      rows += raw.ids.length;
      const work = plan.derivers
        .derive(raw.raw)
        .then((values) => ({ ids: raw.ids, sources: raw.sources, truth: raw.truth, values }));
      work.catch(() => {});
      waiting.push(work);
      if (waiting.length > plan.derivers.ahead) yield keep(await waiting.shift(), loaded);
    }
    if (rows === 0)
      throw refuse(
        [`文件 ${input.name} 只有表头，没有数据行`, `the file ${input.name} has a header and no rows`],
        ['检查导出是否完整', 'Check whether the export is complete'],
      );
  }
  for (const work of waiting) yield keep(await work, loaded);
}

type Reading = ReadPlan & { at: number; loaded: Loaded };
type RawBatch = { ids: string[]; sources: number[]; truth: string[]; raw: string[][] };

async function* readInput(input: Input, reading: Reading): AsyncGenerator<RawBatch> {
  const { settings, loaded, at } = reading;
  const placed = placeColumns(input, settings.columns);
  const truth = reading.truth === null ? -1 : findHeader(input.columns, reading.truth);
  const sourcePlace =
    settings.sourceColumn === undefined ? -1 : findHeader(input.columns, settings.sourceColumn);
  const seen = new Map<string, number>();
  const sources = new Map<string, number>();
  const emptyBatch = (): RawBatch => ({ ids: [], sources: [], truth: [], raw: placed.map(() => []) });
  let batch = emptyBatch();
  for await (const page of input.table.pages(new AbortController().signal)) {
    loaded.problems += page.problems.length;
    for (const [index, row] of page.rows.entries()) {
      const id = ownText(rawText(row[input.id]).trim());
      const place = page.places[index] ?? 0;
      const source = sourceOf(sources, { row, sourcePlace, input, at, loaded });
      checkId(seen, { id, place, key: sourcePlace < 0 ? id : `${source} ${id}`, name: input.name });
      batch.ids.push(id);
      batch.sources.push(source);
      batch.truth.push(truth < 0 ? '' : ownText(rawText(row[truth]).trim()));
      for (const [column, { places }] of placed.entries()) batch.raw[column]?.push(rawOf(row, places));
      if (batch.ids.length < BATCH_ROWS) continue;
      yield batch;
      batch = emptyBatch();
    }
  }
  if (batch.ids.length > 0) yield batch;
}

/** The text of a column: of several headers all that are filled, with a blank between. */
function rawOf(row: readonly unknown[], places: readonly number[]): string {
  let raw = '';
  for (const place of places) {
    const text = rawText(row[place]);
    if (text !== '') raw = raw === '' ? text : `${raw} ${text}`;
  }
  return raw;
}

function keep(batch: Batch | undefined, loaded: Loaded): Batch {
  if (!batch) throw new Error('a batch that was begun is not there');
  for (let at = 0; at < batch.ids.length; at += 1) {
    loaded.ids.push(batch.ids[at] ?? '');
    loaded.truth.push(batch.truth[at] ?? '');
    const source = batch.sources[at] ?? 0;
    loaded.sourceOf.push(source);
    const known = loaded.sources[source];
    if (known) known.records += 1;
  }
  return batch;
}

type SourceOf = {
  row: readonly unknown[];
  sourcePlace: number;
  input: Input;
  at: number;
  loaded: Loaded;
};
/** Number of the source: the input, or in an input of several sources each of its values. */
function sourceOf(sources: Map<string, number>, { row, sourcePlace, input, at, loaded }: SourceOf): number {
  const name = sourcePlace < 0 ? input.name : rawText(row[sourcePlace]).trim();
  const known = sources.get(name);
  if (known !== undefined) return known;
  sources.set(ownText(name), loaded.sources.length);
  loaded.sources.push({ name: ownText(name), input: at, records: 0 });
  return loaded.sources.length - 1;
}

function checkId(
  seen: Map<string, number>,
  { id, key, place, name }: { id: string; key: string; place: number; name: string },
): void {
  if (id === '')
    throw refuse(
      [`文件 ${name} 第 ${place} 行没有标识`, `the file ${name} has no id in line ${place}`],
      ['补上标识，或用 --id 另选一列', 'Fill the id in, or choose another column with --id'],
    );
  const before = seen.get(key);
  if (before !== undefined)
    throw refuse(
      [
        `文件 ${name} 第 ${before} 行与第 ${place} 行的标识都是“${id}”`,
        `the file ${name} has the id "${id}" in line ${before} and again in line ${place}`,
      ],
      [
        '标识须唯一；用 --id 另选一列，或先去重',
        'Ids must be unique: choose another column with --id, or remove the repetition',
      ],
    );
  seen.set(key, place);
}
