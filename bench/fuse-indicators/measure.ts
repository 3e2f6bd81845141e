// Monthly indicators of an invented province, asked as the portal asks. Prints a line of JSON: what was made, what it took, and
// milliseconds of each kind of drill-down.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { INDICATORS, type IndicatorCode } from '../../contracts/src/index.ts';
import type { FuseTables } from '../../server/src/fuse/fuse.tables.ts';
import { fuse, fuseMigrations } from '../../server/src/fuse/index.ts';
import { createIndicatorRefresh } from '../../server/src/fuse/indicators/refresh.service.ts';
import { counties } from '../../server/src/fuse/standards/divisions.ts';
import { industryDivisions } from '../../server/src/fuse/standards/industries.ts';
import { createAudit } from '../../server/src/platform/audit/audit.service.ts';
import { authRoutes } from '../../server/src/platform/auth/auth.routes.ts';
import { createAuth } from '../../server/src/platform/auth/auth.service.ts';
import { systemScope } from '../../server/src/platform/auth/scope.ts';
import { randomIds, systemClock } from '../../server/src/platform/clock/clock.ts';
import { ConfigSchema } from '../../server/src/platform/config/config.ts';
import { openAnalytics } from '../../server/src/platform/db/analytics-open.ts';
import { migrate } from '../../server/src/platform/db/migrate.ts';
import { openRelational } from '../../server/src/platform/db/postgres.ts';
import { createEvents } from '../../server/src/platform/events/events.ts';
import { createFiles } from '../../server/src/platform/files/files.ts';
import { createMetrics } from '../../server/src/platform/http/metrics.ts';
import { createHttp } from '../../server/src/platform/http/server.ts';
import { createJobs } from '../../server/src/platform/jobs/jobs.service.ts';
import { silentLog } from '../../server/src/platform/log/log.ts';
import { platformMigrations } from '../../server/src/platform/migrations.ts';

const [enterprises = 20_000, years = 10, asked = 40] = process.argv.slice(2).map(Number);
const FIRST_YEAR = 2016;
const PASSWORD = 'Bench-1234-Ronghe';
const CODES = (Object.keys(INDICATORS) as IndicatorCode[]).slice(0, 12);

const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-indicators-'));
const config = {
  ...ConfigSchema.parse({ data, port: 0, mqttPort: 0, sqlPort: 0, logLevel: 'silent' }),
  adminPassword: PASSWORD,
};
const log = silentLog();
const relational = await openRelational(config, log);
const analytics = await openAnalytics(config, log);
await migrate({ relational, analytics, domains: [platformMigrations, fuseMigrations], log });
const [clock, ids, events, metrics] = [systemClock, randomIds, createEvents(log), createMetrics()];
const audit = createAudit({ relational, clock, log });
const auth = createAuth({ relational, audit, clock, ids, config, log });
const jobs = createJobs({ relational, events, audit, clock, ids, log });
const platform = {
  ...{ config, log, clock, ids, relational, analytics, events, metrics, audit, auth, jobs },
  files: createFiles(data),
};
await auth.bootstrap();
const domain = fuse(platform);
const db = relational.as<FuseTables>();

const [source, run] = [ids.next(), ids.next()];
const divisions = counties().map(({ code }) => code);
const sectors = industryDivisions().map(({ code }) => code);
await sql`insert into fuse.source (id, key, name, owner, organisation, kind, address, connection, target, mode, mapping, priority,
    created_by, created_at, rows)
  values (${source}, 'bench', 'bench', 'bench', 'jx', 'push', '', '{"kind":"push","format":"rows"}', 'enterprise', 'full', 1, 50, 'bench', now(), 0)`.execute(
  db,
);
await sql`insert into fuse.mapping (source, version, row_key, period_field, mappings, made_by, made_at)
  values (${source}, 1, '["id"]', 'period', '[]', 'bench', now())`.execute(db);
await sql`insert into fuse.run (id, source, state, requested_by, started_at, finished_at, published_at)
  values (${run}, ${source}, 'succeeded', 'bench', now(), now(), now())`.execute(db);
await sql`insert into fuse.enterprise (id, state, name, code_valid, division, city, industry, key_industry, size, organisation,
    home_organisation, sources, findings, search, created_at, updated_at)
  select gen_random_uuid(), 'active', '示例企业' || e, false, d, left(d, 4) || '00', s || '11',
    case when s = '39' then 'electronics' when s in ('09', '32') then 'nonferrous' end,
    (array['large', 'medium', 'small', 'micro'])[1 + e % 4], 'jx', 'jx', 1, 0, '', now(), now()
  from (select e, (${divisions}::text[])[1 + (e * 7919) % ${divisions.length}] as d, (${sectors}::text[])[1 + (e * 104729) % ${sectors.length}] as s
    from generate_series(1, ${enterprises}::bigint) e) made`.execute(db);
await sql`insert into fuse.link (source, entity_key, enterprise, gone, row_key, name_keys, names, matched_by)
  select ${source}, 'K' || number, id, false, 'K' || number, '{}', '[]', 'new' from fuse.enterprise`.execute(
  db,
);

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const timed = async (work: () => Promise<unknown>) => {
  const [startedAt, cpu] = [performance.now(), cpuSeconds()];
  await work();
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: cpuSeconds() - cpu };
};

for (let year = FIRST_YEAR; year < FIRST_YEAR + years; year += 1)
  for (const [index, code] of CODES.entries())
    await analytics.command(
      `insert into fuse.indicator_version (source, entity_key, code, period, row_key, version, run, value, gone)
       select {source:String}, concat('K', toString(e)), {code:String}, concat({year:String}, '-', leftPad(toString(m), 2, '0')),
         concat('K', toString(e), '|', toString(m)), 1, {run:String},
         (100 + cityHash64(e, {code:String}) % 100000) * pow(1.05, {year:Int32} - 2016) * if({cumulative:UInt8} = 1, m, 1)
           * (0.9 + (cityHash64(e, m, {year:Int32}) % 1000) / 5000) - if({code:String} = 'PROFIT', 40000, 0), 0
       from (select 1 + number % {enterprises:UInt32} as e, {first:UInt8} + intDiv(number, {enterprises:UInt32}) as m
         from numbers({rows:UInt32}))`,
      {
        params: {
          ...{
            source,
            run,
            code,
            year: String(year),
            enterprises,
            cumulative: INDICATORS[code].cumulative ? 1 : 0,
          },
          ...(code === 'ELECTRICITY'
            ? { first: 1, rows: enterprises * 12 }
            : { first: 2, rows: enterprises * 11 }),
        },
        timeoutMs: 300_000 + index,
      },
    );

const refresh = createIndicatorRefresh(platform);
const built = await timed(() => refresh.drain());
const memory = process.memoryUsage().rss;
const [stored] = await analytics.query<{ rows: string; bytes: string }>(
  `select sum(rows) as rows, sum(bytes_on_disk) as bytes from system.parts where active and database = 'fuse' and table = 'indicator_month'`,
);
await sql`update fuse.enterprise set name = name || '。' where number <= 200`.execute(db);
const again = await timed(() => refresh.drain());

const http = await createHttp({ config, auth, log, metrics, version: 'bench' });
await http.register(authRoutes(auth, config));
if (domain.routes) await http.register(domain.routes);
const login = await http.inject({
  method: 'POST',
  url: '/api/auth/login',
  payload: { username: 'admin', password: PASSWORD },
});
const { token } = login.json<{ token: string }>();

let seed = 7;
const next = () => {
  seed = (Math.imul(seed, 48_271) >>> 0) % 2_147_483_647;
  return seed;
};
const pick = <One>(list: readonly One[]): One => list[next() % list.length] as One;
const PERIODS = Array.from(
  { length: years - 1 },
  (_, index) => `${FIRST_YEAR + 1 + index}-${String(2 + (index % 11)).padStart(2, '0')}`,
);
const { rows: some } = await sql<{
  id: string;
}>`select id from fuse.enterprise order by number limit 50`.execute(db);
const city = () => `${pick(divisions).slice(0, 4)}00`;
const amount = () => pick(['REVENUE', 'GROSS_OUTPUT', 'PROFIT', 'ELECTRICITY', 'ASSETS'] as const);
const figures = (query: string) =>
  `/api/fuse/indicators/${amount()}/figures?period=${pick(PERIODS)}&${query}`;
const LAST = `${FIRST_YEAR + years - 1}-12`;
const KINDS: Record<string, () => string> = {
  'province by city': () => figures('by=city'),
  'province by division of industry': () => figures('by=sector'),
  'province by size': () => figures('by=size'),
  'city by county': () => figures(`by=county&region=${city()}`),
  'city by division of industry': () => figures(`by=sector&region=${city()}`),
  'one industry by city': () => figures(`by=city&sector=${pick(sectors)}`),
  'county by enterprise': () => figures(`by=enterprise&region=${pick(divisions)}`),
  'province by enterprise, largest 500': () => figures('by=enterprise'),
  'province by enterprise, what moved it': () => figures('by=enterprise&order=change&limit=20'),
  'ratio by city': () =>
    `/api/fuse/indicators/${pick(['DEBT_RATIO', 'SALES_RATE', 'PROFIT_MARGIN'])}/figures?period=${pick(PERIODS)}&by=city`,
  'trend of two years, province': () => `/api/fuse/indicators/${amount()}/trend?to=${LAST}`,
  'trend of two years, city': () => `/api/fuse/indicators/${amount()}/trend?to=${LAST}&region=${city()}`,
  'trend of ten years, province': () =>
    `/api/fuse/indicators/${amount()}/trend?from=${FIRST_YEAR}-01&to=${LAST}`,
  'three cities side by side': () =>
    `/api/fuse/indicators/${amount()}/comparison?to=${LAST}&items=region:360100,region:360200,region:360700`,
  'one enterprise, all indicators': () => `/api/fuse/enterprises/${pick(some).id}/indicators`,
  'revisions of a value': () =>
    `/api/fuse/enterprises/${pick(some).id}/indicators/REVENUE/revisions?period=${LAST}`,
  'list of indicators': () => '/api/fuse/indicators',
};
const kinds: Record<string, { p50: number; p95: number; cpu: number }> = {};
for (const [name, address] of Object.entries(KINDS)) {
  const took: number[] = [];
  let cpu = 0;
  for (let turn = 0; turn < asked + 2; turn += 1) {
    const [startedAt, cpuBefore] = [performance.now(), cpuSeconds()];
    const answer = await http.inject({
      method: 'GET',
      url: address(),
      headers: { authorization: `Bearer ${token}` },
    });
    if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.body}`);
    if (turn < 2) continue;
    took.push(performance.now() - startedAt);
    cpu += cpuSeconds() - cpuBefore;
  }
  took.sort((a, b) => a - b);
  kinds[name] = {
    p50: took[Math.floor(took.length * 0.5)] ?? 0,
    p95: took[Math.ceil(took.length * 0.95) - 1] ?? 0,
    cpu: (1000 * cpu) / took.length,
  };
}
// who may not see single enterprises: what is hidden is found for the year first
const restricted = createGuarded();
const hidden = await timed(() => restricted('by=city'));
const hiddenAgain = await timed(() => restricted('by=sector'));

process.stdout.write(
  `${JSON.stringify({ enterprises, years, rows: Number(stored?.rows), bytes: Number(stored?.bytes), built, again, memory, kinds, hidden, hiddenAgain })}\n`,
);
await http.close();
await analytics.stop();
await relational.stop();
rmSync(data, { recursive: true, force: true });
process.exit(0);

function createGuarded() {
  const scope = systemScope({ organisation: 'jx', permissions: ['fuse:indicator:read'], name: 'bench' });
  return (query: 'by=city' | 'by=sector') =>
    domain.indicators.figures.figures(scope, 'REVENUE', {
      period: LAST,
      by: query === 'by=city' ? 'city' : 'sector',
      order: 'value',
      limit: 500,
    });
}
