// Posts bodies over keep-alive connections and measures until each is acknowledged, retrying as the target's clients do.
import { Agent, request } from 'node:http';

const TRIES_MAX = 1000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One request. Resolves with status, headers and text. */
export function exchange(agent, { url, method = 'GET', headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method,
        headers: body === undefined ? headers : { ...headers, 'content-length': body.length },
      },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(parts).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The value below which the share lies. `sorted` ascending. */
export const percentile = (sorted, share) =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/**
 * Loads until `next` has no more bodies or `untilMs` (performance.now) is over.
 * @param {{write: {url: string, headers: object}, retryMs: Function}} target `retryMs(answer)` tells after how many
 *   milliseconds the body is sent again, or null when this target's clients would give it up
 * @returns counts, seconds, rates, latencies in ms, retries by status and the share of one core the loader took
 * @throws Error with the answer when a body is refused for good
 */
export async function load(target, { next, connections, untilMs = Number.POSITIVE_INFINITY, onAnswer }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const took = [];
  const retries = new Map();
  let [lines, values, bytes] = [0, 0, 0];
  const cpu = process.cpuUsage();
  const began = performance.now();

  const post = async (body) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await exchange(agent, { ...target.write, method: 'POST', body });
      onAnswer?.(answer.status);
      if (answer.status === 204) return true;
      const pause = target.retryMs(answer);
      if (pause === null || tries >= TRIES_MAX)
        throw new Error(`${target.name} refused a body: ${answer.status} ${answer.text.slice(0, 500)}`);
      const told = retries.get(answer.status) ?? { count: 0, text: answer.text.slice(0, 120).trim() };
      retries.set(answer.status, { ...told, count: told.count + 1 });
      if (performance.now() + pause > untilMs) return false;
      await wait(pause);
    }
  };
  const work = async () => {
    while (performance.now() < untilMs) {
      const chosen = next();
      if (chosen === null) return;
      const from = performance.now();
      if (!(await post(chosen.body))) return;
      took.push(performance.now() - from);
      lines += chosen.lines;
      values += chosen.values;
      bytes += chosen.body.length;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  const sorted = took.sort((a, b) => a - b);
  return {
    lines,
    values,
    bytes,
    seconds,
    linesPerSecond: lines / seconds,
    valuesPerSecond: values / seconds,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    retries: [...retries].map(([status, { count, text }]) => `${count} x ${status} ${text}`).join(', '),
    clientCores: (used.user + used.system) / 1e6 / seconds,
  };
}
