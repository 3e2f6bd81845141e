import type {
  Bilingual,
  DecisionAct,
  DecisionState,
  Drift,
  EnterpriseAttribute,
  EnterpriseEventKind,
  FieldMapping,
  MappingTest,
  QualityDimension,
  QualityIssue,
  ReferenceSet,
  RuleCheck,
  RuleSeverity,
  Run,
  SourceConnection,
  Survivorship,
  TableProfile,
  UndoReport,
} from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';
import type { SurvivorshipRule } from './enterprises/golden.ts';
import type { PairKind } from './matching/constraints.ts';
import type { MatchingTables } from './matching/matching.tables.ts';
import type { MatchingRule } from './matching/matching.ts';
import type { RelationTables } from './relations/relation.tables.ts';
import type { KeptSharing } from './shared/shared.ts';
import type { Row } from './sources/rows.ts';
import type { FindingRule } from './standards/findings.ts';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** Fields of connections that are secrets: sealed together in a column of their own, never kept with the rest. */
export const SECRET_FIELDS = ['password', 'secretKey', 'secrets'] as const;
/** A connection as it is kept: without its secrets. */
export type StoredConnection = SourceConnection extends infer One
  ? One extends SourceConnection
    ? Omit<One, (typeof SECRET_FIELDS)[number]>
    : never
  : never;

export type StoredCandidate = { value: string; source: string; rowKey: string; reason: SurvivorshipRule };

/** A record as a decision or an event names it, with the rule that had put it there. */
export type MovedRecord = { source: string; entityKey: string; matchedBy: MatchingRule };
/** What an event keeps so that it can be undone: who changed sides, and the age of an enterprise that ended. */
export type EventDetail = {
  records: readonly MovedRecord[];
  /** records that were on the other side when people decided */
  stayed?: readonly { source: string; entityKey: string }[];
  number?: number;
  createdAt?: string;
};
export type DecisionDetail = {
  enterpriseName: string;
  otherName: string | null;
  records: readonly { source: string; entityKey: string; name: string }[];
};

type RoomTables = MatchingTables & RelationTables;

/** The domain's PostgreSQL tables as Kysely sees them; migrations.ts makes them. */
export type FuseTables = RoomTables & {
  'fuse.source': {
    id: string;
    key: string;
    name: string;
    owner: string;
    organisation: string;
    kind: SourceConnection['kind'];
    address: string;
    connection: Json<StoredConnection>;
    secrets_sealed: string | null;
    target: 'enterprise' | 'dataset';
    mode: 'full' | 'incremental';
    watermark_field: string | null;
    bookmark: Json<unknown> | null;
    mapping: number;
    priority: number;
    duplicate_free: Generated<boolean>;
    /** null as the platform is configured */
    run_days: Generated<number | null>;
    runs_kept: Generated<number | null>;
    schedule: string | null;
    next_run_at: Date | null;
    created_by: string;
    created_at: Date;
    rows: Generated<number>;
    rows_older: Generated<number>;
    /** retention has removed what runs below this number left */
    removed_below: Generated<number>;
    deleted_at: Date | null;
  };
  'fuse.mapping': {
    source: string;
    version: number;
    row_key: Json<string[]>;
    period_field: string | null;
    mappings: Json<FieldMapping[]>;
    tests: Json<MappingTest[]>;
    note: string;
    restores: number | null;
    made_by: string;
    made_at: Date;
  };
  'fuse.source_dataset': {
    source: string;
    name: string;
    shared: boolean;
    revision: number;
    content: Json<KeptSharing>;
    made_by: string;
    made_at: Date;
  };
  'fuse.upload': {
    id: string;
    name: string;
    bytes: number;
    sha256: string;
    organisation: string;
    uploaded_by: string;
    uploaded_at: Date;
    source: string | null;
  };
  'fuse.push': {
    source: string;
    idempotency_key: string;
    body_hash: string;
    run: string;
    job: string;
    rows: number;
    at: Date;
  };
  'fuse.profile': { run: string; source: string; number: number; at: Date; profile: Json<TableProfile> };
  'fuse.quality_rule': {
    id: string;
    version: number;
    newest: boolean;
    key: string;
    source: string | null;
    name: Json<Bilingual>;
    remedy: Json<Bilingual>;
    dimension: QualityDimension;
    severity: RuleSeverity;
    tolerance: number;
    weight: number;
    check_of: Json<RuleCheck>;
    active: boolean;
    shipped: boolean;
    deleted: Generated<boolean>;
    made_by: string;
    made_at: Date;
  };
  'fuse.quality_result': {
    run: string;
    source: string;
    number: number;
    rule: string;
    version: number;
    checked: number;
    failed: number;
    held: boolean;
    skipped: string | null;
  };
  'fuse.quality_score': {
    run: string;
    source: string;
    number: number;
    at: Date;
    rows: number;
    total: number | null;
    dimensions: Json<Partial<Record<QualityDimension, number | null>>>;
  };
  'fuse.issue': {
    id: string;
    number: Generated<number>;
    source: string;
    rule: string;
    name: Json<Bilingual>;
    remedy: Json<Bilingual>;
    severity: QualityIssue['severity'];
    dimension: QualityDimension;
    state: QualityIssue['state'];
    rows: number;
    first_run: string;
    last_run: string;
    opened_at: Date;
    changed_at: Date;
    due_at: Date | null;
    notes: Json<QualityIssue['notes']>;
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
    rows_untold: Generated<number>;
    /** null of runs that did not count them */
    rows_unnamed: Generated<number | null>;
    enterprises_created: Generated<number>;
    enterprises_changed: Generated<number>;
    values_changed: Generated<number>;
    stage: Run['stage'];
    mode: Run['mode'];
    origin: Generated<Run['from']>;
    withdraws: string | null;
    mapping: number;
    bytes: Generated<number>;
    problems: Generated<number>;
    drift: Json<Drift[]>;
    held_for: Json<Bilingual[]>;
    decision: Json<NonNullable<Run['decision']>> | null;
    delivered: Json<unknown> | null;
    published_at: Date | null;
    removed_at: Generated<Date | null>;
    error: string | null;
  };
  'fuse.pending': { source: string; entity_key: string };
  'fuse.indicator_pending': { enterprise: number; token: number };
  'fuse.copy_pending': { enterprise: number; token: number };
  'fuse.finding': {
    number: Generated<number>;
    source: string;
    row_key: string;
    entity_key: string;
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
  'fuse.enterprise_value': {
    enterprise: string;
    attribute: EnterpriseAttribute;
    value: string;
    source: string | null;
    run: string | null;
    row_key: string;
    field: string;
    raw: string;
    rule: SurvivorshipRule;
    pin: string | null;
    conflict: boolean;
    at: Date;
    others: Json<StoredCandidate[]>;
    /** of the value and what explains it (`markOf`); null of values written before there were marks */
    mark: Generated<string | null>;
  };
  'fuse.value_past': {
    number: Generated<number>;
    enterprise: string;
    attribute: EnterpriseAttribute;
    value: string;
    source: string | null;
    run: string | null;
    row_key: string;
    field: string;
    raw: string;
    rule: SurvivorshipRule;
    pin: string | null;
    conflict: boolean;
    others: Json<StoredCandidate[]>;
    at: Date;
    until: Date;
  };
  'fuse.pin': {
    id: string;
    enterprise: string;
    attribute: EnterpriseAttribute;
    value: string;
    raw: string;
    reason: string;
    made_by: string;
    made_at: Date;
    expires_at: Date | null;
    ended_at: Date | null;
    ended_by: string | null;
    ended_for: string | null;
  };
  'fuse.survivorship': {
    version: number;
    content: Json<Survivorship>;
    note: string;
    made_by: string;
    made_at: Date;
  };
  'fuse.value_change': {
    number: Generated<number>;
    run: string | null;
    decision: string | null;
    enterprise: string;
    attribute: EnterpriseAttribute;
    before: string | null;
    after: string | null;
    at: Date;
  };
  'fuse.decision': {
    id: string;
    number: Generated<number>;
    act: DecisionAct;
    state: DecisionState;
    organisation: string;
    enterprise: string;
    other: string | null;
    detail: Json<DecisionDetail>;
    reason: string;
    made_by_id: string;
    made_by: string;
    made_at: Date;
    confirmed_by: string | null;
    confirmed_at: Date | null;
    withdrawn_by: string | null;
    withdrawn_at: Date | null;
    withdrawn_for: string | null;
    undo: Json<UndoReport> | null;
  };
  'fuse.decision_pair': {
    decision: string;
    kind: PairKind;
    source_a: string;
    key_a: string;
    source_b: string;
    key_b: string;
    holds: boolean;
  };
  'fuse.enterprise_event': {
    number: Generated<number>;
    kind: EnterpriseEventKind;
    enterprise: string;
    other: string | null;
    other_name: string | null;
    run: string | null;
    decision: string | null;
    actor: string;
    reason: string | null;
    at: Date;
    detail: Json<EventDetail>;
  };
  'fuse.reference': {
    set: ReferenceSet;
    version: number;
    source: string;
    note: string;
    edition: number | null;
    restores: number | null;
    entries: number;
    added: number;
    changed: number;
    removed: number;
    made_by: string;
    valid_from: Date;
    valid_to: Date | null;
    content: Json<readonly Record<string, unknown>[]>;
  };
};
