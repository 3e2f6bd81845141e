import type { Scope } from '#platform/auth/scope.ts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import type { Decision } from '../policies/deciding.ts';

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
  seen?: ReadonlyMap<string, SeenTable>;
  /** the most rows it wants; quotas set aside no more */
  rowsMax?: number;
  signal?: AbortSignal;
  /** gets a function that tells what the engine has done so far, as soon as the engine works at it */
  watch?: (now: () => AnswerSummary) => void;
  requestId: string;
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
};

export type Gateway = {
  /** Parses, binds, decides, prints and asks. Every question is noted, refused ones too. */
  ask(scope: Scope, question: Question): Promise<Answer>;
  /** What the caller sees, with the decisions that say so. */
  catalog(scope: Scope, purpose?: string): Promise<ReadonlyMap<string, SeenTable>>;
};

export const SHARE_DATABASE = 'share';
export const tableName = (dataset: string): string => `${SHARE_DATABASE}.${dataset}`;
