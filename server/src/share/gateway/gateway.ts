import type { Bilingual, DatasetColumn } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import type { Decision } from '../policies/deciding.ts';
import type { SavedView } from '../queries/views.ts';
import type { SeenTables } from './seeing.service.ts';

/** One question, whatever the door. */
export type Question = {
  sql: string;
  /** values of `{name:Type}`, as texts */
  parameters?: Readonly<Record<string, string>>;
  /** the door's own; a FORMAT in the text comes first */
  format?: string;
  settings?: Readonly<Record<string, string>>;
  /** where names without a database are looked up; `share` when it is not told */
  database?: 'share' | 'system';
  purpose?: string | undefined;
  door: 'sql' | 'rest' | 'export' | 'see-as';
  /** what is seen, where that was decided already: of somebody else, never taken from a caller */
  seen?: SeenTables;
  /** the most rows it wants; quotas set aside no more */
  rowsMax?: number;
  signal?: AbortSignal;
  /** gets a function that tells what the engine has done so far, as soon as the engine works at it */
  watch?: (now: () => AnswerSummary) => void;
  requestId: string;
  /** asks invented rows; SETTINGS of the text come first */
  sandbox?: boolean;
  /** a query that is not saved, asked as if it were */
  draft?: SavedView;
};

export type AnswerSummary = {
  rowsRead: number;
  bytesRead: number;
  rows: number;
  bytes: number;
  elapsedNs: number;
};

/** Whoever gets an answer reads its chunks to the end or ends the iteration; only then its quota is settled and the access noted. */
export type Answer = {
  format: string;
  /** true when its rows are invented */
  sandbox: boolean;
  /** one object as long as the same question has the same answer from memory; null for an answer of the engine */
  same: object | null;
  chunks: AsyncIterable<Uint8Array>;
  summary(): AnswerSummary;
  decisions: ReadonlyMap<string, Decision>;
};

/** A dataset as its caller knows it. */
export type SeenTable = {
  id: string;
  /** name in SQL, `share.enterprises` */
  table: string;
  columns: readonly ColumnOffer[];
  decision: Decision;
  about: About;
  /** of a saved query: how each column is hidden in the datasets it is made of */
  hidden?: ReadonlyMap<string, Pick<DatasetColumn, 'masks' | 'partly'>>;
};
/** What a dataset is, whoever looks. */
export type About = {
  title: Bilingual;
  description: Bilingual;
  key: readonly string[];
  kind: 'built-in' | 'source' | 'query';
  version: string;
  /** whose it is, where it is not the top's */
  home?: string;
  source?: string;
  columnsTotal: number;
};

export type Gateway = {
  /** Parses, binds, decides, prints and asks. Every question is noted, refused ones too. */
  ask(scope: Scope, question: Question): Promise<Answer>;
  /** @throws SAVED_QUERY_UNUSABLE for a saved query that is known to the caller and rests on what it may not see */
  demandUsable(scope: Scope, dataset: string): Promise<void>;
  /** What the caller sees, with the decisions that say so. */
  catalog(scope: Scope, purpose?: string): Promise<SeenTables>;
};

/** As if there were one dataset only, and it were seen so. */
export const onlyOf = (table: SeenTable): SeenTables => ({
  get: (id) => (id === table.id ? table : undefined),
  all: () => [table],
  isUnusable: () => false,
});

export const SHARE_DATABASE = 'share';
export const tableName = (dataset: string): string => `${SHARE_DATABASE}.${dataset}`;
