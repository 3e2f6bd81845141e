import type { AccessHintList } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';
import { HINTS_JOB } from './hints.jobs.ts';

const HOUR_MS = 3_600_000;
let share: ShareTest;
let owner: string;
let stranger: string;
/** the last hour that has ended */
let hourMs: number;

type Written = {
  actor: string;
  /** hours before the hour that is looked at */
  ago?: number;
  count?: number;
  rows?: number;
  outcome?: string;
  shape?: number;
  address?: string;
  dataset?: string;
  organisation?: string;
};
/** Accesses as the gateway notes them, spread over the hour. */
const write = ({
  actor,
  ago = 0,
  count = 1,
  rows = 0,
  outcome = 'answered',
  shape = 1,
  ...more
}: Written) => {
  const { address = '10.1.2.3', dataset = 'enterprises', organisation = 'jx.ganzhou' } = more;
  return share.platform.analytics.command(
    `insert into share.access (at, request, part, door, organisation, actor_kind, actor, actor_name, dataset, rows_of, rows, outcome, shape, address)
     select fromUnixTimestamp64Milli(toInt64({from:Int64} + number * 3500000 / {count:UInt32}), 'UTC'), toString(number), 0, 'rest',
       {organisation:String}, 'key', {actor:String}, {actor:String}, {dataset:String}, 'jx.nanchang', {rows:UInt64}, {outcome:String},
       {shape:UInt64}, {address:String} from numbers({count:UInt32})`,
    {
      params: {
        from: hourMs - ago * HOUR_MS,
        count,
        organisation,
        actor,
        dataset,
        rows,
        outcome,
        shape,
        address,
      },
    },
  );
};
async function look(): Promise<void> {
  const { jobs } = share.platform;
  const scope = share.platform.scope();
  const id = await jobs.enqueue(scope, { kind: HINTS_JOB, params: {} });
  const job = await jobs.wait(scope, id, { timeoutMs: 60_000 });
  expect(job.state, JSON.stringify(job)).toBe('succeeded');
}
const hints = async (side: string, token?: string, state = 'open') =>
  (
    await share.call<AccessHintList>('GET', `/api/share/hints?side=${side}&state=${state}`, {
      ...(token ? { token } : {}),
    })
  ).body.items;

beforeAll(async () => {
  share = await startShare();
  for (const city of ['nanchang', 'ganzhou', 'jian'])
    await share.platform.signIn({ organisation: `jx.${city}`, role: 'officer', kind: 'city' });
  owner = (await share.key('jx.nanchang', ['share:hint:read', 'share:hint:write'], 'security')).token;
  stranger = (await share.key('jx.jian', ['share:hint:read', 'share:hint:write'], 'security')).token;
  await share.invent(
    Array.from({ length: 1_200 }, (_value, at) => ({ name: `企业${at}`, organisation: 'jx.nanchang' })),
  );
  await share.ask({ aggregates: [{ fn: 'count', as: 'n' }] });
  hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
  // a job that takes everything each day, and did so in this hour too
  for (let day = 0; day <= 28; day += 1)
    await write({ actor: 'steady', ago: day * 24, count: 30, rows: day % 2 === 0 ? 40 : 41 });
  // one that took a little each day, and now very much
  for (let day = 1; day <= 28; day += 1) await write({ actor: 'greedy', ago: day * 24, rows: 500 });
  await write({ actor: 'greedy', rows: 400_000 });
  await write({ actor: 'walker', count: 40, rows: 30 });
  await write({ actor: 'guesser', count: 150, rows: 0, shape: 2 });
  await write({ actor: 'locked-out', count: 60, outcome: 'refused', dataset: '', shape: 3 });
  for (let day = 1; day <= 20; day += 1) await write({ actor: 'moved', ago: day * 24 + 10, count: 10 });
  await write({ actor: 'moved', count: 8, address: '203.0.113.9' });
  await look();
}, 180_000);
afterAll(() => share?.stop());

describe('hints', () => {
  test('each strange access is told with its figures, and a steady job is not', async () => {
    const found = await hints('owner');
    const of = (actor: string) => found.filter((hint) => hint.actor.name === actor);
    expect(of('steady')).toEqual([]);
    expect(of('greedy')).toMatchObject([
      { kind: 'volume', figures: { what: 'rows', now: 400_000, median: 500, days: 28 } },
    ]);
    expect(of('greedy')[0]?.why.zh).toContain('400000');
    expect(of('walker')).toMatchObject([
      {
        kind: 'walking',
        dataset: 'enterprises',
        figures: { questions: 40, rows: 1_200, total: 1_200, share: 1 },
      },
    ]);
    expect(of('guesser')).toMatchObject([{ kind: 'guessing', figures: { questions: 150, empty: 150 } }]);
    expect(of('locked-out')).toMatchObject([{ kind: 'refused', figures: { refused: 60 } }]);
  });

  test('place and time of a key are told to those who gave it, not to the owner of the data', async () => {
    const mine = await hints('owner', owner);
    expect(mine.map(({ kind }) => kind).sort()).toEqual(['guessing', 'refused', 'volume', 'walking']);
    const ganzhou = (await share.key('jx.ganzhou', ['share:hint:read'], 'security')).token;
    const theirs = await hints('user', ganzhou);
    const moved = theirs.filter(({ actor }) => actor.name === 'moved');
    expect(moved.map(({ kind }) => kind).sort()).toEqual(['address', 'time']);
    expect(moved.find(({ kind }) => kind === 'address')?.figures).toMatchObject({ address: '203.0.113.9' });
    expect((await hints('user')).length).toBe(theirs.length);
  });

  test('whom they do not concern sees none of them, and decides about none', async () => {
    expect(await hints('owner', stranger)).toEqual([]);
    expect(await hints('user', stranger)).toEqual([]);
    const [hint] = await hints('owner', owner);
    const answer = await share.call('PUT', `/api/share/hints/${hint?.id}`, {
      token: stranger,
      payload: { state: 'explained', reason: 'x' },
    });
    expect(answer.status).toBe(404);
    const reader = (await share.key('jx.nanchang', ['share:hint:read'], 'reader')).token;
    const decide = { token: reader, payload: { state: 'explained', reason: 'x' } };
    expect((await share.call('PUT', `/api/share/hints/${hint?.id}`, decide)).status).toBe(403);
    const usage = (await share.key('jx.nanchang', ['share:usage:read'], 'usage')).token;
    expect((await share.call('GET', '/api/share/hints', { token: usage })).status).toBe(403);
  });

  test('looking again adds nothing, and what was explained is not told again', async () => {
    const before = await hints('owner', owner);
    await look();
    expect(await hints('owner', owner)).toEqual(before);
    const walking = before.find(({ kind }) => kind === 'walking');
    const url = `/api/share/hints/${walking?.id}`;
    const payload = { state: 'explained', reason: '新上线的同步任务' };
    const decided = await share.call<{ state: string }>('PUT', url, { token: owner, payload });
    expect(decided.body.state).toBe('explained');
    expect((await share.call('PUT', url, { token: owner, payload })).text).toContain('HINT_DECIDED');
    expect((await hints('owner', owner, 'explained')).map(({ id }) => id)).toEqual([walking?.id]);
    // the same hour once more
    await share.db.deleteFrom('share.hint_look' as never).execute();
    await look();
    expect((await hints('owner', owner)).map(({ kind }) => kind)).not.toContain('walking');
    expect((await hints('owner', owner)).find(({ kind }) => kind === 'volume')?.times).toBe(1);
    const { body } = await share.call<{ items: { action: string }[] }>(
      'GET',
      '/api/audit/entries?search=share:hint&limit=10',
    );
    expect(body.items.map(({ action }) => action)).toContain('share:hint:decide');
  });

  test('questions are noted with their shape and address', async () => {
    const { token } = await share.key('jx.nanchang', ['share:dataset:read'], 'shapes');
    for (const name of ['甲', '乙'])
      await share.ask({ select: ['name'], filter: { column: 'name', op: 'eq', value: name } }, token);
    await share.call('GET', '/api/share/usage');
    const rows = await share.platform.analytics.query<{ shapes: string; addresses: string[] }>(
      `select uniqExact(shape) as shapes, groupUniqArray(toString(address)) as addresses from share.access where actor_name = 'shapes'`,
    );
    expect(rows).toEqual([{ shapes: '1', addresses: ['127.0.0.1'] }]);
  });
});
