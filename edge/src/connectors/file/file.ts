import { fileURLToPath } from 'node:url';
import { createBackoff, pause } from '../../backoff.ts';
import { type Moment, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import type { FileConfig } from './file.config.ts';
import { createEmitter } from './file.emitter.ts';
import { createPatience, createSettler, listFolder, type SeenFile } from './file.folder.ts';
import { readGrowth } from './file.grow.ts';
import { type Ledger, openLedger } from './file.ledger.ts';
import { compileNamePattern, placeholdersOf } from './file.names.ts';
import { createPoints } from './file.points.ts';
import { type Desk, isRead, readWhole } from './file.read.ts';
import { createRejects } from './file.rejects.ts';

/** Watches one folder by looking at it again and again, and reads its files one after another. */
export function createFile(context: ConnectorContext<FileConfig>): Connector {
  const { config, emit, log, clock } = context;
  const folder = fileURLToPath(config.endpoint);
  const pattern = compileNamePattern(config.pattern);
  if (pattern === null) throw new Error(`the pattern ${config.pattern} was checked before`);
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  const { signal } = stopping;
  const patience = createPatience({ timeoutMs: config.timeoutMs, signal });
  const points = createPoints(config.name);
  for (const source of fixedPoints(config)) points.take(source);
  const settled = createSettler(config.settleMs);
  const rejects = createRejects(context);
  const emitter = createEmitter({ context, points, signal });
  let missing = 0;
  let running: Promise<void> = Promise.resolve();
  let lost: { at: Moment; reason: string } | null = null;
  let wasUp = false;
  /** Files that failed for a passing reason, so that each reason is told once. */
  let troubles = new Map<string, string>();

  const count = (): void => tracker.points(Math.max(points.count(), config.points.length), missing);
  const complain = (file: string, what: string): void => tracker.failed(`${file}: ${what}`);

  const lose = (error: unknown): void => {
    tracker.failed(error);
    tracker.become('disconnected');
    if (lost !== null) return;
    lost = { at: momentOf(clock), reason: codeOf(error) };
    log.warn({ reason: messageOf(error) }, 'the folder cannot be read');
    emitStale(
      emit,
      [...points.all()].map((point) => ({ point })),
      lost.at.wallMs,
    );
  };

  const foundAgain = (): void => {
    backoff.reset();
    tracker.become('connected');
    if (lost !== null && wasUp)
      context.gap({
        fromMs: wallMsOf(clock, lost.at),
        toMs: clock.now().getTime(),
        points: points.count(),
        // What was written meanwhile is read now, but nobody knows what could not be written.
        filled: null,
        reason: lost.reason,
      });
    if (lost !== null || !wasUp) log.info('the folder can be read');
    lost = null;
    wasUp = true;
  };

  const readOne = async (desk: Desk, file: SeenFile): Promise<void> => {
    try {
      await (config.mode === 'append' ? readGrowth(desk, file) : readWhole(desk, file));
      troubles.delete(file.name);
    } catch (error) {
      if (signal.aborted) return;
      const what = messageOf(error);
      complain(file.name, what);
      if (troubles.get(file.name) !== what)
        log.warn({ file: file.name, reason: what }, 'a file could not be read and is tried again');
      troubles.set(file.name, what);
    } finally {
      count();
    }
  };

  /** Looks at the folder once and reads what is due. Rejects when the folder cannot be read. */
  const look = async (desk: Desk): Promise<void> => {
    const seen = await patience(() => listFolder(folder, pattern));
    foundAgain();
    const names = new Set(seen.map((file) => file.name));
    desk.ledger.trim(names);
    troubles = new Map([...troubles].filter(([name]) => names.has(name)));
    const due = config.mode === 'append' ? seen : settled(seen, performance.now());
    for (const file of due) {
      if (signal.aborted) return;
      if (!isRead(desk, file)) await readOne(desk, file);
    }
  };

  const run = async (): Promise<void> => {
    let ledger: Ledger | null = null;
    while (!signal.aborted) {
      let waitMs: number = config.intervalMs;
      try {
        ledger ??= await openLedger(context.folder, log);
        const desk = { context, folder, ledger, rejects, emitter, patience, complain };
        await look({
          ...desk,
          missing(newest) {
            missing = newest;
          },
        });
      } catch (error) {
        if (!signal.aborted) lose(error);
        waitMs = backoff.nextMs();
      }
      await pause(waitMs, signal);
    }
    await ledger?.close().catch(() => undefined);
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

/** Points whose keys are known before a file is seen. */
function fixedPoints(config: FileConfig) {
  if (config.keyColumn !== undefined || placeholdersOf(config.keyTemplate).some((name) => name !== 'key'))
    return [];
  return config.points.map((point) => ({
    key: config.keyTemplate.replaceAll('{key}', () => point.key),
    type: point.type,
    point,
  }));
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error && error.name === 'NoAnswer' ? 'no-answer' : 'folder-unreadable';
}
