import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, OTHER_PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { keyOf } from './doors.fixture.ts';

const BODY_BYTES_MAX = 100_000;
let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest({ ingestBodyBytesMax: BODY_BYTES_MAX, bodyBytesMax: BODY_BYTES_MAX });
});
afterAll(() => server.stop());

it('stays open for others while uploads of one organisation stand still', async () => {
  const keys = { attacker: await keyOf(server), other: await keyOf(server, { organisation: OTHER_PLANT }) };
  const write = (asker: string) =>
    call(server, '/api/v2/write', { key: asker, method: 'POST', body: `here value=1 ${Date.now()}000000` });
  const sockets = Array.from({ length: 8 }, () => connect(Number(new URL(server.url).port), '127.0.0.1'));
  try {
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      const head = `POST /api/v2/write HTTP/1.1\r\nhost: x\r\nauthorization: Token ${keys.attacker}`;
      socket.write(`${head}\r\ncontent-length: ${BODY_BYTES_MAX}\r\n\r\n`);
      socket.write(Buffer.alloc(BODY_BYTES_MAX - 1, '#'));
    }
    await expect.poll(async () => (await write(keys.attacker)).status).toBe(503);
    expect((await write(keys.other)).status).toBe(204);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});
