import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMariadbCluster,
  type MariadbCluster,
  type MariadbPeer,
  mariadbMissing,
} from '../../edge/src/testing/mariadb-peer.ts';
import type { Analytics } from '../../server/src/platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '../../server/src/platform/db/embedded-analytics.ts';
import type { FetchOptions, ForeignDatabase } from '../../server/src/platform/db/foreign.ts';
import { silentLog } from '../../server/src/platform/log/log.ts';

const missing = mariadbMissing();
let folder: string;
let cluster: MariadbCluster;
let peer: MariadbPeer;
let analytics: Analytics;
let files = 0;

beforeAll(async () => {
  if (missing !== null) return;
  folder = mkdtempSync(join(tmpdir(), 'ronghe-foreign-mariadb-'));
  cluster = await createMariadbCluster();
  peer = await cluster.start();
  analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
  await peer.query(`create table kinds (i int primary key comment '序号', flag tinyint(1), big bigint, huge bigint unsigned, d decimal(10,4), long_d decimal(65,30),
    dp double, bits bit(4), t varchar(20), g varchar(20) character set gbk, at datetime(3), plain datetime, atz timestamp(3) null, dt date, tm time,
    raw varbinary(8), js json, y year, e enum('x','好'), pt point, \`列 "\`\` '\\\\\` text) character set utf8mb4`);
  await peer.query("set time_zone = '+00:00'");
  await peer.query(`insert into kinds values (1, 1, 9007199254740993, 18446744073709551615, 0.1, 1234567890.123456789012345, 0.1, b'0101', '合格𠮷',
    '鄱阳', '2026-03-01 08:00:00.5', '2026-03-01 08:00:10', '2026-03-01 08:00:00.5', '1850-01-02', '08:00:01', x'00ff', '{"a": 1}', 2026, '好', point(1, 2), '\\'\\\\\\n')`);
  await peer.query('insert into kinds (i) values (2)');
}, 60_000);
afterAll(async () => {
  if (missing !== null) return;
  await analytics.stop();
  await peer.stop();
  await cluster.remove();
  rmSync(folder, { recursive: true, force: true });
});

const source = (change: Partial<ForeignDatabase> = {}): ForeignDatabase => ({
  kind: 'mysql',
  host: '127.0.0.1',
  port: peer.port,
  database: 'mes',
  table: 'kinds',
  username: 'reader',
  password: 'secret',
  ...change,
});
const limits = () => ({
  rowsMax: 1_000_000,
  bytesMax: 1e9,
  timeoutMs: 30_000,
  signal: new AbortController().signal,
});
async function fetch(change: Partial<ForeignDatabase> = {}, options: Partial<FetchOptions> = {}) {
  const file = join(folder, `part-${files++}.jsonl`);
  const fetched = await analytics.foreign.fetchInto(file, source(change), { ...limits(), ...options });
  const [names, ...rows] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown[]);
  return {
    ...fetched,
    rows: rows.map((row) => Object.fromEntries(row.map((cell, at) => [String(names?.[at]), cell]))),
  };
}

describe.skipIf(missing !== null)(
  `tables of MariaDB, read by the engine${missing === null ? '' : ` — ${missing}`}`,
  () => {
    it('keep every value', async () => {
      const { rows } = await fetch();
      expect(rows[0]).toEqual({
        i: 1,
        flag: 1,
        big: '9007199254740993',
        huge: '18446744073709551615',
        d: '0.1000',
        long_d: '1234567890.123456789012345000000000000000',
        dp: 0.1,
        bits: 5,
        t: '合格𠮷',
        g: '鄱阳',
        at: '2026-03-01 08:00:00.5',
        plain: '2026-03-01 08:00:10',
        atz: '2026-03-01 16:00:00.5',
        dt: '1850-01-02',
        tm: '08:00:01',
        raw: '\\x00ff',
        js: '{"a": 1}',
        y: 2026,
        e: '好',
        pt: 'POINT(1 2)',
        '列 "` \'\\\\': "'\\\n",
      });
      expect(new Set(Object.values(rows[1] ?? {}))).toEqual(new Set([2, null]));
      const [first] = await analytics.foreign.describe(source(), limits());
      expect(first).toEqual({
        name: 'i',
        type: 'int(11)',
        kind: 'number',
        nullable: false,
        key: true,
        comment: '序号',
      });
    });

    it('are listed with the views of their database, with comments and estimated rows', async () => {
      await peer.query("create table plants (i int) comment '企业'");
      await peer.query('create view open_plants as select i from plants');
      const { table: _, ...place } = source();
      const tables = await analytics.foreign.list(place, limits());
      const named = (name: string) => tables.find((table) => table.name === name);
      expect(named('plants')).toMatchObject({ schema: null, kind: 'table', comment: '企业' });
      expect(named('open_plants')).toEqual({
        schema: null,
        name: 'open_plants',
        kind: 'view',
        rows: null,
        comment: '',
      });
      expect(named('kinds')?.rows).toBeGreaterThan(0);
      expect(tables.map(({ name }) => name)).not.toContain('TABLES');
    });

    it.each([
      ['i', '0', '2'],
      ['big', '9007199254740992', '9007199254740993'],
      ['d', '0.05', '0.1000'],
      ['t', "' or 1 = 1 -- \\", '合格𠮷'],
      ['at', '2026-03-01 08:00:00.4', '2026-03-01 08:00:00.5'],
      ['atz', '2026-03-01 16:00:00.4', '2026-03-01 16:00:00.5'],
      ['dt', '1850-01-01', '1850-01-02'],
    ])('are read from a watermark on (%s)', async (column, value, highest) => {
      const more = await fetch({}, { watermark: { column, value } });
      expect([more.rows[0]?.i, more.highest]).toEqual([1, highest]);
      const none = await fetch({}, { watermark: { column, value: highest } });
      expect([none.rows, none.highest]).toEqual([[], highest]);
    });

    it.each<[Partial<ForeignDatabase>, string]>([
      [{ password: 'falsch' }, 'the user name or the password was refused'],
      [{ database: 'nix' }, 'there is no such database'],
      [{ table: "x' or `1" }, 'there is no such table, or this user may not read it'],
      [{ port: 1 }, 'no server takes connections there'],
    ])('tell what is wrong (%j)', async (change, reason) => {
      await expect(fetch(change)).rejects.toMatchObject({ name: 'ForeignError', message: reason });
    });

    it('are left at once when somebody gives up, although the server is busy', async () => {
      await peer.query('create or replace view slow as select sleep(30) as s');
      const cancel = new AbortController();
      const failed = fetch({ table: 'slow' }, { signal: cancel.signal });
      const busy = async () =>
        JSON.stringify(
          await peer.query("select info from information_schema.processlist where user = 'reader'"),
        );
      await expect.poll(busy, { timeout: 10_000 }).toContain('slow');
      const at = performance.now();
      cancel.abort(new Error('given up'));
      await expect(failed).rejects.toThrow('given up');
      expect(performance.now() - at).toBeLessThan(3_000);
      expect((await fetch()).rows).toHaveLength(2);
    });
  },
);
