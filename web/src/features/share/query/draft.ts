import type {
  BUCKETS,
  DatasetColumn,
  DatasetExportRequest,
  DatasetQuestion,
  QUESTION_AGGREGATES,
} from '@ronghe/contracts';
import { emptyGroup, filterOf, type Group } from '../filter/filter-tree.ts';

export type Fn = (typeof QUESTION_AGGREGATES)[number];
export type Every = (typeof BUCKETS)[number];
/** `column` is null where rows are counted. */
export type Measure = { id: number; fn: Fn; column: string | null };
export type SortLine = { id: number; by: string; order: 'asc' | 'desc' };

/** A question as it is being put together. */
export type Draft = {
  mode: 'rows' | 'groups';
  /** in their order; empty for all */
  columns: string[];
  filter: Group;
  group: string[];
  bucket: { column: string; every: Every } | null;
  measures: Measure[];
  sort: SortLine[];
  limit: number;
  purpose: string;
};
/** What is sent; the rest of a question the server fills in. */
export type Question = Omit<DatasetQuestion, 'limit' | 'sort'> & {
  limit: number;
  sort?: { by: string; order: 'asc' | 'desc' }[];
};

export const ROWS_DEFAULT = 100;

export const emptyDraft = (): Draft => ({
  ...{ mode: 'rows', columns: [], filter: emptyGroup(), group: [], bucket: null },
  measures: [{ id: 0, fn: 'count', column: null }],
  ...{ sort: [], limit: ROWS_DEFAULT, purpose: '' },
});

const NUMERIC: readonly Fn[] = ['sum', 'avg', 'median'];
/** Columns that a function means something for. */
export const columnsFor = (fn: Fn, columns: readonly DatasetColumn[]): readonly DatasetColumn[] =>
  NUMERIC.includes(fn) ? columns.filter(({ type }) => type === 'number' || type === 'integer') : columns;

const NAME_MAX = 63;
const WORDS: Partial<Record<Fn, string>> = { countDistinct: 'distinct' };

/** Names of measures in the answer, each once. */
export function measureNames(measures: readonly Measure[], taken: readonly string[] = []): string[] {
  const used = new Set(taken);
  return measures.map(({ fn, column }) => {
    const word = WORDS[fn] ?? fn;
    const name = (column === null ? word : `${word}_${column}`).slice(0, NAME_MAX);
    for (let number = 1; ; number += 1) {
      const tail = `_${number}`;
      const candidate = number === 1 ? name : `${name.slice(0, NAME_MAX - tail.length)}${tail}`;
      if (used.has(candidate)) continue;
      used.add(candidate);
      return candidate;
    }
  });
}

/** Names that the answer to a draft will have, and by which it can be put in order. */
export function answerNames(draft: Draft, columns: readonly DatasetColumn[]): string[] {
  if (draft.mode === 'rows') return columns.map(({ name }) => name);
  const keys = keysOf(draft);
  return [...keys, ...measureNames(draft.measures, keys)];
}

const bucketName = (column: string, group: readonly string[]) =>
  group.includes(column) ? `period_of_${column}`.slice(0, NAME_MAX) : column;
const keysOf = ({ group, bucket }: Draft): string[] => [
  ...group,
  ...(bucket ? [bucketName(bucket.column, group)] : []),
];

/** The question of a draft; `incomplete` are conditions that were left out because they say nothing yet. */
export function questionOf(
  draft: Draft,
  columns: readonly DatasetColumn[],
): { question: Question; incomplete: number } {
  const { filter, incomplete } = filterOf(draft.filter, columns);
  const names = new Set(answerNames(draft, columns));
  const sort = draft.sort.filter(({ by }) => names.has(by)).map(({ by, order }) => ({ by, order }));
  const purpose = draft.purpose.trim();
  const question: Question = {
    ...(draft.mode === 'rows' ? rowsOf(draft) : groupsOf(draft)),
    ...(filter === null ? {} : { filter }),
    ...(sort.length === 0 ? {} : { sort }),
    limit: draft.limit,
    ...(purpose === '' ? {} : { purpose }),
  };
  return { question, incomplete };
}

const rowsOf = ({ columns }: Draft) => (columns.length === 0 ? {} : { select: columns });

function groupsOf(draft: Draft): Pick<Question, 'group' | 'bucket' | 'aggregates'> {
  const { group, bucket, measures } = draft;
  const names = measureNames(measures, keysOf(draft));
  return {
    ...(group.length === 0 ? {} : { group }),
    ...(bucket ? { bucket: { ...bucket, as: bucketName(bucket.column, group) } } : {}),
    aggregates: measures.map(({ fn, column }, index) => ({
      fn,
      ...(column === null ? {} : { column }),
      as: names[index] ?? fn,
    })),
  };
}

/** The export of what a question reads; groups are not exported by a job. */
export const exportOf = (
  { select, filter, purpose, sandbox }: Question,
  format: DatasetExportRequest['format'],
): DatasetExportRequest => ({
  ...(select ? { select } : {}),
  ...(filter ? { filter } : {}),
  ...(purpose ? { purpose } : {}),
  ...(sandbox ? { sandbox } : {}),
  format,
});

/** True when a draft can be asked: groups need something to count, every measure its column. */
export const isAskable = ({ mode, measures, group, bucket }: Draft): boolean =>
  mode === 'rows' ||
  ((measures.length > 0 || group.length > 0 || bucket !== null) &&
    measures.every(({ fn, column }) => fn === 'count' || column !== null));
