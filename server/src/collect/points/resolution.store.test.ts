import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { type Collect, collect, collectMigrations } from '../index.ts';
import { LABEL, type PointGroup } from './point-groups.ts';

let platform: TestPlatform;
/** Two server processes on the same engines: neither knows what the other remembers. */
let one: Collect;
let two: Collect;

beforeAll(async () => {
  platform = await startTestPlatform({ domains: [collectMigrations] });
  one = collect(platform);
  two = collect(platform);
});
afterAll(() => platform.stop());

const FIELDS = ['usage_user', 'usage_system', 'usage.idle'];
const SET = { keys: ['usage_user', 'usage_system', 'usage%2Eidle'], labels: FIELDS };
const groupOf = (key: string, fields = SET, equipment = key): PointGroup => ({
  key,
  fields,
  name: `cpu ${LABEL} (${key})`,
  equipment,
});
const groups = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => groupOf(`cpu,host=${prefix}${at}`));
const meet = (domain: Collect, organisation: string, told: readonly PointGroup[]) =>
  domain.points.resolveGroups(platform.scope(), organisation, told);
const numbers = (found: Awaited<ReturnType<typeof meet>>) =>
  [...found.values()].flatMap((group) => group.numbers);
const total = async (organisation: string) => one.points.count(platform.scope({ organisation }));
const list = (organisation: string, query: object = {}) =>
  one.points.list(platform.scope({ organisation }), { limit: 100, ...query });

describe('points of a group', () => {
  it('have consecutive numbers in the order of their fields, however many make some at the same moment', async () => {
    const asked = Array.from({ length: 12 }, (_, at) =>
      at % 3 === 2
        ? one.points
            .resolve(platform.scope(), 'jx.order.keys', [{ key: `single ${at}`, type: 'number' }])
            .then(() => new Map())
        : meet(at % 2 === 0 ? one : two, `jx.order.o${at}`, groups('a', 40)),
    );
    const found = await Promise.all(asked);
    const firsts = new Set<number>();
    for (const answer of found)
      for (const group of answer.values()) {
        const [first = 0] = group.numbers;
        firsts.add(first);
        expect(group.numbers).toEqual(SET.keys.map((_, at) => first + at));
      }
    expect(firsts.size).toBe(8 * 40);
    expect(await total('jx.order')).toBe(8 * 40 * 3 + 4);
  });

  it('are made once by two processes that see the same series at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const told = groups(`race${round}.`, 20);
      const keys = told.map(({ key }) => ({ key: `${key}.usage_user`, type: 'number' as const }));
      const [first, second, third, fourth] = await Promise.all([
        meet(one, 'jx.race', told),
        meet(two, 'jx.race', told.toReversed()),
        one.points.resolve(platform.scope(), 'jx.race', keys),
        two.points.resolve(platform.scope(), 'jx.race', keys.toReversed()),
      ]);
      for (const { key } of told) {
        const numbersIn = (answer: typeof first) => {
          const group = answer.get(key);
          return SET.keys.map((field) => group?.numbers[group.keys.indexOf(field)]);
        };
        expect(numbersIn(second)).toEqual(numbersIn(first));
        expect(third.get(`${key}.usage_user`)?.id).toBe(numbersIn(first)[0]);
        expect(fourth.get(`${key}.usage_user`)?.id).toBe(numbersIn(first)[0]);
      }
    }
    expect(await total('jx.race')).toBe(600);
    expect((await list('jx.race', { limit: 1_000 })).items).toHaveLength(600);
  });

  it('that another door made before keep their numbers, and one of another type is not of the group', async () => {
    const before = await one.points.resolve(platform.scope(), 'jx.before', [
      { key: 'cpu,host=b.usage_system', type: 'number' },
      { key: 'cpu,host=b.usage_user', type: 'text' },
      { key: 'cpu,host=b.deeper.usage_user', type: 'number' },
    ]);
    const found = (await meet(two, 'jx.before', [groupOf('cpu,host=b')])).get('cpu,host=b');
    const numberOf = (field: string) => found?.numbers[found.keys.indexOf(field)];
    expect(numberOf('usage_system')).toBe(before.get('cpu,host=b.usage_system')?.id);
    expect(numberOf('usage_user')).toBe(0);
    expect(await total('jx.before')).toBe(4);
    // Told of them counts as from any door.
    expect(await one.points.find(platform.scope(), 'cpu,host=b.usage_system')).toMatchObject({
      name: 'cpu usage_system (cpu,host=b)',
      equipment: 'cpu,host=b',
    });
  });

  it('get another row for fields that come later', async () => {
    await meet(one, 'jx.later', [groupOf('cpu,host=l')]);
    const more = { keys: ['usage_user', 'steal'], labels: ['usage_user', 'steal'] };
    const found = (await meet(two, 'jx.later', [groupOf('cpu,host=l', more)])).get('cpu,host=l');
    expect(found?.keys).toEqual(['usage_user', 'steal']);
    expect((await list('jx.later')).items.map(({ key }) => key)).toEqual([
      'cpu,host=l.usage_user',
      'cpu,host=l.usage_system',
      'cpu,host=l.usage%2Eidle',
      'cpu,host=l.steal',
    ]);
  });
});

describe('the limit of points', () => {
  it('is exact, whoever makes them at the same moment', async () => {
    const config = { ...platform.config, ingestPointsMax: 25 };
    const [small, other] = [collect({ ...platform, config }), collect({ ...platform, config })];
    const answers = await Promise.all([
      meet(small, 'jx.limit', groups('a', 5)),
      meet(other, 'jx.limit', groups('b', 5)),
      meet(small, 'jx.limit', groups('c', 5)),
    ]);
    const single = await other.points.resolve(platform.scope(), 'jx.limit', [{ key: 'x', type: 'number' }]);
    expect(answers.flatMap(numbers)).toHaveLength(25);
    expect(new Set(answers.flatMap(numbers)).size).toBe(25);
    expect(single.size).toBe(0);
    expect(await total('jx.limit')).toBe(25);
    expect((await list('jx.limit')).items).toHaveLength(25);
  });
});

describe('a point of a group', () => {
  const organisation = 'jx.single';
  const scope = () => platform.scope({ organisation });
  let id = 0;
  beforeAll(async () => {
    id = numbers(await meet(one, organisation, groups('s', 30)))[4] as number;
  });

  it('is found like every other', async () => {
    const point = {
      id,
      key: 'cpu,host=s1.usage_system',
      name: 'cpu usage_system (cpu,host=s1)',
      equipment: 'cpu,host=s1',
      organisation,
      type: 'number',
      unit: null,
      collector: null,
    };
    expect(await one.points.find(scope(), point.key)).toMatchObject(point);
    expect(await one.points.find(scope(), String(id))).toMatchObject(point);
    expect(await one.points.visible(scope(), [id + 1, id])).toHaveLength(2);
    expect(await list(organisation, { search: 'host=s1.usage%2E' })).toMatchObject({
      items: [{ id: id + 1, name: 'cpu usage.idle (cpu,host=s1)' }],
      total: 1,
    });
    // Across the places where key and name are put together, in parts of them, in any case.
    for (const search of ['S1.usage_S', 'usage.idle (cpu,host=s1)', 'cpu usage_user (cpu,host=s1)', 'age%2E'])
      expect((await list(organisation, { search })).items.length).toBeGreaterThan(0);
    for (const search of ['s1 usage', 'usage_idle', 's1._', '%'])
      expect((await list(organisation, { search })).total).toBe(search === '%' ? 30 : 0);
    expect(await one.points.visible(platform.scope({ organisation: 'jx.elsewhere' }), [id])).toEqual([]);
  });

  it('keeps its number and what a person wrote, whatever is told later', async () => {
    await one.points.change(scope(), String(id), { name: '一号炉', unit: '°C' });
    await meet(two, organisation, groups('s', 30));
    await two.points.resolve(scope(), organisation, [
      { key: 'cpu,host=s1.usage_system', type: 'text', name: 'other', unit: 'K', equipment: 'furnace' },
    ]);
    expect(await one.points.find(scope(), 'cpu,host=s1.usage_system')).toMatchObject({
      id,
      name: '一号炉',
      unit: '°C',
      equipment: 'furnace',
      type: 'number',
    });
    expect(await total(organisation)).toBe(90);
    expect(numbers(await meet(collect(platform), organisation, groups('s', 30)))[4]).toBe(id);
  });

  it('takes over what another door tells of it, and only that', async () => {
    await two.points.resolve(scope(), organisation, [
      { key: 'cpu,host=s2.usage_user', type: 'number', unit: '%' },
      { key: 'cpu,host=s3.usage_user', type: 'number', name: 'cpu usage_user (cpu,host=s3)' },
    ]);
    expect(await one.points.find(scope(), 'cpu,host=s2.usage_user')).toMatchObject({
      name: 'cpu usage_user (cpu,host=s2)',
      unit: '%',
    });
    expect(await total(organisation)).toBe(90);
  });

  it('is listed once and in the order of numbers, on pages of every size', async () => {
    await one.points.resolve(scope(), organisation, [
      { key: 'between', type: 'number' },
      { key: 'cpu,host=s0.usage_user', type: 'number', unit: '%' },
      { key: 'cpu,host=s0.usage_system', type: 'number', unit: '%' },
      { key: 'cpu,host=s0.usage%2Eidle', type: 'number', unit: '%' },
    ]);
    await meet(one, organisation, groups('t', 5));
    const all = (await list(organisation, { limit: 500 })).items.map((point) => point.id);
    expect(all).toHaveLength(106);
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
    for (const limit of [1, 2, 7, 105]) {
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await list(organisation, { limit, cursor });
        expect(page.total).toBe(106);
        expect((await list('jx', { limit, cursor, organisation })).items).toEqual(page.items);
        seen.push(...page.items.map((point) => point.id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(all);
    }
    expect((await list('jx', { organisation })).total).toBe(106);
    expect((await list(organisation, { organisation: 'jx' })).total).toBe(106);
    expect((await list(organisation, { organisation: 'jx.elsewhere' })).total).toBe(0);
    expect(await one.points.idsOf(scope(), organisation, 1_000)).toEqual(all);
  });

  it('follows its series when that gets another name', async () => {
    const renamed = groups('s', 30).map((group) => ({ ...group, equipment: 'renamed' }));
    await meet(two, organisation, renamed);
    for (const key of ['cpu,host=s2.usage_user', 'cpu,host=s4.usage_user'])
      expect(await two.points.find(scope(), key)).toMatchObject({ equipment: 'renamed' });
  });
});
