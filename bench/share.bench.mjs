// The interface service over a running platform: what the gateway adds to the engine, large exports, small questions by the second, many people at once,
// and whether ten heavy questions starve ingest or the portal.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPlatform } from './platform.mjs';
import { sum, tree } from './processes.mjs';

const MEGABYTE = 1e6;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const HEAVY = `select city, count(), uniqExact(a.name), quantile(0.9)(a.revenue + b.revenue) from share.enterprises a
  cross join (select revenue from share.enterprises limit 3000) b group by city order by city`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One request; resolves with status, headers, bytes counted and, when wanted, the text. */
function call(url, { method = 'GET', headers = {}, body, keep = true } = {}) {
  return new Promise((resolve, reject) => {
    const sent = ask(url, { method, headers, agent }, (answer) => {
      const parts = [];
      let bytes = 0;
      let tail = Buffer.alloc(0);
      answer.on('data', (part) => {
        bytes += part.length;
        if (keep) parts.push(part);
        else tail = part.subarray(-2_000);
      });
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          bytes,
          text: keep ? Buffer.concat(parts).toString() : '',
          tail: tail.toString('latin1'),
        }),
      );
      answer.on('error', reject);
    });
    sent.on('error', reject);
    if (body !== undefined) sent.write(body);
    sent.end();
  });
}

const share = (list, part) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;

/**
 * `clients` callers ask one after the other for so long; milliseconds of each, how many were refused, and milliseconds of processor time that
 * the platform took for each, its PostgreSQL and all it does besides included. On a machine that others use the last is the part to trust.
 */
async function load(clients, seconds, once) {
  const took = [];
  let failed = 0;
  const cpuBefore = sum(tree(platformPid), 'cpuSeconds');
  const end = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_value, client) => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const before = performance.now();
        const { status } = await once(client, turn);
        took.push(performance.now() - before);
        if (status !== 200) failed += 1;
      }
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpuMs = ((sum(tree(platformPid), 'cpuSeconds') - cpuBefore) * 1000) / took.length;
  const [p50, p95] = [share(took, 0.5), share(took, 0.95)];
  return { perSecond: took.length / elapsed, p50, p95, failed, cpuMs };
}

let platformPid = 0;
const toldOf = ({ perSecond, p50, p95, failed, cpuMs }) =>
  `${perSecond.toFixed(0)}, ${p50.toFixed(1)} / ${p95.toFixed(1)}, ${cpuMs.toFixed(2)}, ${failed}`;
const LOADED = 'a second, p50 / p95 ms, CPU ms each, not answered';

/** Enterprises as runs leave them: written to the platform's own PostgreSQL, copied for analysis by the platform itself. */
async function inventEnterprises(data, count) {
  const place = readdirSync(data, { recursive: true }).find((name) => name.endsWith('postmaster.pid'));
  const host = readFileSync(join(data, place), 'utf8').split('\n')[4];
  const client = new pg.Client({ host, port: 5432, user: 'ronghe', database: 'ronghe' });
  await client.connect();
  await client.query(
    `insert into fuse.enterprise (id, name, organisation, home_organisation, state, code, code_valid, city, division, industry, size, revenue, employees,
       sources, findings, search, created_at, updated_at)
     select gen_random_uuid(), '江西测试第' || n || '有限公司', 'jx', 'jx', 'active', null, false, '360' || (1 + n % 11) || '00', '360' || (1 + n % 11) || '02',
       '3' || n % 9, 'small', n % 997 * 13, n % 313, 1, 0, '', now(), now() from generate_series(1, $1::int) n`,
    [count],
  );
  await client.end();
}

/** Readings by line protocol; answers with lines a second. */
async function ingest(url, key, { rows, from, series = 1_000, batch = 20_000 }) {
  const startedAt = performance.now();
  const bodies = Math.ceil(rows / batch);
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (next < bodies) {
        const at = next++;
        const lines = [];
        for (let row = 0; row < batch; row += 1) {
          const number = at * batch + row;
          lines.push(
            `bench,s=${number % series} v=${((number * 48_271) % 2_147_483_647) / 1_000} ${from + Math.floor(number / series) * 1_000}`,
          );
        }
        const { status, text } = await call(`${url}/api/v2/write?org=o&bucket=b&precision=ms`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'text/plain' },
          body: lines.join('\n'),
        });
        if (status >= 300) throw new Error(`writing: ${status} ${text}`);
      }
    }),
  );
  return rows / ((performance.now() - startedAt) / 1000);
}

async function until(what, look, seconds = 300) {
  for (let tries = 0; ; tries += 1) {
    if (await look()) return;
    if (tries > seconds * 2) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export async function run() {
  const enterprises = Number(process.env.RONGHE_BENCH_ENTERPRISES ?? 20_000);
  const readings = Number(process.env.RONGHE_BENCH_READINGS ?? 10_000_000);
  const seconds = Number(process.env.RONGHE_BENCH_SECONDS ?? 15);
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const sqlPort = await freePort();
  const platform = await startPlatform(data, {
    RONGHE_SQL_PORT: String(sqlPort),
    RONGHE_REQUESTS_PER_MINUTE_MAX: '100000000',
  });
  platformPid = platform.pid;
  const told = [];
  const sqlUrl = `http://127.0.0.1:${sqlPort}`;
  try {
    await inventEnterprises(data, enterprises);
    const made = await platform.post('/api/auth/keys', {
      name: 'bench',
      organisation: 'jx',
      permissions: [
        ...['share:dataset:read', 'share:sql:use', 'share:dataset:export', 'fuse:enterprise:read'],
        ...['ingest:observation:write', 'collect:point:write'],
      ],
      expiresAt: null,
    });
    const bearer = { authorization: `Bearer ${made.key}` };
    const byKey = { 'x-clickhouse-user': made.apiKey.id, 'x-clickhouse-key': made.key };
    // an export of ten million rows is for the owner of the data, the administrator at the root
    const byOwner = { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': platform.password };
    const sql = (query, options = {}) =>
      call(`${sqlUrl}/?${new URLSearchParams(options.params ?? {})}`, {
        method: 'POST',
        headers: options.headers ?? byKey,
        body: query,
        keep: options.keep ?? true,
      });
    const rest = (body) =>
      call(`${platform.url}/api/share/datasets/enterprises/query`, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await until('the copy of enterprises', async () => {
      const { text } = await sql('select count() from share.enterprises format TSV');
      return text.trim() === String(enterprises);
    });

    // what the gateway adds: the clock of the caller less the time the engine says it took
    for (const [name, query] of [
      ['ten rows of enterprises', 'select name, revenue from share.enterprises limit 10 format JSONEachRow'],
      ['one sum', 'select city, count() from share.enterprises group by city format JSONEachRow'],
    ]) {
      const [whole, added] = [[], []];
      for (let turn = 0; turn < 400; turn += 1) {
        const before = performance.now();
        const { status, text, headers } = await sql(query);
        if (status !== 200) throw new Error(text);
        const elapsed = performance.now() - before;
        whole.push(elapsed);
        added.push(elapsed - Number(JSON.parse(headers['x-clickhouse-summary']).elapsed_ns) / 1e6);
      }
      told.push([
        `${name}: whole p50 / p95, added by the gateway p50, ms`,
        `${share(whole, 0.5).toFixed(1)} / ${share(whole, 0.95).toFixed(1)}, ${share(added, 0.5).toFixed(1)}`,
        'goal added p50 5',
      ]);
    }
    const byNumber = (number) => ({
      select: ['id', 'name'],
      filter: { column: 'number', op: 'eq', value: number },
    });
    const another = (client, turn) => 1 + ((client * 7919 + turn) % enterprises);
    for (const [name, clients, once, goal] of [
      [
        'who the caller is, by session',
        16,
        () => call(`${platform.url}/api/auth/me`, { headers: { authorization: `Bearer ${platform.token}` } }),
        'goal 4,000 a second',
      ],
      ['who the caller is, by key', 16, () => call(`${platform.url}/api/auth/me`, { headers: bearer })],
      ['the same small question by REST', 16, () => rest(byNumber(77)), 'goal 2,000 a second'],
      [
        'the same small question by SQL',
        16,
        () => sql('select id, name from share.enterprises where number = 77'),
        'goal 2,000 a second',
      ],
      [
        'small questions by REST, each another',
        16,
        (client, turn) => rest(byNumber(another(client, turn))),
        'goal 2,000 a second',
      ],
      [
        'small questions by SQL, each another',
        16,
        (client, turn) =>
          sql(`select id, name from share.enterprises where number = ${another(client + 3, turn)}`),
        'goal 2,000 a second',
      ],
      [
        'small questions by REST, each another',
        100,
        (client, turn) => rest({ ...byNumber(another(client, turn)), select: ['name', 'city'] }),
      ],
      [
        'the list of enterprises',
        100,
        (client, turn) =>
          rest({
            select: ['id', 'name', 'city', 'revenue'],
            filter: { column: 'city', op: 'eq', value: `360${1 + ((client + turn) % 9)}00` },
            sort: [{ by: 'revenue', order: 'desc' }],
            limit: 50,
          }),
        'goal p95 200',
      ],
    ])
      told.push([
        `${name}, ${clients} clients: ${LOADED}`,
        toldOf(await load(clients, seconds, once)),
        goal ?? '',
      ]);

    const alone = await ingest(platform.url, made.key, { rows: readings, from: 1_760_000_000_000 });
    const list = () => call(`${platform.url}/api/fuse/enterprises?limit=50`, { headers: bearer });
    const calm = await load(2, seconds, list);
    let over = false;
    const heavies = Array.from({ length: 10 }, async () => {
      while (!over) await sql(HEAVY).catch(() => null);
    });
    const crowded = await load(2, seconds, list);
    const beside = await ingest(platform.url, made.key, {
      rows: Math.min(readings, 2_000_000),
      from: 1_790_000_000_000,
    });
    over = true;
    await Promise.all(heavies);
    told.push(
      [
        'readings stored a second, alone / beside ten heavy questions, share left',
        `${alone.toFixed(0)} / ${beside.toFixed(0)}, ${((100 * beside) / alone).toFixed(0)} %`,
      ],
      [
        'the portal’s list, p95 ms, calm / beside ten heavy questions',
        `${calm.p95.toFixed(0)} / ${crowded.p95.toFixed(0)}`,
      ],
    );

    await until('the readings', async () => {
      const { text } = await sql(
        'select count() from share.observations where time < fromUnixTimestamp64Milli(1780000000000) format TSV',
      );
      return Number(text) >= readings;
    });
    const exported = `select point, time, value from share.observations where time < fromUnixTimestamp64Milli(1780000000000) limit ${readings}`;
    for (const format of ['Parquet', 'RowBinary']) {
      let memory = 0;
      const before = sum(tree(platform.pid), 'bytes');
      const watch = setInterval(() => {
        memory = Math.max(memory, sum(tree(platform.pid), 'bytes'));
      }, 250);
      const startedAt = performance.now();
      const { status, bytes, text, tail } = await sql(exported, {
        params: { default_format: format },
        headers: byOwner,
        keep: false,
      });
      clearInterval(watch);
      if (status !== 200 || tail.includes('__exception__')) throw new Error(text + tail);
      const took = (performance.now() - startedAt) / 1000;
      told.push([
        `${(readings / 1e6).toFixed(0)} million readings as ${format}: seconds, MB, rows a second, memory before / most MB`,
        `${took.toFixed(1)}, ${(bytes / MEGABYTE).toFixed(0)}, ${(readings / took).toFixed(0)}, ${(before / MEGABYTE).toFixed(0)} / ${(memory / MEGABYTE).toFixed(0)}`,
        'goal 80 % of the engine',
      ]);
    }
    return told;
  } finally {
    await platform.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
