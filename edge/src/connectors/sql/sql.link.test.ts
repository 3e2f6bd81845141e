import { type AddressInfo, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { until } from '../../testing/wait.ts';
import { answerOf, guardSocket, type Link, type Session } from './sql.link.ts';
import { openMysql } from './sql.mysql.ts';
import { openPostgres } from './sql.postgres.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A server that does with each caller what it is told. */
async function startServer(meet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    meet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const sessionOf = (port: number, more: Partial<Session> = {}): Session => ({
  host: '127.0.0.1',
  port,
  database: 'mes',
  username: 'reader',
  password: 'secret-word',
  tls: null,
  timeZone: 'Asia/Shanghai',
  offsetSeconds: 28_800,
  timeoutMs: 200,
  signal: new AbortController().signal,
  reached: () => undefined,
  ...more,
});

/** The beginning of an honest talk, so that nonsense reaches the parts behind it. */
const POSTGRES_READY = Buffer.concat([
  Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]),
  Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
]);
const MYSQL_HELLO = Buffer.concat([
  Buffer.from([0x4a, 0, 0, 0, 10]),
  Buffer.from('8.0.36\0'),
  Buffer.from([1, 0, 0, 0]),
  Buffer.from('abcdefgh\0'),
  Buffer.from([0xff, 0xf7, 45, 2, 0, 0xff, 0x00, 21]),
  Buffer.alloc(10),
  Buffer.from('abcdefghijkl\0'),
  Buffer.from('mysql_native_password\0'),
]);

/** Messages with a right type and length, and chance inside; behind them anything. */
const payload = fc.uint8Array({ maxLength: 40 });
const postgresMessage = fc
  .tuple(fc.constantFrom(...Buffer.from('RSKZTDCEN123stGHWVAIcdn')), payload)
  .map(([type, bytes]) => {
    const head = Buffer.from([type, 0, 0, 0, 0]);
    head.writeInt32BE(bytes.length + 4, 1);
    return Buffer.concat([head, bytes]);
  });
const mysqlMessage = fc
  .tuple(fc.nat({ max: 5 }), fc.constantFrom(0, 1, 0xfb, 0xfc, 0xfe, 0xff, 9), payload)
  .map(([number, first, bytes]) => Buffer.from([bytes.length + 1, 0, 0, number, first, ...bytes]));
const nonsenseOf = (message: fc.Arbitrary<Buffer>) =>
  fc.oneof(
    fc.array(message, { minLength: 1, maxLength: 5 }).map((each) => Buffer.concat(each)),
    payload,
  );

const libraries: [string, (session: Session) => Promise<Link>, Buffer, fc.Arbitrary<Buffer>][] = [
  ['PostgreSQL', openPostgres, POSTGRES_READY, postgresMessage],
  ['MySQL', openMysql, MYSQL_HELLO, mysqlMessage],
];

for (const [name, open, honest, message] of libraries) {
  test(`${name}: nonsense ends the connection and nothing else`, { timeout: 30_000 }, async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    // The MySQL library writes its complaints there.
    const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    undo.push(async () => silent.mockRestore());
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    undo.push(async () => {
      process.off('uncaughtException', note);
      process.off('unhandledRejection', note);
    });
    let nonsense = Buffer.alloc(0);
    const port = await startServer((socket) => {
      socket.write(nonsense);
      socket.on('data', () => socket.write(nonsense));
      setTimeout(() => socket.end(), 5);
    });
    await fc.assert(
      fc.asyncProperty(nonsenseOf(message), fc.boolean(), async (bytes, begins) => {
        nonsense = begins ? Buffer.concat([honest, bytes]) : Buffer.from(bytes);
        // Chance may say what a server says; then the end comes a moment later.
        const link = await open(sessionOf(port)).catch(() => null);
        await link?.close();
      }),
      { numRuns: 250 },
    );
    expect(uncaught).toEqual([]);
  });

  test(`${name}: a server that says nothing, or that is not there, is told in time and without the password`, async () => {
    const port = await startServer(() => undefined);
    const silent = await open(sessionOf(port)).catch(String);
    expect(silent).toMatch(/no answer within|ETIMEDOUT/);
    const absent = await open(sessionOf(1)).catch(String);
    expect(absent).toMatch(/ECONNREFUSED/);
    expect(`${silent}${absent}`).not.toContain('secret-word');
  });

  test(`${name}: stopping ends an attempt to connect`, async () => {
    const port = await startServer(() => undefined);
    const stopping = new AbortController();
    const opening = open(sessionOf(port, { timeoutMs: 60_000, signal: stopping.signal })).catch(String);
    setTimeout(() => stopping.abort(), 50);
    expect(await opening).toMatch(/stopped/);
  });
}

test('MySQL: a packet out of order is not believed', async () => {
  const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  undo.push(async () => silent.mockRestore());
  const port = await startServer((socket) => {
    socket.write(MYSQL_HELLO);
    // An OK_Packet that would do, with the number 9.
    socket.on('data', () => socket.write(Buffer.from([7, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0])));
  });
  await expect(openMysql(sessionOf(port))).rejects.toThrow(/out of order/);
});

test('an answer without end is cut off', { timeout: 30_000 }, async () => {
  const flood = Buffer.alloc(4 * 1024 * 1024);
  const port = await startServer((socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(flood));
    };
    socket.on('drain', pour);
    pour();
  });
  const link = guardSocket(new AbortController().signal);
  link.socket.connect(port, '127.0.0.1');
  await until('the link is closed', () => link.gone.aborted, 20_000);
  expect(String(link.gone.reason)).toMatch(/larger than/);
  await expect(answerOf(link, 1_000, async () => undefined)).rejects.toThrow(/larger than/);
});
