// Data in the shape of the Time Series Benchmark Suite, from a seed: the same call gives the same bytes on every machine.

/** First time of every data set; fixed, so that two runs compare. */
export const START_SECONDS = Date.UTC(2025, 0, 1) / 1000;
const INTERVAL_SECONDS = 10;
/** Lines that go into one Buffer; bodies are made of whole chunks. */
export const CHUNK_LINES = 1000;

/** Small, fast and good enough for load: mulberry32. Uniform in [0, 1). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** About normal with mean 0 and deviation 1: the walk needs a bell, not its tails. */
const bell = (next) => (next() + next() + next() + next() - 2) * 1.732;

const pick = (next, list) => list[Math.floor(next() * list.length)];

const REGIONS = ['us-east-1', 'us-west-1', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1'];
const CPU_FIELDS = [
  'usage_user',
  'usage_system',
  'usage_idle',
  'usage_nice',
  'usage_iowait',
  'usage_irq',
  'usage_softirq',
  'usage_steal',
  'usage_guest',
  'usage_guest_nice',
];

/**
 * cpu-only: one line a host and 10 s, 10 tags, 10 integer fields that walk between 0 and 100.
 * @returns what a data set is: `series` values a line, `line(index, seconds)` the text of one line
 */
function cpu({ hosts, seed, firstHost = 0 }) {
  const next = random(seed);
  const prefixes = Array.from({ length: hosts }, (_, host) => {
    const region = pick(next, REGIONS);
    const tags = [
      `hostname=host_${firstHost + host}`,
      `region=${region}`,
      `datacenter=${region}${pick(next, ['a', 'b', 'c'])}`,
      `rack=${Math.floor(next() * 100)}`,
      `os=${pick(next, ['Ubuntu16.10', 'Ubuntu16.04LTS', 'Ubuntu15.10'])}`,
      `arch=${pick(next, ['x64', 'x86'])}`,
      `team=${pick(next, ['SF', 'NYC', 'LON', 'CHI'])}`,
      `service=${Math.floor(next() * 20)}`,
      `service_version=${Math.floor(next() * 2)}`,
      `service_environment=${pick(next, ['production', 'staging', 'test'])}`,
    ];
    return `cpu,${tags.join(',')} `;
  });
  const state = Float64Array.from({ length: hosts * CPU_FIELDS.length }, () => next() * 100);
  const line = (host, seconds) => {
    let text = prefixes[host];
    for (let field = 0; field < CPU_FIELDS.length; field += 1) {
      const at = host * CPU_FIELDS.length + field;
      const value = Math.min(100, Math.max(0, state[at] + bell(next)));
      state[at] = value;
      text += `${field === 0 ? '' : ','}${CPU_FIELDS[field]}=${Math.floor(value)}i`;
    }
    return `${text} ${seconds}000000000\n`;
  };
  return { line, linesPerStep: hosts, valuesPerLine: CPU_FIELDS.length };
}

const READINGS = [
  ['latitude', 0, 90],
  ['longitude', 0, 180],
  ['elevation', 0, 500],
  ['velocity', 0, 100],
  ['heading', 0, 360],
  ['grade', 0, 100],
  ['fuel_consumption', 0, 50],
];
const DIAGNOSTICS = [
  ['fuel_state', 0, 1],
  ['current_load', 0, 5000],
  ['status', 0, 5],
];

/** iot: two lines a truck and 10 s (readings, diagnostics), 8 tags, 10 fields with two decimals. */
function iot({ hosts, seed, firstHost = 0 }) {
  const next = random(seed);
  const tags = Array.from({ length: hosts }, (_, truck) =>
    [
      `name=truck_${firstHost + truck}`,
      `fleet=${pick(next, ['South', 'North', 'East', 'West'])}`,
      `driver=${pick(next, ['Trish', 'Derek', 'Rodney', 'Albert', 'Andy', 'Seth'])}`,
      `model=${pick(next, ['F-150', 'G-2000', 'H-2'])}`,
      `device_version=${pick(next, ['v1.0', 'v1.5', 'v2.0', 'v2.3'])}`,
      `load_capacity=${pick(next, [1500, 2000, 5000])}`,
      `fuel_capacity=${pick(next, [150, 200, 300])}`,
      `nominal_fuel_consumption=${pick(next, [12, 15, 19])}`,
    ].join(','),
  );
  const fields = [...READINGS, ...DIAGNOSTICS];
  const state = Float64Array.from({ length: hosts * fields.length }, (_, at) => {
    const [, low, high] = fields[at % fields.length];
    return low + next() * (high - low);
  });
  const part = (truck, first, last) => {
    const texts = [];
    for (let field = first; field < last; field += 1) {
      const [name, low, high] = fields[field];
      const at = truck * fields.length + field;
      state[at] = Math.min(high, Math.max(low, state[at] + bell(next) * (high - low) * 0.01));
      texts.push(`${name}=${state[at].toFixed(2)}`);
    }
    return texts.join(',');
  };
  const line = (index, seconds) => {
    const truck = index >> 1;
    const isReading = (index & 1) === 0;
    const values = isReading ? part(truck, 0, READINGS.length) : part(truck, READINGS.length, fields.length);
    return `${isReading ? 'readings' : 'diagnostics'},${tags[truck]} ${values} ${seconds}000000000\n`;
  };
  return { line, linesPerStep: hosts * 2, valuesPerLine: fields.length / 2 };
}

const KINDS = { cpu, iot };

/**
 * Chunks of at most `CHUNK_LINES` lines in order of time, made one at a time, so that memory stays bounded however long
 * the data set is.
 * @param {{kind: 'cpu' | 'iot', hosts: number, lines: number, seed?: number, firstHost?: number, startSeconds?: number}} shape
 *   `lines` in all; times advance by 10 s when every host had its line
 * @returns {Generator<{body: Buffer, lines: number, values: number}>}
 */
export function* chunks({ kind, hosts, lines, seed = 1, firstHost = 0, startSeconds = START_SECONDS }) {
  const data = KINDS[kind]({ hosts, seed, firstHost });
  for (let done = 0; done < lines; ) {
    const texts = [];
    for (; texts.length < CHUNK_LINES && done < lines; done += 1) {
      const step = Math.floor(done / data.linesPerStep);
      texts.push(data.line(done % data.linesPerStep, startSeconds + step * INTERVAL_SECONDS));
    }
    yield {
      body: Buffer.from(texts.join(''), 'latin1'),
      lines: texts.length,
      values: texts.length * data.valuesPerLine,
    };
  }
}

/** How many lines a data set of so many days has. */
export const linesOf = ({ kind, hosts, days }) =>
  Math.round((days * 86_400) / INTERVAL_SECONDS) * hosts * (kind === 'iot' ? 2 : 1);

/** End of a data set, exclusive, in seconds since 1970. */
export const endSecondsOf = ({ kind, hosts, lines, startSeconds = START_SECONDS }) =>
  startSeconds + Math.ceil(lines / (hosts * (kind === 'iot' ? 2 : 1))) * INTERVAL_SECONDS;
