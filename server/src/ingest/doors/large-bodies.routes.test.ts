import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { POOLED_BODY_BYTES_MIN } from './body-pool.ts';
import { keyOf, storedOf } from './doors.fixture.ts';

// Bodies of this size are read into memory that other requests used before.
const LINES = Math.ceil(POOLED_BODY_BYTES_MIN / 40);
const ROUNDS = 6;
let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({ ingestQueueSamplesMax: 1_000_000 });
  key = await keyOf(server);
});
afterAll(() => server.stop());

/** Every sender has names and values of its own; some lines are of known series, some new, some wrong. */
const bodyOf = (sender: number, round: number): string =>
  Array.from({ length: LINES }, (_, line) => {
    const time = `${1_700_000_000_000 + round * LINES + line}`;
    if (line === 7) return `sender_${sender},round=${round} value=${sender * 1000 + round} ${time}`;
    if (line === 9) return `sender_${sender} value=not-a-number-${sender}-${round} ${time}`;
    return `sender_${sender} value=${sender}.${String(line).padStart(6, '0')} ${time}`;
  }).join('\n');

const post = (sender: number, round: number) =>
  call(server, '/write?db=d&precision=ms', {
    key,
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: bodyOf(sender, round),
  });

it('keeps large bodies apart that come at the same time', async () => {
  const senders = [1, 2, 3, 4];
  const answers = await Promise.all(
    senders.map(async (sender) => {
      const texts: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const { status, body } = await post(sender, round);
        expect(status).toBe(400);
        texts.push(JSON.stringify(body));
      }
      return texts;
    }),
  );
  for (const [index, sender] of senders.entries())
    for (const [round, text] of (answers[index] as string[]).entries())
      expect(text).toContain(`not-a-number-${sender}-${round}`);
  for (const sender of senders) {
    const stored = await storedOf(server, `sender_${sender}.value`);
    const values = stored.map(([value]) => Number(value));
    expect(values.every((value) => Math.floor(value) === sender)).toBe(true);
    expect(stored.length).toBe(Math.min(10_000, ROUNDS * (LINES - 2)));
    for (let round = 0; round < ROUNDS; round += 1)
      expect(await storedOf(server, `sender_${sender},round=${round}.value`)).toEqual([
        [sender * 1000 + round, 'good', null],
      ]);
  }
});

it('stores nothing of a body that breaks off, and goes on serving', async () => {
  const body = bodyOf(9, 0);
  const { port } = new URL(server.url);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    const head = [
      'POST /write?db=d&precision=ms HTTP/1.1',
      'host: x',
      `authorization: Token ${key}`,
      `content-length: ${body.length}`,
    ];
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, body.length / 2)}`, () => socket.destroy());
  });
  await expect(storedOf(server, 'sender_9.value')).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
  expect((await post(9, 1)).status).toBe(400);
  expect((await storedOf(server, 'sender_9.value')).length).toBeGreaterThan(0);
});
