// An invented province of six systems through a running platform: landed, matched, golden records chosen; then some records changed; then single
// records searched for. Merges are held against the truth, which the platform never sees.
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { randomFrom, writeProvince } from './fuse-link/generate.mjs';
import { runSource, startPlatform } from './platform.mjs';

const MEGABYTE = 1e6;
/** Columns of the generated file that sources map; the last one is the truth and stays here. */
const MAPPINGS = [
  ['name', 'name', 'name'],
  ['code', 'code', 'code'],
  ['legal_person', 'legalPerson', 'text'],
  ['phone', 'phone', 'phone'],
  ['address', 'address', 'text'],
  ['county_code', 'division', 'division'],
  ['established', 'established', 'date'],
  ['employees', 'employees', 'number'],
  ['revenue_wan', 'revenue', 'number'],
].map(([from, to, transform]) => ({ from, to, transform, unit: null, values: {} }));

/** One file a system, without the truth; returns the rows of each and the entity of each record. */
async function split(file, folderOf) {
  const rows = new Map();
  const truth = new Map();
  let header = null;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const cells = line.split(',');
    if (header === null) {
      header = cells.slice(0, -1).join(',');
      continue;
    }
    const source = cells[1];
    if (!rows.has(source)) rows.set(source, []);
    rows.get(source).push(cells.slice(0, -1));
    truth.set(cells[0], cells.at(-1));
  }
  for (const [source, list] of rows) await write(folderOf(source), header, list);
  return { rows, truth, header };
}

async function write(folder, header, rows) {
  mkdirSync(folder, { recursive: true });
  const out = createWriteStream(join(folder, 'records.csv'));
  out.write(`${header}\n`);
  for (const row of rows) out.write(`${row.join(',')}\n`);
  out.end();
  await new Promise((resolve) => out.once('finish', resolve));
}

/** The embedded PostgreSQL, by the socket that its own file names. */
async function openDatabase(data) {
  const place = readdirSync(data, { recursive: true }).find((name) => name.endsWith('postmaster.pid'));
  const host = readFileSync(join(data, place), 'utf8').split('\n')[4];
  const admin = new pg.Client({ host, port: 5432, user: 'ronghe', database: 'ronghe' });
  await admin.connect();
  return admin;
}

const pairsOf = (count) => (count * (count - 1)) / 2;
function measure(links, truth) {
  const [together, found, entities] = [new Map(), new Map(), new Map()];
  for (const { record, enterprise } of links) {
    const entity = truth.get(record);
    for (const [counts, key] of [
      [together, `${enterprise} ${entity}`],
      [found, enterprise],
      [entities, entity],
    ])
      counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const all = (counts) => [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0);
  return { precision: all(together) / all(found), recall: all(together) / all(entities) };
}

/** Milliseconds of single searches, with names as other systems write them. */
async function search(platform, rows, asked) {
  const random = randomFrom(7);
  const took = [];
  let found = 0;
  for (let at = 0; at < asked; at += 1) {
    const [, , name, , legalPerson, phone, address, division] = rows[Math.floor(random() * rows.length)];
    const record = Object.fromEntries(
      Object.entries({ name, legalPerson, phone, address, division }).filter(([, value]) => value !== ''),
    );
    const startedAt = performance.now();
    const { items } = await platform.post('/api/fuse/enterprises/search', { record });
    took.push(performance.now() - startedAt);
    if (items[0]?.verdict === 'same') found += 1;
  }
  took.sort((a, b) => a - b);
  const share = (part) => took[Math.min(took.length - 1, Math.floor(took.length * part))];
  return { p50: share(0.5), p95: share(0.95), found: found / asked };
}

export async function run() {
  const enterprises = Number(process.env.RONGHE_BENCH_ENTERPRISES ?? 20_000);
  const changes = Number(process.env.RONGHE_BENCH_CHANGES ?? 10_000);
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const file = join(data, 'province.csv');
  const records = await writeProvince(file, { enterprises });
  const { rows, truth, header } = await split(file, (source) => join(data, 'inbox', source));
  const platform = await startPlatform(data);
  try {
    const { organisation } = await platform.get('/api/auth/me');
    const told = [['records / enterprises in truth', `${records} / ${new Set(truth.values()).size}`]];
    const sources = new Map();
    let [seconds, cpuSeconds, fusing, memory] = [0, 0, 0, 0];
    for (const source of rows.keys()) {
      const { id } = await platform.post('/api/fuse/sources', {
        key: source,
        name: source,
        owner: 'bench',
        organisation,
        connection: { kind: 'folder', folder: source, options: {} },
        target: 'enterprise',
        rowKey: ['record_id'],
        mappings: MAPPINGS,
      });
      sources.set(source, id);
      const took = await runSource(platform, id);
      seconds += took.seconds;
      cpuSeconds += took.cpuSeconds;
      fusing += took.stages.get('fuse') ?? 0;
      memory = Math.max(memory, took.memory);
    }
    told.push(
      [
        'six sources landed and fused, seconds / CPU seconds',
        `${seconds.toFixed(1)} / ${cpuSeconds.toFixed(1)}`,
      ],
      ['of that matching and golden records, seconds', fusing.toFixed(1)],
      ['records fused a second', (records / fusing).toFixed(0)],
      ['most memory of the platform, MB', (memory / MEGABYTE).toFixed(0)],
    );
    const database = await openDatabase(data);
    const linked = await database.query('select row_key as record, enterprise from fuse.link');
    const {
      rows: [{ open }],
    } = await database.query("select count(*)::int as open from fuse.review_pair where state = 'open'");
    await database.end();
    const { precision, recall } = measure(linked.rows, truth);
    told.push(
      ['precision of merges', precision.toFixed(5), 'goal 0.9995'],
      ['recall', recall.toFixed(4), 'goal 0.98'],
      ['open pairs to review, per hundred records', ((100 * open) / records).toFixed(2), 'goal 2'],
    );
    const [name, list] = [...rows].sort(([, a], [, b]) => b.length - a.length)[0];
    const few = Math.min(changes, list.length);
    await write(
      join(data, 'inbox', name),
      header,
      list.map((row, at) => (at < few ? row.with(5, `139${String(10_000_000 + at)}`) : row)),
    );
    const again = await runSource(platform, sources.get(name));
    told.push(
      [
        `${few} records with another phone, seconds / of that fusing`,
        `${again.seconds.toFixed(1)} / ${(again.stages.get('fuse') ?? 0).toFixed(1)}`,
        'goal 10 of 1 million',
      ],
      ['the same, CPU seconds of the platform with PostgreSQL', again.cpuSeconds.toFixed(1)],
    );
    const { p50, p95, found } = await search(platform, list, 300);
    told.push(
      ['search for one record, ms p50 / p95', `${p50.toFixed(0)} / ${p95.toFixed(0)}`, 'goal p95 50'],
      ['searches without the code that find one enterprise', `${(100 * found).toFixed(0)} %`],
    );
    return told;
  } finally {
    await platform.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
