import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { type AuthBench, startAuthBench } from '#platform/auth/auth.testing.ts';
import { createSessionMemory, SESSION_MEMORY_MS } from '#platform/auth/session-memory.ts';

let bench: AuthBench;
let userId: string;
beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  await bench.addOrganisation('jx.copper');
  userId = (await bench.addUser('smelter', 'jx.copper', ['officer'])).id;
});
afterAll(() => bench.stop());

/** What another process remembers, on a database whose answers a test may watch and hold back. */
function another(onAnswer: () => Promise<void> = async () => {}) {
  const line: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await onAnswer();
      return result;
    },
  };
  const db = bench.relational.as<AuthTables>().withPlugin(line);
  return createSessionMemory({ db, clock: { now: bench.now } });
}

const readsOf = () => {
  let reads = 0;
  const memory = another(async () => {
    reads += 1;
  });
  return { memory, reads: () => reads };
};

it('costs one query in four seconds', async () => {
  const token = await bench.tokenOf('smelter');
  const { memory, reads } = readsOf();
  for (let time = 0; time < 3; time += 1) expect(await memory.userOf(token)).toMatchObject({ userId });
  expect(reads()).toBe(1);
  bench.pass(SESSION_MEMORY_MS);
  await memory.userOf(token);
  expect(reads()).toBe(2);
});

it('a sign-out in another process is seen within four seconds', async () => {
  const token = await bench.tokenOf('smelter');
  const memory = another();
  expect(await memory.userOf(token)).not.toBeNull();
  expect((await bench.call({ method: 'POST', url: '/api/auth/logout', token })).status).toBe(204);
  expect(SESSION_MEMORY_MS).toBeLessThanOrEqual(5_000);
  bench.pass(SESSION_MEMORY_MS);
  expect(await memory.userOf(token)).toBeNull();
});

it('a session is never remembered beyond its end', async () => {
  const token = await bench.tokenOf('smelter');
  const memory = another();
  const { expiresAt } = (await memory.userOf(token)) ?? { expiresAt: new Date(0) };
  bench.pass(expiresAt.getTime() - bench.now().getTime() - 1_000);
  expect(await memory.userOf(token)).not.toBeNull();
  bench.pass(1_000);
  expect(await memory.userOf(token)).toBeNull();
});

it('a session that ends while it is read is not remembered', async () => {
  const token = await bench.tokenOf('smelter');
  let arrived = () => {};
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const memory = another(() => {
    arrived();
    return gate;
  });
  const early = memory.userOf(token);
  await isThere;
  await bench.call({ method: 'POST', url: '/api/auth/logout', token });
  memory.forget(userId);
  goOn();
  await early;
  expect(await memory.userOf(token)).toBeNull();
});

it('forgetting a user leaves the sessions of others', async () => {
  const [mine, other] = [await bench.tokenOf('smelter'), await bench.tokenOf('admin')];
  const { memory, reads } = readsOf();
  await memory.userOf(mine);
  await memory.userOf(other);
  memory.forget(userId);
  await memory.userOf(other);
  expect(reads()).toBe(2);
  await memory.userOf(mine);
  expect(reads()).toBe(3);
});

it('what a caller is told of themselves follows their account at once', async () => {
  const token = await bench.tokenOf('smelter');
  const me = async () => (await bench.call({ url: '/api/auth/me', token })).body;
  const before = await me();
  expect(await me()).toEqual(before);
  const admin = await bench.tokenOf('admin');
  const patch = { title: 'Smelter of another name', roles: ['data-engineer'] };
  const changed = await bench.call({
    method: 'PATCH',
    url: `/api/auth/users/${userId}`,
    token: admin,
    body: patch,
  });
  expect(changed.status).toBe(200);
  expect(await me()).toMatchObject(patch);
});
