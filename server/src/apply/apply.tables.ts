import type { AlertColour, ChannelKind, NewAlertRule } from '@ronghe/contracts';
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
    muted: Generated<boolean>;
    acknowledged_by: string | null;
    acknowledged_at: Date | null;
    note: string | null;
  };
  'apply.alert_event': {
    id: Generated<string>;
    alert: string;
    at: Date;
    kind: 'fired' | 'returned' | 'acknowledged' | 'ended' | 'told' | 'undelivered';
    made_by: string | null;
    note: string | null;
  };
  'apply.channel': {
    id: string;
    organisation: string;
    name: string;
    locale: 'zh-CN' | 'en';
    kind: ChannelKind;
    leads_to: string;
    addresses: string[];
    sealed: string | null;
    has_secret: boolean;
    made_by: string;
    made_at: Date;
    delivered_at: Date | null;
    failed_at: Date | null;
    failure: string | null;
  };
  'apply.notice': {
    id: string;
    channel: string;
    rule: string;
    kind: 'fired' | 'again' | 'ended';
    state: 'waiting' | 'sending' | 'sent' | 'failed';
    alerts: string[];
    made_at: Date;
    due_at: Date;
    attempts: Generated<number>;
    failure: string | null;
  };
  'apply.escalation': { alert: string; step: number; due_at: Date };
  'apply.maintenance': {
    id: string;
    organisation: string;
    search: string;
    begins_at: Date;
    ends_at: Date;
    reason: string;
    made_by: string;
    made_at: Date;
  };
};
