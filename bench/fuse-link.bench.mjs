// The linker against labelled sets and an invented province, and Splink on DuckDB beside it: F1, time, memory.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from './environment.mjs';
import { writeProvince } from './fuse-link/generate.mjs';
import { heldOutF1 } from './fuse-link/held-out.mjs';

const ROOT = join(import.meta.dirname, '..');
const SETTINGS = join(import.meta.dirname, 'fuse-link');
const FUSION = process.env.RONGHE_BENCH_FUSION ?? join(ROOT, '../shared/data/fusion');
const MEGABYTE = 1e6;

/** Sets by name: inputs, id, how the truth is told, goal for F1 of the better of links and clusters. */
const SETS = [
  {
    name: 'febrl3',
    inputs: ['splink/febrl_dataset3.csv'],
    id: 'rec_id',
    truth: ['--truth-pattern', '^rec-(\\d+)-'],
    peer: 'febrl3',
    goal: 'goal 0.998',
  },
  {
    name: 'fake-1000',
    inputs: ['splink/fake_1000.csv'],
    id: 'unique_id',
    truth: ['--truth', 'cluster'],
    peer: 'fake',
    goal: 'goal 0.94',
  },
  {
    name: 'dblp-acm',
    inputs: ['ccer/D4/acm.csv', 'ccer/D4/dblp.csv'],
    id: 'id',
    truth: ['--truth', join(FUSION, 'ccer/D4/gt.csv')],
    oneToOne: true,
    goal: 'goal 0.988',
  },
  {
    name: 'abt-buy',
    inputs: ['ccer/D2/abt.csv', 'ccer/D2/buy.csv'],
    id: 'id',
    truth: ['--truth', join(FUSION, 'ccer/D2/gt.csv')],
    oneToOne: true,
    goal: 'goal 0.70',
  },
  {
    name: 'province',
    inputs: ['synth/jx_enterprises_synth_20k.csv'],
    id: 'record_id',
    truth: ['--truth', 'entity_id'],
    peer: 'province',
    goal: 'goal 0.9995 at 0.98',
  },
];

function start(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env: environmentOf({}), ...options });
    let [out, said] = ['', ''];
    child.stdout?.on('data', (piece) => {
      out += piece;
    });
    child.stderr?.on('data', (piece) => {
      said += piece;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(out) : reject(new Error(said.slice(-2_000)))));
  });
}

/** Links with `ronghe fuse link` and returns its report and outputs. */
async function link(folder, { inputs, id, truth, oneToOne = false, settings }) {
  const [report, clusters, pairs] = ['report.json', 'clusters.csv', 'pairs.csv'].map((name) =>
    join(folder, name),
  );
  await start(process.execPath, [
    'server/dist/link.mjs',
    ...inputs.flatMap((path) => ['--input', path]),
    ...['--id', id, '--settings', settings, ...truth, ...(oneToOne ? ['--one-to-one'] : [])],
    ...['--clusters', clusters, '--pairs', pairs, '--report', report],
  ]);
  return { ...JSON.parse(readFileSync(report, 'utf8')), clustersFile: clusters, pairsFile: pairs };
}

const f1 = ({ evaluated }) => `${evaluated.pairs.f1.toFixed(4)} / ${evaluated.clusters.f1.toFixed(4)}`;
const precision = ({ evaluated }) =>
  `${evaluated.pairs.precision.toFixed(4)} / ${evaluated.pairs.recall.toFixed(4)}`;
const took = ({ seconds, cpuSeconds, memoryBytes }) =>
  `${seconds.toFixed(1)} / ${cpuSeconds.toFixed(1)} / ${(memoryBytes / MEGABYTE).toFixed(0)}`;

/** A Python with Splink in a folder of its own, or null and why. */
async function installPeer(folder) {
  const python = process.env.RONGHE_BENCH_PYTHON ?? 'python3';
  try {
    await start(python, ['-m', 'venv', join(folder, 'venv')]);
    const own = join(folder, 'venv/bin/python');
    await start(own, ['-m', 'pip', 'install', '-q', 'splink', 'pandas']);
    return { python: own, why: null };
  } catch (error) {
    return { python: null, why: String(error.message).split('\n').at(-2) ?? 'failed' };
  }
}

async function againstPeer(told, peer, { name, file, kind, ours }) {
  if (peer.python === null) return;
  const lines = (await start(peer.python, [join(SETTINGS, 'peer.py'), file, kind])).trim().split('\n');
  const theirs = JSON.parse(lines.at(-1));
  told.push(
    [`${name}, Splink: F1 of links / clusters`, `${theirs.pairs.toFixed(4)} / ${theirs.clusters.toFixed(4)}`],
    [`${name}, Splink: seconds / CPU seconds / MB`, took(theirs)],
    [`${name}, Splink’s CPU seconds to ours`, (theirs.cpuSeconds / ours.cpuSeconds).toFixed(2)],
  );
}

async function runSets(told, { folder, parts, peer }) {
  for (const set of SETS) {
    const inputs = set.inputs.map((path) => join(FUSION, path));
    if (!inputs.every((path) => existsSync(path))) {
      told.push([set.name, 'no data', '']);
      continue;
    }
    if (parts.includes('sets')) {
      const ours = await link(folder, { ...set, inputs, settings: join(SETTINGS, `${set.name}.json`) });
      told.push(
        [`${set.name}: F1 of links / clusters`, f1(ours), set.goal],
        [`${set.name}: precision / recall of links`, precision(ours)],
        [`${set.name}: F1 of links, held-out entities`, heldOutF1(ours, { ...set, inputs }).toFixed(4)],
        [`${set.name}: recall of the rules`, ours.evaluated.blockingRecall.toFixed(4)],
        [`${set.name}: seconds / CPU seconds / MB`, took(ours)],
      );
      if (peer && set.peer)
        await againstPeer(told, peer, { name: set.name, file: inputs[0], kind: set.peer, ours });
    }
    // by itself the province takes minutes
    if (!parts.includes('auto') || set.name === 'province') continue;
    const auto = await link(folder, { ...set, inputs, settings: 'auto' });
    told.push(
      [`${set.name}, auto: F1 of links / clusters`, f1(auto)],
      [`${set.name}, auto: seconds / CPU seconds / MB`, took(auto)],
    );
  }
}

async function runProvince(told, { folder, enterprises, goal, peer }) {
  const file = join(folder, 'province.csv');
  const records = await writeProvince(file, { enterprises });
  const ours = await link(folder, {
    inputs: [file],
    id: 'record_id',
    truth: ['--truth', 'entity_id'],
    settings: join(SETTINGS, 'province.json'),
  });
  const name = `invented province, ${records} records`;
  told.push(
    [`${name}: precision / recall of links`, precision(ours), 'goal 0.9995 / 0.98'],
    [`${name}: F1 of links / clusters`, f1(ours)],
    [`${name}: seconds / CPU seconds / MB`, took(ours), goal],
  );
  if (peer) await againstPeer(told, peer, { name, file, kind: 'province', ours });
}

export async function run() {
  const parts = (process.env.RONGHE_BENCH_PARTS ?? 'sets,auto,province,peer').split(',');
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-bench-link-'));
  const told = [];
  try {
    const peer = parts.includes('peer') ? await installPeer(folder) : null;
    if (peer?.python === null) told.push(['Splink is left out', peer.why]);
    await runSets(told, { folder, parts, peer });
    if (parts.includes('province')) await runProvince(told, { folder, enterprises: 20_000, goal: '', peer });
    if (parts.includes('large'))
      await runProvince(told, { folder, enterprises: 124_000, goal: 'goal 60 s, 4,000 MB', peer });
    return told;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
