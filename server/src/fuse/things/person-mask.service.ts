import type { DatasetRow, Page, RowFinding, RunRow } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedPersonColumnStore } from './things.store.ts';
import { maskPersonValue, maskRow, personColumns } from './things.ts';

type Row = Record<string, unknown>;
type Columns = ReadonlyMap<string, string>;
/** How rows of these sources are shown to one caller. */
export type PersonMask = {
  row(source: string, row: Row): Row;
  finding(source: string, finding: RowFinding): RowFinding;
  dataset(source: string, row: DatasetRow): DatasetRow;
  /** true when columns of the source are hidden from the caller */
  hides(source: string): boolean;
};

const NO_COLUMNS: Columns = new Map();
const OPEN: PersonMask = {
  row: (_source, row) => row,
  finding: (_source, finding) => finding,
  dataset: (_source, row) => row,
  hides: () => false,
};

/**
 * Raw rows of sources for who may not see people in charge (`fuse:person:read`): what any version of the mapping calls a person's
 * name, phone or address is masked, natural persons among shareholders too. `always` masks for everybody: for pages beside which
 * the values can be asked for with a reason.
 */
export function createPersonMask(db: Kysely<FuseTables>) {
  return async (
    scope: Scope,
    sources: readonly string[],
    { always = false }: { always?: boolean } = {},
  ): Promise<PersonMask> => {
    if (!always && scope.permissions.has('fuse:person:read')) return OPEN;
    const fields = await createUnscopedPersonColumnStore(db).fields(sources);
    const columns = new Map([...fields].map(([source, mappings]) => [source, personColumns(mappings)]));
    const of = (source: string): Columns => columns.get(source) ?? NO_COLUMNS;
    const row = (source: string, values: Row): Row => maskRow(values, of(source));
    return {
      row,
      hides: (source) => of(source).size > 0,
      finding: (source, finding) => ({
        ...finding,
        row: row(source, finding.row),
        value: maskedText(of(source), finding.field, finding.value),
      }),
      dataset: (source, shown) => ({
        ...shown,
        row: row(source, shown.row),
        values: maskRow(shown.values, TARGETS),
        findings: shown.findings.map((finding) => ({
          ...finding,
          value: maskedText(of(source), finding.field, finding.value),
        })),
      }),
    };
  };
}
export type PersonMasks = ReturnType<typeof createPersonMask>;

/** Targets under which standardised values of persons stand. */
const TARGETS = new Map([
  ['person:name', 'name'],
  ['person:phone', 'phone'],
  ['person:email', 'email'],
  ['relation:shareholder', 'holder'],
]);

function maskedText(columns: Columns, field: string | null, value: string | null): string | null {
  const attribute = field === null ? undefined : columns.get(field);
  return attribute === undefined || value === null ? value : maskPersonValue(attribute, value);
}

/** The same for what one run brought. */
export function createRunMask(db: Kysely<FuseTables>) {
  const masks = createPersonMask(db);
  return async (scope: Scope, { source }: { source: string }) => {
    const mask = await masks(scope, [source]);
    return {
      row: (row: Row) => mask.row(source, row),
      finding: (one: RowFinding) => mask.finding(source, one),
    };
  };
}
type RunMask = Awaited<ReturnType<ReturnType<typeof createRunMask>>>;

export const maskedFindings = (page: Page<RowFinding>, mask: RunMask): Page<RowFinding> => ({
  ...page,
  items: page.items.map(mask.finding),
});

export const maskedRows = (page: Page<RunRow>, mask: RunMask): Page<RunRow> => ({
  ...page,
  items: page.items.map((one) => ({
    ...one,
    row: mask.row(one.row),
    before: one.before && mask.row(one.before),
  })),
});
