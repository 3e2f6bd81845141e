import type {
  AgentWork,
  Configuration,
  ConfigurationState,
  ConfigurationVersionPage,
} from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type FleetFixture, startFleet } from '../fleet.fixture.ts';

let fleet: FleetFixture;
let key: string;
beforeAll(async () => {
  fleet = await startFleet();
  ({ key } = await fleet.enrolled('gateway'));
  await hello('gateway', key);
});
afterAll(() => fleet.stop());

const schemas = {
  mqtt: {
    type: 'object',
    properties: { headers: { additionalProperties: { type: 'string', secret: true } } },
  },
};
const hello = (collector: string, token: string, more: object = {}) =>
  fleet.call('POST', '/api/collect/agent/hello', {
    token,
    body: { collector, version: '1', managed: true, protocols: schemas, browsable: ['opcua'], ...more },
  });
const path = (name: string) => `/api/collect/collectors/${name}/configuration`;
const broker = (more: object = {}) => ({
  name: 'hall',
  protocol: 'mqtt',
  endpoint: 'mqtt://10.0.0.1:1883',
  password: 'correct horse',
  headers: { 'X-Key': 'battery staple' },
  points: [{ key: 'p1' }, { key: 'p2' }],
  ...more,
});
type Failure = { error: { code: string; details?: { path: string }[] } };
const save = (base: number | null, connections: object[], options: { token?: string; name?: string } = {}) =>
  fleet.call<Configuration & Failure>('POST', path(options.name ?? 'gateway'), {
    ...(options.token === undefined ? {} : { token: options.token }),
    body: { base, note: `after ${base}`, connections },
  });
const workOf = (token: string, seen = 0, name = 'gateway') =>
  fleet.call<AgentWork & Failure>(
    'GET',
    `/api/collect/agent/work?collector=${name}&configuration=${seen}&wait=0`,
    { token },
  );

describe('a configuration', () => {
  it('is kept by version with its secrets sealed, and reaches the collector with them open', async () => {
    const saved = await save(null, [broker()]);
    expect(saved.status).toBe(201);
    expect(saved.body).toMatchObject({ version: 1, connections: 1, points: 2, restores: null });
    const text = JSON.stringify(saved.body);
    expect(text).not.toContain('correct horse');
    expect(text).not.toContain('battery staple');

    const state = await fleet.call<ConfigurationState>('GET', path('gateway'), {
      token: fleet.tokens.officer,
    });
    expect(state.body).toMatchObject({ managed: true, browsable: ['opcua'], newest: { version: 1 } });
    expect(JSON.stringify(state.body)).not.toContain('correct horse');

    expect((await workOf(key)).body.configuration).toEqual({ version: 1, connections: [broker()] });
    expect((await workOf(key, 1)).body.configuration).toBeNull();
    const audited = JSON.stringify(await fleet.platform.audit.list(fleet.platform.scope(), { limit: 100 }));
    expect(audited).toContain('collect:configuration:create');
    expect(audited).not.toContain('correct horse');
  });

  it('keeps a secret that comes back sealed, but not for another address, place or collector', async () => {
    const { body } = await fleet.call<ConfigurationState>('GET', path('gateway'));
    const sealed = body.newest?.document[0] as ReturnType<typeof broker>;
    const kept = await save(1, [{ ...sealed, points: [{ key: 'p1' }] }]);
    expect(kept).toMatchObject({ status: 201, body: { version: 2, points: 1 } });
    expect((await workOf(key, 1)).body.configuration?.connections[0]).toMatchObject({
      password: 'correct horse',
      headers: { 'X-Key': 'battery staple' },
    });

    const stolen = await save(2, [{ ...sealed, endpoint: 'mqtt://evil:1883' }]);
    expect(stolen).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    expect(stolen.body.error.details?.map((detail) => detail.path).sort()).toEqual([
      'connections[0].headers.X-Key',
      'connections[0].password',
    ]);
    const shown = await save(2, [{ ...sealed, clientId: sealed.password }]);
    expect(shown).toMatchObject({ status: 400 });
    await fleet.enrolled('other-gateway');
    expect(await save(null, [sealed], { name: 'other-gateway' })).toMatchObject({ status: 400 });
    expect((await workOf(key, 2)).body.configuration).toBeNull();
  });

  it('is not overwritten by who has not seen the newest', async () => {
    expect(await save(1, [broker()])).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFIGURATION_CHANGED' } },
    });
    const both = await Promise.all([save(2, [broker()]), save(2, [broker({ name: 'roof' })])]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('of an older version comes back as the next one', async () => {
    const restored = await fleet.call<Configuration>('POST', `${path('gateway')}/versions/1/restore`, {
      body: { base: 3, note: 'back' },
    });
    expect(restored).toMatchObject({
      status: 201,
      body: { version: 4, restores: 1, points: 2, note: 'back' },
    });
    expect((await workOf(key, 3)).body.configuration?.connections).toEqual([broker()]);
    type Versions = z.infer<typeof ConfigurationVersionPage>;
    const first = await fleet.call<Versions>('GET', `${path('gateway')}/versions?limit=3`);
    expect(first.body.items.map(({ version }) => version)).toEqual([4, 3, 2]);
    expect(first.body.total).toBe(4);
    const rest = await fleet.call<Versions>('GET', `${path('gateway')}/versions?cursor=${first.body.next}`);
    expect(rest.body.items.map(({ version }) => version)).toEqual([1]);
    expect(await fleet.call('GET', `${path('gateway')}/versions/9`)).toMatchObject({ status: 404 });
  });

  it('names each connection once', async () => {
    expect(await save(4, [broker(), broker()])).toMatchObject({ status: 400 });
  });

  it('is seen and changed by its own plant only', async () => {
    const { stranger, officer } = fleet.tokens;
    expect(await fleet.call('GET', path('gateway'), { token: stranger })).toMatchObject({ status: 404 });
    expect(await save(4, [broker()], { token: stranger })).toMatchObject({ status: 404 });
    expect(await save(4, [broker()], { token: officer })).toMatchObject({ status: 403 });
    expect(await fleet.call('GET', `${path('gateway')}/versions/1`, { token: stranger })).toMatchObject({
      status: 404,
    });
  });

  it('with open secrets goes to the key of the collector and to nobody else', async () => {
    const { key: neighbour } = await fleet.enrolled('neighbour');
    expect(await workOf(neighbour)).toMatchObject({ status: 404 });
    expect(await workOf(fleet.tokens.engineer)).toMatchObject({ status: 404 });
    const { key: general } = await fleet.platform.auth.addKey(fleet.platform.scope(), {
      name: 'general',
      organisation: 'jx',
      permissions: ['ingest:observation:write'],
      expiresAt: null,
    });
    expect(await workOf(general)).toMatchObject({ status: 404 });
    expect(await hello('gateway', general)).toMatchObject({ status: 404 });
  });

  it('goes to a collector that has seen a later one, and to none with a file of its own', async () => {
    const { key: restored } = await fleet.enrolled('restored');
    await save(null, [broker()], { name: 'restored' });
    expect((await workOf(restored, 7, 'restored')).body.configuration?.version).toBe(1);
    await hello('restored', restored, { managed: false });
    expect((await workOf(restored, 0, 'restored')).body.configuration).toBeNull();
  });

  it('that a collector brings from its own file becomes version 1, once', async () => {
    const { key: moving } = await fleet.enrolled('moving');
    const own = { connections: [broker()] };
    await hello('moving', moving, own);
    await hello('moving', moving, { connections: [broker({ name: 'later' })] });
    const { body } = await fleet.call<ConfigurationState>('GET', path('moving'));
    expect(body.newest).toMatchObject({ version: 1, connections: 1 });
    expect(JSON.stringify(body)).not.toContain('correct horse');
    expect((await workOf(moving, 0, 'moving')).body.configuration?.connections).toEqual([broker()]);
  });
});
