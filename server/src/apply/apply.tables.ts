import type { AlertColour, NewAlertRule } from '@ronghe/contracts';
import type { ColumnType, Generated } from 'kysely';

/** A jsonb column: read as the value, written as its JSON text. */
type Json<Value> = ColumnType<Value, string, string>;

/** The domain's PostgreSQL tables as Kysely sees them; migrations.ts makes them. */
export type ApplyTables = {
  'apply.alert_rule': {
    id: string;
    version: number;
    newest: boolean;
    state: 'active' | 'removed';
    organisation: string;
    name: string;
    content: Json<NewAlertRule>;
    made_by: string;
    made_at: Date;
  };
  'apply.evaluation': { one: boolean; cursor_s: number | null; rules: number };
  'apply.watch': {
    rule: string;
    point: number;
    is_open: boolean;
    since: Date | null;
    ended_at: Date | null;
    alert: string | null;
    value: number | null;
  };
  'apply.alert': {
    id: string;
    rule: string;
    rule_version: number;
    rule_name: string;
    organisation: string;
    colour: AlertColour;
    point: number;
    point_key: string;
    point_name: string;
    equipment: string | null;
    unit: string | null;
    state: 'open' | 'ended';
    since: Date;
    fired_at: Date;
    told_at: Date;
    ended_at: Date | null;
    value: number | null;
    end_value: number | null;
    times: Generated<number>;
    acknowledged_by: string | null;
    acknowledged_at: Date | null;
    note: string | null;
  };
  'apply.alert_event': {
    id: Generated<string>;
    alert: string;
    at: Date;
    kind: 'fired' | 'returned' | 'acknowledged' | 'ended';
    made_by: string | null;
    note: string | null;
  };
};
