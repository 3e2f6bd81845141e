import type { Mask, RowFilter } from '@ronghe/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnOffer, DatasetOffer } from '#platform/datasets/offer.ts';
import { withinSubtrees } from '#platform/datasets/subtree.store.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Decision, decide } from './deciding.ts';
import { byStrictness, fittingMask, PERSONAL_MASK } from './masks.ts';
import type { Caller, SavedPolicy } from './policy-index.ts';
import { decidedRelation } from './relation.store.ts';
import { isWithin } from './subtrees.ts';

const SECRET = 'geheim-7731';
type Row = { id: string; organisation: string; amount: number | null; name: string | null };

const column = (name: string, more: Partial<ColumnOffer> = {}): ColumnOffer => ({
  ...{ name, title: { zh: name, en: name }, description: { zh: name, en: name }, type: 'text', unit: null },
  ...{ grade: 1, level: 'general', personal: false },
  ...more,
});
const offer: DatasetOffer = {
  id: 'd',
  title: { zh: '数据', en: 'Data' },
  description: { zh: '数据', en: 'Data' },
  columns: [
    column('id'),
    column('organisation'),
    column('amount', { type: 'number' }),
    column('name', { personal: true }),
  ],
  key: ['id'],
  organisationColumn: 'organisation',
  tables: ['relation.d'],
  relation({ organisations, columns }) {
    const read = ['id', 'organisation', 'amount', 'name'].filter((name) => columns?.includes(name) ?? true);
    return {
      // sql-identifier: names of this list; paths are quoted literals
      sql: `select ${read.map((name) => `rh__d.${name} as ${name}`).join(', ')}
        from relation.d as rh__d where ${withinSubtrees(organisations, 'rh__d.organisation')}`,
      filters: {},
      columns: read,
    };
  },
};

const ORGANISATIONS = ['jx', 'jx.a', 'jx.a.x', 'jx.ab', 'jx.b'];
const NAMES = [null, '', '王五', "o'; drop table relation.d; --", '\\', '𠮷野家', '138\n0000'];
const ROWS: Row[] = ORGANISATIONS.flatMap((organisation, at) =>
  NAMES.map((name, index) => ({
    id: `${at}-${index}`,
    organisation,
    amount: index % 3 === 0 ? null : index * 10 - 20,
    name,
  })),
);

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [] });
  const { analytics } = platform;
  await analytics.command('create database relation');
  await analytics.command(
    'create table relation.d (id String, organisation String, amount Nullable(Float64), name Nullable(String)) engine = MergeTree order by id',
  );
  for (const { id, organisation, amount, name } of ROWS)
    await analytics.command(
      'insert into relation.d select {id:String}, {organisation:String}, {amount:Nullable(Float64)}, {name:Nullable(String)}',
      { params: { id, organisation, amount, name } },
    );
}, 60_000);
afterAll(() => platform?.stop());

const ask = async (decision: Decision, read?: readonly string[]) => {
  const { sql } = decidedRelation(platform.scope(), {
    offer,
    decision,
    secret: SECRET,
    ...(read ? { read } : {}),
  });
  // sql-identifier: made by the store under test
  return platform.analytics.query<Record<string, unknown>>(`select * from (${sql})`);
};

const MASKS: readonly Mask[] = [
  { kind: 'null' },
  { kind: 'partial', first: 1, last: 1 },
  { kind: 'band', step: 15 },
  { kind: 'hash' },
];
const leaf: fc.Arbitrary<RowFilter> = fc.oneof(
  fc.record({
    column: fc.constant('amount'),
    op: fc.constantFrom('eq', 'ne', 'lt', 'gte'),
    value: fc.constantFrom(-20, 0, 20),
  }),
  fc.record({
    column: fc.constant('name'),
    op: fc.constantFrom('eq', 'ne', 'contains', 'startsWith'),
    value: fc.constantFrom(...NAMES.map((name) => name ?? 'x')),
  }),
  fc.record({ column: fc.constantFrom('amount', 'name'), op: fc.constantFrom('isNull', 'notNull') }),
  fc.record({
    column: fc.constant('name'),
    op: fc.constantFrom('in', 'notIn'),
    values: fc.constant(["o'; drop table relation.d; --", '\\']),
  }),
) as fc.Arbitrary<RowFilter>;
const { tree } = fc.letrec<{ tree: RowFilter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ and: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}));
const path = fc.constantFrom(...ORGANISATIONS);
const policies = fc.array(
  fc.record({
    effect: fc.constantFrom('grant' as const, 'limit' as const),
    organisation: path,
    rows: fc.record({
      organisations: fc.option(fc.array(path, { minLength: 1, maxLength: 2 })),
      own: fc.boolean(),
      filter: fc.option(tree),
    }),
    columns: fc.option(fc.subarray(['id', 'organisation', 'amount', 'name'], { minLength: 1 })),
    masks: fc.dictionary(fc.constantFrom('amount', 'name'), fc.constantFrom(...MASKS), { maxKeys: 2 }),
  }),
  { maxLength: 4 },
);

/** SQL's third truth: unknown. */
type Truth = boolean | null;
function holds(filter: RowFilter, row: Row): Truth {
  if ('and' in filter) return all(filter.and.map((part) => holds(part, row)));
  if ('or' in filter) return not(all(filter.or.map((part) => not(holds(part, row)))));
  if ('not' in filter) return not(holds(filter.not, row));
  const value = row[filter.column as 'amount' | 'name'];
  if (filter.op === 'isNull') return value === null;
  if (filter.op === 'notNull') return value !== null;
  if (value === null) return null;
  if ('values' in filter) return filter.values.includes(value) === (filter.op === 'in');
  const [text, other] = [String(value), String('value' in filter ? filter.value : '')];
  switch (filter.op) {
    case 'contains':
      return text.includes(other);
    case 'startsWith':
      return text.startsWith(other);
    case 'eq':
      return text === other;
    case 'ne':
      return text !== other;
    case 'lt':
      return Number(value) < Number(other);
    default:
      return Number(value) >= Number(other);
  }
}
const not = (truth: Truth): Truth => (truth === null ? null : !truth);
const all = (truths: Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true;

/** The same decision, row by row, in the plainest words. */
function expected(
  saved: readonly SavedPolicy[],
  caller: Caller,
): Map<string, Record<string, Mask | null | 'hidden'>> {
  const seen = new Map<string, Record<string, Mask | null | 'hidden'>>();
  const names = offer.columns.map(({ name }) => name);
  const inRows = ({ rows, organisation }: SavedPolicy, row: Row) =>
    isWithin(row.organisation, organisation) &&
    (rows.organisations === null ||
      rows.organisations.some((each) => isWithin(each, organisation) && isWithin(row.organisation, each))) &&
    (!rows.own || isWithin(row.organisation, caller.organisation)) &&
    (rows.filter === null || holds(rows.filter, row) === true);
  for (const row of ROWS) {
    const grants = saved.filter((policy) => policy.effect === 'grant' && inRows(policy, row));
    const own = isWithin(row.organisation, caller.organisation);
    const limits = saved.filter(
      ({ effect, organisation }) =>
        effect === 'limit' &&
        isWithin(row.organisation, organisation) &&
        (organisation === caller.organisation || !isWithin(organisation, caller.organisation)),
    );
    if (!own && grants.length === 0) continue;
    if (limits.some((policy) => !inRows(policy, row))) continue;
    const cells = names.map((name): [string, Mask | null | 'hidden'] => {
      const giving = grants.filter(({ columns }) => columns === null || columns.includes(name));
      const type = offer.columns.find((each) => each.name === name) ?? column(name);
      const masksOf = ({ columns, masks }: SavedPolicy) =>
        columns !== null && !columns.includes(name)
          ? [{ kind: 'null' } as const]
          : masks[name]
            ? [fittingMask(masks[name], type)]
            : [];
      if (!own && giving.length === 0) return [name, 'hidden'];
      const granted = giving.length > 0 ? giving.flatMap(masksOf) : type.personal ? [PERSONAL_MASK] : [];
      const [strictest] = [...granted, ...limits.flatMap(masksOf)].sort(byStrictness);
      return [name, strictest === undefined ? null : strictest.kind === 'null' ? 'hidden' : strictest];
    });
    seen.set(row.id, Object.fromEntries(cells));
  }
  return seen;
}

function shown(value: string | number | null, mask: Mask | null | 'hidden'): unknown {
  if (mask === 'hidden' || value === null) return null;
  if (mask === null) return value;
  if (mask.kind === 'band') return Math.floor(Number(value) / mask.step) * mask.step;
  if (mask.kind === 'hash') return expect.stringMatching(/^[0-9a-f]{32}$/);
  if (mask.kind !== 'partial') throw new Error(mask.kind);
  const characters = [...String(value)];
  const { first, last } = mask;
  if (characters.length <= first + last) return '***';
  return `${characters.slice(0, first).join('')}***${last === 0 ? '' : characters.slice(-last).join('')}`;
}

test('the engine shows exactly the rows and values that the policies say, whatever they are', async () => {
  await fc.assert(
    fc.asyncProperty(policies, path, async (drawn, organisation) => {
      const caller: Caller = {
        kind: 'key',
        id: 'k',
        name: 'app',
        organisation,
        roles: [],
        permissions: new Set(),
      };
      const saved = drawn.map(
        (more, index): SavedPolicy => ({
          ...{
            id: String(index),
            version: 1,
            name: 'p',
            dataset: 'd',
            purposes: null,
            from: null,
            until: null,
            quota: {},
            reason: '',
          },
          subject: { kind: 'organisation', organisation: 'jx' },
          ...more,
        }),
      );
      const decision = decide({
        ...{ caller, policies: saved, nowMs: 0, purpose: undefined },
        dataset: { id: 'd', title: offer.title, columns: offer.columns },
      });
      const rows = decision.refused === null ? await ask(decision) : [];
      const wanted = expected(saved, caller);
      const open = ROWS.filter(({ id }) => wanted.has(id));
      // a caller who would see rows without a single column sees no rows
      if (decision.refused !== null) {
        expect(
          open.every(({ id }) => Object.values(wanted.get(id) ?? {}).every((mask) => mask === 'hidden')),
        ).toBe(true);
        return;
      }
      const sight = (row: Row) =>
        Object.fromEntries(
          decision.columns.map((name) => [
            name,
            shown(row[name as keyof Row], wanted.get(row.id)?.[name] ?? null),
          ]),
        );
      expect(rows).toHaveLength(open.length);
      expect(rows).toEqual(expect.arrayContaining(open.map(sight)));
      // of fewer columns it shows what the whole one shows, also where a mask or a condition needs the others
      const [first = '', second = first] = decision.columns;
      for (const read of [[first], [second]]) {
        const few = await ask(decision, read);
        const [name = ''] = read;
        expect(few.map((row) => JSON.stringify(row)).sort()).toEqual(
          rows.map((row) => JSON.stringify({ [name]: row[name] })).sort(),
        );
      }
      // a column that no row shows is not there
      for (const { name } of offer.columns)
        if (!decision.columns.includes(name))
          expect(open.every(({ id }) => wanted.get(id)?.[name] === 'hidden')).toBe(true);
    }),
    { seed: 11, numRuns: 250 },
  );
}, 120_000);

test('the secret of the installation is in no statement', () => {
  const decision = decide({
    caller: { kind: 'key', id: 'k', name: 'app', organisation: 'jx', roles: [], permissions: new Set() },
    dataset: { id: 'd', title: offer.title, columns: offer.columns },
    policies: [
      {
        ...{
          id: 'p',
          version: 1,
          name: 'p',
          effect: 'grant',
          dataset: 'd',
          organisation: 'jx',
          purposes: null,
          from: null,
          until: null,
        },
        ...{ quota: {}, reason: '', columns: null, rows: { organisations: null, own: false, filter: null } },
        subject: { kind: 'organisation', organisation: 'jx' },
        masks: { name: { kind: 'hash' }, amount: { kind: 'noise', share: 0.5 } },
      },
    ],
    nowMs: 0,
    purpose: undefined,
  });
  const { sql } = decidedRelation(platform.scope(), { offer, decision, secret: SECRET });
  expect(sql).toContain('SHA256');
  expect(sql).not.toContain(SECRET);
});

test('what is seen whole and plain is the relation of the room itself, and nothing else is', () => {
  const caller: Caller = {
    ...{ kind: 'user', id: 'u', name: 'a', organisation: 'jx', roles: [] },
    permissions: new Set(['share:policy:write']),
  };
  const at = { dataset: { id: 'd', title: offer.title, columns: offer.columns }, policies: [], nowMs: 0 };
  const asked = { ...at, purpose: undefined };
  const owner = decide({ ...asked, caller });
  const relation = (decision: Decision) =>
    decidedRelation(platform.scope(), { offer, decision, secret: SECRET });
  expect(relation(owner).sql).toBe(offer.relation({ organisations: owner.organisations }).sql);
  // a room that does not keep to the columns it was asked for is not taken at its word
  const wide: DatasetOffer = { ...offer, relation: ({ organisations }) => offer.relation({ organisations }) };
  const few = decidedRelation(platform.scope(), {
    offer: wide,
    decision: owner,
    secret: SECRET,
    read: ['id'],
  });
  expect(few.sql).toMatch(/^select rh__b\.`id` as `id` from \(/);
  const masked = decide({ ...asked, caller: { ...caller, permissions: new Set() } });
  expect(relation(masked).sql).toMatch(/^select .* from \(select/s);
});
