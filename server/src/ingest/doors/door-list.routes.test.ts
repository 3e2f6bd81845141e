import type { DoorList } from '@ronghe/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { createDoors } from './door-list.service.ts';

let server: TestIngest;
afterEach(() => server.stop());

const listFor = async (organisation: string, role: 'administrator' | 'plant-engineer' = 'plant-engineer') => {
  const key = await server.platform.signIn({ organisation, role });
  const answer = await call(server, '/api/ingest/doors', { key });
  expect(answer.status).toBe(200);
  return answer.body as DoorList;
};

describe('GET /api/ingest/doors', () => {
  it('tells the port at which MQTT really listens, and that only this machine reaches it', async () => {
    server = await startTestIngest({ publicUrl: 'https://ronghe.example' });
    expect(await listFor(PLANT)).toEqual({
      httpUrl: 'https://ronghe.example',
      sparkplug: { hostId: 'ronghe', isPrimary: false },
      mqtt: { port: Number(new URL(server.mqttUrl).port), tlsPort: null, localOnly: true },
      broker: null,
      kafka: null,
    });
    expect(await call(server, '/api/ingest/doors', { key: server.keys.copper })).toMatchObject({
      status: 403,
      body: { error: { code: 'PERMISSION_MISSING' } },
    });
  });

  it('tells of brokers of others only whom their data belong to, and never how one signs in there', async () => {
    server = await startTestIngest();
    const { config } = server.platform;
    const doors = createDoors({
      mqttPort: () => 1883,
      config: {
        ...config,
        mqttHost: '0.0.0.0',
        mqttTlsPort: 8883,
        mqttUrl: 'mqtts://user:secret@broker.example:8883',
        mqttTopics: ['umh/v1/#'],
        mqttOrganisation: PLANT,
        kafkaBrokers: ['kafka.example:9092'],
        kafkaTopics: ['readings'],
        kafkaPassword: 'secret',
      },
    });
    const at = (organisation: string) => doors.list(server.platform.scope({ organisation }));
    const kafka = { brokers: ['kafka.example:9092'], topics: ['readings'], organisation: 'jx' };
    const broker = { topics: ['umh/v1/#'], organisation: PLANT };
    expect(at('jx')).toMatchObject({
      mqtt: { port: 1883, tlsPort: 8883, localOnly: false },
      broker,
      kafka,
    });
    expect(at(PLANT)).toMatchObject({ broker, kafka: null });
    expect(at(OTHER_PLANT)).toMatchObject({ broker: null, kafka: null });
    expect(JSON.stringify(at('jx'))).not.toContain('secret');
  });
});
