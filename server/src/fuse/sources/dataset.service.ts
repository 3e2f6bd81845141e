import { PassThrough, Readable } from 'node:stream';
import {
  type ColumnProfile,
  DATASET_SHEET_ROWS_MAX,
  type DatasetExportQuery,
  type DatasetPage,
  type DatasetQuery,
  type DatasetRow,
  type Page,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { neededOf } from '../mapping/mapping.ts';
import { createPersonMask, type PersonMask } from '../things/person-mask.service.ts';
import { createDatasetStore } from './dataset.store.ts';
import { columnsOf, csvOf, pagesOf, sheetCell, type TableColumn } from './dataset-table.ts';
import { unitsOf } from './dataset-units.ts';
import { createProfileStore } from './profiles.store.ts';
import { createSourceStore } from './sources.store.ts';

/** Each page looks for the newest version of all rows anew, so few and large ones. */
const EXPORT_PAGE_ROWS = 2_000;
const SHEET_COLUMNS_MAX = 16_384;
const CELL_CHARACTERS_MAX = 32_767;

export type DatasetFile = { name: string; content: Readable };
type Parts = Pick<Platform, 'relational' | 'analytics' | 'log'>;

/** Use cases of the rows of one source: looked through, and taken away as a file. */
export function createDatasets({ relational, analytics, log }: Parts) {
  const db = relational.as<FuseTables>();
  const [sources, profiles] = [createSourceStore(db), createProfileStore(db)];
  const store = createDatasetStore(db, analytics);
  const masks = createPersonMask(db);

  async function found(scope: Scope, id: string) {
    demand(scope, 'fuse:source:read');
    const source = await sources.find(scope, id);
    if (!source) throw new AppError('NOT_FOUND', { thing: `source ${id}` });
    return source;
  }

  /** Columns of the newest profile, none before the first run. */
  async function profiledColumns(scope: Scope, id: string): Promise<readonly ColumnProfile[]> {
    const [newest] = await profiles.ofSource(scope, id, 1);
    return newest?.profile.columns ?? [];
  }

  return {
    /** Rows of a source as readers see them. @throws NOT_FOUND, REQUEST_INVALID (filters, cursor) */
    async rows(scope: Scope, id: string, query: DatasetQuery): Promise<DatasetPage> {
      const source = await found(scope, id);
      const profiled = await profiledColumns(scope, id);
      const mask = await masks(scope, [id]);
      demandOpen(query, mask.hides(id));
      const needed = new Set(neededOf(source).flatMap((from) => from.split('|')));
      return {
        ...masked(await store.page(scope, id, query), { source: id, mask }),
        units: unitsOf(source.mappings, profiled),
        left: profiled.map(({ name }) => name).filter((name) => !needed.has(name)),
      };
    },

    /**
     * All rows that the query finds, in its order, with the columns of all of them; written while it is read.
     * @throws NOT_FOUND, REQUEST_INVALID, EXPORT_TOO_LARGE for a sheet of more than `DATASET_SHEET_ROWS_MAX` rows or 16,384 columns
     */
    async exportRows(scope: Scope, id: string, query: DatasetExportQuery): Promise<DatasetFile> {
      const { key, mappings } = await found(scope, id);
      const profiled = await profiledColumns(scope, id);
      const { format, ...search } = query;
      const mask = await masks(scope, [id]);
      demandOpen(search, mask.hides(id));
      const names = await store.columns(scope, id, search);
      const read = async (cursor: string | undefined) => {
        const asked = { ...search, cursor, limit: EXPORT_PAGE_ROWS };
        return masked(await store.page(scope, id, asked, { counted: false }), { source: id, mask });
      };
      const columns = columnsOf(names, {
        known: profiled.map(({ name }) => name),
        mappings,
        units: unitsOf(mappings, profiled),
        language: scope.locale === 'en' ? 'en' : 'zh',
      });
      const pages = pagesOf(read);
      if (format === 'csv') return { name: `${key}.csv`, content: Readable.from(csvOf(columns, pages)) };
      if (names.total > DATASET_SHEET_ROWS_MAX)
        throw new AppError('EXPORT_TOO_LARGE', { rows: names.total, max: DATASET_SHEET_ROWS_MAX });
      if (columns.length > SHEET_COLUMNS_MAX)
        throw new AppError('EXPORT_TOO_LARGE', { rows: columns.length, max: SHEET_COLUMNS_MAX });
      const content = new PassThrough();
      writeSheet({ columns, pages, content }).catch((error: unknown) => {
        log.warn({ err: error }, 'an export broke off');
        content.destroy(error instanceof Error ? error : new Error(String(error)));
      });
      return { name: `${key}.xlsx`, content };
    },
  };
}
export type Datasets = ReturnType<typeof createDatasets>;

const masked = (page: Page<DatasetRow>, { source, mask }: { source: string; mask: PersonMask }) => ({
  ...page,
  items: page.items.map((row) => mask.dataset(source, row)),
});

/** What is hidden cannot be asked for either, letter by letter, and a search looks at every value. @throws PERMISSION_MISSING */
function demandOpen(
  { search, filters, sort }: Pick<DatasetQuery, 'search' | 'filters' | 'sort'>,
  hides: boolean,
): void {
  const asks = (search ?? '') !== '' || /person:|relation:shareholder/.test(`${filters ?? ''} ${sort ?? ''}`);
  if (hides && asks) throw new AppError('PERMISSION_MISSING', { permission: 'fuse:person:read' });
}

type Writing = { columns: readonly TableColumn[]; pages: AsyncIterable<DatasetRow[]>; content: PassThrough };

async function writeSheet({ columns, pages, content }: Writing): Promise<void> {
  // Loaded when the first export is written: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.stream.xlsx.WorkbookWriter({ stream: content, useSharedStrings: false });
  const sheet = workbook.addWorksheet('data', { views: [{ state: 'frozen', xSplit: 1, ySplit: 1 }] });
  sheet.addRow(columns.map(({ head }) => head)).commit();
  for await (const rows of pages) {
    for (const row of rows) sheet.addRow(columns.map(({ of }) => shortened(sheetCell(of(row))))).commit();
    await drained(content);
    if (content.destroyed) return;
  }
  await workbook.commit();
}

/** A sheet with a longer text is taken for broken by Excel. */
const shortened = (value: string | number | null) =>
  typeof value === 'string' ? value.slice(0, CELL_CHARACTERS_MAX) : value;

/** Waits for a slow reader, so that memory holds about one page. */
async function drained(stream: PassThrough): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve).once('close', resolve);
  });
}
