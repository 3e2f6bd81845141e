import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { find, type Platform, skipReason, startPlatform } from './platform.ts';

const program = find('mosquitto_pub');
const note = program === null ? ` — ${skipReason('mosquitto_pub')}` : '';
const START_MS = Date.UTC(2025, 0, 1);
const BATCHES = 20;
const READINGS = 200;

let platform: Platform;
beforeAll(async () => {
  if (program !== null) platform = await startPlatform();
});
afterAll(() => platform?.stop());

type Publish = { user: string; password: string; topic: string; lines: readonly string[] };

/** Publishes each line as one message with QoS 1; resolves with the exit code, which is 0 when all were acknowledged. */
function publish({ user, password, topic, lines }: Publish): Promise<{ code: number | null; said: string }> {
  const child = spawn(
    program ?? '',
    ['-h', '127.0.0.1', '-p', String(platform.mqttPort), '-u', user, '-P', password]
      .concat(['-i', `pub-${Math.random().toString(36).slice(2, 10)}`])
      .concat(['-q', '1', '-t', topic, '-l']),
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, said })));
}

const batch = (sequence: number) =>
  JSON.stringify({
    source: 'mosquitto',
    epoch: 'one',
    sequence,
    points: [{ key: 'mosquitto.count', type: 'number', samples: [[START_MS + sequence, sequence, 'good']] }],
  });

const valuesOf = async (search: string) => {
  const [point] = await platform.points(search);
  return point ? (await platform.observations(point.id)).map(({ value }) => value) : [];
};

it.skipIf(program === null)(
  `acknowledges a real mosquitto_pub when its batches are on disk: a kill right after loses nothing${note}`,
  async () => {
    const { key } = await platform.admin.post<{ key: string }>('/api/collect/collectors', {
      name: 'mosquitto',
      title: 'mosquitto_pub',
      organisation: 'jx',
    });
    const sequences = Array.from({ length: BATCHES }, (_, index) => index + 1);
    const message = {
      user: 'mosquitto',
      password: key,
      topic: 'ronghe/v1/mosquitto/batch',
      lines: sequences.map(batch),
    };
    expect(await publish(message)).toEqual({ code: 0, said: '' });
    await platform.restart('SIGKILL');
    expect(await valuesOf('mosquitto.count')).toEqual(sequences);

    // The same again, as a client does that never heard the acknowledgement.
    expect(await publish(message)).toEqual({ code: 0, said: '' });
    expect(await valuesOf('mosquitto.count')).toEqual(sequences);
  },
  60_000,
);

it.skipIf(program === null)(
  `takes plain JSON from a real mosquitto_pub with an API key, through a kill right after the acknowledgement${note}`,
  async () => {
    const numbers = Array.from({ length: READINGS }, (_, index) => index);
    const message = {
      user: platform.keyId,
      password: platform.key,
      topic: 'ronghe/v1/json/hall-2/oven',
      lines: numbers.map((value) =>
        JSON.stringify({ ts: START_MS + value * 1000, values: { temperature: value } }),
      ),
    };
    expect(await publish(message)).toEqual({ code: 0, said: '' });
    await platform.restart('SIGKILL');
    expect(await valuesOf('hall-2.oven.temperature')).toEqual(numbers);
  },
  60_000,
);

it.skipIf(program === null)(
  `lets nobody publish with a wrong key${note}`,
  async () => {
    const { code, said } = await publish({
      user: 'mosquitto',
      password: 'wrong',
      topic: 'ronghe/v1/mosquitto/batch',
      lines: [batch(BATCHES + 1)],
    });
    expect(code).not.toBe(0);
    expect(said).toMatch(/refused|not authori[sz]ed/i);
  },
  30_000,
);
