import type {
  EnterpriseSearchResult,
  FieldMapping,
  Job,
  MatchExplanation,
  MatchFigures,
  MatchModel,
  MatchWaterfall,
  ReviewAnswered,
  ReviewDetail,
  ReviewPair,
} from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inventCode } from '../testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from '../testing/intake-platform.ts';

const map = (from: string, to: string, transform: string): FieldMapping => ({
  ...{ from, to, transform, unit: null },
  values: {},
});
const SHAPE = {
  target: 'enterprise' as const,
  rowKey: ['id'],
  mappings: [
    ...[map('code', 'code', 'code'), map('name', 'name', 'name'), map('phone', 'phone', 'phone')],
    ...[map('person', 'legalPerson', 'text'), map('address', 'address', 'text')],
    map('division', 'division', 'division'),
  ],
};
const CODES = Array.from({ length: 12 }, (_value, index) => inventCode(`7000000${index % 10}`));
const EMPTY = { code: '', name: '', phone: '', person: '', address: '', division: '' };
const PLACEHOLDER = '13812345678';
const COPPER = {
  ...{ id: 'r1', code: CODES[1] ?? '', name: '江西豫章铜业有限公司', phone: '0791-88120001' },
  ...{ person: '王建国', address: '江西省南昌市青山湖区高新大道18号', division: '360111' },
};
const GROUP = {
  ...{ id: 'r2', code: CODES[2] ?? '', name: '虔城纺织有限公司', phone: '0797-8212001' },
  ...{ person: '李小红', address: '江西省赣州市章贡区迎宾大道5号', division: '360702' },
};
const DIFFERENT = {
  ...{ id: 'r3', code: CODES[3] ?? '', name: '赣江电子股份有限公司', phone: '0791-88120003' },
  ...{ person: '张伟', address: '江西省南昌市青山湖区昌东大道7号', division: '360111' },
};
const register = (): Row[] => [
  COPPER,
  GROUP,
  DIFFERENT,
  // a phone that an agent gave for everybody brings nobody together
  ...Array.from({ length: 30 }, (_value, at) => ({
    ...{
      ...EMPTY,
      id: `p${at}`,
      name: `${'甲乙丙丁戊己庚辛壬癸'[at % 10]}${'东南西北中'[at % 5]}${at}号商贸有限公司`,
    },
    ...{ phone: PLACEHOLDER, division: '360111' },
  })),
];
const tax = (): Row[] => [
  // one by the model: another form of the name, no code, the same person and address
  {
    ...{ ...EMPTY, id: 't1', name: '豫章铜业（江西）股份公司', person: '王建国' },
    address: '南昌市青山湖区高新大道18号',
  },
  // doubtful: a group beside the company, same county, nothing else told
  { ...EMPTY, id: 't2', name: '虔城纺织集团有限公司', division: '360702' },
  // a copied code: nothing else agrees
  {
    ...{ ...EMPTY, id: 't3', code: CODES[3] ?? '', name: '鄱湖水产养殖场', person: '刘大海' },
    ...{ address: '江西省九江市湖口县双钟镇滨江街90号', division: '360429' },
  },
];

// each run is a whole one: landed, audited, published, fused
vi.setConfig({ testTimeout: 120_000 });

let intake: IntakeTest;
let [nanchang, ganzhou] = ['', ''];
const sources = { register: '', tax: '' };
beforeAll(async () => {
  intake = await startIntake();
  for (const [code, division] of [
    ['nanchang', '360100'],
    ['ganzhou', '360700'],
  ] as const)
    await intake.platform.auth.addOrganisation(intake.platform.scope(), {
      ...{ path: `jx.${code}`, kind: 'city', name: code, division, code: null },
    });
  [nanchang, ganzhou] = [await intake.city('nanchang'), await intake.city('ganzhou')];
  sources.register = (
    await intake.table('register', 'a.csv', csvOfRows(register()), { ...SHAPE, priority: 60 })
  ).source;
  sources.tax = (await intake.table('tax', 'b.csv', csvOfRows(tax()), { ...SHAPE, priority: 40 })).source;
}, 120_000);
afterAll(() => intake?.stop());

const [TRADES, FIRST, SECOND] = [
  ['机械', '纺织', '食品', '电子', '化工'],
  [...'鑫华宏瑞德昌盛泰恒丰隆兴达顺康'],
  [...'源峰泉林川海山岭湖原'],
];
const ref = (key: string) => ({
  source: key.startsWith('t') ? sources.tax : sources.register,
  entityKey: key,
});
const search = (record: Row, token?: string) =>
  intake.call<EnterpriseSearchResult>('POST', '/api/fuse/enterprises/search', {
    payload: { record },
    token,
  });
const explain = (a: string, b: string, token?: string) =>
  intake.call<MatchExplanation>('POST', '/api/fuse/matching/explain', {
    payload: { a: ref(a), b: ref(b) },
    token,
  });
const queue = async (query = '', token?: string) =>
  (await intake.get<{ items: ReviewPair[] }>(`/api/fuse/review?limit=50${query}`, token)).items;
const keysOf = ({ a, b }: ReviewPair) => [a.entityKey, b.entityKey].sort().join(' ');
const sumOf = ({ prior, bars }: MatchWaterfall) =>
  bars.reduce((sum, { weight, frequency }) => sum + weight + frequency, prior);
const enterpriseOf = async (key: string) =>
  (await explain(key, key === 'r1' ? 'r2' : 'r1')).body.a.enterprise;

describe('a run', () => {
  test('puts together what the model takes for one, and says so', async () => {
    const { body } = await explain('t1', 'r1');
    expect(body).toMatchObject({ together: true, verdict: 'same' });
    expect(body.reasons.map(({ zh }) => zh)).toContain('权重达到自动合并阈值');
    expect(sumOf(body.waterfall)).toBeCloseTo(body.waterfall.weight, 6);
    expect(body.waterfall.bars.find(({ comparison }) => comparison === 'person')).toMatchObject({
      left: '王建国',
      right: '王建国',
      label: { zh: '相同' },
    });
  });

  test('does not put together what shares a copied code and nothing else', async () => {
    const { body } = await explain('t3', 'r3');
    expect(body).toMatchObject({ together: false });
    expect(body.reasons.map(({ zh }) => zh).join()).toMatch(/代码可能是抄来的/);
    expect((await queue()).map(keysOf)).toContain('r3 t3');
  });

  test('leaves a value that many share out of the search for partners', async () => {
    const { body } = await search({ phone: PLACEHOLDER, name: '从未见过的公司' });
    expect(body.keys.find(({ rule }) => rule.zh === '电话')).toMatchObject({ state: 'common' });
    expect(body.items).toEqual([]);
  });
});

describe('search before create', () => {
  test('finds the enterprise of a record without a code, with bars that add up', async () => {
    const { status, body } = await search({ name: '江西豫章铜业股份有限公司', legalPerson: '王建国' });
    expect(status).toBe(200);
    const [best] = body.items;
    expect(best).toMatchObject({ code: CODES[1], verdict: 'same' });
    expect(sumOf(best?.waterfall as MatchWaterfall)).toBeCloseTo(best?.waterfall.weight ?? 0, 6);
    expect(body.model).toBe(0);
  });

  test('takes another valid code for another enterprise, whatever else agrees', async () => {
    const { body } = await search({ ...COPPER, id: undefined, person: undefined, code: CODES[5] });
    expect(body.items[0]).toMatchObject({ code: CODES[1], verdict: 'different' });
  });

  test('shows nothing of enterprises outside the scope', async () => {
    const record = { name: '江西豫章铜业有限公司' };
    expect((await search(record, nanchang)).body.items).toHaveLength(1);
    expect((await search(record, ganzhou)).body.items).toEqual([]);
  });

  test.each([
    [{}, /至少|at least|name/],
    [{ name: '甲', owner: 'x' }, /owner/],
    [{ name: 'x'.repeat(2_000) }, /name/],
  ])('refuses %j and says why', async (record, why) => {
    const { status, text } = await search(record);
    expect(status).toBe(400);
    expect(text).toMatch(why);
  });
});

describe('an explanation', () => {
  test('is refused for records of others, as if they did not exist', async () => {
    expect((await explain('r1', 'r2', nanchang)).status).toBe(404);
    expect((await explain('r2', 'r1', nanchang)).status).toBe(404);
    expect((await explain('r1', 'r3', nanchang)).status).toBe(200);
  });
});

describe('the queue', () => {
  test('has the doubtful pair, explained, for those who see both sides', async () => {
    const pair = (await queue()).find((one) => keysOf(one) === 'r2 t2');
    expect(pair).toMatchObject({ state: 'open' });
    const detail = await intake.get<ReviewDetail>(`/api/fuse/review/${pair?.id}`);
    expect(detail.explanation).toMatchObject({ verdict: 'review', together: false });
    expect(detail.explanation.waterfall.weight).toBeGreaterThanOrEqual(detail.explanation.review);
    expect((await queue('', ganzhou)).map(keysOf)).toContain('r2 t2');
    expect((await queue('', nanchang)).map(keysOf)).not.toContain('r2 t2');
    const foreign = await intake.call('GET', `/api/fuse/review/${pair?.id}`, { token: nanchang });
    expect(foreign.status).toBe(404);
    const answered = await intake.call('POST', `/api/fuse/review/${pair?.id}/answer`, {
      payload: { act: 'same' },
      token: nanchang,
    });
    expect(answered.status).toBe(404);
  });

  test('takes answers: later, one, undone again, two', async () => {
    const pair = (await queue()).find((one) => keysOf(one) === 'r2 t2') as ReviewPair;
    const answer = (act: string) =>
      intake.call<ReviewAnswered>('POST', `/api/fuse/review/${pair.id}/answer`, { payload: { act } });
    expect((await answer('later')).body).toMatchObject({ decision: null });
    expect((await queue()).map(keysOf)).not.toContain('r2 t2');
    expect((await queue('&later=true')).map(keysOf)).toContain('r2 t2');
    const same = await answer('same');
    expect(same.body.pair).toMatchObject({ state: 'same', decidedBy: 'admin' });
    expect(await enterpriseOf('t2')).toBe(await enterpriseOf('r2'));
    expect((await answer('different')).status).toBe(409);
    const undo = await intake.call('POST', `/api/fuse/decisions/${same.body.decision}/undo`, {
      payload: { reason: '弄错了' },
    });
    expect(undo.status, undo.text).toBe(200);
    expect(await enterpriseOf('t2')).not.toBe(await enterpriseOf('r2'));
    expect((await queue('&later=true')).map(keysOf)).toContain('r2 t2');
    expect((await answer('different')).body.pair).toMatchObject({ state: 'different' });
    // the decision holds, and the pair does not come back, when the records are fused again
    await intake.renew(sources.tax, csvOfRows(tax().map((row) => ({ ...row, phone: '0797-8299999' }))));
    expect(await enterpriseOf('t2')).not.toBe(await enterpriseOf('r2'));
    expect((await queue('&later=true')).map(keysOf)).not.toContain('r2 t2');
    expect((await queue('&state=different')).map(keysOf)).toContain('r2 t2');
  });

  test('settles a pair that newer data clear up', async () => {
    expect((await queue()).map(keysOf)).toContain('r3 t3');
    const rows = tax().map((row) => ({
      ...{ ...row, phone: '0797-8299999' },
      ...(row.id === 't3' ? { name: DIFFERENT.name, person: DIFFERENT.person } : {}),
    }));
    const run = await intake.renew(sources.tax, csvOfRows(rows));
    expect(run.state, JSON.stringify(run.heldFor)).toBe('succeeded');
    expect((await queue()).map(keysOf)).not.toContain('r3 t3');
    expect((await queue('&state=settled')).map(keysOf)).toContain('r3 t3');
  });
});

describe('models', () => {
  const models = async () => (await intake.get<{ items: MatchModel[] }>('/api/fuse/matching/models')).items;
  const post = <Body>(path: string, payload: object, token?: string) =>
    intake.call<Body>('POST', `/api/fuse/matching/models${path}`, { payload, token });

  test('figures hold the model against what people decided', async () => {
    const figures = await intake.get<MatchFigures>('/api/fuse/matching/figures');
    expect(figures.labelled).toMatchObject({ pairs: 1, different: 1, recall: null });
    expect(figures.rules.find(({ title }) => title.zh === '电话')).toMatchObject({ common: 1 });
    expect(figures.matchedBy.map(({ rule }) => rule)).toContain('model');
    expect((await intake.call('GET', '/api/fuse/matching/figures', { token: nanchang })).status).toBe(403);
  });

  test('thresholds make a version, which is used when a person says so', async () => {
    expect(await models()).toMatchObject([{ version: 0, active: true }]);
    const made = await post<MatchModel>('', { base: 0, match: 50, review: -20, note: '全部人工核对' });
    expect(made.body, made.text).toMatchObject({ version: 1, active: false, match: 50 });
    expect((await post('/1/use', { note: '试用' }, nanchang)).status).toBe(403);
    expect((await post<MatchModel>('/1/use', { note: '试用' })).body).toMatchObject({ active: true });
    const { body } = await search({ name: '江西豫章铜业股份有限公司', legalPerson: '王建国' });
    expect(body).toMatchObject({ model: 1, items: [{ verdict: 'review' }] });
    expect((await post('/9/use', { note: '没有' })).status).toBe(404);
    expect((await post('', { base: 0, match: 1, review: 2, note: '反了' })).status).toBe(400);
    await post('/0/use', { note: '恢复' });
    expect((await models()).find(({ active }) => active)?.version).toBe(0);
  });

  test('training on next to nothing fails with a reason and changes nothing', async () => {
    const { body } = await post<{ job: string }>('/train', { note: '首次训练' });
    const job = await intake.platform.jobs.wait(intake.platform.scope(), body.job, { timeoutMs: 60_000 });
    expect(job).toMatchObject({ state: 'failed' } satisfies Partial<Job>);
    expect(JSON.stringify(job)).toMatch(/无法训练|Too few/);
    expect((await models()).map(({ version }) => version)).toEqual([1, 0]);
  });

  test('training learns from the records there are; its version is used when a person says so', async () => {
    const rows = (suffix: string) =>
      Array.from({ length: 150 }, (_value, at) => ({
        ...{ ...EMPTY, id: `${suffix}${at}`, division: '360111' },
        name: `${TRADES[at % 5]}${FIRST[at % 15]}${SECOND[Math.floor(at / 15)]}${suffix === 'a' ? '有限公司' : '有限责任公司'}`,
        ...{ person: `${'赵钱孙李周吴郑王'[at % 8]}${SECOND[at % 10]}${FIRST[at % 15]}` },
        address: `江西省南昌市青山湖区${'昌东高新创业'.slice(at % 4, (at % 4) + 2)}大道${at}号`,
      }));
    for (const suffix of ['a', 'b'])
      await intake.table(`many-${suffix}`, `${suffix}.csv`, csvOfRows(rows(suffix)), SHAPE);
    const { body } = await post<{ job: string }>('/train', { note: '全省记录' });
    const job = await intake.platform.jobs.wait(intake.platform.scope(), body.job, { timeoutMs: 90_000 });
    expect(job, JSON.stringify(job)).toMatchObject({ state: 'succeeded' });
    const [made] = await models();
    expect(made).toMatchObject({ version: 2, active: false, note: '全省记录', madeBy: 'admin' });
    // one pair was decided by a person before
    expect(made?.trainedOn).toMatchObject({ decisions: 1 });
    expect(made?.trainedOn?.records).toBeGreaterThan(300);
    const name = made?.comparisons.find((one) => one.name === 'name');
    expect(name?.levels[0]?.weight).toBeGreaterThan(name?.levels.at(-1)?.weight ?? 0);
    expect((await post<MatchModel>('/2/use', { note: '启用' })).body.active).toBe(true);
    const found = await search({ name: `${TRADES[0]}${FIRST[0]}${SECOND[0]}公司`, division: '360111' });
    expect(found.body).toMatchObject({ model: 2 });
    expect(found.body.items.length).toBeGreaterThan(0);
  });
});
