import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRelational } from '#platform/db/postgres.ts';
import { relationalContract } from '#platform/db/relational.contract.ts';
import { silentLog } from '#platform/log/log.ts';
import { asAdministrator, databaseUrl } from '#platform/testing/engines.ts';

const server = process.env.RONGHE_TEST_POSTGRES_URL;

relationalContract('Relational, embedded', async () => {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-postgres-'));
  const relational = await openRelational({ data, postgresUrl: undefined }, silentLog());
  const stop = async () => {
    await relational.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { relational, stop };
});

if (server) {
  relationalContract('Relational, server', async () => {
    const database = `contract_${randomBytes(6).toString('hex')}`;
    await asAdministrator(server, (client) => client.query(`create database ${database}`));
    const relational = await openRelational(
      { data: tmpdir(), postgresUrl: databaseUrl(server, database) },
      silentLog(),
    );
    const stop = async () => {
      await relational.stop();
      await asAdministrator(server, (client) => client.query(`drop database ${database} with (force)`));
    };
    return { relational, stop };
  });
} else {
  describe.skip('Relational, server: not run, because RONGHE_TEST_POSTGRES_URL names none', () => {
    it('keeps the contract');
  });
}

describe('openRelational', () => {
  it('names the setting when the server does not answer', async () => {
    const config = { data: tmpdir(), postgresUrl: 'postgres://nobody@127.0.0.1:1/none' };
    await expect(openRelational(config, silentLog())).rejects.toMatchObject({
      code: 'ENGINE_START_FAILED',
      values: { setting: 'RONGHE_POSTGRES_URL' },
    });
  });
});
