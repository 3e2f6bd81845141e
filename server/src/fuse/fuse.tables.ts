import type { EnterpriseAttribute, FieldMapping, Run, SourceConnection } from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';
import type { SurvivorshipRule } from './enterprises/golden.ts';
import type { MatchingRule, RecordName } from './matching/matching.ts';
import type { CleanRow, Row } from './sources/rows.ts';
import type { FindingRule } from './standards/findings.ts';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** A connection as it is kept: without the password, which is sealed in its own column. */
export type StoredConnection = SourceConnection extends infer One
  ? One extends { kind: 'http-json' }
    ? Omit<One, 'password'>
    : One
  : never;

export type StoredCandidate = { value: string; source: string; rowKey: string; reason: SurvivorshipRule };

/** The domain's PostgreSQL tables as Kysely sees them; migrations.ts makes them. */
export type FuseTables = {
  'fuse.source': {
    id: string;
    key: string;
    name: string;
    owner: string;
    organisation: string;
    kind: SourceConnection['kind'];
    target: string;
    connection: Json<StoredConnection>;
    password_sealed: string | null;
    row_key: Json<string[]>;
    period_field: string | null;
    priority: number;
    mappings: Json<FieldMapping[]>;
    schedule: string | null;
    next_run_at: Date | null;
    created_by: string;
    created_at: Date;
  };
  'fuse.run': {
    id: string;
    number: Generated<number>;
    source: string;
    job: string | null;
    owner: number | null;
    state: Run['state'];
    requested_by: string;
    started_at: Date;
    finished_at: Date | null;
    rows_in: Generated<number>;
    rows_landed: Generated<number>;
    rows_rejected: Generated<number>;
    rows_new: Generated<number>;
    rows_changed: Generated<number>;
    rows_unchanged: Generated<number>;
    rows_gone: Generated<number>;
    enterprises_created: Generated<number>;
    enterprises_changed: Generated<number>;
    values_changed: Generated<number>;
    error: string | null;
  };
  'fuse.record': {
    source: string;
    row_key: string;
    row_hash: string;
    entity_key: string;
    period: string | null;
    run: string;
    received_at: Date;
    row: Json<Row>;
    clean: Json<CleanRow>;
  };
  'fuse.pending': { source: string; entity_key: string };
  'fuse.outbox': {
    number: Generated<number>;
    source: string;
    kind: 'landing' | 'indicators';
    token: string;
    payload: Json<unknown>;
  };
  'fuse.finding': {
    number: Generated<number>;
    source: string;
    row_key: string;
    field: string | null;
    rule: FindingRule;
    value: string | null;
    row: Json<Row>;
    opened: number;
    opened_at: Date;
    closed: number | null;
    closed_at: Date | null;
  };
  'fuse.enterprise': {
    id: string;
    number: Generated<number>;
    state: 'active' | 'gone';
    name: string;
    code: string | null;
    code_valid: boolean;
    division: string | null;
    city: string | null;
    industry: string | null;
    key_industry: string | null;
    size: string | null;
    revenue: number | null;
    employees: number | null;
    organisation: string;
    home_organisation: string;
    sources: number;
    findings: number;
    search: string;
    created_at: Date;
    updated_at: Date;
  };
  'fuse.enterprise_alias': { id: string; enterprise: string; at: Date };
  'fuse.link': {
    source: string;
    entity_key: string;
    enterprise: string;
    gone: boolean;
    row_key: string;
    code: string | null;
    join_key: string | null;
    name_keys: string[];
    names: Json<RecordName[]>;
    city: string | null;
    matched_by: MatchingRule;
  };
  'fuse.enterprise_value': {
    enterprise: string;
    attribute: EnterpriseAttribute;
    value: string;
    source: string;
    run: string;
    row_key: string;
    field: string;
    raw: string;
    rule: SurvivorshipRule;
    at: Date;
    others: Json<StoredCandidate[]>;
  };
  'fuse.value_change': {
    number: Generated<number>;
    run: string;
    enterprise: string;
    attribute: EnterpriseAttribute;
    before: string | null;
    after: string | null;
    at: Date;
  };
};
