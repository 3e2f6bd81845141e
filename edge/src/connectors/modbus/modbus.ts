import type { Sample } from '@ronghe/contracts';
import { createBackoff } from '../../backoff.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext, Gap, PointDescriptor, Reading } from '../../connector.ts';
import { createPolling, hostAndPort } from '../../polling.ts';
import type { ModbusConfig } from './modbus.config.ts';
import { type Answer, type Block, decodePlace, planBlocks, splitBlock, typeOf } from './modbus.decode.ts';
import { type Link, ModbusException, ModbusTimeout, openLink } from './modbus.link.ts';

/** Timeouts in a row after which the connection is opened anew: after one garbage frame none ever succeeds again. */
const TIMEOUTS_MAX = 3;
/** A point that the device refuses is asked again after this. */
const REFUSED_RETRY_MS = 60_000;
/** With `onChange`, a value is repeated at least this often. */
const UNCHANGED_MS_MAX = 10_000;

/** Polls one Modbus device; one request at a time. */
export function createModbus(context: ConnectorContext<ModbusConfig>): Connector {
  const { config, emit, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const descriptors = config.points.map((point) => descriptorOf(config.name, point));
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const reader = createReader({
    context,
    descriptors,
    onFailed: (count) => tracker.points(descriptors.length, count),
  });
  let stale = false;
  /** since when, and why, nothing can be read that could be read before */
  let lost: Pick<Gap, 'fromMs' | 'reason'> | null = null;

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    // Without a reading there was nothing that could be lost.
    const wasConnected = tracker.state().state === 'connected';
    tracker.become('disconnected');
    if (stale) return;
    stale = true;
    // Nothing is known since the last answer, not since the loss was noticed.
    if (wasConnected)
      lost = { fromMs: reader.answeredMs() ?? clock.now().getTime(), reason: messageOf(reason) };
    reader.forget();
    log.warn({ reason: messageOf(reason) }, 'the device cannot be reached');
    emitStale(
      emit,
      descriptors.map((point) => ({ point })),
      clock.now().getTime(),
    );
  };

  const found = (): void => {
    backoff.reset();
    if (lost !== null)
      context.gap({ ...lost, toMs: clock.now().getTime(), points: descriptors.length, filled: null });
    lost = null;
    stale = false;
    tracker.become('connected');
    log.info('the device is connected');
  };

  const polling = createPolling({
    intervalMs: config.intervalMs,
    tracker,
    backoff,
    open: (signal) => openLink({ ...config, ...hostAndPort(config.endpoint), signal }),
    opened: found,
    pass: reader.pass,
    lost: lose,
  });
  return { ...polling, state: tracker.state };
}

type Reader = {
  pass(link: Link): Promise<void>;
  /** With `onChange`, every value is told anew. */
  forget(): void;
  /** When the device answered last; null before it ever did. */
  answeredMs(): number | null;
};

/** Reads all blocks once a pass, learning which addresses the device refuses and leaving those alone for a while. */
function createReader(options: {
  context: ConnectorContext<ModbusConfig>;
  descriptors: readonly PointDescriptor[];
  onFailed: (points: number) => void;
}): Reader {
  const { config, emit, clock, log } = options.context;
  const { descriptors } = options;
  let blocks = planBlocks(config.points);
  let resting: { block: Block; untilMs: number }[] = [];
  let timeouts = 0;
  let answeredMs: number | null = null;
  const last = new Map<number, { value: Sample[1]; atMs: number }>();

  const emitBlock = (block: Block, answer: Answer): void => {
    const nowMs = clock.now().getTime();
    answeredMs = nowMs;
    const readings: Reading[] = [];
    for (const place of block.places) {
      const point = descriptors[place.index];
      const value = decodePlace(place, block, answer);
      const before = last.get(place.index);
      const same =
        before !== undefined && Object.is(before.value, value) && nowMs - before.atMs < UNCHANGED_MS_MAX;
      if (point === undefined || (config.onChange && same)) continue;
      last.set(place.index, { value, atMs: nowMs });
      readings.push({ point, sample: [nowMs, value, 'good'] });
    }
    if (readings.length > 0) emit(readings);
  };

  const emitBad = (block: Block, reason: string): void => {
    const nowMs = clock.now().getTime();
    emit(
      block.places.flatMap((place) => {
        last.delete(place.index);
        const point = descriptors[place.index];
        return point === undefined ? [] : [{ point, sample: [nowMs, null, 'bad', reason] satisfies Sample }];
      }),
    );
  };

  /** Reads one block and returns the blocks to read in its place from now on. */
  const readBlock = async (link: Link, block: Block): Promise<Block[]> => {
    try {
      const answer = await link.read(block);
      timeouts = 0;
      emitBlock(block, answer);
      return [block];
    } catch (error) {
      if (error instanceof ModbusTimeout) {
        timeouts += 1;
        // Serial frames carry no number: an answer that comes late would be taken for that of the next request.
        if (config.framing === 'rtu')
          throw new Error('a request had no answer, a late one could be mistaken');
        if (timeouts >= TIMEOUTS_MAX) throw new Error(`${timeouts} requests in a row had no answer`);
        return [block];
      }
      if (!(error instanceof ModbusException)) throw error;
      timeouts = 0;
      if (error.splits && block.places.length > 1) {
        const parts: Block[] = [];
        for (const part of splitBlock(block)) parts.push(...(await readBlock(link, part)));
        return parts;
      }
      emitBad(block, error.message);
      if (!error.splits) return [block];
      log.warn({ point: block.places[0]?.point.key, reason: error.message }, 'the device refuses a point');
      resting.push({ block, untilMs: clock.now().getTime() + REFUSED_RETRY_MS });
      return [];
    }
  };

  return {
    forget: () => last.clear(),
    answeredMs: () => answeredMs,
    async pass(link) {
      if (timeouts >= TIMEOUTS_MAX) timeouts = 0;
      const nowMs = clock.now().getTime();
      const due = [...blocks, ...resting.filter((each) => each.untilMs <= nowMs).map((each) => each.block)];
      resting = resting.filter((each) => each.untilMs > nowMs);
      const next: Block[] = [];
      for (const [index, block] of due.entries()) {
        try {
          next.push(...(await readBlock(link, block)));
        } catch (error) {
          // What was not read this time stays in the plan for the next connection.
          blocks = [...next, ...due.slice(index)];
          throw error;
        }
      }
      blocks = next;
      options.onFailed(resting.reduce((sum, each) => sum + each.block.places.length, 0));
    },
  };
}

function descriptorOf(connection: string, point: ModbusConfig['points'][number]): PointDescriptor {
  return {
    key: point.key,
    type: typeOf(point.address, point.encoding),
    connection,
    ...(point.name === undefined ? {} : { name: point.name }),
    ...(point.unit === undefined ? {} : { unit: point.unit }),
    ...(point.equipment === undefined ? {} : { equipment: point.equipment }),
  };
}
