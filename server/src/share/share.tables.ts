import type {
  AccessRequestState,
  DataGrade,
  DataLevel,
  ErrorCode,
  NewAccessRequest,
  NewPolicy,
  PolicySubject,
} from '@ronghe/contracts';
import type { ColumnType } from 'kysely';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** The domain's PostgreSQL tables as Kysely sees them; migrations.ts makes them. */
export type ShareTables = {
  'share.policy': {
    id: string;
    version: number;
    newest: boolean;
    state: 'active' | 'revoked';
    organisation: string;
    dataset: string | null;
    content: Json<NewPolicy & { revocation?: string | null }>;
    made_by: string;
    made_at: Date;
  };
  'share.grade': {
    dataset: string;
    column_name: string;
    grade: DataGrade;
    level: DataLevel;
    personal: boolean;
    reason: string;
    made_by: string;
    made_at: Date;
  };
  'share.rulebook': { one: boolean; version: number; secret: string };
  'share.quota_use': { counter: string; day: string; requests: number; rows: number; bytes: number };
  'share.export': {
    id: string;
    job: string | null;
    organisation: string;
    actor_kind: string;
    actor: string;
    dataset: string;
    format: string;
    state: 'waiting' | 'ready' | 'failed';
    rows: number;
    bytes: number;
    made_at: Date;
    ready_at: Date | null;
    reason: ErrorCode | null;
  };
  'share.access_request': {
    id: string;
    state: AccessRequestState;
    dataset: string;
    /** whose data */
    organisation: string;
    actor_kind: 'user' | 'key';
    actor: string;
    actor_name: string;
    actor_organisation: string;
    actor_organisation_name: string;
    /** who would see it */
    sees_kind: 'user' | 'key';
    sees: string;
    subject: Json<PolicySubject>;
    content: Json<Pick<NewAccessRequest, 'columns' | 'filter' | 'purpose' | 'reason' | 'until'>>;
    made_at: Date;
    answer: string;
    decided_at: Date | null;
    decided_by: string | null;
    policy: string | null;
  };
};
