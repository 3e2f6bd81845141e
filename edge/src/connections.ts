import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ConnectionState, type Gap, PointKey } from '@ronghe/contracts';
import type { Clock } from './clock.ts';
import { type Conditioner, createConditioner } from './conditioning/conditioner.ts';
import { Conditions } from './conditioning/options.ts';
import type { Tally } from './conditioning/tally.ts';
import { createCounts } from './connections.counts.ts';
import type { Connector, ConnectorContext, Emit } from './connector.ts';
import type { Opened, Written } from './connectors/registry.ts';
import type { Log } from './log.ts';

/** Protocols that read what was recorded long ago. */
const ARCHIVES: ReadonlySet<string> = new Set(['file', 'sql']);

/** A connection that has been checked, with what was written of it. */
export type Checked = { written: Written; opened: Opened };

/** The connections that run. What they read and tell is counted by name, so that a change of one takes nothing back. */
export type Connections = {
  start(): Promise<void>;
  /**
   * Goes over to these: those written the same run on undisturbed, the others are stopped, started or both. One change
   * after the other. Does nothing more once it has been stopped.
   */
  change(to: readonly Checked[]): Promise<void>;
  /** Starts the connection of this name anew when it is not connected: what it waited for is there, its next try may be far. */
  again(name: string): Promise<void>;
  stop(): Promise<void>;
  states(): ConnectionState[];
  /** Newest times without data of all of them. */
  recentGaps(): Gap[];
  /** What runs under this name, and how it was written; null when nothing does. */
  find(name: string): { connector: Connector; written: Written } | null;
  /** The folder of the connection of this name, whether it runs or not; the name has been checked. */
  folderOf(name: string): string;
};

type Options = {
  /** holds a folder for each connection */
  folder: string;
  emit: Emit;
  /** Resolves when everything emitted is on disk and the buffer has room. */
  settled: (signal: AbortSignal) => Promise<void>;
  /** Resolves when everything emitted is on disk, with the next write. */
  kept: NonNullable<ConnectorContext<never>['kept']>;
  tally: Tally;
  log: Log;
  clock: Clock;
};

type Running = Checked & { name: string; connector: Connector; conditioner: Conditioner };

/** Makes the folders and connectors of the first connections; nothing is started yet. */
export async function createConnections(first: readonly Checked[], options: Options): Promise<Connections> {
  const { clock, log } = options;
  const counts = createCounts({ clock, log });
  let isStopped = false;
  let work: Promise<unknown> = Promise.resolve();

  const make = async (checked: Checked): Promise<Running> => {
    const { name, protocol } = checked.written;
    const own = join(options.folder, name);
    await mkdir(own, { recursive: true, mode: 0o700 });
    const conditioner = createConditioner({
      emit: options.emit,
      conditions: conditionsOf(checked.written),
      tally: options.tally,
      clock,
      checksClock: !ARCHIVES.has(protocol),
    });
    const { gap, heard } = counts.of(name);
    const connector = checked.opened.create({
      emit(readings) {
        if (readings.some(({ sample }) => sample[2] !== 'bad')) heard();
        conditioner.emit(readings);
      },
      settled(signal) {
        conditioner.flush();
        return options.settled(signal);
      },
      kept: options.kept,
      gap,
      log: log.child({ connection: name }),
      clock,
      folder: own,
    });
    return { ...checked, name, connector, conditioner };
  };

  let running: Running[] = [];
  for (const checked of first) running.push(await make(checked));

  /** Stops it and keeps what it counted; what it read is with the buffer afterwards. */
  const end = async ({ name, connector, conditioner, written }: Running): Promise<void> => {
    const sums = counts.of(name);
    sums.leaving(connector.state(), written.protocol);
    await connector
      .stop()
      .catch((error: unknown) =>
        log.error({ err: error, connection: name }, 'a connection could not be stopped'),
      );
    conditioner.stop();
    sums.left(connector.state());
  };

  const changeTo = async (to: readonly Checked[]): Promise<void> => {
    if (isStopped) return;
    const wanted = new Map(to.map(({ written }) => [written.name, written]));
    const staying = new Map(
      running
        .filter(({ name, written }) => isDeepStrictEqual(wanted.get(name), written))
        .map((each) => [each.name, each]),
    );
    const leaving = running.filter(({ name }) => !staying.has(name));
    // Made before anything is stopped, so that a folder that cannot be made leaves all as it was.
    const next: Running[] = [];
    for (const checked of to) next.push(staying.get(checked.written.name) ?? (await make(checked)));
    const fresh = next.filter(({ name }) => !staying.has(name));
    // All before any: two of them may have changed their listening ports with each other.
    await Promise.all(leaving.map(end));
    running = next;
    for (const { name } of leaving) if (!wanted.has(name)) counts.of(name).forget();
    // What was made and not started is stopped with the others.
    if (isStopped) return;
    await Promise.all(fresh.map(({ connector }) => connector.start()));
    for (const { name, connector, written, opened } of fresh)
      counts.of(name).followed(connector, { protocol: written.protocol, resumes: opened.resumes });
    log.info(
      { connections: next.length, stopped: leaving.length, started: fresh.length },
      'the connections have been changed',
    );
  };

  const startAgain = async (name: string): Promise<void> => {
    const old = running.find((each) => each.name === name);
    if (isStopped || old === undefined || old.connector.state().state === 'connected') return;
    const fresh = await make(old);
    await end(old);
    running = running.map((each) => (each === old ? fresh : each));
    if (isStopped) return;
    await fresh.connector.start();
    const { written, opened } = fresh;
    counts.of(name).followed(fresh.connector, { protocol: written.protocol, resumes: opened.resumes });
  };
  /** One after the other, whatever became of the one before. */
  const inTurn = (next: () => Promise<void>): Promise<void> => {
    const done = work.then(next);
    work = done.catch(() => undefined);
    return done;
  };

  return {
    async start() {
      await Promise.all(running.map(({ connector }) => connector.start()));
    },
    change: (to) => inTurn(() => changeTo(to)),
    again: (name) => inTurn(() => startAgain(name)),
    async stop() {
      isStopped = true;
      await work;
      counts.stop();
      await Promise.allSettled(running.map(({ connector }) => connector.stop()));
      for (const { conditioner } of running) conditioner.stop();
    },
    states: () =>
      running.map(({ name, connector, conditioner }) => ({
        ...counts.of(name).added(connector.state()),
        pointsSilent: conditioner.silent(),
      })),
    recentGaps: counts.recentGaps,
    find(name) {
      const found = running.find((each) => each.name === name);
      return found === undefined ? null : { connector: found.connector, written: found.written };
    },
    folderOf: (name) => join(options.folder, name),
  };
}

/**
 * How the samples of each point are treated, by key; points that a connector makes of what it finds have no such options.
 * Protocols list their points in different depths, and none of them calls anything else `key` beside these options.
 */
function conditionsOf(part: unknown, found = new Map<string, Conditions>()): Map<string, Conditions> {
  if (typeof part !== 'object' || part === null) return found;
  const told = Conditions.extend({ key: PointKey }).safeParse(part);
  if (told.success) found.set(told.data.key, told.data);
  for (const inner of Object.values(part)) conditionsOf(inner, found);
  return found;
}
