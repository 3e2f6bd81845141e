// The five typical reads, in each target's own words. Every read is a function that asks over HTTP and hands back what it
// got, so that the answers can be compared before anybody compares their times.
import { Agent } from 'node:http';
import { exchange } from './loader.mjs';

const HOUR = 3600;
const DAY = 24 * HOUR;
const LATEST_POINTS_MAX = 500;
const LIST_POINTS_MAX = 1_000;
/** `limit` times points may not pass 100,000. */
const MANY_BUCKETS_MAX = 100;
const HUNDRED = 100;
const PAGE_ROWS = 500;
const RAW_ROWS_MAX = 10_000;
const BUCKETS_MAX = 1_000;

/**
 * Names of the reads, and what they ask for.
 * `all` is every series there is (10 a host), `hundred` one field of the first 100 hosts.
 */
export const READS = {
  Q1: 'last point of all series',
  Q2: 'one series, one hour by minute, mean',
  Q3: 'max of 100 series per hour, 12 h',
  Q4: 'daily mean of all series',
  Q5: 'raw export of one series, one day',
};

/** Reads share one keep-alive connection, as a dashboard does. */
function asker(server) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async ask(path, form) {
      const answer = await exchange(agent, {
        url: `${server.url}${path}`,
        method: form ? 'POST' : 'GET',
        headers: {
          ...server.headers,
          ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        body: form ? Buffer.from(new URLSearchParams(form).toString()) : undefined,
      });
      if (answer.status !== 200)
        throw new Error(`${server.name} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
      return answer.text;
    },
    close: () => agent.destroy(),
  };
}

const hostOf = (text) => /hostname="?(host_\d+)/.exec(text)?.[1];

/** Ours. Point numbers are looked up once; a dashboard knows them. */
async function ours(server, span) {
  const { ask, close } = asker(server);
  const points = [];
  for (let cursor = null; ; ) {
    const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = JSON.parse(await ask(`/api/collect/points?search=cpu,&limit=${PAGE_ROWS}${more}`));
    points.push(...page.items);
    cursor = page.next;
    if (cursor === null) break;
  }
  const ids = points.map(({ id }) => id);
  const wanted = points.filter(({ key }) => key.endsWith('.usage_user'));
  const byHost = new Map(wanted.map(({ id, key }) => [hostOf(key), id]));
  const hundred = [...byHost.values()].slice(0, HUNDRED);
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  const range = (from, to) => `from=${iso(from)}&to=${iso(to)}`;
  const slices = (list, size) =>
    Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
  const buckets = (list, { from, to, bucket, aggregate, limit = BUCKETS_MAX }) =>
    ask(
      `/api/ingest/observations?point=${list.join(',')}&${range(from, to)}&bucket=${bucket}&aggregate=${aggregate}&limit=${limit}`,
    );
  const one = byHost.get('host_0');
  return {
    points: ids.length,
    close,
    async Q1() {
      const parts = [];
      for (const slice of slices(ids, LATEST_POINTS_MAX))
        parts.push(await ask(`/api/ingest/latest?points=${slice.join(',')}`));
      return parts;
    },
    Q2: () =>
      buckets([one], { from: span.end - 2 * HOUR, to: span.end - HOUR, bucket: '1m', aggregate: 'mean' }),
    Q3: () => buckets(hundred, { from: span.end - 12 * HOUR, to: span.end, bucket: '1h', aggregate: 'max' }),
    async Q4() {
      const parts = [];
      for (const slice of slices(ids, LIST_POINTS_MAX))
        parts.push(
          await buckets(slice, {
            from: span.start,
            to: span.end,
            bucket: '1d',
            aggregate: 'mean',
            limit: MANY_BUCKETS_MAX,
          }),
        );
      return parts;
    },
    Q5: () =>
      ask(`/api/ingest/observations?point=${one}&${range(span.end - DAY, span.end)}&limit=${RAW_ROWS_MAX}`),
  };
}

async function influx(server, span) {
  const { ask, close } = asker(server);
  const query = (q) => ask(`/query?db=bench&epoch=ms&q=${encodeURIComponent(q)}`);
  const range = (from, to) => `time >= ${from}s and time < ${to}s`;
  return {
    close,
    Q1: () => query('select * from cpu group by * order by time desc limit 1'),
    Q2: () =>
      query(
        `select mean(usage_user) from cpu where hostname = 'host_0' and ${range(span.end - 2 * HOUR, span.end - HOUR)} group by time(1m)`,
      ),
    Q3: () =>
      query(
        `select max(usage_user) from cpu where hostname =~ /^host_[0-9]{1,2}$/ and ${range(span.end - 12 * HOUR, span.end)} group by time(1h), hostname`,
      ),
    Q4: () =>
      query(`select mean(*) from cpu where ${range(span.start, span.end)} group by time(1d), hostname`),
    Q5: () =>
      query(`select usage_user from cpu where hostname = 'host_0' and ${range(span.end - DAY, span.end)}`),
  };
}

/** VictoriaMetrics looks back from a time and counts the time itself; a millisecond less makes its windows those of the others. */
async function victoria(server, span) {
  const { ask, close } = asker(server);
  const at = (seconds) => (seconds - 0.001).toFixed(3);
  const instant = (query, time) =>
    ask(`/api/v1/query?nocache=1&query=${encodeURIComponent(query)}&time=${at(time)}`);
  const range = (query, { from, to, step }) =>
    ask(
      `/api/v1/query_range?nocache=1&query=${encodeURIComponent(query)}&start=${at(from + step)}&end=${at(to)}&step=${step}s`,
    );
  return {
    close,
    Q1: () => instant(`last_over_time({__name__=~"cpu_.*"}[${Math.ceil(span.end - span.start)}s])`, span.end),
    Q2: () =>
      range('avg_over_time(cpu_usage_user{hostname="host_0"}[1m])', {
        from: span.end - 2 * HOUR,
        to: span.end - HOUR,
        step: 60,
      }),
    Q3: () =>
      range('max_over_time(cpu_usage_user{hostname=~"host_[0-9]{1,2}"}[1h])', {
        from: span.end - 12 * HOUR,
        to: span.end,
        step: HOUR,
      }),
    Q4: () =>
      range('avg_over_time({__name__=~"cpu_.*"}[1d])', {
        from: span.start,
        to: span.start + Math.ceil((span.end - span.start) / DAY) * DAY,
        step: DAY,
      }),
    Q5: () =>
      ask(
        `/api/v1/export?match[]=${encodeURIComponent('cpu_usage_user{hostname="host_0"}')}&start=${at(span.end - DAY)}&end=${at(span.end)}`,
      ),
  };
}

const KINDS = { ours, InfluxDB: influx, VictoriaMetrics: victoria };

/** @param {{start: number, end: number}} span of the data in seconds since 1970, end exclusive */
export const readsOf = (server, span) => KINDS[server.name](server, span);

/** The numbers of an answer to Q2, in order of time: the one answer that is compared between all targets. */
export function minutesOf(name, text) {
  const answer = JSON.parse(text);
  if (name === 'InfluxDB') return answer.results[0].series[0].values.map(([, value]) => value);
  if (name === 'VictoriaMetrics') return answer.data.result[0].values.map(([, value]) => Number(value));
  const items = answer.items ?? answer.points?.[0]?.items ?? answer.series?.[0]?.items ?? [];
  return items.map((item) => item.mean ?? item.value);
}
