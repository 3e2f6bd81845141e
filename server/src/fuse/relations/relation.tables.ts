import type { RelationAct, RelationKind, RelationRule, ThingKind } from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';
import type { StoredThingValue } from '../things/things.ts';
import type { ClaimDetail, ClaimRole, StoredEvidence } from './claims.ts';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** Tables of relations, things and profiles, as `migrations-relations.ts` makes them. */
export type RelationTables = {
  'fuse.relation_pending': { enterprise: number; token: number };
  'fuse.relation_claim': { enterprise: number; role: ClaimRole; key: string; detail: Json<ClaimDetail> };
  'fuse.relation': {
    number: Generated<number>;
    key: string;
    kind: RelationKind;
    subject: number | null;
    subject_name: string;
    object: number | null;
    object_name: string;
    /** whose record says it; null when both ends say the same of themselves */
    claimant: number | null;
    share: number | null;
    rule: RelationRule;
    evidence: Json<StoredEvidence[]>;
    since: Date;
  };
  'fuse.relation_decision': {
    id: string;
    number: Generated<number>;
    act: RelationAct;
    kind: RelationKind;
    subject: string;
    subject_name: string;
    object: string;
    object_name: string;
    share: number | null;
    reason: string;
    made_by: string;
    made_at: Date;
    withdrawn_by: string | null;
    withdrawn_at: Date | null;
    withdrawn_for: string | null;
  };
  'fuse.thing': {
    enterprise: number;
    kind: ThingKind;
    key: string;
    parts: Json<StoredThingValue[]>;
    sources: number;
  };
  'fuse.profile_filled': { enterprise: number; filled: string[]; score: number; version: number };
};
