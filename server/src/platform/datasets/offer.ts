import type {
  Bilingual,
  DataGrade,
  DataLevel,
  DatasetColumnType,
  FilterValue,
  OrganisationPath,
  Permission,
} from '@ronghe/contracts';

export type ColumnOffer = {
  readonly name: string;
  readonly title: Bilingual;
  readonly description: Bilingual;
  readonly type: DatasetColumnType;
  readonly unit: string | null;
  readonly grade: DataGrade;
  readonly level: DataLevel;
  readonly personal: boolean;
  /** standard that its values follow */
  readonly standard?: string;
  /** codes of divisions can be rolled up */
  readonly meaning?: 'division';
};

/** A condition that every row of the answer meets, so that a room may read less; leaving it out changes no answer. */
export type Narrowing = {
  readonly column: string;
  readonly op: 'eq' | 'in' | 'startsWith';
  readonly values: readonly FilterValue[];
};

export type RowsAsked = {
  /** rows of these organisations and those below; none means no row */
  readonly organisations: readonly OrganisationPath[];
  readonly narrow?: readonly Narrowing[];
  /** columns that will be read: others may be left out, which spares the engine to think of them */
  readonly columns?: readonly string[];
};

/** SQL of ours, and for each physical table it reads the condition that the engine keeps besides: two layers that know nothing of each other. */
export type Relation = {
  readonly sql: string;
  readonly filters: Readonly<Record<string, string>>;
  /** the columns it has, all of them and in this order, where the room says so */
  readonly columns?: readonly string[];
};

/**
 * What a room offers to be shared. The SQL stays in a store of that room: every column inside a relation is qualified and
 * every alias begins with `rh__`, a prefix that the language of callers refuses.
 */
export type DatasetOffer = {
  readonly id: string;
  readonly title: Bilingual;
  readonly description: Bilingual;
  /** whose all its rows are, where that is one organisation: nobody else knows that it exists; without, rows have organisations of their own */
  readonly home?: OrganisationPath;
  /** two numbers, the first of its form, the second of how often it was told anew; `1.0` where it is told by this program */
  readonly version?: string;
  /** id of the source whose rows it shares */
  readonly source?: string;
  readonly columns: readonly ColumnOffer[];
  /** columns that together are unique among the rows, and by which rows are read in order at little cost */
  readonly key: readonly string[];
  /** column with the path of the organisation that a row belongs to */
  readonly organisationColumn: string;
  /** physical tables the relation reads */
  readonly tables: readonly string[];
  /** right of the room that one needs besides, where its own doors would not show single rows without it */
  readonly needs?: Permission;
  relation(rows: RowsAsked): Relation;
  /**
   * Brings what is read up to date when it is a copy; waits a moment, never long. Answers with a name of its state: as long as it is the same, so
   * are the rows. Null when they may change meanwhile.
   */
  refresh?(): Promise<string | null>;
};

/** Offers that come and go while the platform runs. */
export type DatasetShelf = {
  /** How often this process changed what is offered: whoever keeps offers asks again when it grew. */
  changes(): number;
  /** A name of what is offered now, by any process: as long as it is the same, so are the offers. */
  state(): Promise<string>;
  offers(): Promise<DatasetOffer[]>;
};
