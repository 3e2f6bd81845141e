import type { Sample } from '@ronghe/contracts';
import { createBackoff } from '../../backoff.ts';
import { type Moment, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext, PointDescriptor, Reading } from '../../connector.ts';
import { createPolling, hostAndPort } from '../../polling.ts';
import { browseModbus } from './modbus.browse.ts';
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
    onAnswer: () => found(),
  });
  let stale = false;
  let current: Link | null = null;
  /** since when, and why, nothing can be read that could be read before */
  let lost: { since: Moment; reason: string } | null = null;

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    // Without a reading there was nothing that could be lost.
    const wasConnected = tracker.state().state === 'connected';
    tracker.become('disconnected');
    if (stale) return;
    stale = true;
    // Nothing is known since the last answer, not since the loss was noticed.
    if (wasConnected) lost = { since: reader.answeredAt() ?? momentOf(clock), reason: messageOf(reason) };
    reader.forget();
    log.warn({ reason: messageOf(reason) }, 'the device cannot be reached');
    emitStale(
      emit,
      descriptors.map((point) => ({ point })),
      clock.now().getTime(),
    );
  };

  /** An open line says little: a device that hangs takes calls too. It is there when it answers. */
  const found = (): void => {
    if (tracker.state().state === 'connected') return;
    backoff.reset();
    if (lost !== null)
      context.gap({
        fromMs: wallMsOf(clock, lost.since),
        toMs: clock.now().getTime(),
        points: descriptors.length,
        filled: null,
        reason: lost.reason,
      });
    lost = null;
    stale = false;
    tracker.become('connected');
    log.info('the device is connected');
  };

  const polling = createPolling({
    intervalMs: config.intervalMs,
    clock,
    tracker,
    backoff,
    open: (signal) =>
      openLink({ ...config, ...hostAndPort(config.endpoint), signal, reached: tracker.reached }),
    opened(link) {
      current = link;
      // Without points nothing is asked that could be answered.
      if (config.points.length === 0) found();
    },
    pass: reader.pass,
    lost: lose,
  });
  return {
    ...polling,
    state: tracker.state,
    async browse(request) {
      const link = current;
      if (link === null || link.gone.aborted) throw new Error('the device is not connected');
      return browseModbus(link.read, request);
    },
  };
}

type Reader = {
  pass(link: Link): Promise<void>;
  /** With `onChange`, every value is told anew. */
  forget(): void;
  /** When the device answered last; null before it ever did. */
  answeredAt(): Moment | null;
};

/** Reads all blocks once a pass, learning which addresses the device refuses and leaving those alone for a while. */
function createReader(options: {
  context: ConnectorContext<ModbusConfig>;
  descriptors: readonly PointDescriptor[];
  onFailed: (points: number) => void;
  /** The device has answered, if only with an exception. */
  onAnswer: () => void;
}): Reader {
  const { config, emit, clock, log } = options.context;
  const { descriptors } = options;
  let blocks = planBlocks(config.points);
  let resting: { block: Block; untilMs: number }[] = [];
  let timeouts = 0;
  let answeredAt: Moment | null = null;
  const last = new Map<number, { value: Sample[1]; atMs: number }>();

  const emitBlock = (block: Block, answer: Answer): void => {
    const now = momentOf(clock);
    answeredAt = now;
    const readings: Reading[] = [];
    for (const place of block.places) {
      const point = descriptors[place.index];
      const value = decodePlace(place, block, answer);
      const before = last.get(place.index);
      const same =
        before !== undefined &&
        Object.is(before.value, value) &&
        now.elapsedMs - before.atMs < UNCHANGED_MS_MAX;
      if (point === undefined || (config.onChange && same)) continue;
      last.set(place.index, { value, atMs: now.elapsedMs });
      readings.push({ point, sample: [now.wallMs, value, 'good'] });
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
      options.onAnswer();
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
      options.onAnswer();
      if (error.splits && block.places.length > 1) {
        const parts: Block[] = [];
        for (const part of splitBlock(block)) parts.push(...(await readBlock(link, part)));
        return parts;
      }
      emitBad(block, error.message);
      if (!error.splits) return [block];
      log.warn({ point: block.places[0]?.point.key, reason: error.message }, 'the device refuses a point');
      resting.push({ block, untilMs: clock.elapsedMs() + REFUSED_RETRY_MS });
      return [];
    }
  };

  return {
    forget: () => last.clear(),
    answeredAt: () => answeredAt,
    async pass(link) {
      if (timeouts >= TIMEOUTS_MAX) timeouts = 0;
      const nowMs = clock.elapsedMs();
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
