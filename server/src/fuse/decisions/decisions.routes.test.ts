import type { Decision, Enterprise, EnterpriseEvent, FieldMapping, Run } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FuseTables } from '../fuse.tables.ts';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';
import type { SecondPerson } from './policy.ts';

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE = {
  target: 'enterprise' as const,
  rowKey: ['id'],
  mappings: [
    ...[map('code', 'code', 'code'), map('name', 'name', 'name'), map('phone', 'phone', 'phone')],
    ...[map('division', 'division', 'division'), map('persons', 'employees', 'number')],
    map('revenue', 'revenue', 'number'),
  ],
};
const CODES = Array.from({ length: 6 }, (_, index) => inventCode(`6000000${index}`));
/** `k` enterprises that both sources know, told apart by their codes; enterprise 5 has no code and one source. */
const rowOf = (index: number, more: Row = {}): Row => ({
  ...{
    id: `r${index}`,
    code: CODES[index] ?? '',
    name: `江西第${index}号机械有限公司`,
    phone: '0791-88120000',
  },
  ...{ division: index === 4 ? '360700' : '360111', persons: 10, revenue: 300, ...more },
});
const register = () => [0, 1, 2, 3, 4].map((index) => rowOf(index));
const tax = () => [0, 1, 2, 3, 4].map((index) => rowOf(index, { id: `t${index}`, persons: 12 }));

// each run is a whole one: landed, audited, published, fused
vi.setConfig({ testTimeout: 120_000 });

let intake: IntakeTest;
let second: string;
let city: string;
const sources = { register: '', tax: '' };
beforeAll(async () => {
  intake = await startIntake();
  const scope = intake.platform.scope();
  for (const [code, division] of [
    ['nanchang', '360100'],
    ['ganzhou', '360700'],
  ] as const)
    await intake.platform.auth.addOrganisation(scope, {
      ...{ path: `jx.${code}`, kind: 'city', name: code, division, code: null },
    });
  second = await intake.platform.signIn({ organisation: 'jx', role: 'data-engineer' });
  city = await intake.city('nanchang');
  sources.register = (
    await intake.table('register', 'a.csv', csvOfRows(register()), { ...SHAPE, priority: 60 })
  ).source;
  sources.tax = (await intake.table('tax', 'b.csv', csvOfRows(tax()), { ...SHAPE, priority: 40 })).source;
}, 120_000);
afterAll(() => intake?.stop());
beforeEach(() => {
  secondPersonFrom('none');
});

/** As if the operator had set `fuseSecondPerson`. */
const secondPersonFrom = (from: SecondPerson) =>
  Object.assign(intake.platform.config, { fuseSecondPerson: from });
const found = async (index: number): Promise<Enterprise> => {
  const { items } = await intake.get<{ items: { id: string }[] }>(
    `/api/fuse/enterprises?search=${encodeURIComponent(`第${index}号`)}`,
  );
  expect(items, `enterprise ${index}`).toHaveLength(1);
  return read(items[0]?.id ?? '');
};
const read = (id: string) => intake.get<Enterprise>(`/api/fuse/enterprises/${id}`);
const keysOf = ({ records }: Enterprise) => records.map(({ entityKey }) => entityKey).sort();
const refOf = (key: string) => ({
  source: key.startsWith('r') ? sources.register : sources.tax,
  entityKey: key,
});
const post = <Body = Decision>(path: string, payload: object, token?: string) =>
  intake.call<Body>('POST', path, { payload, token });
const merge = (a: string, b: string, token?: string) =>
  post(`/api/fuse/enterprises/${a}/merge`, { other: b, reason: '同一家' }, token);
const split = (id: string, keys: string[], token?: string) =>
  post(`/api/fuse/enterprises/${id}/split`, { records: keys.map(refOf), reason: '不是一家' }, token);
const undo = (id: string, token?: string) =>
  post(`/api/fuse/decisions/${id}/undo`, { reason: '弄错了' }, token);
const pair = (act: 'same' | 'different', a: string, b: string) =>
  post('/api/fuse/decisions', { act, a: refOf(a), b: refOf(b), reason: '核对过' });
const events = async (id: string) =>
  (await intake.get<{ items: EnterpriseEvent[] }>(`/api/fuse/enterprises/${id}/events`)).items;
const kinds = async (id: string) => (await events(id)).map(({ kind }) => kind);
/** Fuses every record of both sources anew: each row changes. */
let phone = 1;
async function fuseAgain(rows: { register?: Row[]; tax?: Row[] } = {}): Promise<void> {
  phone += 1;
  const fresh = (list: Row[]) =>
    list.map((row) => ({ ...row, phone: `0791-8812${String(phone).padStart(4, '0')}` }));
  for (const [source, list] of [
    [sources.register, rows.register ?? register()],
    [sources.tax, rows.tax ?? tax()],
  ] as const) {
    const run: Run = await intake.renew(source, csvOfRows(fresh(list)));
    expect(run.state, run.error ?? JSON.stringify(run.heldFor)).toBe('succeeded');
  }
}
const valuesOf = ({ values }: Enterprise) =>
  values.map(({ attribute, value, source }) => [attribute, value, source]);

describe('a merge', () => {
  test('makes two enterprises with different codes one, survives every run, and is undone without a trace in the values', async () => {
    const [older, younger] = [await found(0), await found(1)];
    const made = await merge(younger.id, older.id);
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({
      act: 'merge',
      state: 'confirmed',
      enterprise: older.id,
      other: younger.id,
      pairs: 1,
    });
    const one = await read(younger.id);
    expect(one.id).toBe(older.id);
    expect(keysOf(one)).toEqual(['r0', 'r1', 't0', 't1']);
    await fuseAgain();
    expect(keysOf(await read(younger.id))).toEqual(['r0', 'r1', 't0', 't1']);
    expect((await events(younger.id))[0]).toMatchObject({
      ...{ kind: 'merged', other: younger.id, otherName: younger.name, records: 2, actor: 'admin' },
      ...{ decision: made.body.id, decisionState: 'confirmed' },
    });
    await fuseAgain();
    const undone = await undo(made.body.id);
    expect(undone.status, undone.text).toBe(200);
    expect(undone.body).toMatchObject({ state: 'withdrawn', undo: { left: [] } });
    const [back, own] = [await read(younger.id), await read(older.id)];
    expect([back.id, own.id]).toEqual([younger.id, older.id]);
    expect([keysOf(own), keysOf(back)]).toEqual([
      ['r0', 't0'],
      ['r1', 't1'],
    ]);
    for (const [now, before] of [
      [own, older],
      [back, younger],
    ] as const)
      expect(valuesOf(now).filter(([attribute]) => attribute !== 'phone')).toEqual(
        valuesOf(before).filter(([attribute]) => attribute !== 'phone'),
      );
    expect(back.records.map(({ matchedBy }) => matchedBy)).toEqual(
      younger.records.map(({ matchedBy }) => matchedBy),
    );
    expect(await kinds(younger.id)).toEqual(['undone', 'merged', 'created']);
    await fuseAgain();
    expect(keysOf(await read(younger.id))).toEqual(['r1', 't1']);
    const again = await undo(made.body.id);
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'DECISION_SETTLED' } } });
  });

  test('old ids lead on through chains, and follow the most of their records after a split', async () => {
    const [a, b, c] = [await found(1), await found(2), await found(3)];
    await merge(b.id, c.id);
    await merge(a.id, b.id);
    for (const id of [a.id, b.id, c.id]) expect((await read(id)).id).toBe(a.id);
    const parted = await split(a.id, ['r2', 't2', 'r3', 't3']);
    expect(parted.status, parted.text).toBe(409);
    expect(parted.body).toMatchObject({
      error: { code: 'DECISION_CONTRADICTS', message: expect.stringMatching(/[rt]1 = /) },
    });
    const list = await intake.get<{ items: Decision[] }>(
      `/api/fuse/decisions?enterprise=${c.id}&state=confirmed`,
    );
    expect(list.items).toHaveLength(2);
    expect((await undo(list.items[0]?.id ?? '')).body.undo?.left).toEqual([]);
    expect((await read(a.id)).id).toBe(a.id);
    expect((await read(c.id)).id).toBe(b.id);
    expect((await undo(list.items[1]?.id ?? '')).body.undo?.left).toEqual([]);
    for (const one of [a, b, c]) expect(keysOf(await read(one.id))).toEqual(keysOf(one));
  });

  test('records that came later stay where they are, and are told', async () => {
    const [a, b] = [await found(0), await found(1)];
    const made = await merge(a.id, b.id);
    const late = rowOf(9, { id: 't9', code: CODES[1]?.slice(8, 17), name: '后来者有限公司' });
    await fuseAgain({ tax: [...tax(), late, rowOf(0, { id: 't8', name: '另一处' })] });
    expect(keysOf(await read(a.id))).toEqual(['r0', 'r1', 't0', 't1', 't8', 't9']);
    const undone = await undo(made.body.id);
    expect(undone.body.undo?.left.map(({ en }) => en)).toEqual(['2 records came after the merge and stay']);
    await fuseAgain();
    expect(keysOf(await read(b.id))).toEqual(['r1', 't1']);
  });

  test('stays when both sides carry the same code by then', async () => {
    const [a, b] = [await found(2), await found(3)];
    const made = await merge(a.id, b.id);
    await fuseAgain({
      register: register().map((row) => (row.id === 'r3' ? { ...row, code: CODES[2] } : row)),
    });
    const undone = await undo(made.body.id);
    expect(undone.body).toMatchObject({ state: 'withdrawn', undo: { restored: [] } });
    expect(undone.body.undo?.left[0]?.en).toContain(CODES[2]);
    await fuseAgain();
    const [first, third] = [await found(2), await found(3)];
    expect([keysOf(first), keysOf(third)]).toEqual([
      ['r2', 't2'],
      ['r3', 't3'],
    ]);
  });
});

describe('a split', () => {
  test('gives the part an id of its own that stays in every run; merged again and split again it gets that id back', async () => {
    const whole = await found(0);
    const made = await split(whole.id, ['t0']);
    expect(made.status, made.text).toBe(201);
    const part = made.body.other ?? '';
    expect([keysOf(await read(whole.id)), keysOf(await read(part))]).toEqual([['r0'], ['t0']]);
    expect((await read(part)).records[0]).toMatchObject({ matchedBy: 'decision' });
    await fuseAgain();
    expect([keysOf(await read(whole.id)), keysOf(await read(part))]).toEqual([['r0'], ['t0']]);
    const refused = await merge(whole.id, part);
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'DECISION_CONTRADICTS' } } });
    expect(refused.text).toMatch(/(register\/r0 ≠ tax\/t0|tax\/t0 ≠ register\/r0) \(admin/);
    const undone = await undo(made.body.id);
    expect(undone.body.undo).toEqual({
      restored: [expect.objectContaining({ en: '1 record went back to the enterprise' })],
      left: [],
    });
    expect((await read(part)).id).toBe(whole.id);
    expect(await kinds(whole.id)).toContain('undone');
    const again = await split(whole.id, ['t0']);
    expect(again.body.other).toBe(part);
    await undo(again.body.id);
    expect(keysOf(await read(part))).toEqual(['r0', 't0']);
  });

  test('takes effect on a code that both parts share: a third record does not make them one', async () => {
    const whole = await found(1);
    const made = await split(whole.id, ['t1']);
    await fuseAgain({ tax: [...tax(), rowOf(1, { id: 't7' })] });
    const [stayed, left] = [await read(whole.id), await read(made.body.other ?? '')];
    expect([keysOf(stayed), keysOf(left)]).toEqual([['r1', 't7'], ['t1']]);
    await undo(made.body.id);
    await fuseAgain();
  });
});

describe('two records', () => {
  test('that are one make their enterprises one; contradictory decisions are refused with the chain', async () => {
    const [a, b, c] = [await found(0), await found(1), await found(2)];
    const first = await pair('same', 'r0', 'r1');
    expect(first.status, first.text).toBe(201);
    const apart = await pair('different', 'r1', 'r2');
    expect(apart.body).toMatchObject({ act: 'different', state: 'confirmed', pairs: 1 });
    const refused = await pair('same', 'r0', 'r2');
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'DECISION_CONTRADICTS' } } });
    const chain = (refused.body as unknown as { error: { message: string } }).error.message;
    expect(chain).toMatch(
      /r0 = register\/r1 \(admin \d{4}-\d\d-\d\d\).*r0 = register\/r2; register\/r1 ≠ register\/r2 \(admin/,
    );
    expect((await merge(a.id, c.id)).status).toBe(409);
    await fuseAgain();
    expect((await read(b.id)).id).toBe(a.id);
    expect((await read(c.id)).id).toBe(c.id);
    await undo(apart.body.id);
    await undo(first.body.id);
    expect((await read(b.id)).id).toBe(b.id);
  });

  test('that are different part where they were one', async () => {
    const whole = await found(2);
    const made = await pair('different', 'r2', 't2');
    expect(keysOf(await read(whole.id))).toEqual(['r2']);
    expect((await undo(made.body.id)).body.undo?.left).toEqual([]);
    expect(keysOf(await read(whole.id))).toEqual(['r2', 't2']);
  });
});

describe('a second person', () => {
  test('must confirm where it is configured; nobody confirms their own, and until then nothing changes', async () => {
    secondPersonFrom('all');
    const [a, b] = [await found(0), await found(1)];
    const made = await merge(a.id, b.id);
    expect(made.body).toMatchObject({ state: 'proposed', isMine: true });
    await fuseAgain();
    expect((await read(b.id)).id).toBe(b.id);
    const own = await post(`/api/fuse/decisions/${made.body.id}/confirm`, { reason: '好' });
    expect(own).toMatchObject({ status: 403, body: { error: { code: 'DECISION_OWN' } } });
    const waiting = await intake.get<{ items: Decision[] }>('/api/fuse/decisions?state=proposed', second);
    expect(waiting.items.map(({ id, isMine }) => [id, isMine])).toEqual([[made.body.id, false]]);
    const confirmed = await post(`/api/fuse/decisions/${made.body.id}/confirm`, { reason: '核对' }, second);
    expect(confirmed.body).toMatchObject({ state: 'confirmed', confirmedBy: 'jx-data-engineer' });
    expect((await read(b.id)).id).toBe(a.id);
    expect((await events(a.id))[0]?.actor).toBe('admin + jx-data-engineer');
    expect((await post(`/api/fuse/decisions/${made.body.id}/confirm`, { reason: '再' }, second)).status).toBe(
      409,
    );
    await undo(made.body.id, second);
    expect((await read(b.id)).id).toBe(b.id);
  });

  test('is asked from the named size class on; what waits may be withdrawn, and is checked again when it is confirmed', async () => {
    secondPersonFrom('large');
    const [a, b] = [await found(0), await found(1)];
    expect(a.size).toBe('micro');
    const free = await merge(a.id, b.id);
    expect(free.body.state).toBe('confirmed');
    await undo(free.body.id);
    secondPersonFrom('micro');
    const waiting = await split(a.id, ['t0']);
    expect(waiting.body).toMatchObject({ state: 'proposed', other: null });
    await fuseAgain({ tax: tax().filter(({ id }) => id !== 't0') });
    const late = await post(`/api/fuse/decisions/${waiting.body.id}/confirm`, { reason: '核对' }, second);
    expect(late).toMatchObject({ status: 422, body: { error: { code: 'DECISION_INVALID' } } });
    expect((await undo(waiting.body.id)).body).toMatchObject({ state: 'withdrawn', undo: null });
    await fuseAgain();
    expect(keysOf(await read(a.id))).toEqual(['r0', 't0']);
  });
});

describe('what is refused', () => {
  const invalid = (answer: { status: number; text: string }, text: string) => {
    expect(answer.status, answer.text).toBe(422);
    expect(answer.text).toContain('DECISION_INVALID');
    expect(answer.text).toContain(text);
  };

  test('an enterprise with itself, all records, records of others, records and enterprises that went away', async () => {
    const [a, b] = [await found(0), await found(1)];
    invalid(await merge(a.id, a.id), '同一家');
    invalid(await split(a.id, ['r0', 't0']), '全部');
    expect(await split(a.id, ['r1'])).toMatchObject({
      status: 409,
      body: { error: { code: 'DECISION_OUTDATED' } },
    });
    invalid(await pair('same', 'r0', 'r0'), '同一条');
    expect((await pair('same', 'r0', 'r77')).status).toBe(404);
    expect((await split(a.id, [])).status).toBe(400);
    expect((await post(`/api/fuse/enterprises/${a.id}/merge`, { other: b.id, reason: ' ' })).status).toBe(
      400,
    );
    await fuseAgain({
      register: register().filter(({ id }) => id !== 'r3'),
      tax: tax().filter(({ id }) => id !== 't3' && id !== 't0'),
    });
    invalid(await split(a.id, ['t0']), '不再提供');
    invalid(await pair('different', 'r0', 't0'), '不再提供');
    const gone = await intake.get<{ items: { id: string }[] }>('/api/fuse/enterprises?limit=100');
    expect(gone.items).toHaveLength(4);
    const row = await sql<{ id: string }>`select id from fuse.enterprise where state = 'gone'`.execute(
      intake.platform.relational.as<FuseTables>(),
    );
    invalid(await merge(a.id, row.rows[0]?.id ?? ''), '现存');
    expect((await events(row.rows[0]?.id ?? ''))[0]?.kind).toBe('gone');
    await fuseAgain();
    expect((await kinds(row.rows[0]?.id ?? ''))[0]).toBe('back');
  });

  test('a steward of a city neither sees nor touches what lies outside, nor what the province decided across cities', async () => {
    const [inside, outside] = [await found(0), await found(4)];
    expect([inside.organisation, outside.organisation]).toEqual(['jx.nanchang', 'jx.ganzhou']);
    for (const answer of [
      await merge(inside.id, outside.id, city),
      await merge(outside.id, inside.id, city),
      await split(outside.id, ['t4'], city),
      await post('/api/fuse/decisions', { act: 'same', a: refOf('r0'), b: refOf('r4'), reason: '?' }, city),
    ])
      expect(answer.status, answer.text).toBe(404);
    const across = await pair('different', 'r0', 'r4');
    expect((await undo(across.body.id, city)).status).toBe(404);
    const seen = await intake.get<{ items: Decision[] }>('/api/fuse/decisions?limit=100', city);
    expect(seen.items.map(({ id }) => id)).not.toContain(across.body.id);
    await undo(across.body.id);
    const own = await merge(inside.id, (await found(1)).id, city);
    expect(own.status, own.text).toBe(201);
    expect((await undo(own.body.id, city)).status).toBe(200);
  });

  test('two stewards at once: one is done, the other hears that it is done', async () => {
    const [a, b] = [await found(0), await found(1)];
    const both = await Promise.all([merge(a.id, b.id), merge(b.id, a.id, second)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 422]);
    const done = both.find(({ status }) => status === 201);
    const undone = await Promise.all([undo(done?.body.id ?? ''), undo(done?.body.id ?? '', second)]);
    expect(undone.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await read(b.id)).id).toBe(b.id);
  });

  test('whoever may only read may not decide', async () => {
    const officer = await intake.platform.signIn({ organisation: 'jx', role: 'officer' });
    const [a, b] = [await found(0), await found(1)];
    expect((await merge(a.id, b.id, officer)).status).toBe(403);
    expect((await intake.call('GET', '/api/fuse/decisions', { token: officer })).status).toBe(200);
  });
});

test('every decision stands in the audit log', async () => {
  const { items } = await intake.platform.audit.list(intake.platform.scope(), {
    limit: 200,
    search: 'fuse:decision',
  });
  const actions = new Set(items.map(({ action }) => action));
  for (const action of ['merge', 'split', 'same', 'different', 'propose', 'confirm', 'undo'])
    expect(actions).toContain(`fuse:decision:${action}`);
});
