import type { DoorList } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { addressOf, DOOR_NAMES, examplesOf, KEY_PLACEHOLDER, placesOf } from './door-examples.ts';

const doors = (more: Partial<DoorList> = {}): DoorList => ({
  httpUrl: null,
  mqtt: { port: 1883, tlsPort: null, localOnly: false },
  sparkplug: { hostId: 'ronghe', isPrimary: false },
  broker: null,
  kafka: null,
  ...more,
});
const ORIGIN = 'http://10.1.2.3:8080';

describe('the examples of the doors', () => {
  it('name the address at which the reader is, unless a public one was set', () => {
    expect(addressOf('influx2', placesOf(doors(), ORIGIN))).toBe('http://10.1.2.3:8080/api/v2/write');
    const places = placesOf(doors({ httpUrl: 'https://ronghe.example/' }), ORIGIN);
    expect(addressOf('json', places)).toBe('https://ronghe.example/api/ingest/json');
    expect(addressOf('mqtt', places)).toBe('mqtt://ronghe.example:1883');
  });

  it('have a place for the key wherever one is asked for, and nothing else to fill in', () => {
    const places = placesOf(doors(), ORIGIN);
    for (const door of DOOR_NAMES.filter((name) => name !== 'kafka')) {
      const examples = examplesOf(door, places);
      expect(examples.length).toBeGreaterThan(0);
      for (const { text } of examples) {
        expect(text).toContain(KEY_PLACEHOLDER);
        expect(text).toContain('10.1.2.3');
        expect(text).not.toMatch(/<[^>]*>|example\.com/);
      }
    }
  });

  it('offer TLS where the broker speaks it, and nothing where it is closed', () => {
    const secure = placesOf(doors({ mqtt: { port: 1883, tlsPort: 8883, localOnly: false } }), ORIGIN);
    expect(examplesOf('mqtt', secure).map(({ text }) => text.includes('-p 8883'))).toEqual([
      false,
      false,
      true,
    ]);
    const closed = placesOf(doors({ mqtt: null }), ORIGIN);
    expect([examplesOf('mqtt', closed), addressOf('sparkplug', closed)]).toEqual([[], null]);
  });

  it('name the broker and the topic of Kafka where it is read, and the settings where it is not', () => {
    const kafka = { brokers: ['kafka.plant:9092'], topics: ['readings'], organisation: 'jx' };
    const [producer] = examplesOf('kafka', placesOf(doors({ kafka }), ORIGIN));
    expect(producer?.text).toContain('--bootstrap-server kafka.plant:9092 --topic readings');
    const [settings] = examplesOf('kafka', placesOf(doors(), ORIGIN));
    expect(settings?.text).toMatch(/^RONGHE_KAFKA_BROKERS=/);
  });
});
