import type { AgentWork, CollectorAnswer, CollectorQuestion } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetFixture, startFleet } from '../fleet.fixture.ts';
import { collect } from '../index.ts';

let fleet: FleetFixture;
let key: string;
beforeAll(async () => {
  fleet = await startFleet();
  ({ key } = await fleet.enrolled('gateway'));
});
afterAll(() => fleet.stop());

type Failure = { error: { code: string; message: string } };
const ask = async (question: object, token?: string) => {
  await reportOnline();
  return fleet.call<CollectorAnswer & Failure>('POST', '/api/collect/collectors/gateway/ask', {
    ...(token === undefined ? {} : { token }),
    body: question,
  });
};
const work = (wait = 20, token = key) =>
  fleet.call<AgentWork>('GET', `/api/collect/agent/work?collector=gateway&wait=${wait}`, { token });
const answer = (id: string, outcome: object, token = key, collector = 'gateway') =>
  fleet.call('POST', '/api/collect/agent/answers', { token, body: { collector, id, outcome } });
const browse = { kind: 'browse', connection: 'press', node: null };
const item = { id: 'ns=1;s=T', name: 'T', kind: 'point', type: 'number', unit: 'Cel', description: null };

/** Waits for one question as a collector does, and answers it. */
async function collectorAnswers(
  outcomeOf: (question: CollectorQuestion) => object,
): Promise<CollectorQuestion> {
  const { body } = await work();
  const [asked] = body.questions;
  if (asked === undefined) throw new Error('no question came');
  expect(await answer(asked.id, outcomeOf(asked.question))).toMatchObject({ status: 204 });
  return asked.question;
}

describe('a question to a collector', () => {
  it('reaches the one that waits, and its answer the one that asked', async () => {
    const collector = collectorAnswers(() => ({ ok: true, answer: { kind: 'browse', items: [item] } }));
    await expect
      .poll(() => ask(browse))
      .toMatchObject({ status: 200, body: { kind: 'browse', items: [item] } });
    expect(await collector).toEqual({ ...browse, limit: 500 });
  });

  it('that it cannot answer comes back with its words', async () => {
    const collector = collectorAnswers(() => ({ ok: false, message: 'the server is not connected' }));
    const refused = await ask(browse);
    await collector;
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'COLLECTOR_REFUSED' } } });
    expect(refused.body.error.message).toContain('the server is not connected');
  });

  it('is not mistaken for another kind', async () => {
    const collector = collectorAnswers(() => ({ ok: true, answer: { kind: 'check', issues: [] } }));
    expect(await ask(browse)).toMatchObject({ status: 422 });
    await collector;
  });

  it('to trust a certificate leaves a trace', async () => {
    const certificate = {
      thumbprint: 'ab',
      fingerprint: 'cd',
      subject: 'CN=press',
      issuer: 'CN=press',
      applicationUri: null,
      validFrom: 'x',
      validTo: 'y',
    };
    const collector = collectorAnswers(() => ({ ok: true, answer: { kind: 'trust', certificate } }));
    expect(await ask({ kind: 'trust', connection: 'press', thumbprint: 'ab' })).toMatchObject({
      status: 200,
    });
    await collector;
    const log = await fleet.platform.audit.list(fleet.platform.scope(), { limit: 20, search: 'certificate' });
    expect(log.items[0]).toMatchObject({ action: 'collect:certificate:trust', target: 'collector gateway' });
  });

  it('carries the secrets of a draft open to the collector, and sealed nowhere else', async () => {
    const draft = { name: 'hall', protocol: 'mqtt', endpoint: 'mqtt://a', password: 'correct horse' };
    const collector = collectorAnswers(() => ({ ok: true, answer: { kind: 'check', issues: [] } }));
    const asking = ask({ kind: 'check', connections: [draft] });
    expect(await collector).toEqual({ kind: 'check', connections: [draft] });
    expect(await asking).toMatchObject({ status: 200, body: { issues: [] } });
  });

  it('is put by people of the plant who may, and answered by its collector', async () => {
    expect(await ask(browse, fleet.tokens.stranger)).toMatchObject({ status: 404 });
    expect(await ask(browse, fleet.tokens.officer)).toMatchObject({ status: 403 });
    const { key: neighbour } = await fleet.enrolled('neighbour');
    expect(await work(0, neighbour)).toMatchObject({ status: 404 });
    const asking = ask(browse);
    const { body } = await work();
    const id = body.questions[0]?.id ?? '';
    const outcome = { ok: true, answer: { kind: 'browse', items: [] } };
    expect(await answer(id, outcome, neighbour)).toMatchObject({ status: 404 });
    expect(await answer(id, outcome, neighbour, 'neighbour')).toMatchObject({ status: 404 });
    expect(await answer(id, outcome, fleet.tokens.engineer)).toMatchObject({ status: 404 });
    expect(await answer(id, outcome)).toMatchObject({ status: 204 });
    expect(await answer(id, outcome)).toMatchObject({ status: 404 });
    expect(await answer('no-such', outcome)).toMatchObject({ status: 404 });
    expect(await asking).toMatchObject({ status: 200 });
  });

  it('to one that is not there is refused at once', async () => {
    await fleet.enrolled('absent');
    expect(await fleet.call('POST', '/api/collect/collectors/absent/ask', { body: browse })).toMatchObject({
      status: 409,
      body: { error: { code: 'COLLECTOR_OFFLINE' } },
    });
  });

  it('crosses from one server to another', async () => {
    const second = collect(fleet.platform);
    const http = await fleet.platform.serve([second]);
    await second.start?.();
    const waiting = http.inject({
      method: 'GET',
      url: '/api/collect/agent/work?collector=gateway&wait=20',
      headers: { authorization: `Bearer ${key}` },
    });
    // The other server does not know who waits there; it has heard of the collector by its report.
    const asking = ask(browse);
    const { questions } = (await waiting).json<AgentWork>();
    expect(questions).toHaveLength(1);
    await http.inject({
      method: 'POST',
      url: '/api/collect/agent/answers',
      headers: { authorization: `Bearer ${key}` },
      payload: {
        collector: 'gateway',
        id: questions[0]?.id,
        outcome: { ok: true, answer: { kind: 'browse', items: [item] } },
      },
    });
    expect(await asking).toMatchObject({ status: 200, body: { items: [item] } });
  });

  it('does not wait behind more than 20 others', async () => {
    const asking = Array.from({ length: 21 }, () => ask(browse));
    const first = await Promise.race(asking);
    expect(first).toMatchObject({ status: 429, body: { error: { code: 'COLLECTOR_BUSY' } } });
    // They may come in several rounds.
    for (let answered = 0; answered < 20; ) {
      const { questions } = (await work()).body;
      for (const { id } of questions) await answer(id, { ok: false, message: 'enough' });
      answered += questions.length;
    }
    const statuses = (await Promise.all(asking)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});

it('a saved configuration wakes the collector that waits', async () => {
  const { key: sleeper } = await fleet.enrolled('sleeper');
  const waiting = fleet.call<AgentWork>('GET', '/api/collect/agent/work?collector=sleeper&wait=20', {
    token: sleeper,
  });
  await fleet.call('POST', '/api/collect/collectors/sleeper/configuration', {
    body: { base: null, note: '', connections: [{ name: 'a', protocol: 'modbus' }] },
  });
  expect((await waiting).body.configuration).toEqual({
    version: 1,
    connections: [{ name: 'a', protocol: 'modbus' }],
  });
});

async function reportOnline(): Promise<void> {
  const { status } = await fleet.call('POST', '/api/collect/report', {
    token: key,
    body: {
      collector: 'gateway',
      version: '1',
      startedAt: new Date().toISOString(),
      epoch: 'e',
      sequence: 0,
      acknowledged: 0,
      bufferBytes: 0,
      bufferBytesMax: 1,
      samplesRead: 0,
      samplesSent: 0,
      samplesDropped: 0,
      connections: [],
      configuration: { managed: true, version: null, refused: null },
    },
  });
  expect(status).toBe(204);
}
