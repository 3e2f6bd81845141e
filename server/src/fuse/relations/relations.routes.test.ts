import type {
  FieldMapping,
  Page,
  PersonList,
  Relation,
  RelationDecision,
  RelationGraph,
  RelationKind,
  RelationList,
  ThingList,
} from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FuseTables } from '../fuse.tables.ts';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';
import { createRelationRefresh } from './refresh.service.ts';

const map = (from: string, to: string, transform = 'text'): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const IDENTITY = [map('code', 'code', 'code'), map('name', 'name', 'name')];
const REGISTER = {
  target: 'enterprise' as const,
  rowKey: ['id'],
  priority: 60,
  mappings: [
    ...IDENTITY,
    ...[map('former', 'formerName', 'name'), map('division', 'division', 'division')],
    ...[map('address', 'address'), map('phone', 'phone', 'phone'), map('legal', 'legalPerson')],
    ...[map('park', 'park'), map('industry', 'industry', 'industry')],
  ],
};
const HOLDERS = {
  target: 'enterprise' as const,
  rowKey: ['code', 'holder'],
  mappings: [
    ...[map('code', 'code', 'code'), map('holder', 'relation:shareholder', 'name')],
    ...[map('holderCode', 'relation:shareholderCode', 'code'), map('share', 'relation:share', 'number')],
  ],
};
const LEDGER = {
  target: 'enterprise' as const,
  rowKey: ['no'],
  mappings: [
    ...[map('code', 'code', 'code'), map('machine', 'equipment:name'), map('no', 'equipment:code')],
    ...[map('since', 'equipment:installed', 'date'), map('chief', 'person:name'), map('post', 'person:post')],
    map('mobile', 'person:phone'),
  ],
};

/** The province: `key` names each of them in the tests. */
const NAMES = {
  copper: '江西豫章澜铜业有限公司',
  branch: '江西豫章澜铜业有限公司贵溪第二分公司',
  holding: '江西豫章澜铜业集团有限公司',
  material: '江西豫章澜铜业集团铜材有限公司',
  renamed: '赣州章江重型机床有限公司',
  bearer: '江西洪都峤机械有限公司',
  lone: '九江彭蠡岫纺织有限公司第三分厂',
} as const;
type Key = keyof typeof NAMES;
const KEYS = Object.keys(NAMES) as Key[];
const codeOf = (key: Key) => inventCode(`7000000${KEYS.indexOf(key)}`);
const PLACES: Partial<Record<Key, string>> = { renamed: '360702', bearer: '360111', holding: '360102' };
const rowOf = (key: Key, more: Row = {}): Row => ({
  ...{ id: key, code: codeOf(key), name: NAMES[key], former: '', division: PLACES[key] ?? '360681' },
  ...{ address: '', phone: '', legal: '', park: '贵溪经济开发区', industry: '3211', ...more },
});
const register = (): Row[] => [
  rowOf('copper', { address: '江西省鹰潭市贵溪市铜都大道88号', phone: '0701-3321000', legal: '熊启明' }),
  rowOf('branch', { address: '江西省鹰潭市贵溪市铜都大道88号', phone: '0701-3321000' }),
  rowOf('holding'),
  rowOf('material', { legal: '熊启明' }),
  rowOf('renamed', { former: '江西洪都峤机械有限责任公司' }),
  ...[rowOf('bearer'), rowOf('lone')],
];
const holders = (): Row[] => [
  { code: codeOf('copper'), holder: NAMES.holding, holderCode: codeOf('holding'), share: 67.5 },
  { code: codeOf('copper'), holder: '章立新', holderCode: '', share: 20 },
  { code: codeOf('copper'), holder: '北京某某投资基金（有限合伙）', holderCode: '', share: 12.5 },
];

// each run is a whole one: landed, audited, published, fused
vi.setConfig({ testTimeout: 120_000 });

let intake: IntakeTest;
let yingtan: string;
const sources = { register: '', holders: '', ledger: '' };
beforeAll(async () => {
  intake = await startIntake();
  const scope = intake.platform.scope();
  for (const [code, division] of [
    ['nanchang', '360100'],
    ['yingtan', '360600'],
    ['ganzhou', '360700'],
  ] as const)
    await intake.platform.auth.addOrganisation(scope, {
      ...{ path: `jx.${code}`, kind: 'city', name: code, division, code: null },
    });
  yingtan = await intake.city('yingtan');
  sources.register = (await intake.table('register', 'a.csv', csvOfRows(register()), REGISTER)).source;
  sources.holders = (await intake.table('holders', 'b.csv', csvOfRows(holders()), HOLDERS)).source;
  sources.ledger = (
    await intake.table(
      'ledger',
      'c.csv',
      csvOfRows([
        {
          code: codeOf('copper'),
          machine: '阳极炉',
          no: 'furnace-1',
          since: '2019-03-01',
          chief: '',
          post: '',
          mobile: '',
        },
        {
          code: codeOf('copper'),
          machine: '',
          no: 'p-1',
          since: '',
          chief: '涂秋实',
          post: '厂长',
          mobile: '13800001234',
        },
      ]),
      LEDGER,
    )
  ).source;
}, 180_000);
afterAll(() => intake?.stop());

const db = () => intake.platform.relational.as<FuseTables>();
const idOf = async (key: Key): Promise<string> => {
  const row = await db()
    .selectFrom('fuse.link')
    .select('enterprise')
    .where('source', '=', sources.register)
    .where('entity_key', '=', key)
    .executeTakeFirstOrThrow();
  return row.enterprise;
};
const settled = () => createRelationRefresh(intake.platform).drain();
const relations = async (key: Key, token?: string): Promise<Relation[]> =>
  (await intake.get<RelationList>(`/api/fuse/enterprises/${await idOf(key)}/relations`, token)).items;
const told = (list: readonly Relation[]) =>
  list
    .map(
      ({ kind, subject, object, state }) =>
        `${subject.name} ${kind} ${object.name}${state === 'holds' ? '' : ' (rejected)'}`,
    )
    .sort();
const of = (list: readonly Relation[], kind: RelationKind) => list.filter((one) => one.kind === kind);
const post = <Body>(path: string, payload: object, token?: string) =>
  intake.call<Body>('POST', path, { payload, token });
const statement = async (kind: RelationKind, other: Key, as: 'subject' | 'object' = 'subject') => ({
  ...{ kind, other: await idOf(other), as, reason: '核对过营业执照' },
});

describe('relations that follow from data', () => {
  test('a branch, a group, shareholders, a controlling one, a former name, and what is shared', async () => {
    expect(told(await relations('copper'))).toEqual(
      [
        `${NAMES.branch} branch_of ${NAMES.copper}`,
        `${NAMES.branch} same_address ${NAMES.copper}`,
        `${NAMES.copper} same_legal_person ${NAMES.material}`,
        `${NAMES.branch} same_phone ${NAMES.copper}`,
        `${NAMES.copper} subsidiary_of ${NAMES.holding}`,
        `${NAMES.holding} shareholder_of ${NAMES.copper}`,
        `北京某某投资基金（有限合伙） shareholder_of ${NAMES.copper}`,
        `章** shareholder_of ${NAMES.copper}`,
      ].sort(),
    );
    expect(told(await relations('material'))).toContain(`${NAMES.holding} same_group ${NAMES.material}`);
    expect(told(await relations('renamed'))).toEqual([`${NAMES.bearer} former_name_of ${NAMES.renamed}`]);
  });

  test('each names the source, the row and the field it rests on', async () => {
    const [branch] = of(await relations('copper'), 'branch_of');
    expect(branch).toMatchObject({
      origin: 'derived',
      rules: ['branch-name'],
      state: 'holds',
      decision: null,
    });
    expect(branch?.evidence).toEqual([
      {
        ...{ source: sources.register, sourceName: 'register', run: expect.any(String), rowKey: 'branch' },
        ...{ field: 'name', raw: NAMES.branch, of: 'subject' },
      },
    ]);
    const held = of(await relations('copper'), 'shareholder_of').find(({ subject }) => subject.id !== null);
    expect(held).toMatchObject({ origin: 'stated', share: 67.5, subject: { id: await idOf('holding') } });
    expect(held?.evidence[0]).toMatchObject({ source: sources.holders, field: 'holder', of: 'object' });
  });

  test('a whole that is not in the database is named and nobody is guessed', async () => {
    const [only, ...more] = await relations('lone');
    expect(more).toEqual([]);
    expect(only).toMatchObject({ kind: 'branch_of', object: { id: null, name: '九江彭蠡岫纺织有限公司' } });
  });

  test('what an enterprise that comes later is named, it is related with; when it goes, the name stays', async () => {
    const whole = {
      ...rowOf('lone'),
      id: 'whole',
      code: inventCode('70000010'),
      name: '九江彭蠡岫纺织有限公司',
    };
    await intake.renew(sources.register, csvOfRows([...register(), whole]));
    expect((await relations('lone'))[0]?.object).toMatchObject({ name: whole.name, id: expect.any(String) });
    await intake.renew(sources.register, csvOfRows(register()));
    expect((await relations('lone'))[0]?.object).toMatchObject({ name: whole.name, id: null });
  });

  test('of two enterprises of that name the one in the city is meant, and of two there nobody', async () => {
    const whole = (id: string, division: string, code: string) => ({
      ...{ ...rowOf('lone'), id, division, code: inventCode(code), name: '九江彭蠡岫纺织有限公司' },
    });
    const far = whole('far', '360702', '70000011');
    await intake.renew(
      sources.register,
      csvOfRows([...register(), whole('near', '360681', '70000012'), far]),
    );
    const near = (await relations('lone'))[0]?.object.id;
    expect(near).not.toBeNull();
    const twins = [whole('near', '360681', '70000012'), whole('twin', '360681', '70000013'), far];
    await intake.renew(sources.register, csvOfRows([...register(), ...twins]));
    expect((await relations('lone'))[0]?.object.id).toBeNull();
    await intake.renew(sources.register, csvOfRows(register()));
  });

  test('a phone of more than five enterprises says nothing', async () => {
    const shared = Array.from({ length: 4 }, (_, at) => ({
      ...rowOf('lone', { phone: '0701-3321000' }),
      ...{ id: `agent${at}`, code: inventCode(`7000002${at}`), name: `江西代账客户${at}号有限公司` },
    }));
    await intake.renew(sources.register, csvOfRows([...register(), ...shared]));
    expect(of(await relations('copper'), 'same_phone')).toEqual([]);
    await intake.renew(sources.register, csvOfRows(register()));
    expect(of(await relations('copper'), 'same_phone')).toHaveLength(1);
  });

  test('making them again changes nothing, also after a crash between noting and making', async () => {
    const rows = () => db().selectFrom('fuse.relation').selectAll().orderBy('number').execute();
    const before = await rows();
    await sql`insert into fuse.relation_pending (enterprise, token)
      select number, nextval('fuse.relation_token') from fuse.enterprise`.execute(db());
    expect(await settled()).toBeGreaterThanOrEqual(KEYS.length);
    expect(await rows()).toEqual(before);
    expect(await settled()).toBe(0);
  });
});

describe('what people say', () => {
  test('a rejected relation stays away through runs, the other kinds stay, and undo brings it back', async () => {
    const path = `/api/fuse/enterprises/${await idOf('copper')}/relations`;
    const rejected = await post<RelationDecision>(`${path}/reject`, await statement('same_phone', 'branch'));
    expect(rejected.status, rejected.text).toBe(201);
    const [phone] = of(await relations('copper'), 'same_phone');
    expect(phone).toMatchObject({ state: 'rejected', decision: { act: 'reject', by: 'admin' } });
    const rows = register().map((row) => ({ ...row, phone: row.phone === '' ? '' : '0701-3329999' }));
    await intake.renew(sources.register, csvOfRows(rows));
    await intake.renew(sources.register, csvOfRows(register()));
    expect(of(await relations('branch'), 'same_phone')[0]?.state).toBe('rejected');
    const graph = await intake.get<RelationGraph>(
      `/api/fuse/enterprises/${await idOf('copper')}/graph?depth=1`,
    );
    expect(graph.edges.map(({ kind }) => kind)).not.toContain('same_phone');
    const again = await post(`${path}/reject`, await statement('same_phone', 'branch', 'object'));
    expect(again.status).toBe(409);
    expect(again.text).toContain('RELATION_SETTLED');
    const undone = await post(`/api/fuse/relation-decisions/${rejected.body.id}/undo`, { reason: '弄错了' });
    expect(undone.status, undone.text).toBe(200);
    expect(of(await relations('copper'), 'same_phone')[0]).toMatchObject({ state: 'holds', decision: null });
    expect(
      (await post(`/api/fuse/relation-decisions/${rejected.body.id}/undo`, { reason: '再撤' })).status,
    ).toBe(409);
  });

  test('an added one is there with its reason, is carried over a merge and back, and is in the audit log', async () => {
    const [bearer, renamed, lone] = [await idOf('bearer'), await idOf('renamed'), await idOf('lone')];
    const added = await post<RelationDecision>(`/api/fuse/enterprises/${lone}/relations`, {
      ...(await statement('subsidiary_of', 'renamed')),
    });
    expect(added.status, added.text).toBe(201);
    const line = `${NAMES.lone} subsidiary_of ${NAMES.renamed}`;
    expect(told(await relations('lone'))).toContain(line);
    const merged = await post<{ id: string }>(`/api/fuse/enterprises/${bearer}/merge`, {
      other: renamed,
      reason: '同一家',
    });
    expect(merged.status, merged.text).toBe(201);
    await settled();
    const [kept] = of(await relations('lone'), 'subsidiary_of');
    // whichever of the two ended, its id leads on
    expect(kept?.object.id).toBe(await idOf('renamed'));
    expect(await idOf('renamed')).toBe(await idOf('bearer'));
    expect(of(await relations('renamed'), 'former_name_of')).toEqual([]);
    await post(`/api/fuse/decisions/${merged.body.id}/undo`, { reason: '弄错了' });
    await settled();
    expect(told(await relations('lone'))).toContain(line);
    expect(of(await relations('renamed'), 'former_name_of')).toHaveLength(1);
    expect(
      (await post(`/api/fuse/relation-decisions/${added.body.id}/undo`, { reason: '弄错了' })).status,
    ).toBe(200);
    expect(told(await relations('lone'))).not.toContain(line);
    const history = await intake.get<Page<RelationDecision>>(
      `/api/fuse/enterprises/${lone}/relation-decisions`,
    );
    expect(history.items[0]).toMatchObject({ id: added.body.id, act: 'add', withdrawnBy: 'admin' });
    const log = await intake.get<{ items: { action: string }[] }>(
      '/api/audit/entries?limit=50&search=fuse:relation',
    );
    expect(log.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['fuse:relation:add', 'fuse:relation:undo']),
    );
  });

  test.each([
    ['with itself', 'copper', 'subsidiary_of', 'RELATION_INVALID'],
    ['that follows from data', 'holding', 'subsidiary_of', 'RELATION_SETTLED'],
  ] as const)('a relation %s is refused', async (_why, other, kind, code) => {
    const answer = await post(
      `/api/fuse/enterprises/${await idOf('copper')}/relations`,
      await statement(kind, other),
    );
    expect(answer.text).toContain(code);
  });

  test('two at once add it once', async () => {
    const path = `/api/fuse/enterprises/${await idOf('lone')}/relations`;
    const payload = await statement('same_group', 'bearer');
    const answers = await Promise.all([
      post<RelationDecision>(path, payload),
      post<RelationDecision>(path, payload),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const made = answers.find(({ status }) => status === 201)?.body.id;
    await post(`/api/fuse/relation-decisions/${made}/undo`, { reason: '测试' });
  });
});

describe('who sees what', () => {
  test('a city sees of an enterprise elsewhere what its own rows write, the same as of one that there is not', async () => {
    const list = await relations('copper', yingtan);
    // the holding lies in Nanchang
    const outside = of(list, 'shareholder_of').map(({ subject }) => subject);
    expect(outside.map(({ id }) => id)).toEqual([null, null, null]);
    expect(outside.map(({ name }) => name)).toContain(NAMES.holding);
    expect(Object.keys(outside[0] ?? {})).toEqual(Object.keys(outside[1] ?? {}));
    expect(
      new Set(
        outside.map(({ city, divisionName, keyIndustry, size }) =>
          JSON.stringify([city, divisionName, keyIndustry, size]),
        ),
      ).size,
    ).toBe(1);
    expect(told(await relations('material', yingtan))).not.toContain(
      `${NAMES.holding} same_group ${NAMES.material}`,
    );
    const graph = await intake.get<RelationGraph>(
      `/api/fuse/enterprises/${await idOf('copper')}/graph?depth=4`,
      yingtan,
    );
    const ids = graph.nodes.flatMap(({ id }) => id ?? []);
    expect(ids).not.toContain(await idOf('holding'));
    expect(JSON.stringify(graph)).not.toContain('enterprise:');
  });

  test('an attacker of a city reads, adds, rejects and undoes nothing that has an end elsewhere', async () => {
    const [copper, holding] = [await idOf('copper'), await idOf('holding')];
    for (const path of ['relations', 'graph', 'relation-decisions', 'things', 'people', 'profile'])
      expect(
        (await intake.call('GET', `/api/fuse/enterprises/${holding}/${path}`, { token: yingtan })).status,
        path,
      ).toBe(404);
    const payload = await statement('same_group', 'holding');
    expect((await post(`/api/fuse/enterprises/${copper}/relations`, payload, yingtan)).status).toBe(404);
    expect(
      (
        await post(
          `/api/fuse/enterprises/${copper}/relations/reject`,
          await statement('subsidiary_of', 'holding'),
          yingtan,
        )
      ).status,
    ).toBe(404);
    const made = await post<RelationDecision>(`/api/fuse/enterprises/${copper}/relations`, payload);
    expect(made.status).toBe(201);
    expect(told(await relations('copper', yingtan)).filter((line) => line.includes('same_group'))).toEqual(
      [],
    );
    expect(
      (
        await intake.get<Page<RelationDecision>>(
          `/api/fuse/enterprises/${copper}/relation-decisions`,
          yingtan,
        )
      ).items.map(({ kind }) => kind),
    ).not.toContain('same_group');
    expect(
      (await post(`/api/fuse/relation-decisions/${made.body.id}/undo`, { reason: '攻击' }, yingtan)).status,
    ).toBe(404);
    await post(`/api/fuse/relation-decisions/${made.body.id}/undo`, { reason: '测试' });
  });

  test('an officer reads and may not write; people are masked, and a look at them needs permission, reason and leaves a trace', async () => {
    const officer = await intake.platform.signIn({ organisation: 'jx', role: 'officer' });
    const copper = await idOf('copper');
    expect(
      (
        await post(
          `/api/fuse/enterprises/${copper}/relations`,
          await statement('same_group', 'bearer'),
          officer,
        )
      ).status,
    ).toBe(403);
    const masked = await intake.get<PersonList>(`/api/fuse/enterprises/${copper}/people`, officer);
    expect(masked.masked).toBe(true);
    const shown = Object.fromEntries(
      (masked.items[0]?.values ?? []).map(({ attribute, value }) => [attribute, value]),
    );
    expect(shown).toEqual({ name: '涂**', post: '厂长', phone: '138****1234' });
    expect(
      (await intake.call('GET', `/api/fuse/enterprises/${copper}/people?reason=x`, { token: officer }))
        .status,
    ).toBe(403);
    for (const url of [
      `/api/fuse/enterprises/${copper}`,
      `/api/fuse/enterprises/${copper}/people`,
      `/api/fuse/enterprises/${copper}/things`,
      `/api/fuse/enterprises/${copper}/relations`,
      `/api/fuse/sources/${sources.ledger}/rows`,
      `/api/fuse/sources/${sources.ledger}/rows/export`,
      `/api/fuse/sources/${sources.holders}/rows`,
    ]) {
      const { text, status } = await intake.call('GET', url, { token: officer });
      expect([url, status]).toEqual([url, url.endsWith('export') ? status : 200]);
      for (const secret of ['涂秋实', '13800001234']) expect(text, url).not.toContain(secret);
    }
    const searched = await intake.call(
      'GET',
      `/api/fuse/sources/${sources.ledger}/rows?search=${encodeURIComponent('涂')}`,
      { token: officer },
    );
    expect(searched.status).toBe(403);
    const open = await intake.get<PersonList>(
      `/api/fuse/enterprises/${copper}/people?reason=${encodeURIComponent('安全检查通知')}`,
    );
    expect(open.items[0]?.values.map(({ value }) => value)).toEqual(['涂秋实', '厂长', '13800001234']);
    const log = await intake.get<{ items: { action: string; target: string }[] }>(
      '/api/audit/entries?limit=20&search=fuse:person:read',
    );
    expect(log.items[0]).toMatchObject({ action: 'fuse:person:read', target: `enterprise:${copper}` });
  });
});

describe('what enterprises have', () => {
  test('equipment comes from rows with the source of each value', async () => {
    const { items } = await intake.get<ThingList>(
      `/api/fuse/enterprises/${await idOf('copper')}/things?kind=equipment`,
    );
    expect(items.map(({ key }) => key)).toEqual(['furnace-1', 'p-1']);
    expect(items[0]?.values.map(({ attribute, value, source }) => [attribute, value, source])).toEqual([
      ['name', '阳极炉', sources.ledger],
      ['code', 'furnace-1', sources.ledger],
      ['installed', '2019-03-01', sources.ledger],
    ]);
  });

  test('a profile tells what is missing and which source or template brings it', async () => {
    const profile = await intake.get<{
      score: number;
      parts: { part: string; filled: boolean; sources: { name: string }[]; templates: string[] }[];
    }>(`/api/fuse/enterprises/${await idOf('material')}/profile`);
    const part = (name: string) => profile.parts.find((one) => one.part === name);
    expect(part('name')?.filled).toBe(true);
    expect(part('equipment')).toMatchObject({ filled: false, sources: [{ name: 'ledger' }] });
    expect(part('shareholder')?.sources.map(({ name }) => name)).toEqual(['holders']);
    expect(part('employees')?.templates.length).toBeGreaterThan(0);
    expect(profile.score).toBeGreaterThan(0);
    expect(profile.score).toBeLessThan(100);
    const list = await intake.get<{ items: { completeness: number }[] }>(
      '/api/fuse/enterprises?sort=completeness&limit=3',
    );
    const scores = list.items.map(({ completeness }) => completeness);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  test('other weights are other scores, for all at once', async () => {
    const before = await intake.get<{ score: number; enterprises: number }>('/api/fuse/profiles');
    const change = await post('/api/fuse/reference/completeness/versions', {
      ...{ base: 1, source: '测试', note: '', put: [{ part: 'equipment', weight: 100 }], remove: [] },
    });
    expect(change.status, change.text).toBeLessThan(300);
    await settled();
    const after = await intake.get<{ score: number; enterprises: number }>('/api/fuse/profiles');
    expect(after.enterprises).toBe(before.enterprises);
    expect(after.score).toBeLessThan(before.score);
  });

  test('a park is the sum of its enterprises, which a list finds by it', async () => {
    const { items } = await intake.get<{ items: { name: string; enterprises: number; equipment: number }[] }>(
      '/api/fuse/parks',
    );
    expect(items).toEqual([
      expect.objectContaining({ name: '贵溪经济开发区', enterprises: KEYS.length, equipment: 2 }),
    ]);
    const list = await intake.get<{ total: number }>(
      `/api/fuse/enterprises?park=${encodeURIComponent('贵溪经济开发区')}`,
    );
    expect(list.total).toBe(KEYS.length);
  });
});
