import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ShareTest, startShare } from '../share.fixture.ts';

export type Key = { token: string; id: string };

/** The domain with two enterprises, one of each of two cities, and a key of the first city. */
export async function startDoor(): Promise<{ share: ShareTest; key: Key }> {
  const share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100 },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: 300 },
  ]);
  const key = await share.key('jx.nanchang', ['share:dataset:read', 'share:sql:use']);
  return { share, key };
}

export const withKey = ({ id, token }: Key) => ({ 'x-clickhouse-user': id, 'x-clickhouse-key': token });

/** Writes bytes as they are and gives all that comes back until the end. */
export async function raw(share: ShareTest, bytes: string | Buffer, timeoutMs = 5_000): Promise<string> {
  const socket = connect(share.sharing.sqlPort() ?? 0, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => {});
  socket.write(bytes);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([ended, wait(timeoutMs)]);
  socket.destroy();
  return Buffer.concat(parts).toString('latin1');
}
