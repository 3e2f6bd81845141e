import { quote } from '#platform/db/sql-parameters.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { fuseMigrations } from '../migrations.ts';

/** A version of a row as a test writes it: values by target, findings by rule. */
export type TestRow = {
  number?: number;
  entity?: string;
  rowKey?: string;
  period?: string;
  gone?: boolean;
  values?: Readonly<Record<string, string | number>>;
  /** targets whose value broke a rule of the standards */
  invalid?: readonly string[];
  findings?: readonly { rule: string; field?: string; value?: string }[];
};

export type NewTestSource = {
  key: string;
  organisation?: string;
  targets?: readonly string[];
  monthly?: boolean;
};

/** A platform with the tables of the domain, and hands that put sources, runs and rows into them. */
export async function startQuality() {
  const platform = await startTestPlatform({ domains: [fuseMigrations] });
  const db = platform.relational.as<FuseTables>();
  return {
    platform,
    db,
    scope: platform.scope(),
    rows: (source: string, rows: readonly TestRow[]) => insertRows(platform, source, rows),
    async source({ key, organisation = 'jx', targets = [], monthly = false }: NewTestSource) {
      const id = platform.ids.next();
      const at = new Date();
      await db
        .insertInto('fuse.source')
        .values({
          id,
          key,
          name: `模拟数据源 ${key}`,
          owner: '模拟单位',
          organisation,
          kind: 'push',
          address: '',
          connection: JSON.stringify({ kind: 'push', format: 'rows' }),
          secrets_sealed: null,
          target: 'enterprise',
          mode: 'full',
          watermark_field: null,
          bookmark: null,
          mapping: 1,
          priority: 50,
          schedule: null,
          next_run_at: null,
          created_by: 'test',
          created_at: at,
          deleted_at: null,
        })
        .execute();
      await db
        .insertInto('fuse.mapping')
        .values({
          source: id,
          version: 1,
          row_key: JSON.stringify(['id']),
          period_field: monthly ? '报告期' : null,
          mappings: JSON.stringify(targets.map((to) => ({ from: `列 ${to}`, to, transform: 'text' }))),
          tests: '[]',
          note: '',
          restores: null,
          made_by: 'test',
          made_at: at,
        })
        .execute();
      return id;
    },
    async run(
      source: string,
      {
        published = false,
        startedAt = new Date(),
        mode = 'full',
        rowsLanded = 0,
        state = 'running',
      }: NewTestRun = {},
    ) {
      const id = platform.ids.next();
      const row = await db
        .insertInto('fuse.run')
        .values({
          id,
          source,
          job: null,
          owner: null,
          state: published ? 'succeeded' : state,
          requested_by: 'test',
          started_at: startedAt,
          finished_at: null,
          stage: published ? 'done' : state === 'failed' ? 'deliver' : 'audit',
          mode,
          mapping: 1,
          drift: '[]',
          held_for: '[]',
          decision: null,
          delivered: null,
          published_at: published ? startedAt : null,
          error: null,
          rows_landed: rowsLanded,
        })
        .returning('number')
        .executeTakeFirstOrThrow();
      return { run: id, number: Number(row.number) };
    },
    async publish(run: string) {
      await db
        .updateTable('fuse.run')
        .set({ state: 'succeeded', stage: 'done', published_at: new Date() })
        .where('id', '=', run)
        .execute();
    },
    stop: () => platform.stop(),
  };
}
type NewTestRun = {
  published?: boolean;
  startedAt?: Date;
  mode?: 'full' | 'incremental';
  rowsLanded?: number;
  state?: 'running' | 'failed' | 'held';
};
export type QualityTest = Awaited<ReturnType<typeof startQuality>>;

const list = (texts: readonly string[]) => `[${texts.map(quote).join(', ')}]`;

async function insertRows(
  { analytics }: TestPlatform,
  source: string,
  rows: readonly TestRow[],
): Promise<void> {
  const lines = rows.map((row, at) => {
    const { number = 1, entity = `E${at}`, period = '', gone = false, values = {}, findings = [] } = row;
    const key = row.rowKey ?? (period === '' ? entity : `${entity}|${period}`);
    const targets = Object.keys(values);
    const texts = Object.values(values).map(String);
    const valid = targets.map((target) => (row.invalid?.includes(target) ? 0 : 1));
    return `(${[
      quote(source),
      number,
      quote(key),
      quote(entity),
      quote(period),
      gone ? 1 : 0,
      `cityHash64(${quote(key)})`,
      1,
      list(targets),
      list(texts),
      list(texts),
      list(targets),
      `[${valid.join(', ')}]`,
      list(findings.map(({ rule }) => rule)),
      list(findings.map(({ field }) => field ?? '')),
      list(findings.map(({ value }) => value ?? '')),
    ].join(', ')})`;
  });
  await analytics.command(
    `insert into fuse.record (source, number, row_key, entity_key, period, gone, key_hash, mapping, value_to, value_text,
       value_raw, value_field, value_valid, finding_rule, finding_field, finding_value) values ${lines.join(', ')}`,
  );
}
