import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProvince } from '../province/province.ts';
import { type EdgePlace, plantEdgeConfig, replayEdgeConfig } from './edge-config.ts';
import type { Processes } from './processes.ts';
import { type NewCollector, REPLAY_COLLECTOR, REPLAY_ORGANISATION } from './seed.ts';
import { type DemoState, writePrivately } from './state.ts';

/** Collectors that share one process. */
type EdgeGroup = {
  process: string;
  collectors: readonly { collector: NewCollector; configure(place: EdgePlace): string }[];
};

/** The collectors of the demo, from their configuration files to their processes. */
export type Edges = {
  collectors: readonly NewCollector[];
  /**
   * Starts those whose keys are kept from an earlier start, without waiting for the platform: they buffer until it
   * answers. The address is where it is going to serve.
   */
  startKnown(serverUrl: string): void;
  /**
   * Starts what does not run yet, and anew what runs with another key or address than it should. A process that cannot
   * start is told and tried again. Every key must be in the state by now.
   */
  settle(serverUrl: string): Promise<void>;
};

export type EdgesContext = {
  state: DemoState;
  processes: Pick<Processes, 'edge'>;
  /** recording that is replayed beside the plants */
  replayFile: string | null;
  warn(line: string): void;
};

/** Prepares the collectors; nothing runs yet. @throws Error when the recording is none */
export async function createEdges({ state, processes, replayFile, warn }: EdgesContext): Promise<Edges> {
  const groups = [plantGroup(state), ...(replayFile === null ? [] : [await replayGroup(replayFile, state)])];
  const running = new Map<EdgeGroup, Promise<void>>();
  const start = (group: EdgeGroup) => {
    const files = group.collectors.map(({ collector }) => fileOf(state, collector.name));
    const started = processes.edge(group.process, files);
    // Its failure is told by `settle`, which may come much later, or not at all when the demo stops.
    started.catch(() => undefined);
    running.set(group, started);
  };
  return {
    collectors: groups.flatMap(({ collectors }) => collectors.map(({ collector }) => collector)),
    startKnown(serverUrl) {
      for (const group of groups) {
        if (!group.collectors.every(({ collector }) => state.values.collectorKeys[collector.name])) continue;
        configure(group, { state, serverUrl });
        start(group);
      }
    },
    async settle(serverUrl) {
      for (const group of groups)
        if (configure(group, { state, serverUrl }) || !running.has(group)) start(group);
      await Promise.all(
        [...running.values()].map((started) => started.catch((error: unknown) => warn(String(error)))),
      );
    },
  };
}

function plantGroup(state: DemoState): EdgeGroup {
  return {
    process: 'edge',
    collectors: createProvince().plants.map((plant) => ({
      collector: {
        name: plant.key,
        title: `${plant.title}采集器（模拟）`,
        organisation: plant.organisation,
      },
      configure: (place) => plantEdgeConfig(plant, state.values.ports[plant.key] ?? 0, place),
    })),
  };
}

async function replayGroup(file: string, state: DemoState): Promise<EdgeGroup> {
  // Loaded only for a replay, which few starts have.
  const { inspectRecording } = await import('../replay/recording.ts');
  const { columns } = await inspectRecording(file);
  return {
    process: 'edge-replay',
    collectors: [
      {
        collector: {
          name: REPLAY_COLLECTOR,
          title: '录制数据回放采集器',
          organisation: REPLAY_ORGANISATION,
        },
        configure: (place) => replayEdgeConfig(columns, state.values.ports.replay ?? 0, place),
      },
    ],
  };
}

const folderOf = (state: DemoState, name: string): string => join(state.folder, 'edges', name);
const fileOf = (state: DemoState, name: string): string => join(folderOf(state, name), 'edge.yaml');

/** Writes the configuration files of a group; true when one of them is other than before. */
function configure(group: EdgeGroup, { state, serverUrl }: { state: DemoState; serverUrl: string }): boolean {
  let changed = false;
  for (const { collector, configure: textFor } of group.collectors) {
    const { name } = collector;
    const key = state.values.collectorKeys[name] ?? '';
    const text = textFor({ collector: name, serverUrl, key, folder: folderOf(state, name) });
    if (text === readIfThere(fileOf(state, name))) continue;
    writePrivately(fileOf(state, name), text);
    changed = true;
  }
  return changed;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
