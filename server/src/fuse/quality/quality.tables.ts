import type { Bilingual, QualityDimension, QualityIssue, RuleCheck, RuleSeverity } from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** Tables of quality: rules, what audits found, scores and issues. */
export type QualityTables = {
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
};
