import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FuseTables } from './fuse.tables.ts';
import { inventCode } from './testing/fuse-platform.ts';
import { type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

/** More than a batch of fusing, so that rows are read ahead and notes worked off beside. */
const ENTERPRISES = 2_300;
const CHANGED = 700;
const ROUNDS = 2;
const MINUTES_MAX = 6;
const CITIES = ['南昌', '赣州', '鹰潭', '宜春'];
const TRADES = ['铜业', '纺织', '电子', '机械', '食品', '医药', '建材'];
const CHARACTERS = '安宝昌德恒宏华佳金康利隆鹏瑞盛泰伟祥新兴旭远正中';
const map = (name: string, transform: string) => ({
  ...{ from: name, to: name, transform, unit: null },
  values: {},
});
const MAPPINGS = [
  ...[map('name', 'name'), map('code', 'code'), map('legalPerson', 'text'), map('phone', 'phone')],
  ...[map('address', 'text'), map('division', 'division'), map('employees', 'number')],
];

let intake: IntakeTest;
const sources: string[] = [];
const random = mulberry(20261201);
beforeAll(async () => {
  intake = await startIntake();
  // invented rows break rules of quality, and nobody looks at held runs here
  await sql`update fuse.quality_rule set severity = 'warn' where severity = 'hold'`.execute(db());
  for (const [key, priority] of [
    ['register', 60],
    ['park', 50],
  ] as const) {
    const connection = { kind: 'push', format: 'rows' };
    const { id } = await intake.register({
      ...{ key, connection, priority, target: 'enterprise', mode: 'incremental', mappings: MAPPINGS },
    });
    sources.push(id);
  }
}, 120_000);
afterAll(() => intake?.stop());

const db = () => intake.platform.relational.as<FuseTables>();
function mulberry(seed: number) {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
const below = (most: number): number => Math.floor(random() * most);
const pick = <Item>(list: ArrayLike<Item>): Item => list[below(list.length)] as Item;
const brand = () => `${pick(CHARACTERS)}${pick(CHARACTERS)}${pick(CHARACTERS)}`;
const phone = () => `139${String(10_000_000 + below(89_999_999))}`;

const invented = (at: number): Row => ({
  id: `R${String(at).padStart(5, '0')}`,
  name: `${pick(CITIES)}${brand()}${pick(TRADES)}有限公司`,
  code: inventCode(String(10_000_000 + at)),
  legalPerson: `${pick('王李张刘陈')}${pick(CHARACTERS)}${pick(CHARACTERS)}`,
  phone: phone(),
  address: `江西省南昌市青山湖区高新大道${1 + below(400)}号`,
  division: pick(['360111', '360702', '360602', '360902']),
  employees: 10 + below(900),
});

/** A change as sources make them: of what compares records, of what does not, and of codes that tie enterprises together. */
function changed(row: Row, others: readonly Row[]): Row {
  switch (below(7)) {
    case 0:
      return { ...row, phone: phone() };
    case 1:
      return { ...row, employees: below(2_000) };
    case 2:
      return { ...row, name: `${pick(CITIES)}${brand()}${pick(TRADES)}有限公司` };
    case 3:
      return { ...row, code: '' };
    case 4:
      return { ...row, code: pick(others).code };
    case 5:
      return { ...row, phone: pick(others).phone, legalPerson: pick(others).legalPerson };
    default:
      return { ...row, address: '', phone: '' };
  }
}

/** What readers see and what matching finds records by; not when it was written, nor how it came about. */
async function state(): Promise<Record<string, string[]>> {
  const tables = {
    link: '{}',
    link_key: '{}',
    enterprise: '{updated_at}',
    enterprise_value: '{at}',
    relation_claim: '{}',
    relation: '{number,since}',
    profile_filled: '{}',
  };
  const found: Record<string, string[]> = {};
  for (const [table, left] of Object.entries(tables)) {
    const { rows } = await sql<{ line: string }>`
      select (to_jsonb(t) - ${left}::text[])::text as line from ${sql.table(`fuse.${table}`)} t order by 1`.execute(
      db(),
    );
    found[table] = rows.map(({ line }) => line);
  }
  return found;
}

/** Forgets everything that follows from rows and links, and has all records fused again. */
async function fuseAllAgain(): Promise<void> {
  for (const table of ['link_key', 'enterprise_value', 'relation_claim', 'relation', 'profile_filled'])
    await sql`delete from ${sql.table(`fuse.${table}`)}`.execute(db());
  await sql`update fuse.link set head = null, row_findings = 0`.execute(db());
  await sql`insert into fuse.pending (source, entity_key) select source, entity_key from fuse.link where not gone`.execute(
    db(),
  );
  for (const source of sources) {
    const run = await intake.push(source, { deleted: [{ id: 'nobody' }] });
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded' });
  }
}

test(
  'what changed rows leave behind is what fusing every record again from nothing makes',
  async () => {
    const rows = sources.map(() => new Map<string, Row>());
    for (let at = 0; at < ENTERPRISES; at += 1) {
      const row = invented(at);
      for (const own of rows) if (random() < 0.9) own.set(String(row.id), { ...row, employees: below(900) });
    }
    for (const [at, source] of sources.entries())
      expect(await intake.push(source, { rows: [...(rows[at]?.values() ?? [])] })).toMatchObject({
        state: 'succeeded',
      });
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [at, source] of sources.entries()) {
        const own = rows[at] ?? new Map<string, Row>();
        const all = [...own.values()];
        const touched = Array.from({ length: CHANGED }, () => pick(all));
        const deleted = touched.slice(0, 40).map(({ id }) => ({ id }));
        for (const { id } of deleted) own.delete(String(id));
        const written = touched.slice(40).map((row) => changed(row, all));
        for (const row of written) own.set(String(row.id), row);
        const gone = new Set(written.map(({ id }) => id));
        const run = await intake.push(source, {
          rows: written,
          deleted: deleted.filter(({ id }) => !gone.has(id)),
        });
        expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded' });
        expect(run.rowsChanged).toBeGreaterThan(CHANGED / 3);
      }
    const incremental = await state();
    expect(incremental.link_key?.length).toBeGreaterThan(ENTERPRISES);
    expect(incremental.relation?.length).toBeGreaterThan(50);
    await fuseAllAgain();
    const again = await state();
    for (const [table, lines] of Object.entries(incremental)) {
      const [before, after] = [new Set(lines), new Set(again[table])];
      expect(
        {
          only: lines.filter((line) => !after.has(line)).slice(0, 3),
          later: (again[table] ?? []).filter((line) => !before.has(line)).slice(0, 3),
        },
        table,
      ).toEqual({ only: [], later: [] });
      expect(again[table]).toHaveLength(lines.length);
    }
  },
  MINUTES_MAX * 60_000,
);
