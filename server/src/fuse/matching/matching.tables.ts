import type { ReviewState } from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';
import type { KeptRow } from '../sources/records.ts';
import type { RecordName } from './identity.ts';
import type { StoredModel } from './judge.ts';
import type { Traits } from './levels.ts';
import type { MatchingRule } from './matching.ts';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** Tables of matching as Kysely sees them: which record belongs where, keys, doubtful pairs, models. */
export type MatchingTables = {
  'fuse.link': {
    source: string;
    entity_key: string;
    enterprise: string;
    gone: boolean;
    row_key: string;
    code: string | null;
    join_key: string | null;
    names: Json<RecordName[]>;
    city: string | null;
    number: Generated<number>;
    traits: ColumnType<Traits, string | undefined, string>;
    matched_by: MatchingRule;
    weight: number | null;
    /** the newest row; null of a record that is gone, and of one that came before rows were kept here */
    head: Json<KeptRow> | null;
    row_findings: Generated<number>;
    reported: string | null;
  };
  'fuse.link_key': { key: number; link: number };
  'fuse.review_pair': {
    id: string;
    number: Generated<number>;
    state: ReviewState;
    source_a: string;
    key_a: string;
    source_b: string;
    key_b: string;
    weight: number;
    usefulness: number;
    model: number;
    at: Date;
    later_until: Date | null;
    decision: string | null;
    decided_by: string | null;
    decided_at: Date | null;
  };
  'fuse.match_model': {
    version: number;
    content: Json<StoredModel>;
    match: number;
    review: number;
    active: boolean;
    note: string;
    made_by: string;
    made_at: Date;
  };
};
