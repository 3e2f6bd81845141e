import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type {
  Enterprise,
  EnterpriseSummary,
  FuseOverview,
  LatestValue,
  ObservationList,
  Page,
  Point,
  Reject,
  RowFinding,
  Run,
} from '@ronghe/contracts';
import modbus from 'modbus-serial';
import { AttributeIds, DataType, OPCUACertificateManager, OPCUAClient } from 'node-opcua';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { PLANTS } from '../../demo/src/province/plants.ts';
import { PLANTED_FAULTS } from '../../demo/src/systems/planted-faults.ts';
import { type Caller, signIn } from './portal-api.ts';

const { url, password, data } = inject('demo');
/** How long it really takes is measured by `npm run bench -- demo`; here it only has to arrive. */
const ARRIVES_MS_MAX = 30_000;

type State = { ports: Record<string, number>; userPasswords: Record<string, string> };
const state = JSON.parse(readFileSync(join(data, 'demo/state.json'), 'utf8')) as State;
let admin: Caller;
beforeAll(async () => {
  admin = await signIn(url, 'admin', password);
});

describe('the small province', () => {
  it('shows all eleven cities with enterprises of the six key industries', async () => {
    const overview = await admin.get<FuseOverview>('/api/fuse/overview');
    expect(overview.cities).toHaveLength(11);
    expect(overview.cities.every(({ enterprises }) => enterprises > 0)).toBe(true);
    expect(overview.keyIndustries.filter(({ enterprises }) => enterprises > 0)).toHaveLength(6);
    expect(overview.enterprises).toBeGreaterThan(60);
  });

  it('has runs whose counts add up, and names every planted wrong code', async () => {
    const { items: runs } = await admin.get<Page<Run>>('/api/fuse/runs');
    expect(runs.length).toBeGreaterThanOrEqual(2);
    for (const run of runs) {
      expect(run.state).toBe('succeeded');
      expect(run.rowsIn).toBe(run.rowsLanded + run.rowsRejected);
      expect(run.rowsLanded).toBe(run.rowsNew + run.rowsChanged + run.rowsUnchanged);
    }
    const findings = (
      await Promise.all(
        runs.map(({ id }) => admin.get<Page<RowFinding>>(`/api/fuse/runs/${id}/findings?limit=500`)),
      )
    ).flatMap(({ items }) => items);
    const wrong = PLANTED_FAULTS.filter(({ kind }) => kind === 'wrong-check-digit');
    expect(wrong.length).toBeGreaterThan(0);
    expect(findings.filter(({ rule }) => rule.includes('check')).length).toBeGreaterThanOrEqual(wrong.length);
    const keyless = PLANTED_FAULTS.filter(({ kind }) => kind === 'missing-key');
    expect(runs.reduce((sum, { rowsRejected }) => sum + rowsRejected, 0)).toBeGreaterThanOrEqual(
      keyless.length,
    );
  });

  it('explains every value of a golden record that both systems know', async () => {
    const { items } = await admin.get<Page<EnterpriseSummary>>('/api/fuse/enterprises?limit=500');
    const known = items.find(({ sources }) => sources === 2);
    if (!known) throw new Error('no enterprise is known to both systems');
    const enterprise = await admin.get<Enterprise>(`/api/fuse/enterprises/${known.id}`);
    expect(new Set(enterprise.records.map(({ source }) => source)).size).toBe(2);
    expect(enterprise.values.length).toBeGreaterThan(5);
    for (const value of enterprise.values) {
      expect(value.sourceName).not.toBe('');
      expect(value.run).toMatch(/^[0-9a-f-]{36}$/);
      expect(value.ruleText.zh).not.toBe('');
    }
    const found = await admin.get<Page<EnterpriseSummary>>(
      `/api/fuse/enterprises?search=${encodeURIComponent(known.name.slice(2, 5))}`,
    );
    expect(found.items.map(({ id }) => id)).toContain(known.id);
  });

  it('changes nothing when both systems are read again', async () => {
    const before = await admin.get<Page<EnterpriseSummary>>('/api/fuse/enterprises?limit=500');
    const { items: sources } = await admin.get<{ items: { id: string }[] }>('/api/fuse/sources');
    for (const { id } of sources) await admin.post(`/api/fuse/sources/${id}/runs`, {});
    await expect
      .poll(
        async () =>
          (await admin.get<Page<Run>>('/api/fuse/runs')).items
            .slice(0, sources.length)
            .map(({ state: now }) => now),
        { timeout: 60_000 },
      )
      .toEqual(sources.map(() => 'succeeded'));
    const { items: runs } = await admin.get<Page<Run>>('/api/fuse/runs');
    for (const run of runs.slice(0, sources.length)) {
      expect({
        new: run.rowsNew,
        changed: run.rowsChanged,
        gone: run.rowsGone,
        values: run.valuesChanged,
      }).toEqual({ new: 0, changed: 0, gone: 0, values: 0 });
      expect(run.rowsUnchanged).toBeGreaterThan(0);
    }
    expect(await admin.get<Page<EnterpriseSummary>>('/api/fuse/enterprises?limit=500')).toEqual(before);
  });
});

describe('the equipment', () => {
  it('delivers good, fresh values with unit and source time from all six plants', async () => {
    for (const plant of PLANTS) {
      const { items: points } = await admin.get<Page<Point>>(
        `/api/collect/points?organisation=${plant.organisation}&limit=500`,
      );
      expect(points.map(({ key }) => key).sort(), plant.key).toEqual(
        plant.points.map(({ key }) => key).sort(),
      );
      for (const { key, unit } of plant.points)
        expect(points.find((point) => point.key === key)?.unit, key).toBe(unit);
      const latest = () =>
        admin.get<{ items: LatestValue[] }>(
          `/api/ingest/latest?points=${points.map(({ id }) => id).join(',')}`,
        );
      await expect
        .poll(
          async () =>
            (await latest()).items.filter(
              ({ time, quality }) => quality === 'good' && Date.now() - Date.parse(time) < 15_000,
            ).length,
          { timeout: 90_000 },
        )
        .toBeGreaterThan(plant.points.length / 2);
    }
  });

  const pointOf = async (key: string) => {
    const { items } = await admin.get<Page<Point>>(`/api/collect/points?search=${key}&limit=10`);
    const point = items.find((item) => item.key === key);
    if (!point) throw new Error(`there is no point ${key}`);
    return point.id;
  };

  it('shows a value changed at an OPC UA device', async () => {
    const key = 'furnace-1.setpoint';
    const clientCertificateManager = new OPCUACertificateManager({ rootFolder: join(data, 'journey-pki') });
    await clientCertificateManager.initialize();
    const client = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager });
    await client.connect(`opc.tcp://127.0.0.1:${state.ports['yuzhang-copper']}`);
    const session = await client.createSession();
    try {
      const value = { value: { dataType: DataType.Double, value: 1234 } };
      const tookMs = await admin.follow(
        [await pointOf(key)],
        (latest) => latest.value === 1234,
        async () => {
          const status = await session.write({
            nodeId: `ns=1;s=${key}`,
            attributeId: AttributeIds.Value,
            value,
          });
          expect(status.isGood()).toBe(true);
        },
      );
      expect(tookMs).toBeLessThan(ARRIVES_MS_MAX);
    } finally {
      await session.close();
      await client.disconnect();
    }
  });

  it('shows a value changed at a Modbus device', async () => {
    const plant = PLANTS.find(({ protocol }) => protocol === 'modbus');
    const place = plant?.points.find(({ key }) => key === plant.setpoint.key)?.modbus;
    if (!plant || !place) throw new Error('no Modbus plant with a setpoint');
    const wanted = plant.setpoint.high - 5;
    const client = new modbus.default();
    await client.connectTCP('127.0.0.1', { port: state.ports[plant.key] ?? 0 });
    try {
      client.setID(1);
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(wanted);
      const tookMs = await admin.follow(
        [await pointOf(plant.setpoint.key)],
        (latest) => latest.value === wanted,
        async () => {
          await client.writeRegisters(Number(place.address.split(':')[1]), [
            bytes.readUInt16BE(0),
            bytes.readUInt16BE(2),
          ]);
        },
      );
      expect(tookMs).toBeLessThan(ARRIVES_MS_MAX);
    } finally {
      client.close(() => undefined);
    }
  });
});

describe('a tool that pushes', () => {
  it('writes line protocol with a key, as Telegraf does, and reads it back', async () => {
    const permissions = [
      'ingest:observation:write',
      'ingest:observation:read',
      'collect:point:read',
      'collect:point:write',
    ];
    const { key } = await admin.post<{ key: string }>('/api/auth/keys', {
      name: `telegraf-${Date.now()}`,
      organisation: 'jx',
      permissions,
    });
    const atMs = Date.now() - 5_000;
    const response = await fetch(`${url}/api/v2/write?org=jx&bucket=telegraf&precision=ns`, {
      method: 'POST',
      headers: {
        authorization: `Token ${key}`,
        'content-encoding': 'gzip',
        'content-type': 'text/plain; charset=utf-8',
      },
      body: gzipSync(`pump,host=p1 flow=12.5,running=true ${atMs}000000\n`),
    });
    expect(response.status).toBe(204);
    const { items } = await admin.get<Page<Point>>('/api/collect/points?search=pump&limit=10');
    const flow = items.find((point) => point.key.includes('flow'));
    const list = await admin.get<ObservationList>(
      `/api/ingest/observations?point=${flow?.id}&from=${new Date(atMs - 1000).toISOString()}`,
    );
    expect(list.items).toEqual([expect.objectContaining({ value: 12.5, quality: 'good' })]);
  });

  it('is told what is wrong with a bad line, which a person finds among the rejects', async () => {
    const { key } = await admin.post<{ key: string }>('/api/auth/keys', {
      name: `curl-${Date.now()}`,
      organisation: 'jx',
      permissions: ['ingest:observation:write', 'collect:point:write'],
    });
    const response = await fetch(`${url}/api/v2/write?org=jx&bucket=b`, {
      method: 'POST',
      headers: { authorization: `Token ${key}` },
      body: 'pump,host=p2 flow=3\npump,host=p2 flow=much\n',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('flow=much');
    const { items } = await admin.get<Page<Reject>>('/api/ingest/rejects?limit=50');
    expect(items.some(({ sample }) => sample.includes('flow=much'))).toBe(true);
  });
});

describe('the people of one plant', () => {
  it('see their own equipment and nothing of the others', async () => {
    const engineers = Object.keys(state.userPasswords);
    expect(engineers.length).toBeGreaterThan(0);
    for (const name of engineers) {
      const caller = await signIn(url, name, state.userPasswords[name] ?? '');
      const me = await caller.get<{ organisation: string }>('/api/auth/me');
      if (me.organisation.split('.').length < 3) continue;
      const { items } = await caller.get<Page<Point>>('/api/collect/points?limit=500');
      expect(items.length).toBeGreaterThan(0);
      expect(items.every(({ organisation }) => organisation.startsWith(me.organisation))).toBe(true);
      const { items: all } = await admin.get<Page<Point>>('/api/collect/points?limit=500');
      const foreign = all.find(({ organisation }) => !organisation.startsWith(me.organisation));
      expect(await caller.status(`/api/ingest/observations?point=${foreign?.id}`)).toBe(404);
      expect(await caller.status(`/api/collect/points/${foreign?.id}`)).toBe(404);
      expect(await caller.status('/api/auth/users')).toBe(403);
    }
  });
});

describe('a scraper', () => {
  it('reads the metrics on this machine, and needs a key when it comes through a proxy', async () => {
    const local = await fetch(`${url}/metrics`);
    expect(await local.text()).toMatch(/^ronghe_ingest_samples_total\{.*\} \d+$/m);
    expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } })).status).toBe(
      401,
    );
    expect(await admin.status('/metrics', { headers: { 'x-forwarded-for': '203.0.113.7' } })).toBe(200);
  });
});
