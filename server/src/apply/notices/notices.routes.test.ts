import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AlertRule, ChannelMade } from '@ronghe/contracts';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ApplyTest, hot, OTHER_PLANT, PLANT, startApply } from '../apply.fixture.ts';

type Got = { url: string; body: string; headers: IncomingMessage['headers'] };

let house: ApplyTest;
let receiver: http.Server;
let mailServer: SMTPServer;
let mails: { to: string[]; text: string }[];
let got: Got[];
let answer: (response: ServerResponse) => unknown;
let hook: string;
beforeAll(async () => {
  receiver = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    got.push({ url: request.url ?? '', body: Buffer.concat(parts).toString(), headers: request.headers });
    answer(response);
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: Buffer.concat(parts).toString() });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
  const mailPort = (mailServer.server.address() as AddressInfo).port;
  hook = `http://127.0.0.1:${port}`;
  house = await startApply({
    applyNotifyHosts: [`127.0.0.1:${port}`],
    applySmtpUrl: `smtp://127.0.0.1:${mailPort}`,
    applyMailFrom: 'ronghe@example.com',
  });
  await house.applying.evaluation.run();
}, 120_000);
beforeEach(() => {
  got = [];
  mails = [];
  answer = (response) => response.writeHead(204).end();
});
afterAll(async () => {
  await house?.stop();
  await new Promise((resolve) => receiver.close(resolve));
  await new Promise<void>((resolve) => mailServer.close(resolve));
});

const channel = (destination: object, token?: string, organisation = PLANT) =>
  house.call<ChannelMade>('POST', '/api/apply/channels', {
    payload: { organisation, name: '值班群', destination },
    ...(token ? { token } : {}),
  });
/** A webhook with its secret, and a rule over a new device that tells it. */
async function telling(device: string, more: object = {}, tell: object = {}) {
  const made = await channel({ kind: 'webhook', url: `${hook}/${device}` });
  expect(made.status, made.text).toBe(201);
  await house.write(device, [[60, 70]]);
  const point = await house.point(device);
  const { id } = made.body.channel;
  const steps = [{ afterSeconds: 0, channels: [id] }];
  const rule = await house.rule(hot([point.id], { name: device, tell: steps, ...more }));
  expect(rule.status, rule.text).toBe(201);
  return { channel: id, secret: made.body.secret ?? '', rule: rule.body, point, ...tell };
}
const mine = (device: string) => got.filter(({ url }) => url === `/${device}`);
const typesOf = (device: string) =>
  mine(device).map(({ body }) => (JSON.parse(body) as { type: string }).type);
/** Everything that is due after so long is sent. */
async function sent(seconds: number) {
  house.later(seconds);
  await house.applying.delivery.run();
}

test('an alert is told once, signed, and its end as well', async () => {
  const { secret } = await telling('told');
  await house.write('told', [[10, 95]]);
  await house.evaluate();
  await sent(0);
  expect(mine('told')).toEqual([]);
  await sent(11);
  await sent(11);
  expect(typesOf('told')).toEqual(['alert.fired']);
  const [first] = mine('told');
  const data = new Webhook(secret).verify(first?.body ?? '', first?.headers as Record<string, string>);
  expect(data).toMatchObject({
    data: { count: 1, alerts: [{ value: 95, pointKey: expect.stringContaining('told') }] },
  });
  await house.write('told', [[1, 60]]);
  await house.evaluate();
  await sent(61);
  expect(typesOf('told')).toEqual(['alert.fired', 'alert.ended']);
  const [alert] = await house.alerts('?search=told');
  const { body } = await house.explain(alert?.id ?? '');
  expect(body.events.map(({ kind }) => kind)).toEqual(['fired', 'told', 'ended', 'told']);
});

test('what trembles is told once', async () => {
  await telling('trembling');
  await house.write('trembling', [[50, 95]]);
  await house.evaluate();
  await house.write('trembling', [
    [40, 60],
    [30, 95],
    [20, 60],
    [10, 95],
  ]);
  await house.evaluate();
  await sent(120);
  expect(typesOf('trembling')).toEqual(['alert.fired']);
});

test('a receiver that is down for an hour misses nothing, and gets it under the same id', async () => {
  const { channel: id } = await telling('down');
  answer = (response) => response.writeHead(500).end();
  await house.write('down', [[10, 95]]);
  await house.evaluate();
  for (let minutes = 0; minutes < 60; minutes += 5) await sent(300);
  const failures = mine('down').length;
  expect(failures).toBeGreaterThan(5);
  const list = async () =>
    (
      await house.call<{ items: { id: string; failure: string | null; waiting: number }[] }>(
        'GET',
        '/api/apply/channels',
      )
    ).body.items;
  expect((await list()).find((one) => one.id === id)).toMatchObject({ failure: 'status 500', waiting: 1 });
  answer = (response) => response.writeHead(204).end();
  await sent(900);
  await sent(900);
  expect(mine('down')).toHaveLength(failures + 1);
  expect(new Set(mine('down').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect((await list()).find((one) => one.id === id)).toMatchObject({ failure: null, waiting: 0 });
});

test('nobody who acknowledges it: the next step is told; somebody: it is not', async () => {
  const boss = await channel({ kind: 'email', to: ['boss@example.com'] });
  expect(boss.status, boss.text).toBe(201);
  const tell = [{ afterSeconds: 600, channels: [boss.body.channel.id] }];
  await telling('ignored', { tell });
  await telling('seen', { tell });
  await house.write('ignored', [[10, 95]]);
  await house.write('seen', [[10, 95]]);
  await house.evaluate();
  const [seen] = await house.alerts('?search=seen');
  await house.call('POST', '/api/apply/alerts/acknowledge', { payload: { alerts: [seen?.id] } });
  await sent(599);
  expect(mails).toEqual([]);
  await sent(2);
  await sent(11);
  expect(mails.map(({ to }) => to)).toEqual([['boss@example.com']]);
  expect(mails[0]?.text).toMatch(/Message-ID: <[0-9a-f-]{36}@ronghe>/i);
});

test('a storm is one message', async () => {
  const { channel: id } = await telling('calm');
  const lines = Array.from({ length: 80 }, (_, at) => `gale,n=${at} v=95 ${Date.now() - 5_000}`);
  await house.http.inject({
    method: 'POST',
    url: '/api/v2/write?org=o&bucket=b&precision=ms',
    payload: lines.join('\n'),
    headers: { authorization: `Token ${house.engineer}`, 'content-type': 'text/plain' },
  });
  await house.rule(
    hot([], { name: 'gale', watch: { search: 'gale' }, tell: [{ afterSeconds: 0, channels: [id] }] }),
  );
  await house.evaluate();
  await sent(11);
  expect(
    mine('calm').map(({ body }) => (JSON.parse(body) as { data: { count: number } }).data.count),
  ).toEqual([80]);
});

test('during maintenance alerts are kept and nobody is told', async () => {
  await telling('repaired');
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const payload = { organisation: PLANT, search: 'repaired', from: at(-60), to: at(500_000), reason: '检修' };
  const made = await house.call<{ id: string }>('POST', '/api/apply/maintenance', { payload });
  expect(made.status, made.text).toBe(201);
  await house.write('repaired', [[10, 95]]);
  await house.evaluate();
  await sent(120);
  expect(mine('repaired')).toEqual([]);
  expect((await house.alerts('?search=repaired'))[0]).toMatchObject({ muted: true, state: 'open' });
  expect(
    (await house.call('DELETE', `/api/apply/maintenance/${made.body.id}`, { token: house.other })).status,
  ).toBe(404);
  const end = await house.http.inject({
    method: 'DELETE',
    url: `/api/apply/maintenance/${made.body.id}`,
    headers: { authorization: `Bearer ${house.engineer}` },
  });
  expect(end.statusCode).toBe(204);
});

test('a trial tells whether it got through', async () => {
  const made = await channel({ kind: 'dingtalk', url: `${hook}/robot?access_token=geheim`, secret: 'SECx' });
  expect(made.body.channel.leadsTo).toBe(new URL(hook).host);
  expect(made.text).not.toMatch(/geheim|SECx/);
  answer = (response) => response.end('{"errcode":310000,"errmsg":"sign not match"}');
  const path = `/api/apply/channels/${made.body.channel.id}/try`;
  expect((await house.call('POST', path)).body).toEqual({
    delivered: false,
    failure: '310000 sign not match',
  });
  answer = (response) => response.end('{"errcode":0}');
  expect((await house.call('POST', path)).body).toEqual({ delivered: true, failure: null });
});

test.each([
  [{ kind: 'webhook', url: 'http://169.254.169.254/latest' }, 'CHANNEL_TARGET_REFUSED'],
  [{ kind: 'webhook', url: 'http://localhost:5432/' }, 'CHANNEL_TARGET_REFUSED'],
  [{ kind: 'webhook', url: 'file:///etc/passwd' }, 'REQUEST_INVALID'],
  [{ kind: 'feishu' }, 'CHANNEL_INVALID'],
  [{ kind: 'email', to: ['not an address'] }, 'REQUEST_INVALID'],
  [{ kind: 'email', to: ['a@b.cn\r\nBcc: c@d.cn'] }, 'REQUEST_INVALID'],
])('%j is %s', async (destination, code) => {
  const made = await channel(destination);
  expect((made.body as unknown as { error: { code: string } }).error?.code, made.text).toBe(code);
});

test('a secret stays with its address and never goes to another', async () => {
  const made = await channel({ kind: 'webhook', url: `${hook}/first` });
  const change = (url: string) =>
    house.call<ChannelMade>('PUT', `/api/apply/channels/${made.body.channel.id}`, {
      payload: { organisation: PLANT, name: 'x', destination: { kind: 'webhook', url } },
    });
  expect((await change(`${hook}/first`)).body.secret).toBeNull();
  expect((await change(`${hook}/second`)).body.secret).toMatch(/^whsec_/);
});

test('another plant sees, uses, tries and removes no channel', async () => {
  const made = await channel({ kind: 'webhook', url: `${hook}/mine` });
  const { id } = made.body.channel;
  const token = house.other;
  await house.write('stranger', [[10, 95]], token);
  const point = await house.point('stranger', token);
  const tell = [{ afterSeconds: 0, channels: [id] }];
  const strange = [
    await house.call('POST', `/api/apply/channels/${id}/try`, { token }),
    await house.call('DELETE', `/api/apply/channels/${id}`, { token }),
    await house.rule(hot([point.id], { organisation: OTHER_PLANT, tell }), token),
    await channel({ kind: 'webhook', url: `${hook}/x` }, token),
  ];
  expect(strange.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  const list = await house.call<{ items: unknown[] }>('GET', '/api/apply/channels', { token });
  expect(list.body.items).toEqual([]);
});

test('a rule whose channel is gone still fires', async () => {
  const { channel: id, rule } = await telling('lonely');
  await house.http.inject({
    method: 'DELETE',
    url: `/api/apply/channels/${id}`,
    headers: { authorization: `Bearer ${house.engineer}` },
  });
  await house.write('lonely', [[10, 95]]);
  await house.evaluate();
  await sent(11);
  const kept = await house.call<AlertRule>('GET', `/api/apply/alert-rules/${rule.id}`);
  expect(kept.body.open).toBe(1);
});
