import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEdges, type Edges } from './edges.ts';
import { type DemoState, openState } from './state.ts';

let folder: string;
let state: DemoState;
let edges: Edges;
let started: (readonly [process: string, files: number])[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-edges-'));
  state = openState(folder);
  started = [];
  edges = await createEdges({
    state,
    processes: {
      async edge(name, files) {
        started.push([name, files.length]);
      },
    },
    replayFile: null,
    warn: () => undefined,
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const know = (key: string) => {
  for (const { name } of edges.collectors) state.values.collectorKeys[name] = `${key}_${name}`;
};

it('starts no collector before its key is known, and all of them in one process then', async () => {
  edges.startKnown('http://127.0.0.1:1');
  expect(started).toEqual([]);
  know('rk');
  await edges.settle('http://127.0.0.1:1');
  expect(started).toEqual([['edge', 6]]);
});

it('starts known collectors at once and leaves them when nothing is different', async () => {
  know('rk');
  edges.startKnown('http://127.0.0.1:1');
  expect(started).toHaveLength(1);
  await edges.settle('http://127.0.0.1:1');
  expect(started).toHaveLength(1);
});

it.each([
  ['another key', 'http://127.0.0.1:1', 'new'],
  ['another address', 'http://127.0.0.1:2', 'rk'],
])('starts them anew with %s', async (_, url, key) => {
  know('rk');
  edges.startKnown('http://127.0.0.1:1');
  know(key);
  await edges.settle(url);
  expect(started).toHaveLength(2);
  const text = await readFile(join(state.folder, 'edges/yuzhang-copper/edge.yaml'), 'utf8');
  expect(text).toContain(`url: ${url}`);
  expect(text).toContain(`key: ${key}_yuzhang-copper`);
});
